package dashboard

import (
	"html/template"

	"casehub/hub/statistics"
	"casehub/internal/chart"
	"casehub/internal/civil"
	"casehub/internal/locale"
)

// drawer turns figures into drawings in one language.
type drawer struct {
	say  *locale.Catalog
	lang string
	rtl  bool
	// currency is that of amounts.
	currency string
}

func (p *Pages) drawer(lang string) drawer {
	return drawer{say: p.say, lang: lang, rtl: p.say.RightToLeft(lang), currency: p.currency}
}

func (d drawer) t(key string, args ...any) string { return d.say.Text(d.lang, key, args...) }

// format writes numbers of a measure: events, or hundreds of the currency.
func (d drawer) format(money bool) func(uint64) string {
	return func(n uint64) string {
		if money {
			return d.say.Hundreds(d.lang, int64(n), d.currency) //nolint:gosec // sums stay far below
		}
		return d.say.Number(d.lang, int64(n)) //nolint:gosec // sums stay far below
	}
}

// over begins a chart over the months of a trend.
func (d drawer) over(id, title string, months []civil.Month, reported []bool) chart.Months {
	c := chart.Months{
		ID: id, Title: title, Text: d.t("chart.no-months"), Reported: reported, RTL: d.rtl,
		Table: d.t("chart.table"), Month: d.t("chart.month"), None: d.t("chart.not-reported"), Nothing: d.t("chart.nothing"),
	}
	for _, m := range months {
		c.Labels = append(c.Labels, d.say.ShortMonth(d.lang, m))
	}
	if n := len(months); n > 0 {
		c.Text = d.t("chart.about", "from", d.say.Month(d.lang, months[0]), "to", d.say.Month(d.lang, months[n-1]))
	}
	return c
}

// columns draws a measure by month, its categories on top of each other.
func (d drawer) columns(id string, f figures, width int) template.HTML {
	return chart.Columns(d.categories(id, f, width))
}

// lines draws each category of a measure by month on its own line.
func (d drawer) lines(id string, f figures, width int) template.HTML {
	c := d.categories(id, f, width)
	c.Table, c.Text = "", d.t("chart.lines")
	return chart.Lines(c)
}

func (d drawer) categories(id string, f figures, width int) chart.Months {
	c := d.over(id, d.t("chart.by-category", "measure", f.DataSet.In(d.lang)), f.Months, f.Reported)
	c.Format, c.Width = d.format(f.Money), width
	for i, l := range f.Lines {
		s := chart.Series{Label: l.Label, Tone: i + 1, Values: values(l.Months, f.Money)}
		if l.Apart {
			s.Tone = 8
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// allByMonth draws the sum of a measure by month.
func (d drawer) allByMonth(id string, f figures, width int) template.HTML {
	c := d.over(id, d.t("chart.by-month", "measure", f.DataSet.In(d.lang)), f.Months, f.Reported)
	c.Format, c.Width = d.format(f.Money), width
	c.Series = []chart.Series{{Label: f.DataSet.In(d.lang), Tone: 2, Values: values(f.Trend.All, f.Money)}}
	return chart.Columns(c)
}

func (d drawer) allSpark(f figures) template.HTML {
	return chart.Spark(d.t("chart.by-month", "measure", f.DataSet.In(d.lang)), values(f.Trend.All, f.Money), 1, d.rtl)
}

func values(months []Number, money bool) []chart.Value {
	all := make([]chart.Value, len(months))
	for i, n := range months {
		switch {
		case !n.Published:
			all[i] = chart.Gap
		case money:
			all[i] = chart.Of(n.Amount)
		default:
			all[i] = chart.Of(n.Value)
		}
	}
	return all
}

// leafBars draws the largest leaves of a measure.
func (d drawer) leafBars(id string, f figures, n int) template.HTML {
	c := chart.BarChart{ID: id, Title: d.t("chart.largest", "measure", f.DataSet.In(d.lang)), Text: d.t("chart.bars"), RTL: d.rtl}
	for _, l := range f.TopLeaves(n) {
		c.Bars = append(c.Bars, d.bar(l.Label, l.Sum, f.Money, toneOf(f)))
	}
	return chart.Bars(c)
}

// categoryBars draws the categories of a measure.
func (d drawer) categoryBars(id string, f figures) template.HTML {
	c := chart.BarChart{ID: id, Title: d.t("chart.by-category", "measure", f.DataSet.In(d.lang)), Text: d.t("chart.bars"), RTL: d.rtl, Width: 430}
	for _, g := range f.ByValue() {
		c.Bars = append(c.Bars, d.bar(g.Label, g.Sum, f.Money, toneOf(f)))
	}
	if f.Rest.Published() {
		exact := f.Rest
		exact.UpTo, exact.AmountUpTo = 0, 0
		c.Bars = append(c.Bars, d.bar(d.t("reading.apart"), exact, f.Money, 8))
	}
	return chart.Bars(c)
}

func toneOf(f figures) int {
	if f.Money {
		return 2
	}
	return 1
}

func (d drawer) bar(label string, s Sum, money bool, tone int) chart.Bar {
	b := chart.Bar{Label: label, Tone: tone, Value: s.Value, UpTo: s.UpTo}
	if money {
		b.Value, b.UpTo = s.Amount, s.AmountUpTo
	}
	write := d.format(money)
	b.Text = write(b.Value)
	if b.UpTo > b.Value {
		b.Text += " – " + write(b.UpTo)
	}
	return b
}

// rates draws how many offices were expected and how many reported.
func (d drawer) rates(id string, rates []statistics.Rate) template.HTML {
	var months []civil.Month
	reported := make([]bool, len(rates))
	series := []chart.Series{
		{Label: d.t("offices.on-time"), Tone: 1}, {Label: d.t("offices.late"), Tone: 2}, {Label: d.t("offices.outstanding"), Tone: 8},
	}
	for i, r := range rates {
		months, reported[i] = append(months, r.Period), r.Expected > 0
		for j, n := range []int{r.OnTime, r.Actual - r.OnTime, r.Expected - r.Actual} {
			series[j].Values = append(series[j].Values, chart.Of(uint64(max(n, 0)))) //nolint:gosec // not negative
		}
	}
	c := d.over(id, d.t("offices.trend"), months, reported)
	c.Format, c.Series, c.None = d.format(false), series, d.t("offices.state-not-expected")
	c.Width, c.Height = 1120, 190
	return chart.Columns(c)
}

func (d drawer) rateSpark(rates []statistics.Rate) template.HTML {
	var all []chart.Value
	for _, r := range rates {
		all = append(all, chart.Of(uint64(max(r.Actual, 0)))) //nolint:gosec // not negative
	}
	return chart.Spark(d.t("offices.trend"), all, 1, d.rtl)
}
