package ledger

import (
	"cmp"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Levels of a group, as on the wire (release.v1 GroupLevel): one leaf, the rest
// of a category, and "other, not shown separately".
const (
	Leaf uint32 = 1 + iota
	Rest
	Other
)

// Key names one number of a table: a code at the depth of a level.
type Key struct {
	Level uint32
	Code  codelist.Code
}

// Share is what one person adds to the backlog of a leaf. A person may have
// several.
type Share struct {
	Code   codelist.Code
	Person string
	// Value counts events and is above zero; Minor is their money in minor units.
	Value, Minor int64
	// Fell is the number of the group that it fell with, in the block alone.
	Fell int64
	// Before says that the record left before and was corrected since.
	Before bool
}

// Entry is an adjusting entry that waits for the next group of its code (rule
// D9). Value and Minor are added as they stand: below zero takes back.
type Entry struct {
	Key
	Person       string
	Value, Minor int64
}

// Fallen is a group that fell with its release, all of whose events are still
// real and as they were. It may leave again, the very same.
type Fallen struct {
	// ID is the number of the group that fell.
	ID int64
	Group
	// Leaves are the codes of its events; Shares are its events by person.
	Shares []Share
}

// Table is everything that decides what leaves of one measure in one month.
type Table struct {
	Set    codelist.DataSet
	List   *codelist.List
	Period civil.Month
	Limits Limits
	// MinorPerHundred is the number of minor units in a hundred of the currency;
	// needed where Set.Money.
	MinorPerHundred int64
	// Shares are the backlog up to Period, without Block; of each code at most as many
	// events as the group of a leaf takes.
	Shares  []Share
	Entries []Entry
	// Whole are fallen groups that may leave again, in the order of their release;
	// Block is what is left of the other fallen ones (rule D9).
	Whole []Fallen
	Block []Share
	// Carry is what rounding has left over for each number, minor units.
	Carry map[Key]int64
	// Closing is the last release of an office: as a year's end.
	Closing bool
	// Mixed switches rule D8 off, for an office that works on sensitive matters
	// only.
	Mixed bool

	// left are the numbers that left in the release of Period already, and whether
	// these were full. It is set where what is still here is to be explained (why).
	left map[Key]bool
}

// Choice is one group that leaves.
type Choice struct {
	Key
	// Leaves are the codes of which nothing is left behind, ascending; also those
	// of which there was nothing.
	Leaves []codelist.Code
	// Aside are sensitive codes that wait by rule D8 and stay where they are. Whoever
	// sees the group cannot tell, so that its label and its size follow from them too.
	Aside []codelist.Code
	// Value counts events net of entries, Clients distinct people of whom something
	// is left over then.
	Value, Clients int64
	// AmountHundreds is the money on the wire, CarryMinor what rounding leaves over
	// and Minor the money of the group itself.
	AmountHundreds, CarryMinor, Minor int64
	// Block says that the block leaves with the group: of the fallen groups Fell.
	Block bool
	Fell  []int64
	// Again is the number of the fallen group that leaves again, or 0.
	Again int64

	sensitive bool
}

// Choose decides which groups of a table leave, ascending by code and level. It
// knows nothing but the table: not the order in which its parts come, no
// database and no clock. Rules D2 to D9.
func Choose(t Table) []Choice { return choose(t, guards{restHides, feasible}).choices }

// choose decides, and keeps of every leaf that waits why. What rule D8 holds back is
// hidden like any other number: all is chosen again without it, until it holds back
// no more.
func choose(t Table, g guards) *chooser {
	aside := map[Key]bool{}
	for {
		c := chooseBeside(t, g, aside)
		k, alike := c.alike()
		if t.Mixed || !alike {
			return c
		}
		aside[k] = true
	}
}

// guards say whether a rest and "other" tell of no leaf that it has anything. Tests
// leave them out to see what they are for.
type guards struct {
	rest  func(value int64, r residual) bool
	other func(value int64, pool []residual) bool
}

// chooseBeside decides beside the numbers that wait by rule D8.
func chooseBeside(t Table, g guards, aside map[Key]bool) *chooser {
	c := &chooser{Table: t, guards: g, aside: aside, views: t.Limits.views(), pots: map[Key]*pot{}, entries: map[Key][]Entry{}, held: map[codelist.Code]Hold{}, taken: map[Key]bool{}}
	for k := range t.left {
		c.taken[k] = true
	}
	for _, e := range t.Entries {
		c.entries[e.Key] = append(c.entries[e.Key], e)
	}
	for _, s := range t.Shares {
		p := c.pot(Leaf, s.Code)
		p.add(s.Person, s.Value, s.Minor)
		p.partial[s.Person] = p.partial[s.Person] || s.Before && t.Set.Weighted()
	}
	if !t.Limits.lets(t.Set.Number) {
		c.holdEverything()
		return c
	}
	c.repeat()
	c.leaves()
	if c.flush() {
		c.rests()
		c.other()
	}
	slices.SortFunc(c.choices, func(a, b Choice) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Level, b.Level)) })
	return c
}

// chooser is a decision in the making.
type chooser struct {
	Table
	guards guards
	// pots are the backlogs of the leaves, without entries; entries those that wait
	// for each number.
	pots    map[Key]*pot
	entries map[Key][]Entry
	choices []Choice
	held    map[codelist.Code]Hold
	// taken are the numbers that leave: each at most once in a release.
	taken map[Key]bool
	// aside are the numbers that wait by rule D8.
	aside map[Key]bool
	// views are those of the limits.
	views [][]codelist.Code
	// pool are the categories whose hidden leaves may leave in "other".
	pool []category
}

// flush reports whether rests may leave, yearEnd whether sensitive leaves may be
// in them, quarterEnd whether these may leave by themselves (rules D4 to D6).
func (t Table) flush() bool {
	return t.Closing || int64(t.Period)%100%max(3, t.Limits.Months) == 0
}

func (t Table) quarterEnd() bool { return t.Closing || t.Period.QuarterEnd() }

func (t Table) yearEnd() bool { return t.Closing || t.Period%100 == 12 }

// needs returns the number of people that a group of a leaf takes (rule D2).
func (l Limits) needs(sensitive bool) int64 {
	if sensitive {
		return max(l.K, l.KSensitive)
	}
	return l.K
}

// lets reports whether a measure may leave, withholds whether no group of a code
// does.
func (l Limits) lets(set uint32) bool { return l.DataSets == nil || slices.Contains(l.DataSets, set) }

func (l Limits) withholds(code codelist.Code) bool { return slices.Contains(l.Withheld, code) }

// known returns the threshold of a leaf as everybody outside knows it: the national
// one, whatever an office raised its own to.
func (l Limits) known(sensitive bool) int64 {
	return min(l.needs(sensitive), National().needs(sensitive))
}

func (c *chooser) pot(level uint32, code codelist.Code) *pot {
	k := Key{level, code}
	p := c.pots[k]
	if p == nil {
		p = newPot()
		c.pots[k] = p
	}
	return p
}

// with returns a pot with the entries that wait for a number. Where a record counts for
// as many as it says, one with an entry, or one that left before under any number, is
// not one of those who hide the others: ten that became eleven add one, and four of these
// beside a record of 37 would tell it.
func (c *chooser) with(p *pot, k Key) *pot {
	if len(c.entries[k]) == 0 {
		return p
	}
	all := p.clone()
	for _, e := range c.entries[k] {
		all.add(e.Person, e.Value, e.Minor)
		all.partial[e.Person] = all.partial[e.Person] || c.Set.Weighted()
	}
	return all
}

// repeat lets groups leave again that fell whole, each in the first release in
// which a group of its kind may leave, and no second of the same number.
func (c *chooser) repeat() {
	for _, f := range c.Whole {
		k := Key{f.Level, f.Code}
		p, leaves := newPot(), []codelist.Code(nil)
		for _, s := range f.Shares {
			p.add(s.Person, s.Value, s.Minor)
			leaves = append(leaves, s.Code)
		}
		sensitive := c.sensitive(leaves)
		late := f.Level != Leaf && !c.flush() || sensitive && !c.quarterEnd()
		if late || c.Limits.withholds(f.Code) || c.taken[k] || c.aside[k] || p.backlog(c.Table, k).held(c.Set, c.Limits.needs(sensitive), c.Limits).Why != "" {
			continue
		}
		slices.Sort(leaves)
		c.take(Choice{
			Key: k, Leaves: slices.Compact(leaves), Value: f.Value, Clients: p.clients(), Minor: p.minor, sensitive: sensitive && f.Level != Other,
			AmountHundreds: f.AmountHundreds, CarryMinor: c.Carry[k] + p.minor - f.AmountHundreds*c.MinorPerHundred, Again: f.ID,
		})
	}
}

// sensitive reports whether one of the codes is.
func (c *chooser) sensitive(codes []codelist.Code) bool {
	return slices.ContainsFunc(codes, func(code codelist.Code) bool {
		return isSensitive(c.List, code)
	})
}

// leaves lets every leaf leave that is large enough (rules D3 and D6).
func (c *chooser) leaves() {
	for _, leaf := range c.List.Leaves() {
		k := Key{Leaf, leaf.Code}
		p := c.with(c.pot(Leaf, leaf.Code), k)
		h := c.leaf(leaf, p)
		if h.Why == "" {
			c.publish(k, p, []codelist.Code{leaf.Code}, nil, leaf.Sensitive)
			continue
		}
		c.held[leaf.Code] = h
	}
}

// leaf says what holds a leaf.
func (c *chooser) leaf(leaf codelist.Leaf, p *pot) Hold {
	k, gross := c.Limits.needs(leaf.Sensitive), c.pot(Leaf, leaf.Code)
	h := p.backlog(c.Table, Key{Leaf, leaf.Code}).held(c.Set, k, c.Limits)
	few := h.Why == Few || h.Why == People || h.Why == Nameless
	switch {
	case c.leftAlone(leaf.Code) && h.Why != "":
		return h
	case c.left[Key{Leaf, leaf.Code}]:
		return Hold{Cap, c.Limits.ofLeaf(c.Set, c.List)}
	case c.leftAlone(leaf.Code):
		return Hold{Later, k}
	case c.Limits.withholds(leaf.Code):
		return Hold{Held, k}
	case c.aside[Key{Leaf, leaf.Code}]:
		return Hold{Alike, mostly}
	case c.taken[Key{Leaf, leaf.Code}]:
		return Hold{Again, k}
	case leaf.Sensitive && !c.quarterEnd():
		return Hold{Quarter, k}
	case few && min(gross.value, gross.clients()) >= k:
		return Hold{Correction, k}
	case few && leaf.Sensitive && !c.yearEnd():
		return Hold{YearEnd, k}
	default:
		return h
	}
}

// leftAlone reports whether a leaf left in the release already.
func (c *chooser) leftAlone(code codelist.Code) bool {
	_, left := c.left[Key{Leaf, code}]
	return left
}

// publish makes a group of a pot.
func (c *chooser) publish(k Key, p *pot, leaves, aside []codelist.Code, sensitive bool) {
	choice := Choice{Key: k, Leaves: leaves, Aside: aside, Value: p.value, Clients: p.clients(), sensitive: sensitive}
	if c.Set.Money {
		choice.Minor = p.minor
		choice.AmountHundreds, choice.CarryMinor = p.backlog(c.Table, k).Amounts.Hundreds()
	}
	c.take(choice)
}

func (c *chooser) take(choice Choice) {
	c.choices = append(c.choices, choice)
	c.taken[choice.Key] = true
}

// alike returns the number of a sensitive group, or of a rest that may hold a
// sensitive leaf, that is most of what leaves of the table (rule D8): who went to
// the office that month would be known by it.
func (c *chooser) alike() (Key, bool) {
	var total int64
	for _, g := range c.choices {
		total += g.Value
	}
	i := slices.IndexFunc(c.choices, func(g Choice) bool { return g.sensitive && 100*g.Value > mostly*total })
	if i < 0 {
		return Key{}, false
	}
	return c.choices[i].Key, true
}

// mostly is the share in percent of the table that a sensitive group may not
// exceed (rule D8).
const mostly = 80
