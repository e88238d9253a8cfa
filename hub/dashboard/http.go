package dashboard

import (
	"embed"
	"net/http"
	"time"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Nav is the bar of the hub's site.
func Nav() []web.NavItem {
	return []web.NavItem{
		{Key: "nav.overview", Path: "/"},
		{Key: "nav.figures", Sub: []web.NavItem{
			{Key: "nav.all-figures", Path: "/figures"},
			{Key: "nav.cases", Path: "/cases"},
			{Key: "nav.referrals", Path: "/referrals"},
			{Key: "nav.recovered", Path: "/recovered"},
		}},
		{Key: "nav.offices", Path: "/offices"},
		{Key: "nav.reading", Path: "/reading"},
	}
}

// Pages are the hub's pages.
type Pages struct {
	*web.Pages
	stats Statistics
	reg   *codelist.Registry
	say   *locale.Catalog
	now   func() time.Time
	// currency is that of all amounts, ISO 4217.
	currency string
}

// New registers the dashboard with a site. Amounts are in one currency, ISO 4217.
// The clock says when a page was made, which counts once it is printed.
func New(site *web.Site, stats Statistics, reg *codelist.Registry, currency string, now func() time.Time) *Pages {
	p := &Pages{Pages: site.Pages(templates), stats: stats, reg: reg, say: site.Catalog(), now: now, currency: currency}
	site.Handle("GET /{$}", web.Anyone, p.overview)
	site.Handle("GET /cases", web.Anyone, p.measure(codelist.CasesOpened, ofCases))
	site.Handle("GET /referrals", web.Anyone, p.measure(codelist.ReferralsMade, ofReferrals))
	site.Handle("GET /recovered", web.Anyone, p.measure(codelist.AmountsRecovered, ofRecovered))
	site.Handle("GET /figures", web.Anyone, p.allFigures)
	site.Handle("GET /figures/{set}", web.Anyone, p.figure)
	site.Handle("GET /offices", web.Anyone, p.offices)
	site.Handle("GET /offices/{unit}", web.Anyone, p.office)
	site.Handle("GET /reading", web.Anyone, p.reading)
	return p
}

// filter is the span that a page is about, and what the reader may choose.
type filter struct {
	Path     string
	At       time.Time // when the page was made
	Span     statistics.Span
	Months   []civil.Month // the newest first
	Shortcut []shortcut
	// Problem is set when the span asked for was none; the page shows the
	// whole of what is there then.
	Problem error
}

// shortcut is a span by name.
type shortcut struct {
	Key     string
	Span    statistics.Span
	Current bool
}

// errNoSpan reports a first month behind the last.
var errNoSpan = errs.New(errs.Invalid, "overview.no-span").On("from")

// usual is how many months a page shows unless it is asked for others.
const usual = 24

// filter reads the span of a request, clipped to what was reported.
func (p *Pages) filter(r *http.Request) (filter, error) {
	known, err := p.stats.Months(r.Context())
	if err != nil || known.To == 0 {
		return filter{}, err
	}
	f := filter{Path: r.URL.Path, At: p.now(), Span: statistics.Span{From: max(known.From, known.To.Add(1-usual)), To: known.To}}
	for m := known.To; m >= known.From; m = m.Add(-1) {
		f.Months = append(f.Months, m)
	}
	asked := statistics.Span{From: f.ask(r, "from", f.Span.From), To: f.ask(r, "to", f.Span.To)}
	if asked.From > asked.To {
		f.Problem = errNoSpan
	} else {
		f.Span = asked
	}
	f.shortcuts(known)
	return f, nil
}

// ask reads one end of the span; what is no month that was reported is left out.
func (f *filter) ask(r *http.Request, name string, otherwise civil.Month) civil.Month {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise
	}
	m, err := civil.ParseMonth(text)
	if err != nil {
		f.Problem = err
		return otherwise
	}
	return max(f.Months[len(f.Months)-1], min(m, f.Months[0]))
}

func (f *filter) shortcuts(known statistics.Span) {
	for _, s := range []struct {
		key string
		n   int
	}{{"overview.months-3", 3}, {"overview.months-12", 12}, {"overview.months-24", 24}} {
		span := statistics.Span{From: known.To.Add(1 - s.n), To: known.To}
		if span.From > known.From {
			f.Shortcut = append(f.Shortcut, shortcut{s.key, span, span == f.Span})
		}
	}
	f.Shortcut = append(f.Shortcut, shortcut{"overview.months-all", known, known == f.Span})
}

// Nothing reports whether no release counts yet.
func (f filter) Nothing() bool { return len(f.Months) == 0 }

// reading answers GET /reading: what is counted, and what is not.
func (p *Pages) reading(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "reading", readingPage{p.plan(web.Language(r)), p.currency})
}

// readingPage is the data of GET /reading.
type readingPage struct {
	Plan     []reading
	Currency string
}

// reading is one measure of the plan in words.
type reading struct {
	Name, List  string
	Codes, Wait int // leaves, and those of them that need the higher threshold
}

func (p *Pages) plan(lang string) []reading {
	var all []reading
	for _, d := range p.reg.Plan.DataSets {
		list := p.reg.List(d.List)
		m := reading{Name: d.In(lang), List: list.In(lang), Codes: len(list.Leaves())}
		for _, l := range list.Leaves() {
			if l.Sensitive {
				m.Wait++
			}
		}
		all = append(all, m)
	}
	return all
}
