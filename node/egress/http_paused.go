package egress

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
)

// Panels are what the first page shows of releases.
type Panels struct{ p *pages }

// pausedView is the data of what waits for somebody to say what left last.
type pausedView struct {
	Pause
	// Approves says that the reader may say it.
	Approves bool
	Fields   []web.Field
}

// toldForm is what was typed of the hub's last release.
type toldForm struct{ sequence, month, mark string }

// fields returns the inputs of the form.
func (f toldForm) fields(problem error) []web.Field {
	return []web.Field{
		{Form: "resume", Name: "sequence", Label: "egress.told-sequence-label", Hint: "egress.told-sequence-hint", Value: f.sequence, Limit: 10, Required: true, Problem: problem},
		{Form: "resume", Name: "month", Type: "month", Label: "egress.told-month-label", Value: f.month, Limit: 7, Problem: problem},
		{Form: "resume", Name: "mark", Label: "egress.told-mark-label", Hint: "egress.told-mark-hint", Value: f.mark, Limit: 40, Problem: problem},
	}
}

// read returns what was told, or what is wrong with the form.
func (f toldForm) read() (Told, error) {
	n, err := strconv.ParseUint(f.sequence, 10, 32)
	if err != nil {
		return Told{}, errTold
	}
	told := Told{Sequence: uint32(n), Mark: f.mark}
	if f.month == "" {
		return told, nil
	}
	if told.Month, err = civil.ParseMonth(f.month); err != nil {
		return Told{}, errToldMonth
	}
	return told, nil
}

// paused returns what waits for a person, nil when nothing does.
func (p *pages) paused(r *http.Request, f toldForm, problem error) (*pausedView, error) {
	pause, yes, err := p.gate.Paused(r.Context())
	if err != nil || !yes {
		return nil, err
	}
	v := &pausedView{Pause: pause, Fields: f.fields(problem)}
	v.Approves, err = access.Allowed(p.gate.person(r.Context(), web.Actor(r), toApprove))
	return v, err
}

// resume answers POST /releases/resume.
func (p *pages) resume(w http.ResponseWriter, r *http.Request) error {
	typed := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f := toldForm{typed("sequence"), typed("month"), typed("mark")}
	told, err := f.read()
	if err == nil {
		err = p.gate.Resume(r.Context(), web.Actor(r), told)
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict, errs.Unavailable:
		if err != nil {
			return p.showListWith(w, r, http.StatusUnprocessableEntity, "", f, err)
		}
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/releases")
}

// Paused is a panel for the first page: that nothing leaves before somebody has said
// what left last, to who may say it.
func (s Panels) Paused(r *http.Request) (template.HTML, error) {
	v, err := s.p.paused(r, toldForm{}, nil)
	if err != nil || v == nil || !v.Approves {
		return "", err
	}
	return s.p.HTML(r, "releases-paused-note", v)
}
