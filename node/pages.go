package node

import (
	"fmt"
	"net"
	"net/http"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/egress"
	"casehub/node/finance"
	"casehub/node/home"
	nodelocale "casehub/node/locale"
	"casehub/node/referrals"
)

// Handler returns the node's pages.
func (n *Node) Handler() (http.Handler, error) {
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	site := web.NewSite(web.Options{
		Name: n.config.name(), Catalog: catalog, Nav: n.nav(), Log: n.log, Zone: n.config.zone, Synthetic: n.config.Synthetic,
		Actor: func(*http.Request) actor.Actor { return atThisComputer },
	})
	n.addAreas(site)
	if n.Gate != nil {
		egress.Routes(site, n.Gate, n.config.Currency)
	}
	site.Handle("GET /metrics", web.Anyone, n.showMetrics)
	return site, nil
}

// addAreas adds the pages of the areas. Where a page shows several areas, they
// meet here as panels.
func (n *Node) addAreas(site *web.Site) {
	sent := referrals.Routes(site, n.Referrals, n.Cases)
	recovered := finance.Routes(site, n.Finance, n.Cases, n.config.Currency)
	opened := cases.Routes(site, n.Cases, n.Clients, sent.OfCase, recovered.OfCase)
	clients.Routes(site, n.Clients, opened.OfClient)
	home.Routes(site, home.Options{
		Now: n.now,
		Begun: func(r *http.Request) (bool, error) {
			count, err := n.Clients.Count(r.Context())
			return count > 0, err
		},
		Tiles:  []home.Tiles{opened.Tiles, sent.Tiles, recovered.Tiles},
		Panels: []home.Panel{opened.Recent},
	})
}

// atThisComputer is whoever sits at the computer: the pages are on the loopback
// only, and there are no accounts yet.
var atThisComputer = actor.Actor{Kind: actor.Person, ID: "this-computer"}

func (n *Node) nav() []web.NavItem {
	nav := []web.NavItem{{Key: "nav.home", Path: "/"}, {Key: "nav.clients", Path: "/clients"}, {Key: "nav.cases", Path: "/cases"}}
	if n.Gate != nil {
		nav = append(nav, web.NavItem{Key: "nav.releases", Path: "/releases"})
	}
	return nav
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
