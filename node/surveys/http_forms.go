package surveys

import (
	"net/http"
	"net/url"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/pagemark"
	"casehub/internal/web"
	"casehub/node/access"
)

// forms answers GET /surveys/forms.
func (p *Pages) forms(w http.ResponseWriter, r *http.Request) error {
	all, err := p.svc.Forms(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	l := web.Listing{
		Title: "surveys.forms", Lead: "surveys.forms-lead", Path: "/surveys/forms", Icon: "check", None: "surveys.forms-none", NoneBody: "surveys.forms-none-body",
		Columns: []string{"surveys.form", "surveys.form-version", "surveys.answers", "surveys.from", "surveys.until"},
	}
	for _, f := range all {
		l.Rows = append(l.Rows, web.Line{Cells: []web.Cell{
			{Text: f.Heading(), Path: "/surveys/forms/" + f.ID},
			{Text: f.Version},
			{Number: f.Answers, Numbered: true},
			{Day: f.First},
			{Day: f.Last},
		}})
	}
	return p.Page(w, r, http.StatusOK, "listing", l)
}

// formPage is the data of a form's page.
type formPage struct {
	Form
	Tallies []Tally
	Lines   []Answer
	Filters []web.Field // days between which answers count
	Next    string
	Later   bool
}

// Path returns the page's own address.
func (f formPage) Path() string { return "/surveys/forms/" + f.ID }

// More returns the address of the page that follows.
func (f formPage) More() string {
	q := url.Values{"after": {f.Next}}
	for _, one := range f.Filters {
		if one.Value != "" {
			q.Set(one.Name, one.Value)
		}
	}
	return f.Path() + "?" + q.Encode()
}

// form answers GET /surveys/forms/{id}: how the questions were answered.
func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query().Get
	from, until := web.Narrow("surveys.from", asked), web.Narrow("surveys.until", asked)
	d := formPage{Filters: []web.Field{from, until}}
	f := AnswerFilter{From: civil.Date(from.Value), Until: civil.Date(until.Value), After: pagemark.Parse(asked("after"))}
	form, tallies, all, next, err := p.svc.Form(r.Context(), web.Actor(r), r.PathValue("id"), web.Language(r), f)
	if err != nil {
		return err
	}
	d.Form, d.Tallies, d.Lines, d.Next, d.Later = form, tallies, all, next.String(), f.After.ID != ""
	return p.Page(w, r, http.StatusOK, "survey-form", d)
}

// answerPage is the data of an answer's page.
type answerPage struct {
	Answer
	Lines []Said
	Edits bool
}

// Asked reports whether an answer stands beside a question: it came with its form.
func (p answerPage) Asked() bool {
	return slices.ContainsFunc(p.Lines, func(s Said) bool { return !s.Loose && !s.Heading })
}

// answer answers GET /surveys/answers/{id}.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	a, err := p.svc.Answer(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	d := answerPage{Answer: a, Lines: a.Said(web.Language(r))}
	if d.Edits, err = access.Allowed(p.svc.gate.May(r.Context(), web.Actor(r), editing)); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "survey-answer", d)
}

// answerRemoval returns the form that asks why the answer of the address goes.
func (p *Pages) answerRemoval(r *http.Request) (web.Sheet, error) {
	a, err := p.svc.Answer(r.Context(), web.Actor(r), r.PathValue("id"))
	at := "/surveys/answers/" + a.ID
	s := web.Sheet{
		Name: "answer", Of: a.Form.Heading(), Back: "/surveys/forms/" + a.Form.ID,
		Crumbs: []web.Crumb{{Key: "surveys.forms", Path: "/surveys/forms"}, {Label: a.Form.Heading(), Path: "/surveys/forms/" + a.Form.ID}, {Key: "surveys.answer"}},
	}
	return s.Removal("surveys.answer-remove", at+"/remove", "audit.reason"), err
}

// removeAnswer deletes the answer of the address.
func (p *Pages) removeAnswer(r *http.Request, s web.Sheet) error {
	return p.svc.RemoveAnswer(r.Context(), web.Actor(r), r.PathValue("id"), s.Values["reason"])
}
