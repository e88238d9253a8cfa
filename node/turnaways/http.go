package turnaways

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of turn-aways.
type Pages struct {
	*web.Pages
	svc     *Service
	clients *clients.Service
}

// Routes adds the pages of turn-aways to the site.
func Routes(site *web.Site, svc *Service, of *clients.Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), svc: svc, clients: of}
	site.Handle("GET /turn-aways", reading, p.list)
	blank := web.Form{Shows: p.blank, Takes: p.record, Said: "turnaways.said-recorded"}
	site.Handle("GET /turn-aways/new", editing, p.Show(blank))
	site.Handle("POST /turn-aways", editing, p.Take(blank))
	saved := web.Form{Shows: p.saved, Takes: p.save, Said: "turnaways.said-saved"}
	site.Handle("GET /turn-aways/{id}/edit", editing, p.Show(saved))
	site.Handle("POST /turn-aways/{id}", editing, p.Take(saved))
	removal := web.Form{Shows: p.removal, Takes: p.remove, Said: "turnaways.said-removed"}
	site.Handle("GET /turn-aways/{id}/remove", editing, p.Show(removal))
	site.Handle("POST /turn-aways/{id}/remove", editing, p.Take(removal))
	return p
}

// panel is the data of the panel OfClient.
type panel struct {
	Client clients.ID
	Lines  []row
	Edits  bool
}

// row is a record with its reason in the reader's language.
type row struct {
	Seen
	Label string
}

// panelSize is the most records on a client's page.
const panelSize = 10

// OfClient is a panel for a client's page: when they came and could not be helped, ""
// where that never was and the reader may not record it.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	all, _, err := p.svc.List(r.Context(), web.Actor(r), Filter{Client: id, Limit: panelSize})
	if err != nil {
		return "", err
	}
	d := panel{Client: id}
	if d.Edits, err = access.Allowed(p.svc.gate.MayAdd(r.Context(), p.svc.db, web.Actor(r), editing, string(id))); err != nil || len(all) == 0 && !d.Edits {
		return "", err
	}
	for _, t := range all {
		d.Lines = append(d.Lines, row{t, p.svc.reg.Label(t.Reason, web.Language(r))})
	}
	return p.HTML(r, "turnaways-of-client", d)
}

// list answers GET /turn-aways, narrowed by reason and days.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	why, from, until := web.Narrow("turnaways.why", asked), web.Narrow("turnaways.from", asked), web.Narrow("turnaways.until", asked)
	why.Options = web.Codes(p.svc.reg.List(codelist.TurnAwayReasons), web.Language(r), web.ReadCode(why.Value))
	f := Filter{Reason: web.ReadCode(why.Value), From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	edits, err := access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), editing))
	l := web.Listing{
		Title: "turnaways.title", Lead: "turnaways.lead", Path: "/turn-aways", Filters: []web.Field{why, from, until},
		Columns: []string{"turnaways.came-on", "turnaways.why", "turnaways.client", "turnaways.note"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "person", None: "turnaways.none", NoneBody: "turnaways.none-body",
	}
	if edits {
		l.Add, l.AddKey = "/turn-aways/new", "turnaways.record"
	}
	for _, t := range all {
		l.Rows = append(l.Rows, p.line(r, t))
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// line is a record in a list.
func (p *Pages) line(r *http.Request, t Seen) web.Line {
	day, client := web.Cell{Day: t.CameOn}, web.Cell{Key: "turnaways.unnamed"}
	if t.Edits {
		day.Path = "/turn-aways/" + string(t.ID) + "/edit"
	}
	if t.ClientID != "" {
		client = web.Cell{Text: t.Client.FullName(), Path: "/clients/" + string(t.ClientID)}
		if client.Text == "" {
			client.Text = t.Client.Reference
		}
	}
	return web.Line{Cells: []web.Cell{day, {Text: p.svc.reg.Label(t.Reason, web.Language(r))}, client, {Text: t.Note, Withheld: !t.Reads}}}
}

// sheet returns the empty form, of a client or of nobody who is registered.
func (p *Pages) sheet(r *http.Request, id clients.ID) (web.Sheet, error) {
	today, lang := civil.On(p.svc.now()), web.Language(r)
	s := web.Sheet{
		Name: "turnaway", Title: "turnaways.record", Button: "turnaways.save", Action: "/turn-aways", Back: "/turn-aways", Note: "turnaways.about",
		Crumbs: []web.Crumb{{Key: "turnaways.title", Path: "/turn-aways"}, {Key: "turnaways.single"}},
		Values: map[string]string{"came_on": string(today)},
		Inputs: func(s web.Sheet) []web.Field {
			why := s.Choice("turnaways.why", "turnaways.why-choose", p.svc.reg.List(codelist.TurnAwayReasons), lang)
			return []web.Field{why, s.Day("turnaways.came-on", "", string(today)), s.Text("turnaways.note", "turnaways.note-hint", noteLimit)}
		},
	}
	if id == "" {
		return s, nil
	}
	if err := p.svc.gate.Adds(r.Context(), p.svc.db, web.Actor(r), string(id)); err != nil {
		return s, err
	}
	k, _, err := p.clients.ByID(r.Context(), web.Actor(r), id)
	s.Of, s.Action, s.Back = k.Reference, "/turn-aways?"+url.Values{"client": {string(id)}}.Encode(), "/clients/"+string(id)
	return s, err
}

// asked is the client of the address, "" for none.
func asked(r *http.Request) clients.ID { return clients.ID(r.URL.Query().Get("client")) }

// blank returns the empty form for the client of the address.
func (p *Pages) blank(r *http.Request) (web.Sheet, error) { return p.sheet(r, asked(r)) }

func turnAway(s web.Sheet) TurnAway {
	return TurnAway{Version: s.Version, Reason: s.Code("why"), CameOn: civil.Date(s.Values["came_on"]), Note: s.Values["note"]}
}

// record makes a record of a sheet.
func (p *Pages) record(r *http.Request, s web.Sheet) error {
	t := turnAway(s)
	t.ClientID = asked(r)
	_, err := p.svc.Record(r.Context(), web.Actor(r), t)
	return err
}

// saved returns the sheet of the record of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	t, err := p.svc.edits(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r, t.ClientID)
	s.Title, s.Version, s.Action, s.Back = "turnaways.edit", t.Version, "/turn-aways/"+string(t.ID), "/turn-aways"
	s.Remove = s.Action + "/remove"
	s.Values = map[string]string{"why": web.CodeValue(t.Reason), "came_on": string(t.CameOn), "note": t.Note}
	return s, err
}

// save brings the record of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	t := turnAway(s)
	t.ID = ID(r.PathValue("id"))
	return p.svc.Update(r.Context(), web.Actor(r), t)
}

// removal returns the sheet that asks why the record of the address goes.
func (p *Pages) removal(r *http.Request) (web.Sheet, error) {
	s, err := p.saved(r)
	return s.Removal("turnaways.remove", s.Remove, "audit.reason"), err
}

// remove deletes the record of the address.
func (p *Pages) remove(r *http.Request, s web.Sheet) error {
	return p.svc.Remove(r.Context(), web.Actor(r), ID(r.PathValue("id")), s.Values["reason"])
}
