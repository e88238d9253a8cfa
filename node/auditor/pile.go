package auditor

import (
	"slices"

	"casehub/internal/codelist"
)

// pile is what waits in one data set.
type pile struct {
	set     codelist.DataSet
	list    *codelist.List
	under   map[codelist.Code][]*event // oldest first
	entries map[place][]*entry
	block   []*event       // real members of groups that fell and are not whole
	whole   []*group       // groups that fell and are whole
	kept    map[place]bool // what rule D8 keeps back
}

// gather sorts what waited when the month was closed.
func (a *audit) gather(set codelist.DataSet) *pile {
	p := &pile{set: set, list: a.reg.List(set.List), under: map[codelist.Code][]*event{}, entries: map[place][]*entry{}, kept: map[place]bool{}}
	fell := map[int64][]*event{}
	for _, e := range a.kept.events {
		switch {
		case e.set != set.Number:
		case e.block != 0:
			fell[e.block] = append(fell[e.block], e)
		case a.waited(e) && e.month <= a.period:
			p.under[e.code] = append(p.under[e.code], e)
		}
	}
	for _, list := range p.under {
		slices.SortFunc(list, older)
	}
	for _, g := range a.kept.ordered {
		a.sortFallen(p, g, fell[g.id])
	}
	for _, n := range a.kept.entries {
		if n.place.set == set.Number && (n.state == "waiting" || n.state == "netted" && a.kept.groups[n.group].sequence == a.sequence) {
			p.entries[n.place] = append(p.entries[n.place], n)
		}
	}
	return p
}

// sortFallen tells whether what fell with a group comes back as the group that it
// was, or in the block. A group that was net of entries never is what it was: these
// wait by themselves now. What the ledger sends in the block of this release is in
// the block, which rule D9 allows for anything that fell.
func (a *audit) sortFallen(p *pile, g *group, members []*event) {
	var value, minor int64
	whole := len(members) > 0 && g.counted == 0
	var back []*event
	for _, e := range members {
		value, minor = value+e.weight, minor+e.minor
		whole = whole && a.waited(e) && e.reason == "" && !(a.leaves(e) && a.kept.groups[e.group].again != g.id)
		if a.waited(e) {
			back = append(back, e)
		}
	}
	if whole && value == g.value && minor == g.minor {
		g.members = back
		p.whole = append(p.whole, g)
		return
	}
	p.block = append(p.block, back...)
}

func older(a, b *event) int {
	if a.month != b.month {
		return int(a.month) - int(b.month)
	}
	return int(a.id - b.id)
}

// full is how many events the group of one leaf may have: with what may wait hidden
// under all leaves of the list, each one short of leaving by itself, a whole group. It
// is at least the larger half of a group. A group is not divided that has room for less
// than twice what a sensitive code needs, nor where the records have weights.
func (a *audit) full(p *pile) int64 {
	all := a.office.Largest
	if a.weighed(p.set.Number) {
		return all
	}
	hidden := int64(0)
	for _, l := range leavesOf(p.list) {
		hidden += a.nationally(l.Sensitive) - 1
	}
	part := all - hidden
	if part < (all+1)/2 {
		part = (all + 1) / 2
	}
	if part < 2*a.k(true) {
		return all
	}
	return part
}

// oldest are the oldest events under one leaf that fit into one group of it.
func (a *audit) oldest(p *pile, events []*event) []*event {
	room := a.full(p)
	for i, e := range events {
		if room -= e.weight; room < 0 {
			return events[:i]
		}
	}
	return events
}

// fitting is what of the block fits beside a group: the real members of one fallen
// group after the other, the first that fell first, all of one or none.
func fitting(block []*event, room int64) []*event {
	var fits []*event
	for from := 0; from < len(block); {
		to, size := from, int64(0)
		for ; to < len(block) && block[to].block == block[from].block; to++ {
			size += block[to].weight
		}
		if size <= room {
			room -= size
			fits = append(fits, block[from:to]...)
		}
		from = to
	}
	return fits
}
