package referrals

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
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of referrals.
type Pages struct {
	*web.Pages
	referrals *Service
	cases     *cases.Service
	agreed    Agreed
}

// Agreed is a part of the form of a new referral that another area fills: what
// its reader has to know of the client's consent first.
type Agreed func(r *http.Request, id clients.ID) (template.HTML, error)

// Routes adds the pages of referrals to the site.
func Routes(site *web.Site, svc *Service, of *cases.Service, agreed Agreed) *Pages {
	p := &Pages{Pages: site.Pages(templates), referrals: svc, cases: of, agreed: agreed}
	site.Handle("GET /cases/{id}/referrals/new", "referrals.edit", p.blank)
	site.Handle("POST /cases/{id}/referrals", "referrals.edit", p.record)
	site.Handle("GET /referrals/{id}/edit", "referrals.edit", p.edit)
	site.Handle("POST /referrals/{id}", "referrals.edit", p.save)
	return p
}

// panel is the data of the panel OfCase.
type panel struct {
	Case  cases.ID
	Lines []row
	// Withheld says that the referrals are not for the reader, Edits that the
	// reader may record some.
	Withheld, Edits bool
}

// row is a referral with its codes in the reader's language.
type row struct {
	Referral
	Label string
	// ResultLabel is what became of it, "" while nobody knows.
	ResultLabel string
}

// OfCase is a panel for a case's page: the referrals of the case.
func (p *Pages) OfCase(r *http.Request, id cases.ID) (template.HTML, error) {
	all, withheld, err := p.referrals.OfCase(r.Context(), web.Actor(r), id)
	if err != nil {
		return "", err
	}
	d := panel{Case: id, Withheld: withheld}
	if d.Edits, err = access.Allowed(p.referrals.gate.Case(r.Context(), p.referrals.db, web.Actor(r), "referrals.edit", string(id))); err != nil {
		return "", err
	}
	d.Edits = d.Edits && !withheld
	for _, f := range all {
		line := row{Referral: f, Label: p.referrals.reg.Label(f.Destination, web.Language(r))}
		if f.Result != 0 {
			line.ResultLabel = p.referrals.reg.Label(f.Result, web.Language(r))
		}
		d.Lines = append(d.Lines, line)
	}
	return p.HTML(r, "referrals-of-case", d)
}

// form returns an empty form for a case.
func (p *Pages) form(r *http.Request, id cases.ID) (form, error) {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), id)
	if err == nil && !may.Narrative {
		err = access.ErrForbidden
	}
	if err == nil {
		err = p.referrals.gate.Case(r.Context(), p.referrals.db, web.Actor(r), "referrals.edit", string(id))
	}
	if err != nil {
		return form{}, err
	}
	agreed, err := p.agreed(r, c.ClientID)
	if err != nil {
		return form{}, err
	}
	today := civil.On(p.referrals.now())
	return form{
		Agreed: agreed, Case: c.ID, CaseReference: c.Reference, ReferredOn: string(today), opened: c.OpenedOn, today: today,
		list: p.referrals.reg.List(codelist.ReferralDestinations), results: p.referrals.reg.List(codelist.ReferralResults), lang: web.Language(r),
	}, nil
}

// blank answers GET /cases/{id}/referrals/new: the form alone for htmx, a page
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
		return p.Block(w, r, status, "referral-form", f)
	}
	return p.Page(w, r, status, "referral-new", f)
}

// record answers POST /cases/{id}/referrals. A form that does not hold comes
// back with status 422.
func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	f, err := p.form(r, cases.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	f = f.read(r)
	_, err = p.referrals.Record(r.Context(), web.Actor(r), f.referral())
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.answer(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "referrals.said-recorded")
	return web.GoTo(w, r, "/cases/"+string(f.Case))
}

// edit answers GET /referrals/{id}/edit.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	saved, f, err := p.saved(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "referral-edit", f.fill(saved))
}

// saved returns the referral of the address and an empty form for its case.
func (p *Pages) saved(r *http.Request) (Referral, form, error) {
	v, err := p.referrals.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return Referral{}, form{}, err
	}
	f, err := p.form(r, v.CaseID)
	f.ID = v.ID
	return v, f, err
}

// save answers POST /referrals/{id}. When somebody else saved the referral
// meanwhile, the form comes back with what was typed, and what is saved now
// stands beside it.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	_, f, err := p.saved(r)
	if err != nil {
		return err
	}
	f = f.read(r)
	err = p.referrals.Update(r.Context(), web.Actor(r), f.referral())
	switch {
	case errors.Is(err, ErrChanged):
		now, err := p.referrals.ByID(r.Context(), web.Actor(r), f.ID)
		if err != nil {
			return err
		}
		return p.Page(w, r, http.StatusConflict, "referral-edit", f.beside(now))
	case errs.KindOf(err) == errs.Invalid:
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "referral-edit", f)
	case err != nil:
		return err
	}
	web.Say(w, r, "referrals.said-saved")
	return web.GoTo(w, r, "/cases/"+string(f.Case))
}

// Tiles returns the figure of referrals for the first page, "" for who sees none.
func (p *Pages) Tiles(r *http.Request, since civil.Date) (template.HTML, error) {
	if sees, err := access.Allowed(p.referrals.gate.May(r.Context(), web.Actor(r), "figures.read")); err != nil || !sees {
		return "", err
	}
	n, err := p.referrals.CountSince(r.Context(), web.Actor(r), since)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "referral-tiles", n)
}
