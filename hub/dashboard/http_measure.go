package dashboard

import (
	"html/template"
	"net/http"

	"casehub/internal/web"
)

// measure is the data of a page about one measure.
type measure struct {
	Filter filter
	Words  phrases
	figures
	ByMonth template.HTML
	Bars    template.HTML
	Lines   template.HTML
}

// phrases are the keys of what the page says of its measure.
type phrases struct{ Total, Trend, Counted, Categories, Table string }

var (
	ofCases     = phrases{"cases.total", "cases.trend", "cases.counted", "cases.categories", "cases.table"}
	ofReferrals = phrases{"referrals.total", "referrals.trend", "referrals.counted", "referrals.categories", "referrals.table"}
	ofRecovered = phrases{"recovered.total", "recovered.trend", "recovered.counted", "recovered.categories", "recovered.table"}
)

// measure makes the handler of GET /cases, /referrals and /recovered.
func (p *Pages) measure(number uint32, words phrases) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.filter(r)
		if err != nil {
			return err
		}
		if f.Nothing() {
			return p.empty(w, r)
		}
		totals, err := p.stats.Totals(r.Context(), f.Span, number)
		if err != nil {
			return err
		}
		rates, err := p.stats.Rates(r.Context(), f.Span)
		if err != nil {
			return err
		}
		lang := web.Language(r)
		m := measure{Filter: f, Words: words}
		if m.figures, err = p.figures(r.Context(), number, f.Span, totals, rates, lang); err != nil {
			return err
		}
		d := p.drawer(lang)
		m.ByMonth, m.Bars = d.columns("trend", m.figures, 740), d.categoryBars("categories", m.figures)
		m.Lines = d.lines("lines", m.figures, 1120)
		return p.Page(w, r, http.StatusOK, "measure", m)
	}
}
