package referrals

import (
	"embed"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// editing is what who records referrals may do.
const editing = "referrals.edit"

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
	blank := web.Form{Shows: p.blank, Takes: p.record, Said: "referrals.said-recorded"}
	site.Handle("GET /cases/{id}/referrals/new", editing, p.Show(blank))
	site.Handle("POST /cases/{id}/referrals", editing, p.Take(blank))
	saved := web.Form{Shows: p.saved, Takes: p.save, Said: "referrals.said-saved"}
	site.Handle("GET /referrals/{id}/edit", editing, p.Show(saved))
	site.Handle("POST /referrals/{id}", editing, p.Take(saved))
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
	if d.Edits, err = access.Allowed(p.referrals.gate.Case(r.Context(), p.referrals.db, web.Actor(r), editing, string(id))); err != nil {
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
