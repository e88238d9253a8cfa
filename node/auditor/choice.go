package auditor

import (
	"math/big"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// figure is one group that is due, or is tried.
type figure struct {
	place
	from           civil.Month
	value, clients int64
	// told is what the guards reckon with, gross the same without entries: the value,
	// or the records where one counts for as many as it says.
	told, gross int64
	money       purse
	// total is the sum of the amounts, carried what earlier groups left over; then
	// what is sent and what is left over now. fits says that the wire takes it.
	total           int64
	carried         int64
	hundreds, carry int64
	fits            bool
	events, entries []int64 // identifiers, ascending
	sensitive       bool
	block           bool
	again           int64 // the group that it repeats; 0 for none

	net map[int]int64 // what each person counts for
	// corrected are those whose record was there before with another number, where a
	// record counts for as many as it says: they add a difference and hide nobody.
	corrected map[int]bool
}

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

// figure counts events, net of entries, as one group of a place.
func (a *audit) figure(p place, events []*event, entries []*entry) figure {
	net := map[int]int64{}
	f := figure{place: p, net: net, corrected: map[int]bool{}}
	for _, e := range events {
		who := a.who(e)
		f.value, f.total, net[who] = f.value+e.weight, f.total+e.minor, net[who]+e.weight
		f.money.put(who, e.minor)
		f.events = append(f.events, e.id)
	}
	f.gross = f.reckoned(a.weighed(p.set))
	for _, n := range entries {
		who := a.whose(n)
		f.value, f.total, net[who] = f.value+n.delta*n.weight, f.total+n.minor, net[who]+n.delta*n.weight
		f.money.put(who, n.minor)
		f.entries = append(f.entries, n.id)
		if a.weighed(p.set) {
			f.corrected[who] = true
		}
	}
	f.clients = f.beside(figure{})
	f.told = f.reckoned(a.weighed(p.set))
	slices.Sort(f.events)
	slices.Sort(f.entries)
	return f
}

// reckoned is what hidden leaves may hold at most so many of.
func (f *figure) reckoned(weighed bool) int64 {
	if weighed {
		return f.beside(figure{})
	}
	return f.value
}

// weighed reports whether a record of a data set counts for as many as it says.
func (a *audit) weighed(set uint32) bool { return a.measure(set) == "activity_participants" }

// beside counts the people who count for more than nothing, and who are not in
// another figure.
func (f *figure) beside(o figure) int64 {
	var people int64
	for who, n := range f.net {
		if _, there := o.net[who]; n > 0 && who != forgotten && !there && !f.corrected[who] {
			people++
		}
	}
	return people
}

// who is the person of an event: that of its record, as it is today.
func (a *audit) who(e *event) int {
	if h, there := a.recorded.counts[a.measure(e.set)][e.source]; there {
		return h.person
	}
	return a.named(e.client)
}

// whose is the person of an entry. Its record may be gone, so that the entry
// itself says whose it was.
func (a *audit) whose(n *entry) int {
	if h, there := a.recorded.counts[a.measure(n.place.set)][n.client]; there {
		return h.person // what is nobody's counts as its own
	}
	return a.named(n.client)
}

func (a *audit) named(client string) int {
	if client == "import" {
		return anybody
	}
	if person, there := a.recorded.person[client]; there {
		return person
	}
	return forgotten
}

// weigh works out the money of a figure and reports whether it may leave (rules
// D2 and D7).
func (a *audit) weigh(set codelist.DataSet, f *figure, k int64) bool {
	few := min(f.value, f.clients)
	if set.Money {
		carried := a.carried(f.place)
		f.carried = carried.Int64()
		f.hundreds, f.carry, f.fits = rounded(new(big.Int).Add(carried, f.money.total()), a.office.MinorPerHundred)
		if !f.fits || !f.money.spread(a.office.P) || f.money.negative && few < 2*k {
			return false
		}
	}
	return few >= k && f.value <= a.office.Largest
}

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
	f := a.figure(at, a.oldest(p.under[l.Code]), p.entries[at])
	f.from, f.sensitive = a.since(p.set, []codelist.Leaf{l}), l.Sensitive
	return f, a.weigh(p.set, &f, a.k(l.Sensitive))
}

// never reports whether a pack lets no group of a code leave.
func (a *audit) never(code codelist.Code) bool { return slices.Contains(a.office.Never, code) }

// oldest are the oldest events that fit into one group.
func (a *audit) oldest(events []*event) []*event {
	room := a.office.Largest
	for i, e := range events {
		if room -= e.weight; room < 0 {
			return events[:i]
		}
	}
	return events
}

// branch is a category with its hidden leaves.
type branch struct {
	category codelist.Category
	// hidden are the leaves that a rest would take, those that stand in the list no
	// more among them.
	hidden []codelist.Leaf
	events []*event
	stem   stem
	// open is the stem for whoever knows what no pack lets leave.
	open stem
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
// stand in the list no more, so that they add to a rest and hide nobody.
func (a *audit) branches(p *pile, shown map[place]bool) []branch {
	var list []branch
	for _, c := range p.list.Categories {
		b := branch{category: c, need: a.k(false), stem: stem{floor: a.nationally(false)}}
		for i, l := range slices.Concat(c.Leaves, c.Former) {
			if shown[place{p.set.Number, 1, l.Code}] || l.Sensitive && !a.yearEnd() {
				continue
			}
			k := a.nationally(l.Sensitive)
			b.hidden = append(b.hidden, l)
			if !p.kept[place{p.set.Number, 1, l.Code}] && !a.never(l.Code) {
				b.events = append(b.events, a.oldest(p.under[l.Code])...)
			}
			b.stem.floor, b.need = max(b.stem.floor, k), max(b.need, a.k(l.Sensitive))
			if i < len(c.Leaves) {
				b.stem.caps = append(b.stem.caps, k-1)
				if !a.never(l.Code) {
					b.open.caps = append(b.open.caps, k-1)
				}
			}
		}
		b.open.floor = b.stem.floor
		list = append(list, b)
	}
	return list
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
			b.events, b.open.caps = nil, nil
			pool = append(pool, b)
		case p.kept[at]:
			b.events = nil
			pool = append(pool, b)
		case max(f.told, f.gross) <= min(b.stem.roof(), b.open.roof()) && a.weigh(p.set, &f, b.need):
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
	var stems, open []stem
	k := a.k(false)
	for _, b := range pool {
		hidden, events = append(hidden, b.hidden...), append(events, b.events...)
		stems, open = append(stems, b.stem), append(open, b.open)
		k = max(k, b.need)
	}
	at := place{p.set.Number, 3, p.list.Code}
	f := a.figure(at, events, p.entries[at])
	if a.never(p.list.Code) || !a.weigh(p.set, &f, k) {
		return f, false
	}
	for _, seen := range [][]stem{stems, open} {
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
