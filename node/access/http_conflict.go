package access

import (
	"html/template"
	"net/http"
	"time"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

// conflictForm is why somebody should not see a case, as they typed it.
type conflictForm struct {
	Case, Reference string
	Reason, Note    string
	Problem         error
}

// Fields returns the inputs of the form.
func (f conflictForm) Fields() []web.Field {
	reason := web.Field{Form: "conflict", Name: "reason", Label: "access.wall-reason", Choose: "access.wall-reason-choose", Required: true, Problem: f.Problem}
	reason.Options = reasonsOf(f.Reason)
	return []web.Field{
		reason,
		{Form: "conflict", Name: "note", Label: "access.conflict-note", Hint: "access.conflict-note-hint", Value: f.Note, Lines: 2, Limit: noteLimit, Full: true, Problem: f.Problem},
	}
}

// reasonsOf are the reasons for a wall as a form offers them.
func reasonsOf(chosen string) []web.OptionGroup {
	var reasons web.OptionGroup
	for _, r := range Reasons() {
		reasons.Options = append(reasons.Options, web.Option{Value: string(r), Key: "access.reason-" + string(r), Chosen: string(r) == chosen})
	}
	return []web.OptionGroup{reasons}
}

// conflict answers GET /cases/{id}/conflict.
func (p *Pages) conflict(w http.ResponseWriter, r *http.Request) error {
	return p.showConflict(w, r, http.StatusOK, conflictForm{})
}

func (p *Pages) showConflict(w http.ResponseWriter, r *http.Request, status int, f conflictForm) error {
	f.Case = r.PathValue("id")
	if err := p.access.gate.Case(r.Context(), p.access.db, web.Actor(r), caseRow.read, f.Case); err != nil {
		return err
	}
	var err error
	if f.Reference, err = referenceOf(r.Context(), p.access.db, f.Case); err != nil {
		return err
	}
	return p.Page(w, r, status, "conflict", f)
}

// stepBack answers POST /cases/{id}/conflict. The case is out of sight
// afterwards, so the reader is led to the list.
func (p *Pages) stepBack(w http.ResponseWriter, r *http.Request) error {
	f := conflictForm{Reason: text.Clean(r.PostFormValue("reason")), Note: text.Clean(r.PostFormValue("note"))}
	err := p.access.StepBack(r.Context(), web.Actor(r), Wall{CaseID: r.PathValue("id"), Reason: Reason(f.Reason), Note: f.Note})
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showConflict(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "access.said-stepped-back")
	return web.GoTo(w, r, "/cases")
}

// asideRow is somebody who stepped back, as the first page shows it.
type asideRow struct {
	Case, Reference, Person string
	Reason                  Reason
	At                      time.Time
	Responsible             bool
}

// steppedBack is a panel for the first page: who shut themselves out of a case,
// for who gives it to somebody else. It is "" for nobody.
func (p *Pages) steppedBack(r *http.Request) (template.HTML, error) {
	all, err := p.access.steppedBack(r.Context(), web.Actor(r))
	if err != nil || len(all) == 0 {
		return "", err
	}
	var ids []string
	for _, a := range all {
		ids = append(ids, a.PersonID)
	}
	names, err := p.access.gate.Names(r.Context(), ids...)
	if err != nil {
		return "", err
	}
	var rows []asideRow
	for _, a := range all {
		rows = append(rows, asideRow{a.CaseID, a.Reference, names[a.PersonID], a.Reason, a.At, a.Responsible})
	}
	return p.HTML(r, "stepped-back", rows)
}
