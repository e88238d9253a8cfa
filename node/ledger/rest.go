package ledger

import (
	"maps"
	"slices"

	"casehub/internal/codelist"
)

// category is one category at a flush: its leaves that do not leave by
// themselves, and what is in them.
type category struct {
	code codelist.Code
	// emptied are these leaves, also those of which there is nothing, and codes that
	// stand in the list no more.
	emptied []codelist.Code
	// aside are those that wait by rule D8, or that a pack withholds: they hide like the
	// others and stay.
	aside []codelist.Code
	// seen is the most that each leaf of the list can hold: one less than it takes to
	// leave by itself, by the national thresholds. An office that raised its own hides
	// more, and could hide as little: a raised threshold lets no larger rest leave. A leaf
	// in its first year is in none: everybody may know that it holds nothing. There is one for each view of what packs withhold (Limits.views): for somebody who knows
	// them, none of that is inside.
	seen []residual
	// need is the number of people that a rest takes, by the office's thresholds.
	need int64
	// sensitive says that a sensitive leaf is among them.
	sensitive bool
	pot       *pot
}

// rests lets the rest of each category leave that tells of no leaf that it has
// anything (rule D4), and puts the others into the pool.
func (c *chooser) rests() {
	for _, cat := range c.List.Categories {
		h := c.hide(cat)
		k := Key{Rest, cat.Code}
		p := c.with(h.pot, k)
		why := c.rest(h, k, p)
		if why.Why == "" {
			c.publish(k, p, h.emptied, h.aside, h.sensitive)
			c.free(h)
			continue
		}
		c.holdAll(h, why)
		if c.aside[k] || c.Limits.withholds(cat.Code) {
			h = h.stay()
		}
		for i, known := range c.views {
			if slices.Contains(known, cat.Code) {
				h.seen[i].caps = nil
			}
		}
		if !c.taken[k] {
			c.pool = append(c.pool, h)
		}
	}
}

// stay returns the category as whoever sees no rest of it knows it, without what is
// in it.
func (h category) stay() category {
	h.aside, h.emptied, h.pot = slices.Concat(h.aside, h.emptied), nil, newPot()
	return h
}

// rest says what holds the rest of a category.
func (c *chooser) rest(h category, k Key, p *pot) Hold {
	switch {
	case c.taken[k]:
		return Hold{Again, h.need}
	case c.Limits.withholds(h.code):
		return Hold{Held, h.need}
	case c.aside[k]:
		return Hold{Alike, mostly}
	}
	if why := p.backlog(c.Table, k).held(c.Set, h.need, c.Limits); why.Why != "" {
		return why.inRest()
	}
	// Somebody may know of the entries, so that it has to hold without them too.
	for _, hidden := range h.seen {
		if !c.guards.rest(c.hiding(p), hidden) || !c.guards.rest(c.gross(h.pot), hidden) {
			return Hold{Guard, h.need}
		}
	}
	return Hold{K: h.need}
}

// hiding is what hidden leaves are reckoned in by the guards: events, one a person
// for somebody outside. Where a record counts for any number, it is the records: the
// same ones under another leaf add up to the same.
func (t Table) hiding(p *pot) int64 {
	if t.Set.Weighted() {
		return p.clients()
	}
	return p.value
}

// gross is the same of a pot without entries, in which every record is whole.
func (t Table) gross(p *pot) int64 {
	if t.Set.Weighted() {
		return p.records()
	}
	return p.value
}

// hide gathers what does not leave by itself of a category.
func (c *chooser) hide(cat codelist.Category) category {
	h := category{code: cat.Code, pot: newPot(), need: c.Limits.needs(false), seen: make([]residual, len(c.views))}
	k := c.Limits.known(false)
	for _, leaf := range cat.Leaves {
		if c.taken[Key{Leaf, leaf.Code}] || leaf.Sensitive && !c.yearEnd() {
			continue
		}
		for i, known := range c.views {
			if leaf.Known(c.Period) && !slices.Contains(known, leaf.Code) {
				h.seen[i].caps = append(h.seen[i].caps, c.Limits.known(leaf.Sensitive)-1)
			}
		}
		k = max(k, c.Limits.known(leaf.Sensitive))
		c.into(&h, leaf)
	}
	for _, leaf := range cat.Former {
		if !leaf.Sensitive || c.yearEnd() {
			k = max(k, c.Limits.known(leaf.Sensitive))
			c.into(&h, leaf)
		}
	}
	slices.Sort(h.emptied)
	for i := range h.seen {
		h.seen[i].k = k
	}
	return h
}

// into adds the backlog of a leaf, unless that waits by rule D8 or is withheld.
func (c *chooser) into(h *category, leaf codelist.Leaf) {
	h.sensitive = h.sensitive || leaf.Sensitive
	h.need = max(h.need, c.Limits.needs(leaf.Sensitive))
	if c.aside[Key{Leaf, leaf.Code}] || c.Limits.withholds(leaf.Code) {
		h.aside = append(h.aside, leaf.Code)
		return
	}
	h.emptied = append(h.emptied, leaf.Code)
	h.pot.addAll(c.pot(Leaf, leaf.Code))
}

// other lets the pool leave as "other, not shown separately" when it tells of no
// leaf that it has anything (rule D5), with the block of fallen groups when the
// pool without it has people enough (rule D9).
func (c *chooser) other() {
	k := Key{Other, c.List.Code}
	pool := newPot()
	need := c.Limits.needs(false)
	pools := make([][]residual, len(c.views))
	var emptied, aside []codelist.Code
	for _, h := range c.pool {
		pool.addAll(h.pot)
		need = max(need, h.need)
		for i, hidden := range h.seen {
			pools[i] = append(pools[i], hidden)
		}
		emptied, aside = append(emptied, h.emptied...), append(aside, h.aside...)
	}
	slices.Sort(emptied)
	p := c.with(pool, k)
	why := c.root(k, p, pool, need, pools)
	for _, h := range c.pool {
		c.holdAll(h, why)
	}
	if why.Why != "" {
		return
	}
	block, fell := c.block(p, k, need)
	if block != nil {
		p = block
	}
	c.publish(k, p, emptied, aside, false)
	choice := &c.choices[len(c.choices)-1]
	choice.Block, choice.Fell = block != nil, fell
}

// root says what holds "other". The pool is p without the entries; it has to hold for
// each view of what may be hidden in it.
func (c *chooser) root(k Key, p, pool *pot, need int64, pools [][]residual) Hold {
	switch {
	case c.taken[k]:
		return Hold{Again, need}
	case c.Limits.withholds(k.Code):
		return Hold{Held, need}
	}
	if why := p.backlog(c.Table, k).held(c.Set, need, c.Limits); why.Why != "" {
		return why.inRest()
	}
	for _, caps := range pools {
		if !c.guards.other(c.hiding(p), caps) || !c.guards.other(c.gross(pool), caps) {
			return Hold{Guard, need}
		}
	}
	return Hold{K: need}
}

// block returns "other" with the block and the groups that fell of which it is, or nil
// when that stays: there is none, people enough who are not in the block are missing,
// or the group would not hold.
func (c *chooser) block(p *pot, k Key, need int64) (*pot, []int64) {
	fell := c.fitting(c.Limits.Largest - p.value)
	block, all := newPot(), p.clone()
	for _, s := range c.Block {
		if slices.Contains(fell, s.Fell) {
			block.add(s.Person, s.Value, s.Minor)
		}
	}
	all.addAll(block)
	least := need
	if all.negative { // rule D7 asks for twice as many, and those of the block are none
		least = 2 * need
	}
	if len(fell) == 0 || min(p.value, p.beside(block)) < least || all.backlog(c.Table, k).held(c.Set, need, c.Limits).Why != "" {
		return nil, nil
	}
	return all, fell
}

// fitting lists the fallen groups whose real members fit into what room a group has,
// the first that fell first. The others leave as a block of their own later, as if they
// had fallen alone: of a fallen group all that is left, or nothing.
func (c *chooser) fitting(room int64) []int64 {
	size := map[int64]int64{}
	for _, s := range c.Block {
		size[s.Fell] += s.Value
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(size)), func(id int64) bool {
		fits := size[id] <= room
		if fits {
			room -= size[id]
		}
		return !fits
	})
}

// holdAll notes why the leaves of a category wait. A leaf that waits for its own
// quarter or for a correction keeps that reason.
func (c *chooser) holdAll(h category, why Hold) {
	for _, code := range h.emptied {
		if why.Why == "" {
			delete(c.held, code)
		} else if c.pots[Key{Leaf, code}].value > 0 {
			c.held[code] = why
		}
	}
}

func (c *chooser) free(h category) { c.holdAll(h, Hold{}) }

// holdEverything notes that nothing of the measure may leave.
func (c *chooser) holdEverything() {
	for _, leaf := range c.List.Leaves() {
		c.held[leaf.Code] = Hold{Held, c.Limits.needs(leaf.Sensitive)}
	}
}
