package attack

import (
	"fmt"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// Rule chooses what leaves of a table in a month: ledger.Choose, or in a test one
// that does it wrong.
type Rule func(ledger.Table) []ledger.Choice

// Published is one group as an attacker sees it.
type Published struct {
	Month int // of the release, as a number
	ledger.Key
	From                  civil.Month
	Value, AmountHundreds int64
}

// History is what Mode D made of a world: what everybody sees, and beside it
// what only the office knows.
type History struct {
	World    *World
	Releases []Published
	// Groups are the same groups with all that is inside.
	Groups []Inside
	// Events are all versions of events, in the order in which they came.
	Events []Version
	// Caps are the sums that were below a threshold when a release was made.
	Caps []Statement
	// Corrections counts the entries that were netted, Waiting those that were not.
	Corrections, Waiting int
}

// Inside is a published group as the office knows it.
type Inside struct {
	Published
	// Events are those that were counted, Taken what entries took off again.
	Events []int
	Taken  int64
	// Net is the number of events of each person and Minor their money, net of
	// entries.
	Net    map[int]int
	Minor  map[int]int64
	leaves []int // that it emptied
}

// Version is an event as the ledger has it: a correction of what was published
// makes a new version.
type Version struct {
	Leaf, Known int
	Person      int
	Minor       int64
	Source      int // in World.Events
	Group       int // in History.Groups, or -1
	Gone        bool
	entered     bool // an entry was made for it
}

// office is a ledger in memory, between two releases.
type office struct {
	rule    Rule
	limits  ledger.Limits
	h       *History
	waiting []int // versions that are not published
	entries []entry
	carry   map[ledger.Key]int64
	emptied []int // the month after the last that emptied each leaf
}

// entry is an adjusting entry (rule D9).
type entry struct {
	ledger.Entry
	person int
}

// minorPerHundred is how many cents a hundred rand are.
const minorPerHundred = 100_00

// ModeD runs a world through Mode D.
func ModeD(w *World, rule Rule, limits ledger.Limits) *History {
	o := newOffice(w, rule, limits)
	known, changed := byMonth(w)
	for month := range w.Months {
		o.month(month, known[month], changed[month])
	}
	o.h.Waiting = len(o.entries)
	return o.h
}

func newOffice(w *World, rule Rule, limits ledger.Limits) *office {
	return &office{rule: rule, limits: limits, h: &History{World: w}, carry: map[ledger.Key]int64{}, emptied: make([]int, len(w.Leaves))}
}

// month takes in what was recorded and corrected in a month, and makes its
// release.
func (o *office) month(month int, known, changed []int) {
	for _, i := range changed {
		o.correct(i, month)
	}
	for _, i := range known {
		e := o.h.World.Events[i]
		o.arrive(Version{Leaf: e.Leaf, Known: month, Person: e.Person, Minor: e.Minor, Source: i, Group: -1})
	}
	o.release(month)
}

// byMonth lists the events by the month in which they came and were corrected.
func byMonth(w *World) (known, changed [][]int) {
	known, changed = make([][]int, w.Months), make([][]int, w.Months)
	for i, e := range w.Events {
		known[e.Known] = append(known[e.Known], i)
		if e.Changed > e.Known && e.Changed < w.Months {
			changed[e.Changed] = append(changed[e.Changed], i)
		}
	}
	return known, changed
}

func (o *office) arrive(v Version) {
	o.waiting = append(o.waiting, len(o.h.Events))
	o.h.Events = append(o.h.Events, v)
}

// correct changes the record of an event: what waits is simply as it should be,
// what was published gets an entry, and the right event waits.
func (o *office) correct(source, month int) {
	i := slices.IndexFunc(o.h.Events, func(v Version) bool { return v.Source == source })
	v, to := &o.h.Events[i], o.h.World.Events[source].To
	if v.Group < 0 {
		if v.Gone = to < 0; !v.Gone {
			v.Leaf, v.Known = to, month
		}
		o.waiting = slices.DeleteFunc(o.waiting, func(j int) bool { return o.h.Events[j].Gone })
		return
	}
	if to == v.Leaf {
		return
	}
	key := o.h.Groups[v.Group].Key
	o.entries = append(o.entries, entry{ledger.Entry{Key: key, Person: person(v.Person), Value: -1, Minor: -v.Minor}, v.Person})
	v.entered = true
	if to >= 0 {
		o.arrive(Version{Leaf: to, Known: month, Person: v.Person, Minor: v.Minor, Source: source, Group: -1})
	}
}

func person(n int) string { return fmt.Sprint("p", n) }

// release makes the release of a month.
func (o *office) release(month int) {
	w := o.h.World
	o.limits = w.within(o.limits, month)
	t := ledger.Table{Set: w.Set, List: w.List, Period: w.Period(month), Limits: o.limits, MinorPerHundred: minorPerHundred, Carry: o.carry}
	for _, i := range o.waiting {
		v := o.h.Events[i]
		t.Shares = append(t.Shares, ledger.Share{Code: w.Leaves[v.Leaf].Code, Person: person(v.Person), Value: 1, Minor: v.Minor})
	}
	for _, e := range o.entries {
		t.Entries = append(t.Entries, e.Entry)
	}
	choices := o.rule(t)
	o.limit(month, choices)
	for _, c := range choices {
		o.publish(month, c)
	}
}

// limit notes what a release tells by what is not in it: every leaf that was
// tried and did not leave by itself had too little. That is told of those of
// which it is true; others waited for another reason.
func (o *office) limit(month int, choices []ledger.Choice) {
	w := o.h.World
	for leaf, l := range w.Leaves {
		k := int(o.limits.K)
		if l.Sensitive {
			k = int(max(o.limits.K, o.limits.KSensitive))
		}
		alone := slices.ContainsFunc(choices, func(c ledger.Choice) bool { return c.Key == ledger.Key{Level: ledger.Leaf, Code: l.Code} })
		if alone || l.Sensitive && !w.Period(month).QuarterEnd() {
			continue
		}
		n := 0
		for _, i := range o.waiting {
			if o.h.Events[i].Leaf == leaf {
				n++
			}
		}
		if cells := w.span(leaf, o.emptied[leaf], month); n < k {
			o.h.Caps = append(o.h.Caps, AtMost(k-1, cells...))
		}
	}
}

// span returns the cells of a leaf from one month to another.
func (w *World) span(leaf, from, to int) []int {
	var cells []int
	for m := from; m <= to; m++ {
		cells = append(cells, w.Cell(m, leaf))
	}
	return cells
}

// publish takes what a choice names out of the backlog.
func (o *office) publish(month int, c ledger.Choice) {
	w := o.h.World
	in := Inside{Published: Published{month, c.Key, w.Period(o.since(c)), c.Value, c.AmountHundreds}, Net: map[int]int{}, Minor: map[int]int64{}}
	if o.dated(c) {
		in.From = in.From.QuarterStart()
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(i int) bool {
		v := &o.h.Events[i]
		inside := slices.Contains(c.Leaves, w.Leaves[v.Leaf].Code)
		if inside {
			v.Group = len(o.h.Groups)
			in.Events = append(in.Events, i)
			in.Net[v.Person]++
			in.Minor[v.Person] += v.Minor
		}
		return inside
	})
	o.entries = slices.DeleteFunc(o.entries, func(e entry) bool {
		if e.Key == c.Key {
			in.Taken -= e.Value
			in.Net[e.person]--
			in.Minor[e.person] += e.Minor
			o.h.Corrections++
		}
		return e.Key == c.Key
	})
	for leaf, l := range w.Leaves {
		if slices.Contains(c.Leaves, l.Code) {
			o.emptied[leaf] = month + 1
			in.leaves = append(in.leaves, leaf)
		}
	}
	o.carry[c.Key] = c.CarryMinor
	o.h.Groups = append(o.h.Groups, in)
	o.h.Releases = append(o.h.Releases, in.Published)
}

// since is the first month that a group is labelled with.
func (o *office) since(c ledger.Choice) int {
	from := o.h.World.Months
	for leaf, l := range o.h.World.Leaves {
		if slices.Contains(c.Leaves, l.Code) {
			from = min(from, o.emptied[leaf])
		}
	}
	return from
}

// dated reports whether a group is labelled by quarters.
func (o *office) dated(c ledger.Choice) bool {
	return slices.ContainsFunc(o.h.World.Leaves, func(l codelist.Leaf) bool { return l.Sensitive && slices.Contains(c.Leaves, l.Code) })
}

// Counts returns what each cell holds: the events as they were published, or
// wait, by the month in which they came to the ledger.
func (h *History) Counts() []int {
	counts := make([]int, h.World.Cells())
	for _, v := range h.Events {
		if !v.Gone {
			counts[h.World.Cell(v.Known, v.Leaf)]++
		}
	}
	return counts
}

// Told is what Mode D tells somebody who knows the rules, and who is told even
// more: which leaves a rest is of, how many cases were taken off a number by
// corrections, and that every client has one case where that is so.
func (h *History) Told() []Statement {
	var told []Statement
	for _, g := range h.cellsOfGroups() {
		told = append(told, Exactly(g.n, g.cells...))
	}
	counts := h.Counts()
	for _, c := range h.Caps {
		if sum(counts, c.Cells) <= c.Hi {
			told = append(told, c)
		}
	}
	return told
}

type grouped struct {
	cells []int
	n     int
}

// cellsOfGroups returns, of each group, the cells that it is the sum of: of each
// of its leaves those since it was last emptied.
func (h *History) cellsOfGroups() []grouped {
	var all []grouped
	emptied := make([]int, len(h.World.Leaves))
	for _, g := range h.Groups {
		var cells []int
		for _, leaf := range g.leaves {
			cells = append(cells, h.World.span(leaf, emptied[leaf], g.Month)...)
			emptied[leaf] = g.Month + 1
		}
		slices.Sort(cells)
		all = append(all, grouped{cells, int(g.Value + g.Taken)})
	}
	return all
}
