package consultations

import (
	"embed"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of consultations and services.
type Pages struct {
	*web.Pages
	svc     *Service
	clients *clients.Service
	cases   *cases.Service
}

// Routes adds the pages of consultations and services to the site.
func Routes(site *web.Site, svc *Service, of *clients.Service, files *cases.Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), svc: svc, clients: of, cases: files}
	site.Handle("GET /consultations", "clients.read", p.list)
	site.Handle("GET /consultations/visits", "clients.read", p.visits)
	gone := web.Form{Shows: p.visitRemoval, Takes: p.removeVisit, Said: "consultations.said-visit-removed"}
	site.Handle("GET /consultations/visits/{id}/remove", editing, p.Show(gone))
	site.Handle("POST /consultations/visits/{id}/remove", editing, p.Take(gone))
	site.Handle("GET /consultations/{id}", "clients.read", p.show)
	site.Handle("GET /clients/{id}/consultations/new", editing, p.blank)
	site.Handle("POST /clients/{id}/consultations", editing, p.record)
	site.Handle("GET /consultations/{id}/edit", editing, p.edit)
	site.Handle("POST /consultations/{id}", editing, p.save)
	site.Handle("GET /consultations/{id}/remove", editing, p.confirm)
	site.Handle("POST /consultations/{id}/remove", editing, p.remove)
	site.Handle("GET /consultations/{id}/services/new", editing, p.blankGiven)
	site.Handle("POST /consultations/{id}/services", editing, p.give)
	site.Handle("GET /cases/{id}/services/new", editing, p.blankGiven)
	site.Handle("POST /cases/{id}/services", editing, p.give)
	site.Handle("GET /services/{id}/edit", editing, p.editGiven)
	site.Handle("POST /services/{id}", editing, p.saveGiven)
	site.Handle("GET /services/{id}/remove", editing, p.confirmGiven)
	site.Handle("POST /services/{id}/remove", editing, p.removeGiven)
	return p
}

// row is a consultation with its words in the reader's language.
type row struct {
	Seen
	TypeLabel, WorkerName string
	Services              []givenRow
}

// givenRow is a service with its kind in the reader's language.
type givenRow struct {
	Given
	Label string
	Edits bool
}

// rows puts labels, names and services to consultations.
func (p *Pages) rows(r *http.Request, all []Seen, edits bool) ([]row, error) {
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.Worker
	}
	names, err := p.svc.gate.Names(r.Context(), ids...)
	if err != nil {
		return nil, err
	}
	given, err := p.svc.OfConsultations(r.Context(), all)
	rows := make([]row, len(all))
	for i, c := range all {
		rows[i] = row{Seen: c, TypeLabel: p.label(r, c.Type), WorkerName: names[c.Worker], Services: p.givenRows(r, given[c.ID], edits && c.Reads)}
	}
	return rows, err
}

func (p *Pages) givenRows(r *http.Request, all []Given, edits bool) []givenRow {
	rows := make([]givenRow, len(all))
	for i, g := range all {
		rows[i] = givenRow{g, p.label(r, g.Kind), edits}
	}
	return rows
}

// label returns the label of a code in the reader's language, "" for none.
func (p *Pages) label(r *http.Request, c codelist.Code) string {
	if c == 0 {
		return ""
	}
	return p.svc.reg.Label(c, web.Language(r))
}

// edits reports whether the reader may record consultations of a client.
func (p *Pages) edits(r *http.Request, id clients.ID) (bool, error) {
	return access.Allowed(p.svc.gate.Client(r.Context(), p.svc.db, web.Actor(r), editing, string(id)))
}

// panel is the data of the panels.
type panel struct {
	Client clients.ID
	Case   cases.ID
	Lines  []row
	Given  []givenRow
	// Withheld says that the services are not for the reader, Edits that the reader
	// may record some.
	Withheld, Edits, More bool
}

// panelSize is the number of consultations on a client's page.
const panelSize = 10

// OfClient is a panel for a client's page: the latest consultations.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	all, next, err := p.svc.List(r.Context(), web.Actor(r), Filter{Client: id, Limit: panelSize})
	if err != nil {
		return "", err
	}
	d := panel{Client: id, More: next.ID != ""}
	if d.Edits, err = p.edits(r, id); err != nil {
		return "", err
	}
	if err := p.svc.looked(r.Context(), web.Actor(r), all...); err != nil {
		return "", err
	}
	if d.Lines, err = p.rows(r, all, false); err != nil {
		return "", err
	}
	return p.HTML(r, "consultations-of-client", d)
}

// OfCase is a panel for a case's page: what the office did, and the consultation
// from which the case grew.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	given, withheld, err := p.svc.OfCase(r.Context(), web.Actor(r), id)
	if err != nil {
		return "", err
	}
	d := panel{Case: id, Withheld: withheld}
	if d.Edits, err = access.Allowed(p.svc.gate.Needs(r.Context(), p.svc.db, web.Actor(r), editing, string(id), access.ReadsNarrative)); err != nil {
		return "", err
	}
	d.Given = p.givenRows(r, given, d.Edits)
	before, _, err := p.svc.List(r.Context(), web.Actor(r), Filter{Case: id})
	if err != nil {
		return "", err
	}
	if err := p.svc.looked(r.Context(), web.Actor(r), before...); err != nil {
		return "", err
	}
	if d.Lines, err = p.rows(r, before, false); err != nil {
		return "", err
	}
	return p.HTML(r, "services-of-case", d)
}

// list answers GET /consultations, narrowed by type, worker and days.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	kind, worker := web.Narrow("consultations.case-type", asked), web.Narrow("consultations.worker-id", asked)
	from, until := web.Narrow("consultations.from", asked), web.Narrow("consultations.until", asked)
	kind.Options = web.Codes(p.svc.reg.List(codelist.CaseTypes), web.Language(r), web.ReadCode(kind.Value))
	members, err := p.svc.gate.Within(r.Context(), web.Actor(r), "clients.read")
	if err != nil {
		return err
	}
	worker.Options = staff(members, worker.Value)
	f := Filter{Type: web.ReadCode(kind.Value), Worker: worker.Value, From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	rows, err := p.rows(r, all, false)
	l := web.Listing{
		Title: "consultations.title", Lead: "consultations.lead", Path: "/consultations", Filters: []web.Field{kind, worker, from, until},
		Columns: []string{"consultations.held-on", "consultations.client", "consultations.case-type", "consultations.services", "consultations.worker-id"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "person", None: "consultations.none", NoneBody: "consultations.none-body",
	}
	for _, c := range rows {
		l.Rows = append(l.Rows, c.line())
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// line is the consultation in a list.
func (c row) line() web.Line {
	client := web.Cell{Text: c.Client.FullName(), Path: "/clients/" + string(c.ClientID)}
	if client.Text == "" {
		client.Text = c.Client.Reference
	}
	return web.Line{Cells: []web.Cell{
		{Day: c.HeldOn, Path: "/consultations/" + string(c.ID)},
		client,
		{Text: c.TypeLabel, Withheld: c.Type == 0},
		{Number: len(c.Services), Numbered: c.Reads, Withheld: !c.Reads},
		{Text: c.WorkerName},
	}}
}

// page is the data of a consultation's page.
type page struct {
	row
	CaseReference string
	Edits, Opens  bool
}

// show answers GET /consultations/{id}.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	c, err := p.svc.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := p.svc.looked(r.Context(), web.Actor(r), c); err != nil {
		return err
	}
	var d page
	if d.Edits, err = p.edits(r, c.ClientID); err != nil {
		return err
	}
	d.Edits = d.Edits && c.Reads
	rows, err := p.rows(r, []Seen{c}, d.Edits)
	if err != nil {
		return err
	}
	d.row = rows[0]
	if c.CaseID != "" {
		of, _, err := p.cases.ByID(r.Context(), web.Actor(r), c.CaseID)
		if err != nil {
			return err
		}
		d.CaseReference = of.Reference
	} else if d.Opens, err = access.Allowed(p.svc.gate.MayAdd(r.Context(), p.svc.db, web.Actor(r), "cases.open", string(c.ClientID))); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "consultation", d)
}
