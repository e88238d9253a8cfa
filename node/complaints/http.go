package complaints

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
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of complaints.
type Pages struct {
	*web.Pages
	svc   *Service
	cases *cases.Service
}

// Routes adds the pages of complaints to the site.
func Routes(site *web.Site, svc *Service, of *cases.Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), svc: svc, cases: of}
	site.Handle("GET /complaints", "cases.read", p.list)
	blank := web.Form{Shows: p.blank, Takes: p.record, Said: "complaints.said-recorded"}
	site.Handle("GET /cases/{id}/complaints/new", editing, p.Show(blank))
	site.Handle("POST /cases/{id}/complaints", editing, p.Take(blank))
	saved := web.Form{Shows: p.saved, Takes: p.save, Said: "complaints.said-saved"}
	site.Handle("GET /complaints/{id}/edit", editing, p.Show(saved))
	site.Handle("POST /complaints/{id}", editing, p.Take(saved))
	removal := web.Form{Shows: p.removal, Takes: p.remove, Said: "complaints.said-removed"}
	site.Handle("GET /complaints/{id}/remove", editing, p.Show(removal))
	site.Handle("POST /complaints/{id}/remove", editing, p.Take(removal))
	return p
}

// panel is the data of the panel OfCase.
type panel struct {
	Case  cases.ID
	Lines []row
	// Withheld says that the complaints are not for the reader, Edits that the reader
	// may record some.
	Withheld, Edits bool
}

// row is a complaint with its institution in the reader's language.
type row struct {
	Line
	Label string
}

// panelSize is the most complaints on a case's page.
const panelSize = 50

// OfCase is a panel for a case's page: the complaints about it.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	may, err := p.svc.gate.Classes(r.Context(), p.svc.db, web.Actor(r), string(id))
	if err != nil {
		return "", err
	}
	d := panel{Case: id, Withheld: !may.Narrative}
	if d.Edits, err = access.Allowed(p.svc.gate.Needs(r.Context(), p.svc.db, web.Actor(r), editing, string(id), access.ReadsNarrative)); err != nil {
		return "", err
	}
	all, _, err := p.svc.List(r.Context(), web.Actor(r), Filter{Case: id, Limit: panelSize})
	if err != nil {
		return "", err
	}
	for _, l := range all {
		d.Lines = append(d.Lines, row{l, p.label(r, l.Institution)})
	}
	return p.HTML(r, "complaints-of-case", d)
}

func (p *Pages) label(r *http.Request, c codelist.Code) string {
	return p.svc.reg.Label(c, web.Language(r))
}

// Tiles counts for the first page what waits for an institution, "" for nothing.
func (p *Pages) Tiles(r *http.Request, _ civil.Date) (template.HTML, error) {
	n, err := p.svc.Unanswered(r.Context(), web.Actor(r))
	if err != nil || n == 0 {
		return "", err
	}
	return p.HTML(r, "waiting-tile", web.Tile{Key: "complaints.tile", Path: "/complaints?progress=" + string(Unanswered), Number: n})
}

// list answers GET /complaints, narrowed by institution, progress and days.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	to, far := web.Narrow("complaints.institution", asked), web.Narrow("complaints.progress", asked)
	from, until := web.Narrow("complaints.from", asked), web.Narrow("complaints.until", asked)
	to.Options = web.Codes(p.svc.reg.List(codelist.Institutions), web.Language(r), web.ReadCode(to.Value))
	far.Options = web.Words("complaints.progress-", Progress(far.Value), append([]Progress{Unanswered}, Steps()...)...)
	f := Filter{
		Institution: web.ReadCode(to.Value), Progress: Progress(far.Value),
		From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after")),
	}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	l := web.Listing{
		Title: "complaints.title", Lead: "complaints.lead", Path: "/complaints", Filters: []web.Field{to, far, from, until},
		Columns: []string{"complaints.filed-on", "complaints.case", "complaints.institution", "complaints.progress", "complaints.outcome"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "shield", None: "complaints.none", NoneBody: "complaints.none-body",
	}
	for _, c := range all {
		day := web.Cell{Day: c.FiledOn}
		if c.Edits {
			day.Path = "/complaints/" + string(c.ID) + "/edit"
		}
		l.Rows = append(l.Rows, web.Line{Cells: []web.Cell{
			day,
			{Text: c.Reference, Path: "/cases/" + string(c.CaseID), Code: true},
			{Text: p.label(r, c.Institution)},
			{Key: "complaints.progress-" + string(c.Progress)},
			{Key: outcomeKey(c.Outcome)},
		}})
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// outcomeKey is the key of an outcome's word.
func outcomeKey(o Outcome) string {
	if o == "" {
		o = "none"
	}
	return "complaints.outcome-" + string(o)
}

// sheet returns the empty form for a case.
func (p *Pages) sheet(r *http.Request, id cases.ID) (web.Sheet, error) {
	if err := p.svc.gate.Needs(r.Context(), p.svc.db, web.Actor(r), editing, string(id), access.ReadsNarrative); err != nil {
		return web.Sheet{}, err
	}
	c, _, err := p.cases.ByID(r.Context(), web.Actor(r), id)
	today, lang := string(civil.On(p.svc.now())), web.Language(r)
	return web.Sheet{
		Name: "complaint", Title: "complaints.record", Button: "complaints.save", Of: c.Reference,
		Action: "/cases/" + string(id) + "/complaints", Back: "/cases/" + string(id),
		Crumbs: []web.Crumb{{Key: "complaints.title", Path: "/complaints"}, {Label: c.Reference, Path: "/cases/" + string(id)}, {Key: "complaints.single"}},
		Values: map[string]string{"filed_on": today, "progress": string(Filed)},
		Inputs: func(s web.Sheet) []web.Field {
			to := s.Choice("complaints.institution", "complaints.institution-choose", p.svc.reg.List(codelist.Institutions), lang)
			number, far, end := s.Input("complaints.number"), s.Input("complaints.progress"), s.Input("complaints.outcome")
			number.Limit = numberLimit
			far.Options = web.Words("complaints.progress-", Progress(far.Value), Steps()...)
			end.Options = web.Words("complaints.outcome-", Outcome(end.Value), Outcomes()...)
			return []web.Field{
				to, s.Day("complaints.filed-on", string(c.OpenedOn), today), number, far, end, s.Day("complaints.answered-on", "", today),
				s.Text("complaints.note", "complaints.note-hint", noteLimit),
			}
		},
	}, err
}

// blank returns the empty form for the case of the address.
func (p *Pages) blank(r *http.Request) (web.Sheet, error) {
	return p.sheet(r, cases.ID(r.PathValue("id")))
}

func complaint(s web.Sheet) Complaint {
	return Complaint{
		Version: s.Version, Institution: s.Code("institution"), FiledOn: civil.Date(s.Values["filed_on"]), Number: s.Values["number"],
		Progress: Progress(s.Values["progress"]), Outcome: Outcome(s.Values["outcome"]), AnsweredOn: civil.Date(s.Values["answered_on"]), Note: s.Values["note"],
	}
}

// values are what the inputs of a saved complaint hold.
func (c Complaint) values() map[string]string {
	return map[string]string{
		"institution": web.CodeValue(c.Institution), "filed_on": string(c.FiledOn), "number": c.Number, "progress": string(c.Progress),
		"outcome": string(c.Outcome), "answered_on": string(c.AnsweredOn), "note": c.Note,
	}
}

// record makes a complaint of a sheet.
func (p *Pages) record(r *http.Request, s web.Sheet) error {
	c := complaint(s)
	c.CaseID = cases.ID(r.PathValue("id"))
	_, err := p.svc.Record(r.Context(), web.Actor(r), c)
	return err
}

// saved returns the sheet of the complaint of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	c, err := p.svc.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r, c.CaseID)
	s.Title, s.Version, s.Values, s.Action = "complaints.edit", c.Version, c.values(), "/complaints/"+string(c.ID)
	s.Remove = s.Action + "/remove"
	return s, err
}

// save brings the complaint of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	c := complaint(s)
	c.ID = ID(r.PathValue("id"))
	return p.svc.Update(r.Context(), web.Actor(r), c)
}

// removal returns the sheet that asks why the complaint of the address goes.
func (p *Pages) removal(r *http.Request) (web.Sheet, error) {
	s, err := p.saved(r)
	return s.Removal("complaints.remove", s.Remove, "audit.reason"), err
}

// remove deletes the complaint of the address.
func (p *Pages) remove(r *http.Request, s web.Sheet) error {
	return p.svc.Remove(r.Context(), web.Actor(r), ID(r.PathValue("id")), s.Values["reason"])
}
