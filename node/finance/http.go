package finance

import (
	"embed"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
)

//go:embed templates/*.html
var templates embed.FS

// editing is what who records amounts may do.
const editing = "finance.edit"

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
	blank := web.Form{Shows: p.blank, Takes: p.record, Said: "finance.said-recorded"}
	site.Handle("GET /cases/{id}/recoveries/new", editing, p.Show(blank))
	site.Handle("POST /cases/{id}/recoveries", editing, p.Take(blank))
	saved := web.Form{Shows: p.saved, Takes: p.save, Said: "finance.said-saved"}
	site.Handle("GET /recoveries/{id}/edit", editing, p.Show(saved))
	site.Handle("POST /recoveries/{id}", editing, p.Take(saved))
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
	if d.Edits, err = access.Allowed(p.recoveries.gate.Case(r.Context(), p.recoveries.db, web.Actor(r), editing, string(id))); err != nil {
		return "", err
	}
	d.Edits = d.Edits && !withheld
	for _, f := range all {
		d.Lines = append(d.Lines, row{Recovery: f, Label: p.recoveries.reg.Label(f.Kind, web.Language(r))})
	}
	return p.HTML(r, "recoveries-of-case", d)
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
