package backup

import (
	"html/template"
	"net/http"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
)

// drillView is what the page says of drills.
type drillView struct {
	DrillState
	By   string // name of who recorded the last one
	Form drillForm
}

// drillForm is a code as somebody typed it.
type drillForm struct {
	Code    string
	Problem error
}

// Fields returns the inputs of the form.
func (f drillForm) Fields() []web.Field {
	return []web.Field{{Form: "drill", Name: "code", Label: "backup.drill-code", Hint: "backup.drill-code-hint", Value: f.Code, Limit: 40, Required: true, Problem: f.Problem}}
}

func (p *Pages) drill(r *http.Request) (drillView, error) {
	var v drillView
	var err error
	if v.DrillState, err = p.svc.Drill(r.Context()); err != nil || v.Last.Person == "" {
		return v, err
	}
	names, err := p.svc.o.Names(r.Context(), v.Last.Person)
	v.By = names[v.Last.Person]
	return v, err
}

// recordDrill answers POST /backups/drills.
func (p *Pages) recordDrill(w http.ResponseWriter, r *http.Request) error {
	f := drillForm{Code: strings.TrimSpace(r.PostFormValue("code"))}
	err := p.svc.RecordDrill(r.Context(), web.Actor(r), f.Code)
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.answer(w, r, http.StatusUnprocessableEntity, folderForm{}, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "backup.said-drill")
	return web.GoTo(w, r, "/backups")
}

// DrillDue is a panel for the first page: that a drill is due, to who may record
// one.
func (p *Pages) DrillDue(r *http.Request) (template.HTML, error) {
	manages, err := access.Allowed(p.svc.o.Gate.May(r.Context(), web.Actor(r), "backup.manage"))
	if err != nil || !manages {
		return "", err
	}
	s, err := p.svc.Drill(r.Context())
	if err != nil || !s.Due {
		return "", err
	}
	return p.HTML(r, "backup-drill-due", s)
}
