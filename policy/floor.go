package policy

import (
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Kinds of a release (release.v1 ReleaseKind) and levels of a group (GroupLevel).
const (
	kindVoid    = 2
	kindClosing = 3

	restLevel = 2
	rootLevel = 3
)

// FloorCheck is one rule of the floor: what the program itself demands of every
// release, whatever the packs say. Changing one takes a new program.
type FloorCheck struct {
	Name string
	Hold func(f *Wire) bool
}

// FloorChecks are the rules of the floor, in their order: the first refuse what
// the others could not read.
func FloorChecks() []FloorCheck {
	return []FloorCheck{
		{"void", (*Wire).voidIsBare},
		{"code", (*Wire).codesKnown},
		{"twice", (*Wire).noneTwice},
		{"calendar", (*Wire).inSeason},
		{"label", (*Wire).labelled},
		{"events", (*Wire).events},
		{"people", (*Wire).people},
		{"largest", (*Wire).largest},
		{"spread", (*Wire).spread},
		{"negative", (*Wire).negative},
		{"weighted", (*Wire).weighted},
		{"rest", (*Wire).restsFit},
		{"other", (*Wire).othersFit},
	}
}

// FloorHolds reports whether a release is allowed by the floor.
func FloorHolds(reg *codelist.Registry, q Question) bool {
	w := NewWire(reg, q)
	for _, c := range FloorChecks() {
		if !c.Hold(w) {
			return false
		}
	}
	return true
}

// Wire is a release as the hub and everybody behind it sees it, laid out for the
// floor: what is shown says what is hidden.
type Wire struct {
	reg    *codelist.Registry
	header Header
	groups []Group
	shown  map[key]bool
}

// NewWire lays a release out.
func NewWire(reg *codelist.Registry, q Question) *Wire {
	w := &Wire{reg: reg, header: q.Header, groups: q.Groups, shown: map[key]bool{}}
	for _, g := range q.Groups {
		w.shown[g.key()] = true
	}
	return w
}

func (w *Wire) month() civil.Month { return civil.Month(w.header.Period) }

// flush reports whether what is too small is rolled up in this release, and
// yearEnd whether sensitive leaves are (rules D4 to D6).
func (w *Wire) flush() bool { return w.header.Kind == kindClosing || w.month().QuarterEnd() }

func (w *Wire) yearEnd() bool { return w.header.Kind == kindClosing || w.header.Period%100 == 12 }

// list returns the code list and the measure of a group's table.
func (w *Wire) list(g Group) (*codelist.List, codelist.DataSet, bool) {
	set, ok := w.reg.DataSet(g.DataSet)
	if !ok {
		return nil, set, false
	}
	list := w.reg.List(set.List)
	return list, set, list != nil
}

// every holds when a rule holds for every group.
func (w *Wire) every(rule func(Group) bool) bool {
	for _, g := range w.groups {
		if !rule(g) {
			return false
		}
	}
	return true
}

// voidIsBare: what takes a release back has no groups, and only that takes
// anything back.
func (w *Wire) voidIsBare() bool {
	if w.header.Kind == kindVoid {
		return len(w.groups) == 0 && w.header.VoidsSequence > 0 && w.header.VoidsSequence < w.header.Sequence
	}
	return w.header.VoidsSequence == 0
}

// codesKnown: the table is in the plan, a leaf is a leaf of its list, a rest one of
// its categories, and "other" the list itself.
func (w *Wire) codesKnown() bool {
	return w.every(func(g Group) bool {
		list, _, known := w.list(g)
		switch {
		case !known:
			return false
		case g.Level == leafLevel:
			_, ok := list.Leaf(codelist.Code(g.Code))
			return ok
		case g.Level == restLevel:
			return category(list, g.Code) != nil
		}
		return g.Level == rootLevel && list.Code == codelist.Code(g.Code)
	})
}

func category(list *codelist.List, code uint32) *codelist.Category {
	for i := range list.Categories {
		if list.Categories[i].Code == codelist.Code(code) {
			return &list.Categories[i]
		}
	}
	return nil
}

func (w *Wire) noneTwice() bool {
	seen := make(map[key]bool, len(w.groups))
	return w.every(func(g Group) bool {
		twice := seen[g.key()]
		seen[g.key()] = true
		return !twice
	})
}

// inSeason: a sensitive leaf leaves at the end of a quarter (rule D6), and so does
// what is rolled up (rules D4 and D5).
func (w *Wire) inSeason() bool {
	return w.every(func(g Group) bool {
		return w.flush() || g.Level == leafLevel && !w.sensitive(g)
	})
}

// labelled: a group begins no later than its release ends, and one that holds a
// sensitive leaf is dated by quarters.
func (w *Wire) labelled() bool {
	return w.every(func(g Group) bool {
		from := civil.Month(g.FromPeriod)
		byQuarter := w.judgedBefore(g) || !w.sensitive(g) || from == from.QuarterStart()
		return from.Valid() && from <= w.month() && byQuarter
	})
}

// hidden is what a group may hold beside or in place of what is shown: of one
// category, the leaves of which nothing else is shown.
type hidden struct {
	leaves []codelist.Leaf
	// former are the category's leaves of earlier versions, and those in their first
	// year: what there is of them is in its rest, and nobody can be thought to be behind
	// it.
	former []codelist.Leaf
}

// sensitive reports whether a sensitive leaf may be inside.
func (h hidden) sensitive() bool { return h.k() > Floor().K }

// k is the smallest number of events and of people of a rest: the highest that one
// of its leaves takes (rule D2).
func (h hidden) k() uint32 {
	k := Floor().K
	for _, f := range slices.Concat(h.leaves, h.former) {
		k = max(k, least(f))
	}
	return k
}

// least is the threshold of one leaf.
func least(f codelist.Leaf) uint32 {
	if f.Sensitive {
		return Floor().KSensitive
	}
	return Floor().K
}

// sensitive reports whether a group holds, or may hold, a sensitive leaf.
func (w *Wire) sensitive(g Group) bool { return slices.ContainsFunc(w.inside(g), hidden.sensitive) }

// inside is what a group may hold: the leaf itself, what its category hides, or
// what is pooled.
func (w *Wire) inside(g Group) []hidden {
	list, _, _ := w.list(g)
	switch g.Level {
	case leafLevel:
		f, _ := list.Leaf(codelist.Code(g.Code))
		return []hidden{{leaves: []codelist.Leaf{f}}}
	case restLevel:
		return []hidden{w.hide(g.DataSet, *category(list, g.Code))}
	}
	return w.pooled(g.DataSet, list)
}

// hide returns what a category hides: no sensitive leaf before the year's end.
func (w *Wire) hide(dataSet uint32, c codelist.Category) hidden {
	h := hidden{former: slices.Clone(c.Former)}
	for _, f := range c.Leaves {
		switch {
		case w.shown[key{dataSet, leafLevel, uint32(f.Code)}]:
		case f.Known(w.month()):
			h.leaves = append(h.leaves, f)
		default:
			h.former = append(h.former, f)
		}
	}
	early := func(f codelist.Leaf) bool { return f.Sensitive && !w.yearEnd() }
	h.leaves, h.former = slices.DeleteFunc(h.leaves, early), slices.DeleteFunc(h.former, early)
	return h
}

// pooled is what every category hides that shows no rest of its own.
func (w *Wire) pooled(dataSet uint32, list *codelist.List) []hidden {
	var out []hidden
	for _, c := range list.Categories {
		if !w.shown[key{dataSet, restLevel, uint32(c.Code)}] {
			out = append(out, w.hide(dataSet, c))
		}
	}
	return out
}

// judgedBefore reports whether a rest left before as it is now. What was hidden
// then says nothing of what is hidden in this release.
func (w *Wire) judgedBefore(g Group) bool { return g.Again && g.Level != leafLevel }

// threshold is the smallest number of events and of people in a group (rule D2).
// A rest that left before was held to that of its own month.
func (w *Wire) threshold(g Group) uint32 {
	if w.judgedBefore(g) {
		return Floor().K
	}
	k := Floor().K
	for _, h := range w.inside(g) {
		k = max(k, h.k())
	}
	return k
}

func (w *Wire) events() bool {
	return w.every(func(g Group) bool { return g.events() >= w.threshold(g) })
}

func (w *Wire) people() bool {
	return w.every(func(g Group) bool { return g.Clients >= w.threshold(g) })
}

func (w *Wire) largest() bool {
	return w.every(func(g Group) bool { return g.Value <= Floor().Largest })
}

// spread: an amount stands only in a table with money, and there no contributor
// can work out another's (rule D7).
func (w *Wire) spread() bool {
	return w.every(func(g Group) bool {
		_, set, _ := w.list(g)
		if !set.Money {
			return !g.Money && !g.Negative
		}
		return g.Money && g.Share >= Floor().P
	})
}

// negative: an amount below zero inside asks for twice as many (rule D7).
func (w *Wire) negative() bool {
	return w.every(func(g Group) bool { return !g.Negative || min(g.events(), g.Clients) >= 2*w.threshold(g) })
}

// weighted: only where records count for as many as they say is it records that a
// code hides.
func (w *Wire) weighted() bool {
	return w.every(func(g Group) bool {
		_, set, _ := w.list(g)
		return g.Weighted == set.Weighted()
	})
}

// restsFit: a rest has at least two leaves, each of which could be zero (rule D4).
// One leaf alone holds nothing when it is zero.
func (w *Wire) restsFit() bool {
	return w.every(func(g Group) bool {
		if g.Level != restLevel || w.judgedBefore(g) {
			return true
		}
		return g.hiding() <= w.inside(g)[0].capacity()
	})
}

// most is what the leaves can hold together while each is hidden: one event fewer
// than it takes to be shown. Whatever an office raises its thresholds to, what it
// hides could be as small as this.
func (h hidden) most() uint32 {
	var sum uint32
	for _, f := range h.leaves {
		sum += least(f) - 1
	}
	return sum
}

// largest is the most that one of them can hold.
func (h hidden) largest() uint32 {
	var most uint32
	for _, f := range h.leaves {
		most = max(most, least(f)-1)
	}
	return most
}

// capacity is the most that they can hold together when any one of them is zero.
func (h hidden) capacity() uint32 { return h.most() - h.largest() }

// othersFit: in "other", too, every pooled leaf could be zero (rule D5).
func (w *Wire) othersFit() bool {
	return w.every(func(g Group) bool {
		if g.Level != rootLevel || w.judgedBefore(g) {
			return true
		}
		list, _, _ := w.list(g)
		return everyZero(w.pooled(g.DataSet, list), g.hiding())
	})
}
