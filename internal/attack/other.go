package attack

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"casehub/node/ledger"
)

// Searcher looks for other worlds: ones in which one record is different, or two
// are, and everything that was ever released is the same. What differs between
// such worlds cannot be known from the releases, by whatever method.
type Searcher struct {
	History *History
	// Worlds counts those that were tried.
	Worlds int

	before         []*office // each month, as it was
	known, changed [][]int
}

// NewSearcher runs a world through Mode D and keeps every month.
func NewSearcher(w *World, rule Rule, limits ledger.Limits) *Searcher {
	s := &Searcher{}
	o := newOffice(w, rule, limits)
	s.History = o.h
	s.known, s.changed = byMonth(w)
	for month := range w.Months {
		s.before = append(s.before, o.clone())
		o.month(month, s.known[month], s.changed[month])
	}
	s.before = append(s.before, o.clone())
	return s
}

// clone copies an office with its history.
func (o *office) clone() *office {
	h := *o.h
	h.Releases, h.Groups, h.Caps = slices.Clip(h.Releases), slices.Clip(h.Groups), slices.Clip(h.Caps)
	h.Events = slices.Clone(h.Events)
	c := *o
	c.h, c.waiting, c.entries, c.carry, c.emptied = &h, slices.Clone(o.waiting), slices.Clone(o.entries), maps.Clone(o.carry), slices.Clone(o.emptied)
	return &c
}

// Other reports whether in some other world a cell holds a number of cases that
// is wanted. Worlds that differ by one record are tried before those by two.
func (s *Searcher) Other(cell int, wanted func(n int) bool) bool {
	for i, e := range s.changes(cell) {
		if s.same(map[int]Event{i: e}, cell, wanted) {
			return true
		}
	}
	for pair := range s.exchanges(cell) {
		if s.same(pair, cell, wanted) {
			return true
		}
	}
	return false
}

// same reports whether a world with some records changed has the releases that it
// had, and a wanted number in a cell. It begins with the first month that differs,
// and ends when everything is again as it was.
func (s *Searcher) same(records map[int]Event, cell int, wanted func(n int) bool) bool {
	s.Worlds++
	w := *s.History.World
	w.Events = slices.Clone(w.Events)
	first, last := w.Months, 0
	for i, e := range records {
		for _, m := range []int{e.Known, e.Changed, w.Events[i].Known, w.Events[i].Changed} {
			if m > 0 || e.Known == 0 || w.Events[i].Known == 0 {
				first, last = min(first, m), max(last, m)
			}
		}
		w.Events[i] = e
	}
	o := s.before[first].clone()
	o.h.World = &w
	for month := first; month < w.Months; month++ {
		o.month(month, s.of(&w, s.known[month], records, month, false), s.of(&w, s.changed[month], records, month, true))
		if !slices.Equal(o.h.Releases, s.History.Releases[:len(s.before[month+1].h.Releases)]) {
			return false
		}
		if month >= last && o.isAs(s.before[month+1]) {
			break
		}
	}
	return wanted(s.count(o.h, records, cell))
}

// of lists the events that come in a month, or are corrected, in a changed world.
func (s *Searcher) of(w *World, was []int, records map[int]Event, month int, corrected bool) []int {
	list := slices.DeleteFunc(slices.Clone(was), func(i int) bool { _, is := records[i]; return is })
	for i, e := range records {
		if !corrected && e.Known == month || corrected && e.Changed == month && e.Changed > e.Known {
			list = append(list, i)
		}
	}
	return list
}

// isAs reports whether two offices will do the same from here on when the same
// happens to them.
func (o *office) isAs(was *office) bool {
	return maps.Equal(o.carry, was.carry) && slices.Equal(o.emptied, was.emptied) && slices.Equal(o.entries, was.entries) &&
		slices.Equal(o.left(), was.left())
}

// left lists what waits, and under which number what was published stands that is
// to be corrected yet.
func (o *office) left() []Version {
	var all []Version
	for _, i := range o.waiting {
		v := o.h.Events[i]
		all = append(all, Version{Leaf: v.Leaf, Person: v.Person, Minor: v.Minor, Source: v.Source, Group: -1})
	}
	slices.SortFunc(all, func(a, b Version) int { return cmp.Compare(a.Source, b.Source) })
	return all
}

// count is what a cell holds in a world of which the history may have ended early.
func (s *Searcher) count(h *History, records map[int]Event, cell int) int {
	n := 0
	tally := func(events []Version, changed bool) {
		for _, v := range events {
			if _, is := records[v.Source]; is == changed && !v.Gone && h.World.Cell(v.Known, v.Leaf) == cell {
				n++
			}
		}
	}
	tally(s.History.Events, false)
	tally(h.Events, true)
	return n
}

// steps are the distances in months that are tried, the nearest first.
var steps = []int{1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 8, -8, 10, -10}

// changes are the changes of one record by which a cell could hold something
// else: its case came in another month, or was of another type, or a case of its
// type came in its month instead of another, or one of its month was of its type.
func (s *Searcher) changes(cell int) iter.Seq2[int, Event] {
	w := s.History.World
	month, leaf := cell/len(w.Leaves), cell%len(w.Leaves)
	return func(yield func(int, Event) bool) {
		for _, v := range s.History.Events {
			if v.Gone || v.Leaf != leaf || v.Known != month {
				continue
			}
			for _, d := range steps {
				if e, ok := w.moved(v, month+d); ok && !yield(v.Source, e) {
					return
				}
			}
			for _, to := range s.beside(v) {
				if !yield(v.Source, w.retyped(v, to)) {
					return
				}
			}
		}
		for _, v := range s.History.Events {
			if v.Gone || v.Leaf == leaf == (v.Known == month) {
				continue
			}
			e, ok := w.retyped(v, leaf), true
			if v.Leaf == leaf {
				e, ok = w.moved(v, month)
			}
			if ok && !yield(v.Source, e) {
				return
			}
		}
	}
}

// moved is the event of a version as it would be had it come in another month.
func (w *World) moved(v Version, month int) (Event, bool) {
	e := w.Events[v.Source]
	if month < 0 || month >= w.Months {
		return e, false
	}
	if e.Known != v.Known { // it came by a correction
		e.Changed = month
		return e, month > e.Known
	}
	e.Known = month
	e.Month = min(e.Month, e.Known)
	return e, e.Changed == 0 || e.Changed > e.Known
}

// retyped is the event of a version as it would be had it been of another type.
func (w *World) retyped(v Version, leaf int) Event {
	e := w.Events[v.Source]
	if e.Known != v.Known {
		e.To = leaf
	} else {
		e.Leaf = leaf
	}
	return e
}

// exchanges are changes of two records: a case of the cell and one of another type
// that came in another month were each what the other was; or one change of
// changes, and in the month that it leaves a case of another type comes instead,
// so that together nothing is missed there.
func (s *Searcher) exchanges(cell int) iter.Seq[map[int]Event] {
	w := s.History.World
	month, leaf := cell/len(w.Leaves), cell%len(w.Leaves)
	return func(yield func(map[int]Event) bool) {
		for _, a := range s.History.Events {
			if a.Gone || a.Leaf != leaf || a.Known != month {
				continue
			}
			for _, b := range s.History.Events {
				if b.Gone || b.Leaf == leaf || b.Known == month || b.Source == a.Source {
					continue
				}
				if !yield(map[int]Event{a.Source: w.retyped(a, b.Leaf), b.Source: w.retyped(b, leaf)}) {
					return
				}
			}
		}
		for _, near := range []bool{true, false} {
			for i, e := range s.changes(cell) {
				if e.Leaf != w.Events[i].Leaf || e.To != w.Events[i].To {
					continue // of another type, which leaves nothing to fill
				}
				tried := map[int]bool{} // cells of which one case is like the other
				for _, b := range s.History.Events {
					instead, ok := w.moved(b, w.Events[i].Known)
					if b.Gone || !ok || b.Source == i || tried[w.Cell(b.Known, b.Leaf)] || !w.fills(b, instead, leaf, near) {
						continue
					}
					tried[w.Cell(b.Known, b.Leaf)] = true
					if !yield(map[int]Event{i: e, b.Source: instead}) {
						return
					}
				}
			}
		}
	}
}

// reach is over how many months a case of another category is moved.
const reach = 4

// fills reports whether a moved case is one to try in the place of one of a leaf:
// near, of another month and the same category; else of another category and not
// from far.
func (w *World) fills(v Version, moved Event, leaf int, near bool) bool {
	same := w.Leaves[v.Leaf].Category == w.Leaves[leaf].Category
	far := max(v.Known-moved.Known, moved.Known-v.Known)
	return far > 0 && same == near && (near || far <= reach)
}

// beside returns the other leaves of the group in which a version was counted,
// or all of them where it was not.
func (s *Searcher) beside(v Version) []int {
	leaves := indexes(len(s.History.World.Leaves))
	if v.Group >= 0 {
		leaves = slices.Clone(s.History.Groups[v.Group].leaves)
	}
	return slices.DeleteFunc(leaves, func(i int) bool { return i == v.Leaf })
}
