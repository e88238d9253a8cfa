package node

import (
	"fmt"
	"html/template"
	"net"
	"net/http"

	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/backup"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consents"
	"casehub/node/consultations"
	"casehub/node/documents"
	"casehub/node/egress"
	"casehub/node/events"
	"casehub/node/finance"
	"casehub/node/home"
	"casehub/node/imports"
	"casehub/node/keys"
	nodelocale "casehub/node/locale"
	"casehub/node/people"
	"casehub/node/quality"
	"casehub/node/referrals"
	"casehub/node/retention"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// Handler returns the node's pages.
func (n *Node) Handler() (http.Handler, error) {
	site, err := n.site()
	if err != nil {
		return nil, err
	}
	return n.People.Recognise(site), nil
}

// site puts the pages together. Who comes to which is decided by the session that
// a request belongs to, and by the gate.
func (n *Node) site() (*web.Site, error) {
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	site := web.NewSite(web.Options{
		Name: n.config.name(), Catalog: catalog, Nav: n.nav(), Log: n.log, Zone: n.config.zone, Hosts: n.config.pageHosts, Synthetic: n.config.Synthetic,
		Actor: people.Actor, Guard: n.People.Guard, Reaches: n.People.Reaches, Account: account,
	})
	people.Routes(site, n.People)
	var left []home.Panel
	if n.Gate != nil {
		left = append(left, egress.Routes(site, n.Gate, n.Access, n.config.Currency, n.NextPeriod).Paused)
	}
	n.addAreas(site, left...)
	audit.Routes(site, audit.NewLog(n.DB, sight{n.DB, n.Access, n.Vault, n.now}), n.Registry, n.config.zone)
	site.Handle("GET /metrics", web.Anyone, n.showMetrics)
	return site, nil
}

// addAreas adds the pages of the areas. Where a page shows several areas, they
// meet here as panels; first are those of the first page that stand before all others.
func (n *Node) addAreas(site *web.Site, first ...home.Panel) {
	locks := keys.Routes(site, n.Keys)
	walls := access.Routes(site, n.Walls)
	agreed := consents.Routes(site, n.Consents, n.Clients)
	advised := consultations.Routes(site, n.Consultations, n.Clients, n.Cases)
	sent := referrals.Routes(site, n.Referrals, n.Cases, agreed.ForReferral)
	turned := turnaways.Routes(site, n.TurnAways, n.Clients)
	filed := complaints.Routes(site, n.Complaints, n.Cases)
	events.Routes(site, n.Events)
	told := surveys.Routes(site, n.Surveys, n.Cases)
	drawn := quality.Routes(site, n.Quality)
	recovered := finance.Routes(site, n.Finance, n.Cases, n.config.Currency)
	papers := documents.Routes(site, n.Documents, n.Cases, n.config.UploadMB<<20)
	walled := func(r *http.Request, id cases.ID) (template.HTML, error) { return walls.OfCase(r, string(id)) }
	opened := cases.Routes(site, n.Cases, n.Clients, advised.OfCase, sent.OfCase, filed.OfCase, recovered.OfCase, papers.OfCase, told.OfCase, walled)
	cases.AccountRoutes(site, cases.NewBooks(n.DB, n.Registry, n.Access), n.now)
	kept := retention.Routes(site, n.Retention, n.Clients, n.Cases, n.exporter(site))
	clients.Routes(site, n.Clients, opened.OfClient, advised.OfClient, turned.OfClient, agreed.OfClient, kept.OfClient)
	brought := imports.RunRoutes(site, n.Imports, imports.RunPagesOptions{Jobs: n.Jobs, Schedules: n.Schedules, Open: n.config.Sources, Wizard: n.Wizard})
	imports.WizardRoutes(site, n.Wizard, n.Jobs, n.config.Currency, max(n.config.UploadMB, importMB)<<20)
	saved := backup.Routes(site, n.Backups)
	home.Routes(site, home.Options{
		Now: n.now, May: n.may,
		Begun: func(r *http.Request) (bool, error) {
			count, err := n.Clients.Count(r.Context(), web.Actor(r))
			return count > 0, err
		},
		Tiles:  []home.Tiles{opened.Tiles, sent.Tiles, recovered.Tiles, filed.Tiles, drawn.Tiles, saved.Tiles},
		Panels: append(first, locks.Told, walls.Told, saved.DrillDue, kept.Waiting, brought.Panel, agreed.Due, opened.Recent),
		Rooms:  rooms,
	})
}

// importMB is the most that one file to import may have, in megabytes.
const importMB = 500

// may reports whether the reader may do something to anything at all.
func (n *Node) may(r *http.Request, action string) (bool, error) {
	return access.Allowed(n.Access.May(r.Context(), web.Actor(r), action))
}

func (n *Node) nav() []web.NavItem {
	nav := []web.NavItem{
		{Key: "nav.home", Path: "/", Needs: []web.Need{web.SignedIn}},
		{Key: "nav.clients", Path: "/clients", Needs: []web.Need{"clients.read"}},
		{Key: "nav.cases", Path: "/cases", Needs: []web.Need{"cases.read"}, Also: []string{"/case-account"}},
		{Key: "nav.work", Sub: work},
	}
	if n.Gate != nil {
		nav = append(nav, web.NavItem{Key: "nav.releases", Path: "/releases", Needs: []web.Need{"releases.read"}, Also: []string{"/balance", "/drafts", "/approvers"}})
	}
	run := web.NavItem{Key: "nav.administration", Path: "/administration"}
	for _, r := range rooms {
		run.Needs, run.Also = append(run.Needs, r.Need), append(run.Also, r.Path)
	}
	return append(nav, run)
}

// work are the pages of what an office does beside its cases.
var work = []web.NavItem{
	{Key: "consultations.title", Path: "/consultations", Needs: []web.Need{"clients.read"}},
	{Key: "turnaways.title", Path: "/turn-aways", Needs: []web.Need{"turnaways.read"}},
	{Key: "complaints.title", Path: "/complaints", Needs: []web.Need{"cases.read"}},
	{Key: "events.title", Path: "/activities", Needs: []web.Need{"activities.read"}},
	{Key: "surveys.title", Path: "/surveys", Needs: []web.Need{"cases.read"}},
	{Key: "surveys.forms", Path: "/surveys/forms", Needs: []web.Need{"cases.read"}},
	{Key: "consultations.visits", Path: "/consultations/visits", Needs: []web.Need{"clients.read"}},
	{Key: "quality.title", Path: "/quality", Needs: []web.Need{"quality.check"}},
}

// rooms are the pages of running the node.
var rooms = []home.Room{
	{Title: "people.title", About: "home.about-people", Path: "/people", Icon: "person", Need: "people.read"},
	{Title: "people.organisation", About: "home.about-organisation", Path: "/organisation", Icon: "building", Need: "organisation.manage"},
	{Title: "people.roles", About: "home.about-roles", Path: "/roles", Icon: "shield", Need: "roles.manage"},
	{Title: "keys.title", About: "keys.about", Path: "/keys", Icon: "lock", Need: keys.Manage},
	{Title: "runs.title", About: "runs.about-room", Path: "/imports", Icon: "exchange", Need: imports.Needed},
	{Title: "backup.title", About: "home.about-backups", Path: "/backups", Icon: "folder", Need: "backup.read"},
	{Title: "retention.title", About: "home.about-retention", Path: "/retention", Icon: "calendar", Need: "retention.read"},
	{Title: "retention.restricted", About: "home.about-restricted", Path: "/restricted", Icon: "lock", Need: "clients.restricted"},
	{Title: "consents.title", About: "home.about-consents", Path: "/consents", Icon: "check", Need: "consents.edit"},
	{Title: "audit-page.title", About: "home.about-audit", Path: "/audit", Icon: "clock", Need: "audit.read"},
}

// account is what the bar says of who is signed in.
func account(r *http.Request) *web.Account {
	s := people.Current(r)
	if s.State == people.Nobody {
		return nil
	}
	a := &web.Account{Name: s.Name, SignOut: "/sign-out", Idle: s.Idle()}
	if s.State == people.Full {
		a.Path = "/account"
	}
	return a
}

// errElsewhere reports somebody who asks for metrics from another machine.
var errElsewhere = errs.New(errs.NotFound, "error.no-page")

// showMetrics answers GET /metrics to this machine alone.
func (n *Node) showMetrics(w http.ResponseWriter, r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errElsewhere
	}
	n.metrics.handler().ServeHTTP(w, r)
	return nil
}
