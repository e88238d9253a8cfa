package dashboard

import (
	"testing"

	"pgregory.net/rapid"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// anyTotals draws totals of one measure at every level, with codes that the
// registry does not know among them.
func anyTotals(t *rapid.T, reg *codelist.Registry, set codelist.DataSet) []statistics.Total {
	list := reg.List(set.List)
	var all []statistics.Total
	add := func(code codelist.Code, level releasev1.GroupLevel) {
		if rapid.Bool().Draw(t, "published") {
			all = append(all, statistics.Total{
				DataSet: set.Number, Code: code, Level: level,
				Value: rapid.Uint64Range(5, 5000).Draw(t, "value"), AmountHundreds: rapid.Uint64Range(0, 9000).Draw(t, "amount"),
				Offices: rapid.IntRange(1, 300).Draw(t, "offices"),
			})
		}
	}
	for _, l := range list.Leaves() {
		add(l.Code, leafLevel)
	}
	for _, c := range list.Categories {
		add(c.Code, restLevel)
	}
	add(list.Code, rootLevel)
	add(99999, leafLevel)
	add(99998, restLevel)
	return all
}

func TestNoNumberIsLostOrCountedTwice(t *testing.T) {
	reg := codelist.National()
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SampledFrom(reg.Plan.DataSets).Draw(t, "set")
		totals := anyTotals(t, reg, set)
		b := breakdown(reg, set, append(totals, statistics.Total{DataSet: 77, Code: 1101, Level: leafLevel, Value: 10}), "en", "ZAR")
		var want uint64
		for _, r := range totals {
			want += r.Value
		}
		parts := b.Rest.Value
		for _, c := range b.Categories {
			parts += c.Value
			inside := c.Rest.Value
			for _, l := range c.Leaves {
				inside += l.Value
			}
			if inside != c.Value {
				t.Fatalf("%s: leaves and rest make %d, the category says %d", c.Label, inside, c.Value)
			}
		}
		if b.All.Value != want || parts != want {
			t.Fatalf("all %d, parts %d, want %d", b.All.Value, parts, want)
		}
		if !b.All.Exact() {
			t.Fatal("the grand total is no interval")
		}
	})
}

func TestTheTruthLiesInsideEveryInterval(t *testing.T) {
	reg := codelist.National()
	set := reg.Plan.DataSets[0]
	list := reg.List(set.List)
	rapid.Check(t, func(t *rapid.T) {
		// True counts by leaf, of which some part was published without its type.
		truth := map[codelist.Code]uint64{}
		var totals []statistics.Total
		var root uint64
		for _, c := range list.Categories {
			var rest uint64
			for _, l := range c.Leaves {
				own, up, away := rapid.Uint64Range(0, 50).Draw(t, "own"), rapid.Uint64Range(0, 9).Draw(t, "up"), rapid.Uint64Range(0, 9).Draw(t, "away")
				truth[l.Code] = own + up + away
				rest, root = rest+up, root+away
				totals = append(totals, statistics.Total{DataSet: 1, Code: l.Code, Level: leafLevel, Value: own})
			}
			totals = append(totals, statistics.Total{DataSet: 1, Code: c.Code, Level: restLevel, Value: rest})
		}
		totals = append(totals, statistics.Total{DataSet: 1, Code: list.Code, Level: rootLevel, Value: root})
		for _, c := range breakdown(reg, set, totals, "en", "ZAR").Categories {
			var whole uint64
			for _, l := range c.Leaves {
				whole += truth[l.Code]
				if l.Value > truth[l.Code] || l.UpTo < truth[l.Code] {
					t.Fatalf("%s: %d lies outside %d to %d", l.Label, truth[l.Code], l.Value, l.UpTo)
				}
			}
			if c.Value > whole || c.UpTo < whole {
				t.Fatalf("%s: %d lies outside %d to %d", c.Label, whole, c.Value, c.UpTo)
			}
		}
	})
}

func TestTheTrendAddsUpAndKeepsGapsApart(t *testing.T) {
	reg := codelist.National()
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SampledFrom(reg.Plan.DataSets).Draw(t, "set")
		totals := anyTotals(t, reg, set)
		rates := []statistics.Rate{{Period: 202601, Expected: 5, Actual: 3}, {Period: 202602, Expected: 5}, {Period: 202603, Expected: 5, Actual: 5}}
		var points []statistics.Point
		sums := map[civil.Month]uint64{}
		for _, r := range totals {
			m := rapid.SampledFrom([]civil.Month{202601, 202603}).Draw(t, "month")
			points = append(points, statistics.Point{DataSet: set.Number, Period: m, Code: r.Code, Value: r.Value, AmountHundreds: r.AmountHundreds})
			sums[m] += r.Value
		}
		tr := trend(reg, set, points, rates, words{"en", "apart", "others"})
		for i, m := range tr.Months {
			var lines uint64
			for _, l := range tr.Lines {
				lines += l.Months[i].Value
			}
			if lines != sums[m] || tr.All[i].Value != sums[m] {
				t.Fatalf("%d: lines make %d, all %d, want %d", m, lines, tr.All[i].Value, sums[m])
			}
			if tr.All[i].Published != (sums[m] > 0) {
				t.Fatalf("%d: published %v with %d", m, tr.All[i].Published, sums[m])
			}
		}
		if tr.Reported[1] || !tr.Reported[0] || !tr.Reported[2] {
			t.Fatalf("reported %v, want the middle month not", tr.Reported)
		}
		if len(tr.Lines) > maxLines+2 {
			t.Fatalf("%d lines have no colours of their own", len(tr.Lines))
		}
	})
}

func TestMoneyIsOrderedByAmount(t *testing.T) {
	reg := codelist.National()
	set, _ := reg.DataSet(codelist.AmountsRecovered)
	leaves := reg.List(set.List).Leaves()
	b := breakdown(reg, set, []statistics.Total{
		{DataSet: set.Number, Code: leaves[0].Code, Level: leafLevel, Value: 90, AmountHundreds: 100},
		{DataSet: set.Number, Code: leaves[1].Code, Level: leafLevel, Value: 5, AmountHundreds: 9000},
	}, "en", "ZAR")
	if top := b.TopLeaves(5); len(top) != 2 || top[0].Code != leaves[1].Code {
		t.Fatalf("top %+v, want the larger amount first and nothing unpublished", top)
	}
}
