package dashboard

import (
	"html/template"
	"net/http"
	"strconv"

	"casehub/internal/codelist"
	"casehub/internal/errs"
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
	ofAny       = phrases{"figures.total", "figures.trend", "figures.counted", "figures.categories", "figures.table"}
	ofRecovered = phrases{"recovered.total", "recovered.trend", "recovered.counted", "recovered.categories", "recovered.table"}
)

// own are the measures that have a page and words of their own.
var own = map[uint32]struct {
	path  string
	words phrases
}{
	codelist.CasesOpened:      {"/cases", ofCases},
	codelist.ReferralsMade:    {"/referrals", ofReferrals},
	codelist.AmountsRecovered: {"/recovered", ofRecovered},
}

// pathOf is where a measure has its page.
func pathOf(number uint32) string {
	if o, ok := own[number]; ok {
		return o.path
	}
	return "/figures/" + strconv.FormatUint(uint64(number), 10)
}

// measure makes the handler of GET /cases, /referrals and /recovered.
func (p *Pages) measure(number uint32, words phrases) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, number, words) }
}

// errNoFigure reports a number that is no measure's.
var errNoFigure = errs.New(errs.NotFound, "figures.unknown")

// figure answers GET /figures/{set}.
func (p *Pages) figure(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.ParseUint(r.PathValue("set"), 10, 32)
	if err != nil {
		return errNoFigure
	}
	if _, ok := p.reg.DataSet(uint32(number)); !ok {
		return errNoFigure
	}
	if o, ok := own[uint32(number)]; ok {
		return web.GoTo(w, r, o.path)
	}
	return p.show(w, r, uint32(number), ofAny)
}

// show answers with the page of one measure.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, number uint32, words phrases) error {
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

// allFigures is the data of GET /figures.
type allFigures struct {
	Filter filter
	All    []measured
}

// measured is one measure in a list of all.
type measured struct {
	figures
	Path string
}

// allFigures answers GET /figures: every measure of the plan with its sum.
func (p *Pages) allFigures(w http.ResponseWriter, r *http.Request) error {
	f, err := p.filter(r)
	if err != nil {
		return err
	}
	if f.Nothing() {
		return p.empty(w, r)
	}
	totals, err := p.stats.Totals(r.Context(), f.Span, 0)
	if err != nil {
		return err
	}
	points, err := p.stats.Series(r.Context(), 0, f.Span)
	if err != nil {
		return err
	}
	rates, err := p.stats.Rates(r.Context(), f.Span)
	if err != nil {
		return err
	}
	v := allFigures{Filter: f}
	for _, set := range p.reg.Plan.DataSets {
		v.All = append(v.All, measured{p.put(set, totals, points, rates, web.Language(r)), pathOf(set.Number)})
	}
	return p.Page(w, r, http.StatusOK, "figures", v)
}
