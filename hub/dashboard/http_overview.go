package dashboard

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"casehub/hub/statistics"
	"casehub/internal/codelist"
	"casehub/internal/web"
)

// figures is one measure in a span.
type figures struct {
	Breakdown
	Trend
	Releases uint64
	// Money is true where the number to show is an amount.
	Money bool
	Spark template.HTML
	// Unexpected is true where no office was open, so that nobody waits for a
	// report.
	Unexpected bool
}

// Blank names the words for a number that is not there: nobody was expected to
// report, nobody did, or nothing was published, which may be none or too few. It
// is never a zero.
func (f figures) Blank() string {
	switch {
	case f.Releases > 0:
		return "measure.nothing"
	case f.Unexpected:
		return "offices.state-not-expected"
	}
	return "chart.not-reported"
}

// Headline is the grand total: an amount in hundreds, or a number of events.
func (f figures) Headline() uint64 {
	if f.Money {
		return f.Breakdown.All.Amount
	}
	return f.Breakdown.All.Value
}

// Ranged reports whether any number by type is an interval.
func (f figures) Ranged() bool {
	for _, c := range f.Categories {
		if c.Rest.Published() {
			return true
		}
	}
	return f.Rest.Published()
}

// overview is the data of the first page.
type overview struct {
	Filter                     filter
	Cases, Referrals, Recovery figures
	Reporting                  statistics.Reporting
	Rates                      template.HTML
	CasesByMonth               template.HTML
	CaseTypes, Destinations    template.HTML
	Kinds, AmountsByMonth      template.HTML
}

// overview answers GET /.
func (p *Pages) overview(w http.ResponseWriter, r *http.Request) error {
	f, err := p.filter(r)
	if err != nil {
		return err
	}
	if f.Nothing() {
		return p.empty(w, r)
	}
	v, err := p.view(r.Context(), f, web.Language(r))
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "overview", v)
}

// empty is what stands before the first release: the offices that are waited
// for.
func (p *Pages) empty(w http.ResponseWriter, r *http.Request) error {
	rep, err := p.stats.Reporting(r.Context(), 0)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "nothing", struct{ Offices []statistics.Office }{rep.Offices})
}

func (p *Pages) view(ctx context.Context, f filter, lang string) (overview, error) {
	v := overview{Filter: f}
	totals, err := p.stats.Totals(ctx, f.Span, 0)
	if err != nil {
		return v, err
	}
	rates, err := p.stats.Rates(ctx, f.Span)
	if err != nil {
		return v, err
	}
	for _, m := range []struct {
		number uint32
		to     *figures
	}{{codelist.CasesOpened, &v.Cases}, {codelist.ReferralsMade, &v.Referrals}, {codelist.AmountsRecovered, &v.Recovery}} {
		if *m.to, err = p.figures(ctx, m.number, f.Span, totals, rates, lang); err != nil {
			return v, err
		}
	}
	if v.Reporting, err = p.stats.Reporting(ctx, f.Span.To); err != nil {
		return v, err
	}
	d := p.drawer(lang)
	v.Rates = d.rateSpark(rates)
	v.CasesByMonth = d.columns("cases-trend", v.Cases, 740)
	v.CaseTypes = d.leafBars("case-types", v.Cases, 10)
	v.Destinations = d.leafBars("destinations", v.Referrals, 8)
	v.Kinds = d.leafBars("kinds", v.Recovery, 8)
	v.AmountsByMonth = d.allByMonth("amounts-trend", v.Recovery, 560)
	return v, nil
}

// figures reads one measure and puts it together.
func (p *Pages) figures(ctx context.Context, number uint32, span statistics.Span, totals statistics.Totals, rates []statistics.Rate, lang string) (figures, error) {
	set, ok := p.reg.DataSet(number)
	if !ok {
		return figures{}, fmt.Errorf("the plan has no data set %d", number)
	}
	points, err := p.stats.Series(ctx, number, span)
	if err != nil {
		return figures{}, err
	}
	return p.put(set, totals, points, rates, lang), nil
}

// put puts one measure together of what was read; points of others are left out.
func (p *Pages) put(set codelist.DataSet, totals statistics.Totals, points []statistics.Point, rates []statistics.Rate, lang string) figures {
	f := figures{
		Breakdown: breakdown(p.reg, set, totals.Rows, lang, p.currency),
		Trend: trend(p.reg, set, points, rates, words{
			lang: lang, apart: p.say.Text(lang, "reading.apart"), others: p.say.Text(lang, "reading.others"),
		}),
		Releases: totals.Releases, Money: set.Money,
		Unexpected: !slices.ContainsFunc(rates, func(r statistics.Rate) bool { return r.Expected > 0 }),
	}
	f.Spark = p.drawer(lang).allSpark(f)
	return f
}
