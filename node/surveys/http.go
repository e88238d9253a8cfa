package surveys

import (
	"embed"
	"errors"
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

// Pages are the pages of surveys.
type Pages struct {
	*web.Pages
	svc   *Service
	cases *cases.Service
}

// Routes adds the pages of surveys to the site.
func Routes(site *web.Site, svc *Service, of *cases.Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), svc: svc, cases: of}
	site.Handle("GET /surveys", "cases.read", p.list)
	site.Handle("GET /surveys/forms", "cases.read", p.forms)
	site.Handle("GET /surveys/forms/{id}", "cases.read", p.form)
	site.Handle("GET /surveys/answers/{id}", "cases.read", p.answer)
	gone := web.Form{Shows: p.answerRemoval, Takes: p.removeAnswer, Said: "surveys.said-answer-removed"}
	site.Handle("GET /surveys/answers/{id}/remove", editing, p.Show(gone))
	site.Handle("POST /surveys/answers/{id}/remove", editing, p.Take(gone))
	answer := web.Form{Shows: p.sheet, Takes: p.save, Said: "surveys.said-saved"}
	site.Handle("GET /cases/{id}/survey", editing, p.Show(answer))
	site.Handle("POST /cases/{id}/survey", editing, p.Take(answer))
	removal := web.Form{Shows: p.removal, Takes: p.remove, Said: "surveys.said-removed"}
	site.Handle("GET /cases/{id}/survey/remove", editing, p.Show(removal))
	site.Handle("POST /cases/{id}/survey/remove", editing, p.Take(removal))
	return p
}

// panel is the data of the panel OfCase.
type panel struct {
	Survey
	Label string
	Edits bool
	// Forms are answers to forms of another system.
	Forms []Answer
}

// OfCase is a panel for a case's page: what the client said, "" while the case was never
// closed and for who may not read its story.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	v, err := p.svc.OfCase(r.Context(), web.Actor(r), id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	d := panel{Survey: v, Label: p.svc.reg.Label(v.Rating, web.Language(r))}
	_, _, err = p.svc.about(r.Context(), p.svc.db, web.Actor(r), id)
	d.CaseID = id
	if !errors.Is(err, ErrNotClosed) {
		if d.Edits, err = access.Allowed(err); err != nil {
			return "", err
		}
	}
	if d.Forms, err = p.svc.AnswersOf(r.Context(), web.Actor(r), id); err != nil {
		return "", err
	}
	if d.Version == 0 && !d.Edits && len(d.Forms) == 0 {
		return "", nil
	}
	return p.HTML(r, "survey-of-case", d)
}

// list answers GET /surveys, narrowed by rating and days.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	rating, from, until := web.Narrow("surveys.rating", asked), web.Narrow("surveys.from", asked), web.Narrow("surveys.until", asked)
	rating.Options = web.Codes(p.svc.reg.List(codelist.SatisfactionRatings), web.Language(r), web.ReadCode(rating.Value))
	f := Filter{Rating: web.ReadCode(rating.Value), From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	all, next, err := p.svc.List(r.Context(), web.Actor(r), f)
	l := web.Listing{
		Title: "surveys.title", Lead: "surveys.lead", Path: "/surveys", Filters: []web.Field{rating, from, until},
		Columns: []string{"surveys.answered-on", "surveys.case", "surveys.rating", "surveys.comment", "surveys.suggestion"},
		Next:    next.String(), Later: f.After.ID != "", Icon: "check", None: "surveys.none", NoneBody: "surveys.none-body",
	}
	var quoted []string
	for _, v := range all {
		if v.Comment+v.Suggestion != "" {
			quoted = append(quoted, string(v.CaseID))
		}
		l.Rows = append(l.Rows, web.Line{Cells: []web.Cell{
			{Day: v.AnsweredOn},
			{Text: v.Reference, Path: "/cases/" + string(v.CaseID), Code: true},
			{Text: p.svc.reg.Label(v.Rating, web.Language(r))},
			{Text: v.Comment},
			{Text: v.Suggestion},
		}})
	}
	if err == nil {
		err = p.svc.gate.LookedAt(r.Context(), p.svc.db, p.svc.now(), web.Actor(r), quoted)
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// sheet returns the form of the case of the address, with what was answered.
func (p *Pages) sheet(r *http.Request) (web.Sheet, error) {
	id := cases.ID(r.PathValue("id"))
	v, c, err := p.svc.about(r.Context(), p.svc.db, web.Actor(r), id)
	if err != nil {
		return web.Sheet{}, err
	}
	if err := p.svc.gate.Looked(r.Context(), p.svc.db, p.svc.now(), web.Actor(r), string(id)); err != nil {
		return web.Sheet{}, err
	}
	today, lang := civil.On(p.svc.now()), web.Language(r)
	s := web.Sheet{
		Name: "survey", Title: "surveys.record", Button: "surveys.save", Of: c.Reference, Note: "surveys.about",
		Action: "/cases/" + string(id) + "/survey", Back: "/cases/" + string(id), Version: v.Version, Values: v.values(),
		Crumbs: []web.Crumb{{Key: "surveys.title", Path: "/surveys"}, {Label: c.Reference, Path: "/cases/" + string(id)}, {Key: "surveys.single"}},
		Inputs: func(s web.Sheet) []web.Field {
			rating := s.Choice("surveys.rating", "surveys.rating-choose", p.svc.reg.List(codelist.SatisfactionRatings), lang)
			fields := []web.Field{rating, s.Day("surveys.answered-on", string(c.ClosedOn), string(today))}
			for _, label := range []string{"surveys.cost", "surveys.pace", "surveys.attention"} {
				f := s.Input(label)
				f.Type, f.Options = "radio", web.Words("surveys.opinion-", Opinion(f.Value), Opinions()...)
				fields = append(fields, f)
			}
			lawyers := s.Input("surveys.lawyers")
			lawyers.Type, lawyers.Options = "radio", web.Words("surveys.lawyers-", Beside(lawyers.Value), Comparisons()...)
			return append(fields, lawyers, s.Text("surveys.comment", "surveys.comment-hint", wordsLimit), s.Text("surveys.suggestion", "", wordsLimit))
		},
	}
	if v.Version == 0 {
		s.Values = map[string]string{"answered_on": string(today)}
	} else {
		s.Remove = s.Action + "/remove"
	}
	return s, nil
}

// values are what the inputs of a saved answer hold.
func (s Survey) values() map[string]string {
	return map[string]string{
		"rating": web.CodeValue(s.Rating), "answered_on": string(s.AnsweredOn), "cost": string(s.Cost), "pace": string(s.Pace),
		"attention": string(s.Attention), "lawyers": string(s.Lawyers), "comment": s.Comment, "suggestion": s.Suggestion,
	}
}

// save brings the answer of the case of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	return p.svc.Save(r.Context(), web.Actor(r), Survey{
		CaseID: cases.ID(r.PathValue("id")), Version: s.Version, Rating: s.Code("rating"), AnsweredOn: civil.Date(s.Values["answered_on"]),
		Cost: Opinion(s.Values["cost"]), Pace: Opinion(s.Values["pace"]), Attention: Opinion(s.Values["attention"]),
		Lawyers: Beside(s.Values["lawyers"]), Comment: s.Values["comment"], Suggestion: s.Values["suggestion"],
	})
}

// removal returns the form that asks why the answer of the address goes.
func (p *Pages) removal(r *http.Request) (web.Sheet, error) {
	s, err := p.sheet(r)
	if err == nil && s.Remove == "" {
		err = ErrNotFound
	}
	return s.Removal("surveys.remove", s.Remove, "audit.reason"), err
}

// remove deletes the answer of the case of the address.
func (p *Pages) remove(r *http.Request, s web.Sheet) error {
	return p.svc.Remove(r.Context(), web.Actor(r), cases.ID(r.PathValue("id")), s.Values["reason"])
}
