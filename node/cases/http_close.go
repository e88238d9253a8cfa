package cases

import (
	"errors"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

// closeForm is the form that closes a case, or opens it again.
type closeForm struct {
	ID       ID
	Version  int
	Closed   bool
	ClosedOn string
	Outcome  codelist.Code
	Problem  error
	// Changed says that somebody else saved the case meanwhile.
	Changed bool

	opened, today civil.Date
	list          *codelist.List
	lang          string
}

// closing returns the form for a case as it is.
func (p *Pages) closing(r *http.Request, c Case) closeForm {
	today := civil.On(p.cases.now())
	return closeForm{
		ID: c.ID, Version: c.Version, Closed: c.Status == Closed, ClosedOn: string(today),
		opened: c.OpenedOn, today: today, list: p.cases.reg.List(codelist.Outcomes), lang: web.Language(r),
	}
}

// Fields returns the inputs of the form.
func (f closeForm) Fields() []web.Field {
	return []web.Field{
		{
			Form: "close", Name: "outcome", Label: "cases.outcome", Choose: "cases.outcome-choose",
			Options: web.Codes(f.list, f.lang, f.Outcome), Problem: f.Problem,
		},
		{
			Form: "close", Name: "closed_on", Label: "cases.closed-on", Type: "date", Value: f.ClosedOn,
			Min: string(f.opened), Max: string(f.today), Problem: f.Problem,
		},
	}
}

// close answers POST /cases/{id}/close. A form that does not hold comes back
// alone with status 422, and htmx puts it where the old one was.
func (p *Pages) close(w http.ResponseWriter, r *http.Request) error {
	id, version := ID(r.PathValue("id")), versionOf(r)
	on, outcome := text.Clean(r.PostFormValue("closed_on")), web.ReadCode(r.PostFormValue("outcome"))
	err := p.cases.Close(r.Context(), web.Actor(r), id, version, civil.Date(on), outcome)
	if err == nil {
		web.Say(w, r, "cases.said-closed")
		return web.GoTo(w, r, "/cases/"+string(id))
	}
	return p.closeAgain(w, r, err, func(f *closeForm) {
		f.ClosedOn, f.Outcome = on, outcome
	})
}

// reopen answers POST /cases/{id}/reopen.
func (p *Pages) reopen(w http.ResponseWriter, r *http.Request) error {
	id := ID(r.PathValue("id"))
	err := p.cases.Reopen(r.Context(), web.Actor(r), id, versionOf(r))
	if err == nil {
		web.Say(w, r, "cases.said-reopened")
		return web.GoTo(w, r, "/cases/"+string(id))
	}
	return p.closeAgain(w, r, err, func(*closeForm) {})
}

// closeAgain answers with the form for closing after err, filled with what was
// typed: alone for htmx, on the case's page otherwise.
func (p *Pages) closeAgain(w http.ResponseWriter, r *http.Request, err error, fill func(*closeForm)) error {
	status := http.StatusUnprocessableEntity
	if errs.KindOf(err) == errs.Conflict {
		status = http.StatusConflict
	} else if errs.KindOf(err) != errs.Invalid {
		return err
	}
	c, may, readErr := p.cases.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if readErr != nil {
		return readErr
	}
	f := p.closing(r, c)
	fill(&f)
	f.Changed, f.Problem = errors.Is(err, ErrChanged), err
	if web.Fragment(r) {
		return p.Block(w, r, status, "close-form", f)
	}
	return p.showCase(w, r, status, c, may, f, assignForm{Responsible: c.Responsible, Office: c.OfficeID})
}

func versionOf(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version"))
	return n
}
