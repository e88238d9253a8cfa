package auditor

import (
	"slices"

	"casehub/internal/codelist"
)

// branch is a category with its hidden leaves.
type branch struct {
	category codelist.Category
	// hidden are the leaves that a rest would take, those that stand in the list no
	// more among them.
	hidden []codelist.Leaf
	events []*event
	// stems are what each reader takes for hidden (minds).
	stems []stem
	// need is the number of people that a rest takes.
	need int64
}

// nationally is the threshold of a code that no office goes below. What somebody
// outside knows of hidden leaves is reckoned by it, whatever an office raised its
// own to.
func (a *audit) nationally(sensitive bool) int64 {
	if sensitive {
		return min(10, a.k(true))
	}
	return min(5, a.k(false))
}

// branches are the categories with their hidden leaves: those that have no group
// of their own in this release, also with nothing waiting, and sensitive ones at
// the end of a year alone. Whoever reads the release knows nothing of leaves that
// stand in the list no more, nor of new ones, so that they add to a rest and hide nobody.
func (a *audit) branches(p *pile, shown map[place]bool) []branch {
	var list []branch
	minds := a.minds()
	for _, c := range p.list.Categories {
		b := branch{category: c, need: a.k(false), stems: make([]stem, len(minds))}
		floor := a.nationally(false)
		for i, l := range slices.Concat(c.Leaves, c.Former) {
			if shown[place{p.set.Number, 1, l.Code}] || l.Sensitive && !a.yearEnd() {
				continue
			}
			k := a.nationally(l.Sensitive)
			b.hidden = append(b.hidden, l)
			if !p.kept[place{p.set.Number, 1, l.Code}] && !a.never(l.Code) {
				b.events = append(b.events, a.oldest(p, p.under[l.Code])...)
			}
			floor, b.need = max(floor, k), max(b.need, a.k(l.Sensitive))
			for j, m := range minds {
				if i < len(c.Leaves) && !a.young(l) && !m[l.Code] {
					b.stems[j].caps = append(b.stems[j].caps, k-1)
				}
			}
		}
		for j, m := range minds {
			b.stems[j].floor = floor
			if m[c.Code] {
				b.stems[j].caps = nil
			}
		}
		list = append(list, b)
	}
	return list
}

// young reports whether a leaf came less than twelve months before this release.
func (a *audit) young(l codelist.Leaf) bool {
	came := l.Came()
	return came > 0 && a.period < came.Add(12)
}

// rollUp is the flush at the end of a quarter: the rest of each category that may
// be shown, and of what is left of the others one group, if that may (rules D4
// and D5).
func (a *audit) rollUp(p *pile, shown map[place]bool) []figure {
	var due []figure
	var pool []branch
	for _, b := range a.branches(p, shown) {
		at := place{p.set.Number, 2, b.category.Code}
		if shown[at] {
			continue
		}
		f := a.figure(at, b.events, p.entries[at])
		f.from, f.sensitive = a.since(p.set, b.hidden), sensitive(b.hidden)
		switch {
		case a.never(b.category.Code):
			b.events = nil
			pool = append(pool, b)
		case p.kept[at]:
			b.events = nil
			pool = append(pool, b)
		case max(f.told, f.gross) <= b.roof() && a.weigh(p.set, &f, b.need):
			due = append(due, f)
		default:
			pool = append(pool, b)
		}
	}
	if f, ready := a.root(p, pool); ready && !shown[f.place] {
		due = append(due, f)
	}
	return due
}

// roof is the largest rest with which each reader takes every leaf for one that may be
// empty.
func (b branch) roof() int64 {
	lowest := b.stems[0].roof()
	for _, s := range b.stems {
		lowest = min(lowest, s.roof())
	}
	return lowest
}

// roof is the largest rest that lets each of its leaves be empty: nothing where
// there is one leaf.
func (s stem) roof() int64 {
	sum, largest := s.sum()
	return sum - largest
}

func sensitive(leaves []codelist.Leaf) bool {
	return slices.ContainsFunc(leaves, func(l codelist.Leaf) bool { return l.Sensitive })
}

// root is the group of everything that no leaf and no rest took, with the block
// of what fell, which leaves whole or not at all, beside enough people who are
// not in it.
func (a *audit) root(p *pile, pool []branch) (figure, bool) {
	var hidden []codelist.Leaf
	var events []*event
	readers := make([][]stem, len(a.minds()))
	k := a.k(false)
	for _, b := range pool {
		hidden, events = append(hidden, b.hidden...), append(events, b.events...)
		for i, seen := range b.stems {
			readers[i] = append(readers[i], seen)
		}
		k = max(k, b.need)
	}
	at := place{p.set.Number, 3, p.list.Code}
	f := a.figure(at, events, p.entries[at])
	if a.never(p.list.Code) || !a.weigh(p.set, &f, k) {
		return f, false
	}
	for _, seen := range readers {
		if !mayAllBeEmpty(seen, f.told) || f.gross != f.told && !mayAllBeEmpty(seen, f.gross) {
			return f, false
		}
	}
	if block := fitting(p.block, a.office.Largest-f.value); len(block) > 0 {
		fresh := min(f.value, f.beside(a.figure(at, block, nil)))
		with := a.figure(at, append(slices.Clone(events), block...), p.entries[at])
		enough := fresh >= k && (!with.money.negative || fresh >= 2*k)
		if enough && a.weigh(p.set, &with, k) {
			f, f.block = with, true
		}
	}
	f.from, f.sensitive = a.since(p.set, hidden), sensitive(hidden)
	return f, true
}
