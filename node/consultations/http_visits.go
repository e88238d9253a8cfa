package consultations

import (
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
)

// visits answers GET /consultations/visits, narrowed by type and days.
func (p *Pages) visits(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	kind, from, until := web.Narrow("consultations.case-type", asked), web.Narrow("consultations.from", asked), web.Narrow("consultations.until", asked)
	kind.Options = web.Codes(p.svc.reg.List(codelist.CaseTypes), web.Language(r), web.ReadCode(kind.Value))
	f := Filter{Type: web.ReadCode(kind.Value), From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	all, next, err := p.svc.Visits(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	removes, err := access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), editing))
	if err != nil {
		return err
	}
	l := web.Listing{
		Title: "consultations.visits", Lead: "consultations.visits-lead", Path: "/consultations/visits", Filters: []web.Field{kind, from, until},
		Columns: []string{"consultations.held-on", "consultations.called", "consultations.case-type", "consultations.note"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "person", None: "consultations.visits-none", NoneBody: "consultations.visits-none-body",
	}
	if removes {
		l.Columns = append(l.Columns, "consultations.visit-remove")
	}
	for _, v := range all {
		cells := []web.Cell{{Day: v.HeldOn}, {Text: v.Called}, {Text: p.label(r, v.Type)}, {Text: v.Note}}
		if removes {
			cells = append(cells, web.Cell{Key: "consultations.visit-remove", Path: "/consultations/visits/" + v.ID + "/remove"})
		}
		l.Rows = append(l.Rows, web.Line{Cells: cells})
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// visitRemoval returns the form that asks why the visit of the address goes.
func (p *Pages) visitRemoval(r *http.Request) (web.Sheet, error) {
	v, err := p.svc.Visit(r.Context(), web.Actor(r), r.PathValue("id"))
	s := web.Sheet{
		Name: "visit", Of: v.Called, Back: "/consultations/visits",
		Crumbs: []web.Crumb{{Key: "consultations.visits", Path: "/consultations/visits"}, {Key: "consultations.visit-remove"}},
	}
	return s.Removal("consultations.visit-remove", "/consultations/visits/"+v.ID+"/remove", "audit.reason"), err
}

// removeVisit deletes the visit of the address.
func (p *Pages) removeVisit(r *http.Request, s web.Sheet) error {
	return p.svc.RemoveVisit(r.Context(), web.Actor(r), r.PathValue("id"), s.Values["reason"])
}
