package access

import (
	"embed"
	"html/template"
	"net/http"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages about walls and emergencies.
type Pages struct {
	*web.Pages
	access *Service
}

// Routes adds the pages of access to the site.
func Routes(site *web.Site, svc *Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), access: svc}
	site.Handle("GET /cases/{id}/walls", "cases.wall", p.walls)
	site.Handle("POST /cases/{id}/walls", "cases.wall", p.raise)
	site.Handle("POST /walls/{id}/end", "cases.wall", p.end)
	site.Handle("GET /cases/{id}/conflict", "cases.read", p.conflict)
	site.Handle("POST /cases/{id}/conflict", "cases.read", p.stepBack)
	site.Handle("GET /emergency", "cases.emergency", p.blank)
	site.Handle("POST /emergency", "cases.emergency", p.declare)
	site.Handle("POST /emergencies/{id}/seen", "emergencies.read", p.see)
	return p
}

// wallForm is a wall as somebody typed it.
type wallForm struct {
	Case                        string
	Person, Reason, Note, Until string
	Problem                     error

	staff []Member
	today civil.Date
}

// Fields returns the inputs of the form.
func (f wallForm) Fields() []web.Field {
	person := web.Field{Form: "wall", Name: "person", Label: "access.wall-person-label", Choose: "access.wall-person-choose", Problem: f.Problem}
	var people web.OptionGroup
	for _, m := range f.staff {
		people.Options = append(people.Options, web.Option{Value: m.ID, Label: m.Name, Chosen: m.ID == f.Person})
	}
	person.Options = []web.OptionGroup{people}
	reason := web.Field{Form: "wall", Name: "reason", Label: "access.wall-reason", Choose: "access.wall-reason-choose", Problem: f.Problem}
	reason.Options = reasonsOf(f.Reason)
	return []web.Field{
		person, reason,
		{Form: "wall", Name: "until", Label: "access.wall-until", Type: "date", Value: f.Until, Min: string(f.today), Hint: "access.wall-until-hint", Problem: f.Problem},
		{Form: "wall", Name: "note", Label: "access.wall-note", Value: f.Note, Lines: 2, Limit: noteLimit, Full: true, Problem: f.Problem},
	}
}

// wallRow is a wall with the names that a page shows.
type wallRow struct {
	Wall
	Person, By, Ender string
	Standing          bool
	EndedOn           civil.Date
}

// wallPanel is the data of the walls of a case.
type wallPanel struct {
	Case string
	// Reference names the case where the panel has a page of its own.
	Reference string
	Rows      []wallRow
	Form      wallForm
}

// OfCase is a panel for a case's page: its walls, for who may raise them, and for
// all others the way out of the case.
func (p *Pages) OfCase(r *http.Request, caseID string) (template.HTML, error) {
	d, err := p.panel(r, caseID, wallForm{})
	if errs.KindOf(err) == errs.Forbidden {
		return p.HTML(r, "conflict-of-case", caseID)
	}
	if err != nil {
		return "", err
	}
	return p.HTML(r, "walls-of-case", d)
}

func (p *Pages) panel(r *http.Request, caseID string, f wallForm) (wallPanel, error) {
	walls, err := p.access.Walls(r.Context(), web.Actor(r), caseID)
	if err != nil {
		return wallPanel{}, err
	}
	var ids []string
	for _, w := range walls {
		ids = append(ids, w.PersonID, w.RaisedBy, w.EndedBy)
	}
	names, err := p.access.gate.Names(r.Context(), ids...)
	if err != nil {
		return wallPanel{}, err
	}
	d := wallPanel{Case: caseID}
	today := p.access.gate.today()
	for _, w := range walls {
		row := wallRow{Wall: w, Person: names[w.PersonID], By: names[w.RaisedBy], Ender: names[w.EndedBy], Standing: w.Stands(today)}
		if !w.EndedAt.IsZero() {
			row.EndedOn = civil.On(w.EndedAt.In(p.access.now().Location()))
		}
		d.Rows = append(d.Rows, row)
	}
	d.Form, err = p.offer(r, caseID, f)
	return d, err
}

// offer adds to a form what it lets choose from.
func (p *Pages) offer(r *http.Request, caseID string, f wallForm) (wallForm, error) {
	var err error
	f.staff, err = p.access.gate.shutOut(r.Context(), web.Actor(r), caseID)
	f.Case, f.today = caseID, p.access.gate.today()
	return f, err
}

// walls answers GET /cases/{id}/walls.
func (p *Pages) walls(w http.ResponseWriter, r *http.Request) error {
	return p.showWalls(w, r, http.StatusOK, wallForm{})
}

func (p *Pages) showWalls(w http.ResponseWriter, r *http.Request, status int, f wallForm) error {
	d, err := p.panel(r, r.PathValue("id"), f)
	if err != nil {
		return err
	}
	if err := p.access.gate.Looked(r.Context(), p.access.db, p.access.now(), web.Actor(r), d.Case); err != nil {
		return err
	}
	if d.Reference, err = referenceOf(r.Context(), p.access.db, d.Case); err != nil {
		return err
	}
	return p.Page(w, r, status, "walls", d)
}

// raise answers POST /cases/{id}/walls.
func (p *Pages) raise(w http.ResponseWriter, r *http.Request) error {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	f := wallForm{Person: value("person"), Reason: value("reason"), Note: value("note"), Until: value("until")}
	id := r.PathValue("id")
	_, err := p.access.Raise(r.Context(), web.Actor(r), Wall{
		CaseID: id, PersonID: f.Person, Reason: Reason(f.Reason), Note: f.Note, Until: civil.Date(f.Until),
	})
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showWalls(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "access.said-raised")
	return web.GoTo(w, r, "/cases/"+id)
}

// end answers POST /walls/{id}/end.
func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	id, err := p.access.End(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.Say(w, r, "access.said-ended")
	return web.GoTo(w, r, "/cases/"+id)
}

// emergencyForm is an emergency as somebody typed it.
type emergencyForm struct {
	Reference, Why string
	Problem        error
}

// Fields returns the inputs of the form.
func (f emergencyForm) Fields() []web.Field {
	return []web.Field{
		{Form: "emergency", Name: "reference", Label: "access.emergency-reference", Hint: "access.emergency-reference-hint", Value: f.Reference, Limit: 40, Required: true, Problem: f.Problem},
		{Form: "emergency", Name: "why", Label: "access.emergency-why", Hint: "access.emergency-why-hint", Value: f.Why, Lines: 3, Limit: whyLimit, Required: true, Full: true, Problem: f.Problem},
	}
}

// blank answers GET /emergency.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "emergency", emergencyForm{})
}

// declare answers POST /emergency.
func (p *Pages) declare(w http.ResponseWriter, r *http.Request) error {
	f := emergencyForm{Reference: text.Clean(r.PostFormValue("reference")), Why: text.Clean(r.PostFormValue("why"))}
	id, err := p.access.Declare(r.Context(), web.Actor(r), f.Reference, f.Why)
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "emergency", f)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/cases/"+id)
}

// see answers POST /emergencies/{id}/seen.
func (p *Pages) see(w http.ResponseWriter, r *http.Request) error {
	if err := p.access.See(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return web.GoTo(w, r, "/")
}

// emergencyRow is an emergency as the first page shows it.
type emergencyRow struct {
	ID, Case, Reference, Person, Why string
	At                               time.Time
}

// Told is a panel for the first page: what a director has to know of, and the
// emergencies that the reader is in.
func (p *Pages) Told(r *http.Request) (template.HTML, error) {
	emergencies, err := p.emergencies(r)
	if err != nil {
		return "", err
	}
	aside, err := p.steppedBack(r)
	return emergencies + aside, err
}

func (p *Pages) emergencies(r *http.Request) (template.HTML, error) {
	who := web.Actor(r)
	unseen, err := p.access.unseen(r.Context(), who)
	if err != nil {
		return "", err
	}
	mine, err := p.access.running(r.Context(), who)
	if err != nil || len(unseen)+len(mine) == 0 {
		return "", err
	}
	var ids []string
	for _, e := range unseen {
		ids = append(ids, e.PersonID)
	}
	names, err := p.access.gate.Names(r.Context(), ids...)
	if err != nil {
		return "", err
	}
	var d struct{ Unseen, Mine []emergencyRow }
	for _, e := range unseen {
		d.Unseen = append(d.Unseen, emergencyRow{ID: e.ID, Case: e.CaseID, Reference: e.Reference, Person: names[e.PersonID], Why: e.Why, At: e.BegunAt})
	}
	for _, e := range mine {
		d.Mine = append(d.Mine, emergencyRow{Case: e.CaseID, Reference: e.Reference, At: e.EndsAt})
	}
	return p.HTML(r, "emergencies", d)
}
