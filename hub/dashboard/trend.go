package dashboard

import (
	"slices"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Number is what was published in one month; it is none where nothing was.
type Number struct {
	Value, Amount uint64
	Published     bool
}

// Line is one category, or a collection of them, month by month.
type Line struct {
	Label  string
	Months []Number
	// Apart is true for what was published without a type.
	Apart bool
}

// Trend is one measure over months.
type Trend struct {
	Months []civil.Month
	// Reported says whether any office's release counts for the month.
	Reported []bool
	Lines    []Line
	// All is the sum of all lines.
	All []Number
}

// maxLines is how many categories keep a colour of their own; the rest of them
// are drawn together.
const maxLines = 6

// trend orders the points of a measure by category, the largest first.
func trend(reg *codelist.Registry, set codelist.DataSet, points []statistics.Point, rates []statistics.Rate, w words) Trend {
	var t Trend
	place := map[civil.Month]int{}
	for i, r := range rates {
		place[r.Period] = i
		t.Months, t.Reported = append(t.Months, r.Period), append(t.Reported, r.Actual > 0)
	}
	list := reg.List(set.List)
	byCode := map[codelist.Code]*Line{}
	for _, c := range list.Categories {
		byCode[c.Code] = &Line{Label: c.In(w.lang), Months: make([]Number, len(rates))}
	}
	apart := &Line{Label: w.apart, Apart: true, Months: make([]Number, len(rates))}
	t.All = make([]Number, len(rates))
	for _, p := range points {
		i, ok := place[p.Period]
		if !ok || p.DataSet != set.Number {
			continue
		}
		line := byCode[categoryOf(list, p.Code)]
		if line == nil {
			line = apart
		}
		line.Months[i].add(p)
		t.All[i].add(p)
	}
	t.Lines = collect(list, byCode, apart, w.others)
	return t
}

// words are the names that a trend needs beside those of the registry.
type words struct{ lang, apart, others string }

func (n *Number) add(p statistics.Point) {
	n.Value, n.Amount, n.Published = n.Value+p.Value, n.Amount+p.AmountHundreds, true
}

// categoryOf returns the category of a leaf, a category itself, or 0.
func categoryOf(list *codelist.List, code codelist.Code) codelist.Code {
	if leaf, ok := list.Leaf(code); ok {
		return leaf.Category
	}
	if isCategory(list, code) {
		return code
	}
	return 0
}

// collect keeps the largest categories and puts the others together.
func collect(list *codelist.List, byCode map[codelist.Code]*Line, apart *Line, others string) []Line {
	var all []Line
	for _, c := range list.Categories {
		all = append(all, *byCode[c.Code])
	}
	all = sorted(all, Line.sum)
	if len(all) > maxLines+1 {
		small := all[maxLines:]
		rest := Line{Label: others, Months: make([]Number, len(apart.Months))}
		for _, l := range small {
			for i, n := range l.Months {
				if n.Published {
					rest.Months[i].add(statistics.Point{Value: n.Value, AmountHundreds: n.Amount})
				}
			}
		}
		all = append(slices.Clone(all[:maxLines]), rest)
	}
	if apart.sum() > 0 {
		all = append(all, *apart)
	}
	return all
}

func (l Line) sum() uint64 {
	var n uint64
	for _, m := range l.Months {
		n += m.Value
	}
	return n
}
