package auditor

import (
	"slices"

	"casehub/internal/codelist"
)

// choose works out every group of a data set that must leave, ascending by code
// and level. A group that rule D8 keeps back is hidden like any other that is too
// small, and all is worked out again without it.
func (a *audit) choose(set codelist.DataSet) []figure {
	if a.office.Only != nil && !slices.Contains(a.office.Only, set.Number) {
		return nil
	}
	p := a.gather(set)
	for {
		due := a.attempt(p)
		at, found := a.alike(set, due)
		if !found {
			return due
		}
		p.kept[at] = true
	}
}

// attempt works the groups out beside those that rule D8 keeps back.
func (a *audit) attempt(p *pile) []figure {
	due := a.repeats(p)
	shown := map[place]bool{}
	for _, f := range due {
		shown[f.place] = true
	}
	for _, l := range leavesOf(p.list) {
		if f, ready := a.leaf(p, l); ready && !shown[f.place] && !p.kept[f.place] {
			shown[f.place] = true
			due = append(due, f)
		}
	}
	if a.rollsUp() {
		due = append(due, a.rollUp(p, shown)...)
	}
	slices.SortFunc(due, func(x, y figure) int {
		if x.code != y.code {
			return int(x.code) - int(y.code)
		}
		return int(x.level) - int(y.level)
	})
	return due
}

// repeats are the groups that fell and leave again as they were: in the first
// release in which a group of their kind may leave (rule D6), when the people
// inside, as they are known today, are enough, and one of each place.
func (a *audit) repeats(p *pile) []figure {
	var list []figure
	stands := map[place]bool{}
	for _, g := range p.whole {
		f := a.figure(g.place, g.members, nil)
		grave, k := false, a.k(false)
		for _, e := range g.members {
			grave = grave || graveCode(p.list, e.code)
		}
		if grave {
			k = a.k(true)
		}
		early := grave && !a.quarterEnd() || g.level > 1 && !a.rollsUp()
		if early || stands[g.place] || p.kept[g.place] || a.never(g.code) || !a.weigh(p.set, &f, k) {
			continue
		}
		stands[g.place] = true
		f.from, f.again, f.sensitive = g.from, g.id, grave
		if p.set.Money {
			f.hundreds, f.carry = g.hundreds, f.carried+f.total-g.hundreds*a.office.MinorPerHundred
		}
		list = append(list, f)
	}
	return list
}

// graveCode reports whether a code is that of a sensitive leaf, also of one that
// stands in the list no more.
func graveCode(list *codelist.List, code codelist.Code) bool {
	for _, c := range list.Categories {
		if grave(slices.Concat(c.Leaves, c.Former), code) {
			return true
		}
	}
	return false
}

func grave(leaves []codelist.Leaf, code codelist.Code) bool {
	return slices.ContainsFunc(leaves, func(l codelist.Leaf) bool { return l.Code == code && l.Sensitive })
}

func leavesOf(list *codelist.List) []codelist.Leaf {
	var all []codelist.Leaf
	for _, c := range list.Categories {
		all = append(all, c.Leaves...)
	}
	return all
}

// k is the threshold of a code.
func (a *audit) k(sensitive bool) int64 {
	if sensitive && a.office.KSensitive > a.office.K {
		return a.office.KSensitive
	}
	return a.office.K
}

// leaf is the group of a leaf with all that waits under it, up to the largest
// that a group may be (rules D3 and D6).
func (a *audit) leaf(p *pile, l codelist.Leaf) (figure, bool) {
	if l.Sensitive && !a.quarterEnd() || a.never(l.Code) {
		return figure{}, false
	}
	at := place{p.set.Number, 1, l.Code}
	f := a.figure(at, a.oldest(p, p.under[l.Code]), p.entries[at])
	f.from, f.sensitive = a.since(p.set, []codelist.Leaf{l}), l.Sensitive
	return f, a.weigh(p.set, &f, a.k(l.Sensitive))
}

// never reports whether a pack lets no group of a code leave.
func (a *audit) never(code codelist.Code) bool { return slices.Contains(a.office.Never, code) }

// alike returns the place of a sensitive leaf, or of a rest with one, that is more
// than four fifths of all that leaves of a table (rule D8).
func (a *audit) alike(set codelist.DataSet, due []figure) (place, bool) {
	total := int64(0)
	for _, f := range due {
		total += f.value
	}
	for _, f := range due {
		if f.sensitive && f.level < 3 && 5*f.value > 4*total && !a.office.Mixed[set.Number] {
			return f.place, true
		}
	}
	return place{}, false
}
