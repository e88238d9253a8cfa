package events

import (
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
)

// Pages are the pages of activities.
type Pages struct {
	*web.Pages
	svc *Service
}

// Routes adds the pages of activities to the site.
func Routes(site *web.Site, svc *Service) *Pages {
	p := &Pages{Pages: site.Pages(nil), svc: svc}
	site.Handle("GET /activities", reading, p.list)
	blank := web.Form{Shows: p.sheet, Takes: p.record, Said: "events.said-recorded"}
	site.Handle("GET /activities/new", editing, p.Show(blank))
	site.Handle("POST /activities", editing, p.Take(blank))
	saved := web.Form{Shows: p.saved, Takes: p.save, Said: "events.said-saved"}
	site.Handle("GET /activities/{id}/edit", editing, p.Show(saved))
	site.Handle("POST /activities/{id}", editing, p.Take(saved))
	removal := web.Form{Shows: p.removal, Takes: p.remove, Said: "events.said-removed"}
	site.Handle("GET /activities/{id}/remove", editing, p.Show(removal))
	site.Handle("POST /activities/{id}/remove", editing, p.Take(removal))
	return p
}

// list answers GET /activities, narrowed by kind and days.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	kind, from, until := web.Narrow("events.kind", asked), web.Narrow("events.from", asked), web.Narrow("events.until", asked)
	kind.Options = web.Codes(p.svc.reg.List(codelist.ActivityKinds), web.Language(r), web.ReadCode(kind.Value))
	f := Filter{Kind: web.ReadCode(kind.Value), From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	edits, err := access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), editing))
	l := web.Listing{
		Title: "events.title", Lead: "events.lead", Path: "/activities", Filters: []web.Field{kind, from, until},
		Columns: []string{"events.held-on", "events.kind", "events.place", "events.participants"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "calendar", None: "events.none", NoneBody: "events.none-body",
	}
	if edits {
		l.Add, l.AddKey = "/activities/new", "events.record"
	}
	for _, a := range all {
		l.Rows = append(l.Rows, p.line(r, a))
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// line is an activity in a list.
func (p *Pages) line(r *http.Request, a Seen) web.Line {
	day := web.Cell{Day: a.HeldOn}
	if a.Edits {
		day.Path = "/activities/" + string(a.ID) + "/edit"
	}
	return web.Line{Cells: []web.Cell{day, {Text: p.svc.reg.Label(a.Kind, web.Language(r))}, {Text: a.Place}, {Number: a.Participants, Numbered: true}}}
}

// sheet returns the empty form.
func (p *Pages) sheet(r *http.Request) (web.Sheet, error) {
	today, lang := civil.On(p.svc.now()), web.Language(r)
	return web.Sheet{
		Name: "activity", Title: "events.record", Button: "events.save", Action: "/activities", Back: "/activities",
		Crumbs: []web.Crumb{{Key: "events.title", Path: "/activities"}, {Key: "events.single"}},
		Values: map[string]string{"held_on": string(today)},
		Inputs: func(s web.Sheet) []web.Field {
			kind := s.Choice("events.kind", "events.kind-choose", p.svc.reg.List(codelist.ActivityKinds), lang)
			place, people := s.Input("events.place"), s.Input("events.participants")
			place.Limit = placeLimit
			people.Type, people.Min, people.Max = "number", "0", strconv.Itoa(participantsLimit)
			return []web.Field{kind, s.Day("events.held-on", "", string(today)), place, people, s.Text("events.note", "events.note-hint", noteLimit)}
		},
	}, nil
}

// activity returns what a sheet says; what is no number of participants is one that
// nobody can have counted.
func activity(s web.Sheet) Activity {
	people, err := strconv.Atoi(s.Values["participants"])
	if err != nil {
		people = -1
	}
	return Activity{
		Version: s.Version, Kind: s.Code("kind"), HeldOn: civil.Date(s.Values["held_on"]), Place: s.Values["place"],
		Participants: people, Note: s.Values["note"],
	}
}

// record makes an activity of a sheet.
func (p *Pages) record(r *http.Request, s web.Sheet) error {
	_, err := p.svc.Record(r.Context(), web.Actor(r), activity(s))
	return err
}

// saved returns the sheet of the activity of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	a, err := p.svc.edits(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r)
	s.Title, s.Version, s.Action, s.Back = "events.edit", a.Version, "/activities/"+string(a.ID), "/activities"
	s.Remove = s.Action + "/remove"
	s.Values = map[string]string{
		"kind": web.CodeValue(a.Kind), "held_on": string(a.HeldOn), "place": a.Place, "participants": strconv.Itoa(a.Participants), "note": a.Note,
	}
	return s, err
}

// save brings the activity of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	a := activity(s)
	a.ID = ID(r.PathValue("id"))
	return p.svc.Update(r.Context(), web.Actor(r), a)
}

// removal returns the sheet that asks why the activity of the address goes.
func (p *Pages) removal(r *http.Request) (web.Sheet, error) {
	s, err := p.saved(r)
	return s.Removal("events.remove", s.Remove, "audit.reason"), err
}

// remove deletes the activity of the address.
func (p *Pages) remove(r *http.Request, s web.Sheet) error {
	return p.svc.Remove(r.Context(), web.Actor(r), ID(r.PathValue("id")), s.Values["reason"])
}
