package attack

import (
	"slices"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/proof"
	"casehub/node/ledger"
)

// ord and sen are an ordinary and a sensitive leaf.
const ord, sen = false, true

const (
	quarterEnd = civil.Month(202609)
	yearEnd    = civil.Month(202612)
)

func limits(k, sensitive int64) ledger.Limits {
	l := ledger.National()
	l.K, l.KSensitive = k, sensitive
	return l
}

// tree is a category for each list of leaves.
func tree(categories ...[]bool) [][]bool { return categories }

// single are trees of which one release is made.
func single() []Shape {
	at, five := []civil.Month{quarterEnd}, limits(5, 10)
	end := []civil.Month{yearEnd}
	return []Shape{
		{Name: "three", Categories: tree([]bool{ord, ord, ord}), Periods: at, Limits: five, Beyond: 3},
		{Name: "five", Categories: tree([]bool{ord, ord, ord, ord, ord}), Periods: at, Limits: five, Beyond: 1},
		{Name: "two, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: five, Beyond: 3},
		{Name: "three, three", Categories: tree([]bool{ord, ord, ord}, []bool{ord, ord, ord}), Periods: at, Limits: five, Beyond: 1},
		{Name: "one, two, three", Categories: tree([]bool{ord}, []bool{ord, ord}, []bool{ord, ord, ord}), Periods: at, Limits: five},
		{Name: "two, two, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: five},
		{Name: "five alone", Categories: tree([]bool{ord}, []bool{ord}, []bool{ord}, []bool{ord}, []bool{ord}), Periods: at, Limits: five, Beyond: 1},
		{Name: "four, one", Categories: tree([]bool{ord, ord, ord, ord}, []bool{ord}), Periods: at, Limits: five, Beyond: 1},
		{Name: "mixed three, one", Categories: tree([]bool{ord, ord, sen}, []bool{ord}), Periods: end, Limits: five, Beyond: 1},
		{Name: "mixed three, two within a year", Categories: tree([]bool{ord, ord, sen}, []bool{ord, ord}), Periods: at, Limits: five, Beyond: 1},
		{Name: "sensitive two, two", Categories: tree([]bool{sen, sen}, []bool{ord, ord}), Periods: end, Limits: five, Beyond: 1},
		{Name: "sensitive one, two, one", Categories: tree([]bool{sen}, []bool{ord, ord}, []bool{ord}), Periods: end, Limits: five, Beyond: 1},
		{Name: "mostly sensitive", Categories: tree([]bool{sen, ord}, []bool{ord}), Periods: end, Limits: five, Beyond: 12},
		{Name: "mostly sensitive, switched off", Categories: tree([]bool{sen, ord}, []bool{ord}), Periods: end, Limits: five, Beyond: 12, Mixed: true},
		{Name: "raised, three and one", Categories: tree([]bool{ord, ord, ord}, []bool{ord}), Periods: at, Limits: limits(7, 12), Beyond: 1},
		{Name: "raised, two, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(7, 12), Beyond: 1},
		{Name: "raised, mixed", Categories: tree([]bool{ord, sen}, []bool{ord, ord}), Periods: end, Limits: limits(6, 10), Beyond: 1},
		{Name: "low thresholds, six leaves", Categories: tree([]bool{ord, sen}, []bool{ord, ord}, []bool{sen, ord}), Periods: end, Limits: limits(3, 5), Beyond: 1},
	}
}

// carried are trees of which several releases are made, one after the other.
func carried() []Shape {
	quarters := []civil.Month{202606, 202609}
	intoYear := []civil.Month{202609, 202612}
	outOfYear := []civil.Month{202512, 202603}
	three := []civil.Month{202606, 202609, 202612}
	return []Shape{
		{Name: "three, twice", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: limits(3, 5), Beyond: 2},
		{Name: "two and one, twice", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: quarters, Limits: limits(3, 5), Beyond: 2},
		{Name: "one and one, twice", Categories: tree([]bool{ord}, []bool{ord}), Periods: quarters, Limits: limits(5, 10), Beyond: 2},
		{Name: "mixed, into the year's end", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: intoYear, Limits: limits(3, 5), Beyond: 2},
		{Name: "mixed, out of the year's end", Categories: tree([]bool{ord, ord, sen}), Periods: outOfYear, Limits: limits(3, 4), Beyond: 2},
		{Name: "mixed, three times", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: three, Limits: limits(2, 3), Beyond: 1},
		{Name: "a month between", Categories: tree([]bool{ord, ord, ord}), Periods: []civil.Month{202606, 202607, 202609}, Limits: limits(2, 3), Beyond: 1},
	}
}

// shared are trees in which the same few people have cases of several leaves, and
// trees with corrections of what left earlier.
func shared() []Shape {
	at, end := []civil.Month{quarterEnd}, []civil.Month{yearEnd}
	return []Shape{
		{Name: "five people, three", Categories: tree([]bool{ord, ord, ord}), Periods: at, Limits: limits(3, 5), People: 5, Each: 1},
		{Name: "four people, two and two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(3, 5), People: 4, Each: 1},
		{Name: "five people, mixed", Categories: tree([]bool{ord}, []bool{ord, sen}), Periods: end, Limits: limits(2, 3), People: 5, Each: 1},
		{Name: "corrected three", Categories: tree([]bool{ord, ord, ord}), Periods: at, Limits: limits(5, 10), Beyond: 3, Taken: 2},
		{Name: "corrected two, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(5, 10), Beyond: 2, Taken: 1},
		{Name: "corrected mixed", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: end, Limits: limits(3, 5), Beyond: 3, Taken: 2},
	}
}

// weighted are trees of which a record counts for as many as it says.
func weighted() []Shape {
	at, end, some := []civil.Month{quarterEnd}, []civil.Month{yearEnd}, []int64{1, 3}
	return []Shape{
		{Name: "weighted three", Categories: tree([]bool{ord, ord, ord}), Periods: at, Limits: limits(5, 10), Weights: some},
		{Name: "weighted two, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(3, 5), Weights: some},
		{Name: "weighted two, one, one", Categories: tree([]bool{ord, ord}, []bool{ord}, []bool{ord}), Periods: at, Limits: limits(3, 5), Weights: []int64{2, 5}},
		{Name: "weighted mixed", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: end, Limits: limits(2, 4), Weights: some, Beyond: 1},
		{Name: "weighted, twice", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: []civil.Month{202606, 202609}, Limits: limits(2, 3), Weights: some},
		{Name: "weighted, corrected", Categories: tree([]bool{ord, ord, ord}), Periods: at, Limits: limits(3, 5), Weights: some, Taken: 1, Aware: true},
	}
}

// withheld are trees of which a pack that everybody knows lets some never leave.
func withheld() []Shape {
	at, end := []civil.Month{quarterEnd}, []civil.Month{yearEnd}
	never := func(k, sensitive int64, codes ...codelist.Code) ledger.Limits {
		l := limits(k, sensitive)
		l.Withheld = codes
		return l
	}
	return []Shape{
		{Name: "without a leaf", Categories: tree([]bool{ord, ord, ord, ord}), Periods: at, Limits: never(5, 10, 9101), Beyond: 1},
		{Name: "without a leaf of two categories", Categories: tree([]bool{ord, ord}, []bool{ord, ord, ord}), Periods: at, Limits: never(3, 5, 9101), Beyond: 1},
		{Name: "without a rest", Categories: tree([]bool{ord, ord, ord}, []bool{ord, ord}, []bool{ord}), Periods: at, Limits: never(3, 5, 9100), Beyond: 1},
		{Name: "without a sensitive leaf", Categories: tree([]bool{ord, ord, sen}, []bool{ord, ord}), Periods: end, Limits: never(3, 5, 9103), Beyond: 1},
		{Name: "without other, twice", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: []civil.Month{202606, 202609}, Limits: never(3, 5, 9000), Beyond: 1},
	}
}

// changed are trees whose limits change between releases, as everybody knows: an office
// raises its thresholds, and a pack tightens them and loosens them again.
func changed() []Shape {
	quarters, intoYear := []civil.Month{202606, 202609}, []civil.Month{202609, 202612}
	three := []civil.Month{202606, 202609, 202612}
	half := limits(3, 5)
	half.Months = 6
	without := limits(3, 5)
	without.Withheld = []codelist.Code{9101}
	return []Shape{
		{Name: "raised between, three", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: limits(3, 5), Later: []ledger.Limits{limits(4, 5)}, Beyond: 1},
		{Name: "raised between, two and one", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: quarters, Limits: limits(2, 3), Later: []ledger.Limits{limits(4, 5)}, Beyond: 1},
		{Name: "raised between, mixed", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: intoYear, Limits: limits(2, 3), Later: []ledger.Limits{limits(3, 5)}},
		{Name: "loosened between, three", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: limits(4, 5), Later: []ledger.Limits{limits(3, 5)}, Beyond: 1},
		{Name: "loosened between, two and one", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: quarters, Limits: limits(4, 5), Later: []ledger.Limits{limits(2, 3)}, Beyond: 1},
		{Name: "loosened between, mixed", Categories: tree([]bool{ord, sen}, []bool{ord}), Periods: intoYear, Limits: limits(3, 5), Later: []ledger.Limits{limits(2, 3)}},
		{Name: "tightened and loosened", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: three, Limits: limits(2, 3), Later: []ledger.Limits{limits(3, 4), limits(2, 3)}},
		{Name: "a longer wait, then a shorter", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: quarters, Limits: half, Later: []ledger.Limits{limits(3, 5)}, Beyond: 1},
		{Name: "withheld, then not", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: without, Later: []ledger.Limits{limits(3, 5)}, Beyond: 1},
		{Name: "not, then withheld", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: limits(3, 5), Later: []ledger.Limits{without}, Beyond: 1},
	}
}

// fresh are trees with leaves in their first year, of which somebody knows that nobody
// uses them; and, each, nobody does.
func fresh() []Shape {
	at, end, quarters := []civil.Month{quarterEnd}, []civil.Month{yearEnd}, []civil.Month{202606, 202609}
	var all []Shape
	for _, s := range []Shape{
		{Name: "three and a new one", Categories: tree([]bool{ord, ord, ord, ord}), Periods: at, Limits: limits(5, 10), Since: []civil.Month{0, 0, 0, 202601}},
		{Name: "two and two new ones", Categories: tree([]bool{ord, ord, ord, ord}), Periods: at, Limits: limits(4, 10), Since: []civil.Month{0, 202601, 0, 202609}, Beyond: 1},
		{Name: "one and a new one, two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(4, 10), Since: []civil.Month{0, 202601}, Beyond: 2},
		{Name: "a new category, two, one", Categories: tree([]bool{ord}, []bool{ord, ord}, []bool{ord}), Periods: at, Limits: limits(4, 10), Since: []civil.Month{202601}, Beyond: 1},
		{Name: "nothing but new ones", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: at, Limits: limits(5, 10), Since: []civil.Month{202601, 202602, 202603}, Beyond: 1},
		{Name: "a new sensitive one", Categories: tree([]bool{ord, ord, sen}, []bool{ord}), Periods: end, Limits: limits(3, 5), Since: []civil.Month{0, 0, 202601}, Beyond: 1},
		{Name: "a new one beside a sensitive one", Categories: tree([]bool{ord, ord, sen}, []bool{ord}), Periods: end, Limits: limits(3, 5), Since: []civil.Month{0, 202601}, Beyond: 1},
		{Name: "a new one that comes of age", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: quarters, Limits: limits(3, 5), Since: []civil.Month{0, 202509}, Beyond: 1},
		{Name: "a new one beside two, twice", Categories: tree([]bool{ord, ord, ord}), Periods: quarters, Limits: limits(3, 5), Since: []civil.Month{0, 0, 202606}, Beyond: 1},
	} {
		all = append(all, s)
		if s.Name, s.Unused = s.Name+", unused", true; slices.Contains(s.Since, 0) || len(s.Since) < 3 { // else there is one office only
			all = append(all, s)
		}
	}
	return all
}

// larger are those for a full run.
func larger() []Shape {
	at := []civil.Month{quarterEnd}
	quarters := []civil.Month{202606, 202609}
	return []Shape{
		{Name: "one, two, three and beyond", Categories: tree([]bool{ord}, []bool{ord, ord}, []bool{ord, ord, ord}), Periods: at, Limits: limits(5, 10), Beyond: 2},
		{Name: "two, two, two, one", Categories: tree([]bool{ord, ord}, []bool{ord, ord}, []bool{ord, ord}, []bool{ord}), Periods: at, Limits: limits(5, 10), Beyond: 1},
		{Name: "three, three, one", Categories: tree([]bool{ord, ord, ord}, []bool{ord, ord, ord}, []bool{ord}), Periods: at, Limits: limits(5, 10), Beyond: 1},
		{Name: "mixed, six leaves", Categories: tree([]bool{ord, sen}, []bool{ord, ord, ord}, []bool{sen}), Periods: []civil.Month{yearEnd}, Limits: limits(5, 10), Beyond: 1},
		{Name: "two and two, twice", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: quarters, Limits: limits(3, 5), Beyond: 2},
		{Name: "three and one, twice", Categories: tree([]bool{ord, ord, ord}, []bool{ord}), Periods: quarters, Limits: limits(3, 5), Beyond: 2},
		{Name: "mixed two and two, twice", Categories: tree([]bool{ord, sen}, []bool{ord, ord}), Periods: []civil.Month{202609, 202612}, Limits: limits(3, 4), Beyond: 1},
		{Name: "two and one, three times", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: []civil.Month{202606, 202609, 202612}, Limits: limits(3, 4), Beyond: 1},
		{Name: "four people with two each", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: at, Limits: limits(3, 5), People: 4, Each: 2},
		{Name: "five people, two and two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(3, 5), People: 5, Each: 1},
		{Name: "tightened and loosened, and beyond", Categories: tree([]bool{ord, ord}, []bool{ord}), Periods: []civil.Month{202606, 202609, 202612}, Limits: limits(2, 3), Later: []ledger.Limits{limits(3, 4), limits(2, 3)}, Beyond: 1},
		{Name: "raised between, two and two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: quarters, Limits: limits(3, 5), Later: []ledger.Limits{limits(5, 7)}},
		{Name: "loosened between, two and two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: quarters, Limits: limits(5, 7), Later: []ledger.Limits{limits(3, 5)}},
		{Name: "corrected two, two, by two", Categories: tree([]bool{ord, ord}, []bool{ord, ord}), Periods: at, Limits: limits(5, 10), Beyond: 3, Taken: 2},
	}
}

// TestProveMinimality: somebody who goes through everything that could have led to
// what they see knows of no hidden number what it is, nor that it is above zero.
func TestProveMinimality(t *testing.T) {
	shapes := slices.Concat(single(), carried(), shared(), weighted(), withheld(), changed(), fresh())
	if proof.Full() {
		shapes = append(shapes, larger()...)
	}
	results := make([]Found, len(shapes))
	each(len(shapes), func(i int) { results[i] = Minimality(ledger.Choose, shapes[i]) })
	exact, positive := 0, 0
	for i, found := range results {
		t.Log(shapes[i].Name+":", found)
		exact, positive = exact+found.Exact, positive+found.Positive
		if found.Hidden == 0 {
			t.Errorf("%s: nothing was hidden", shapes[i].Name)
		}
	}
	proof.AtMost(t, "attack/minimality-exact", float64(exact), 0)
	proof.AtMost(t, "attack/minimality-positive", float64(positive), 0)
}

// TestProveMinimalitySeesRed: without the guards, the same attack knows much.
func TestProveMinimalitySeesRed(t *testing.T) {
	exact := 0
	for _, shape := range single() {
		none := Minimality(unguarded(func(int64, caps) bool { return true }), shape)
		alone := Minimality(unguarded(func(r int64, c caps) bool { return c.leaves > 1 && r <= c.sum-c.largest }), shape)
		t.Logf("%s: without guards %v; with the guard of the rests alone %v", shape.Name, none, alone)
		exact += none.Exact
		if alone.Exact > none.Exact {
			t.Errorf("%s: a guard that tells more than none", shape.Name)
		}
	}
	proof.AtLeast(t, "attack/unguarded-exact", float64(exact), 1)
	for _, shape := range changed() {
		if shape.Taken, shape.Limits.Withheld = 0, nil; len(shape.Later[0].Withheld) > 0 {
			continue // which this rule knows nothing of
		}
		none := Minimality(unguarded(func(int64, caps) bool { return true }), shape)
		if t.Logf("%s: without guards %v", shape.Name, none); none.Exact == 0 {
			t.Errorf("%s: nothing is known without guards", shape.Name)
		}
	}
}

// TestWhoKnowsOfCorrections: somebody who was told how many cases corrections took
// off each number knows of no hidden number what it is, nor that it is not zero.
func TestWhoKnowsOfCorrections(t *testing.T) {
	for _, shape := range shared() {
		if shape.Aware = true; shape.Taken == 0 {
			continue
		}
		found := Minimality(ledger.Choose, shape)
		t.Log(shape.Name+":", found)
		if found.Exact > 0 || found.Positive > 0 {
			t.Errorf("%s: %d numbers are known, %d known not to be zero", shape.Name, found.Exact, found.Positive)
		}
	}
}

// ageless is the rule as it would be did a leaf count from its first month.
func ageless(t ledger.Table) []ledger.Choice {
	list := *t.List
	list.Categories = slices.Clone(list.Categories)
	for i, c := range list.Categories {
		list.Categories[i].Leaves = slices.Clone(c.Leaves)
		for j := range c.Leaves {
			list.Categories[i].Leaves[j].Since = 0
		}
	}
	t.List = &list
	return ledger.Choose(t)
}

// TestProveMinimalitySeesNewCodesThatMakeRoom is the red of the shapes with new leaves:
// did these count like the others, who knows that nobody uses one would know of the
// others.
func TestProveMinimalitySeesNewCodesThatMakeRoom(t *testing.T) {
	known := 0
	for _, shape := range fresh() {
		found := Minimality(ageless, shape)
		t.Log(shape.Name+":", found)
		known += found.Exact + found.Positive
		if tells := found.Exact+found.Positive > 0; tells != shape.Unused {
			t.Errorf("%s: it tells something: %v", shape.Name, tells)
		}
	}
	proof.AtLeast(t, "attack/new-codes-known", float64(known), 1)
}

// caps is what is known of the hidden leaves of a category: how many they are,
// the most that they can hold together, and the largest of them.
type caps struct{ leaves, sum, largest int64 }

// unguarded is the rule without its guards, but for one on the rests: a category's
// rest leaves from k on, and "other" of what is left.
func unguarded(rest func(r int64, c caps) bool) Rule {
	return func(t ledger.Table) []ledger.Choice {
		values := map[codelist.Code]int64{}
		for _, s := range t.Shares {
			values[s.Code] += s.Value
		}
		var choices []ledger.Choice
		var pool ledger.Choice
		most := t.Limits.K
		for _, c := range t.List.Categories {
			h, known, need := ledger.Choice{Key: ledger.Key{Level: ledger.Rest, Code: c.Code}}, caps{}, t.Limits.K
			for _, l := range c.Leaves {
				k := t.Limits.K
				if l.Sensitive {
					k = max(k, t.Limits.KSensitive)
				}
				switch {
				case values[l.Code] >= k:
					choices = append(choices, ledger.Choice{Key: ledger.Key{Level: ledger.Leaf, Code: l.Code}, Leaves: []codelist.Code{l.Code}, Value: values[l.Code]})
				case !l.Sensitive || t.Period%100 == 12:
					h.Leaves, h.Value = append(h.Leaves, l.Code), h.Value+values[l.Code]
					known = caps{known.leaves + 1, known.sum + k - 1, max(known.largest, k-1)}
					need = max(need, k)
				}
			}
			if h.Value >= need && rest(h.Value, known) {
				choices = append(choices, h)
				continue
			}
			pool.Leaves, pool.Value = append(pool.Leaves, h.Leaves...), pool.Value+h.Value
			most = max(most, need)
		}
		if pool.Key = (ledger.Key{Level: ledger.Other, Code: t.List.Code}); pool.Value >= most {
			choices = append(choices, pool)
		}
		return choices
	}
}
