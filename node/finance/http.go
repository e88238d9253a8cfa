package finance

import (
	"embed"
	"errors"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of recoveries.
type Pages struct {
	*web.Pages
	recoveries *Service
	cases      *cases.Service
	currency   string // what a new form offers
}

// Routes adds the pages of recoveries to the site. The currency is the one of
// the office, which a new form offers.
func Routes(site *web.Site, svc *Service, of *cases.Service, currency string) *Pages {
	p := &Pages{Pages: site.Pages(templates), recoveries: svc, cases: of, currency: currency}
	site.Handle("GET /cases/{id}/recoveries/new", "finance.edit", p.blank)
	site.Handle("POST /cases/{id}/recoveries", "finance.edit", p.record)
	site.Handle("GET /recoveries/{id}/edit", "finance.edit", p.edit)
	site.Handle("POST /recoveries/{id}", "finance.edit", p.save)
	return p
}

// panel is the data of the panel OfCase.
type panel struct {
	Case   cases.ID
	Lines  []row
	Totals []Total
	// Withheld says that the amounts are not for the reader, Edits that the
	// reader may record some.
	Withheld, Edits bool
}

// row is a recovery with its kind in the reader's language.
type row struct {
	Recovery
	Label string
}

// OfCase is a panel for a case's page: the recoveries of the case.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	all, withheld, err := p.recoveries.OfCase(r.Context(), web.Actor(r), id)
	if err != nil {
		return "", err
	}
	d := panel{Case: id, Totals: Totals(all), Withheld: withheld}
	if d.Edits, err = access.Allowed(p.recoveries.gate.Case(r.Context(), p.recoveries.db, web.Actor(r), "finance.edit", string(id))); err != nil {
		return "", err
	}
	d.Edits = d.Edits && !withheld
	for _, f := range all {
		d.Lines = append(d.Lines, row{Recovery: f, Label: p.recoveries.reg.Label(f.Kind, web.Language(r))})
	}
	return p.HTML(r, "recoveries-of-case", d)
}

// form returns an empty form for a case.
func (p *Pages) form(r *http.Request, id cases.ID) (form, error) {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), id)
	if err == nil && !may.Finance {
		err = access.ErrForbidden
	}
	if err == nil {
		err = p.recoveries.gate.Case(r.Context(), p.recoveries.db, web.Actor(r), "finance.edit", string(id))
	}
	if err != nil {
		return form{}, err
	}
	today := civil.On(p.recoveries.now())
	return form{
		Noted: may.Narrative, Case: c.ID, CaseReference: c.Reference, ReceivedOn: string(today), Currency: p.currency, opened: c.OpenedOn, today: today,
		list: p.recoveries.reg.List(codelist.RecoveryKinds), lang: web.Language(r),
	}, nil
}

// blank answers GET /cases/{id}/recoveries/new: the form alone for htmx, a page
// otherwise.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	f, err := p.form(r, cases.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.answer(w, r, http.StatusOK, f)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, status int, f form) error {
	if web.Fragment(r) {
		return p.Block(w, r, status, "recovery-form", f)
	}
	return p.Page(w, r, status, "recovery-new", f)
}

// record answers POST /cases/{id}/recoveries. A form that does not hold comes
// back with status 422.
func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	f, err := p.form(r, cases.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	f = f.read(r)
	v, err := f.recovery(p.recoveries.reg)
	if err == nil {
		_, err = p.recoveries.Record(r.Context(), web.Actor(r), v)
	}
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.answer(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "finance.said-recorded")
	return web.GoTo(w, r, "/cases/"+string(f.Case))
}

// edit answers GET /recoveries/{id}/edit.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	saved, f, err := p.saved(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "recovery-edit", f.fill(saved))
}

// saved returns the recovery of the address and an empty form for its case.
func (p *Pages) saved(r *http.Request) (Recovery, form, error) {
	v, _, err := p.recoveries.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return Recovery{}, form{}, err
	}
	f, err := p.form(r, v.CaseID)
	f.ID = v.ID
	return v, f, err
}

// save answers POST /recoveries/{id}. When somebody else saved the recovery
// meanwhile, the form comes back with what was typed, and what is saved now
// stands beside it.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	_, f, err := p.saved(r)
	if err != nil {
		return err
	}
	f = f.read(r)
	v, err := f.recovery(p.recoveries.reg)
	if err == nil {
		err = p.recoveries.Update(r.Context(), web.Actor(r), v)
	}
	switch {
	case errors.Is(err, ErrChanged):
		now, _, err := p.recoveries.ByID(r.Context(), web.Actor(r), f.ID)
		if err != nil {
			return err
		}
		return p.Page(w, r, http.StatusConflict, "recovery-edit", f.beside(now))
	case errs.KindOf(err) == errs.Invalid:
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "recovery-edit", f)
	case err != nil:
		return err
	}
	web.Say(w, r, "finance.said-saved")
	return web.GoTo(w, r, "/cases/"+string(f.Case))
}

// Tiles returns the figure of amounts recovered for the first page, "" for who
// sees none.
func (p *Pages) Tiles(r *http.Request, since civil.Date) (template.HTML, error) {
	if sees, err := p.recoveries.counts(r.Context(), web.Actor(r)); err != nil || !sees {
		return "", err
	}
	totals, err := p.recoveries.TotalsSince(r.Context(), web.Actor(r), since)
	if err != nil {
		return "", err
	}
	if len(totals) == 0 {
		totals = []Total{{Currency: p.currency}}
	}
	return p.HTML(r, "recovery-tiles", totals)
}
