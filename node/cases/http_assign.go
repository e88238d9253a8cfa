package cases

import (
	"errors"
	"net/http"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
)

// assignForm is the form that gives a case to a person and an office.
type assignForm struct {
	ID                  ID
	Version             int
	Responsible, Office string
	Problem             error
	// Changed says that somebody else saved the case meanwhile.
	Changed bool

	staff, offices []access.Member
}

// Fields returns the inputs of the form.
func (f assignForm) Fields() []web.Field {
	return []web.Field{
		f.choice("responsible", "cases.responsible", "cases.responsible-none", f.Responsible, f.staff),
		f.choice("office", "cases.office", "cases.office-none", f.Office, f.offices),
	}
}

func (f assignForm) choice(name, label, none, chosen string, members []access.Member) web.Field {
	var g web.OptionGroup
	for _, m := range members {
		g.Options = append(g.Options, web.Option{Value: m.ID, Label: m.Name, Chosen: m.ID == chosen})
	}
	return web.Field{Form: "assign", Name: name, Label: label, Choose: none, Options: []web.OptionGroup{g}, Problem: f.Problem}
}

// seated names whose case it is, and offers the form to who may assign it.
func (p *Pages) seated(r *http.Request, s *sheet, f assignForm) error {
	ctx := r.Context()
	names, err := p.cases.gate.Names(ctx, s.Case.Responsible)
	if err != nil {
		return err
	}
	if f.offices, err = p.cases.gate.Offices(ctx); err != nil {
		return err
	}
	s.Seat.Responsible = names[s.Case.Responsible]
	for _, o := range f.offices {
		if o.ID == s.Case.OfficeID {
			s.Seat.Office = o.Name
		}
	}
	assigns, err := p.may(r, "cases.assign", s.Case.ID)
	if err != nil || !assigns {
		return err
	}
	f.ID, f.Version = s.Case.ID, s.Case.Version
	f.staff, err = p.cases.gate.Within(ctx, web.Actor(r), "cases.assign")
	if s.Case.Responsible != "" && !among(f.staff, s.Case.Responsible) {
		f.staff = append(f.staff, access.Member{ID: s.Case.Responsible, Name: s.Seat.Responsible})
	}
	s.Assign = &f
	return err
}

// assign answers POST /cases/{id}/assign. The case may so leave the reader's own
// reach; then the list is where they go on.
func (p *Pages) assign(w http.ResponseWriter, r *http.Request) error {
	id, who := ID(r.PathValue("id")), web.Actor(r)
	f := assignForm{Responsible: text.Clean(r.PostFormValue("responsible")), Office: text.Clean(r.PostFormValue("office"))}
	err := p.cases.Assign(r.Context(), who, id, versionOf(r), f.Responsible, f.Office)
	switch {
	case errors.Is(err, ErrChanged) || errs.KindOf(err) == errs.Invalid:
		return p.assignAgain(w, r, f, err)
	case err != nil:
		return err
	}
	web.Say(w, r, "cases.said-assigned")
	if still, err := p.may(r, "cases.read", id); err != nil || !still {
		return errors.Join(err, web.GoTo(w, r, "/cases"))
	}
	return web.GoTo(w, r, "/cases/"+string(id))
}

// assignAgain answers with the case's page and the form as it was sent.
func (p *Pages) assignAgain(w http.ResponseWriter, r *http.Request, f assignForm, problem error) error {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	f.Problem, f.Changed = problem, errors.Is(problem, ErrChanged)
	status := http.StatusUnprocessableEntity
	if f.Changed {
		status = http.StatusConflict
	}
	return p.showCase(w, r, status, c, may, p.closing(r, c), f)
}
