package attack

import (
	"slices"

	"casehub/node/ledger"
)

// Clients is the number of people of whom something is left in a group.
func (g Inside) Clients() int {
	n := 0
	for _, net := range g.Net {
		if net > 0 {
			n++
		}
	}
	return n
}

// Sensitive reports whether a leaf that asks for the higher threshold is counted
// by itself, or may be in a rest.
func (h *History) Sensitive(g Inside) bool {
	return slices.ContainsFunc(g.leaves, func(i int) bool { return h.World.Leaves[i].Sensitive })
}

// Smallest is the smallest value and the smallest number of clients that left.
type Smallest struct{ Value, Clients int }

func (s Smallest) and(g Inside) Smallest {
	return Smallest{min(s.Value, int(g.Value)), min(s.Clients, g.Clients())}
}

// nothing is the smallest of no groups.
var nothing = Smallest{Unbounded, Unbounded}

// Smallest returns the smallest of the ordinary groups and of those that need the
// higher threshold. Both are Unbounded where nothing was published.
func (h *History) Smallest() (ordinary, sensitive Smallest) {
	ordinary, sensitive = nothing, nothing
	for _, g := range h.Groups {
		if h.Sensitive(g) {
			sensitive = sensitive.and(g)
		} else {
			ordinary = ordinary.and(g)
		}
	}
	return ordinary, sensitive
}

// closeness is how near somebody must come to an amount to know it, in percent.
const closeness = 25

// Betrayed counts the groups of money from which one contributor knows what
// another was paid to within 25 %: they know the sum, to the cent, and their own
// part, and that nobody's is below zero. Where some are, the parts are taken as
// if they were not.
func (h *History) Betrayed() int {
	n := 0
	for _, g := range h.Groups {
		if betrays(g.Minor) {
			n++
		}
	}
	return n
}

func betrays(parts map[int]int64) bool {
	var total int64
	for _, x := range parts {
		total += magnitude(x)
	}
	for i, one := range parts {
		for j, other := range parts {
			// The other is at most what is left of the sum without the one's own.
			most := total - magnitude(one)
			if i != j && other != 0 && 100*(most-magnitude(other)) < closeness*magnitude(other) {
				return true
			}
		}
	}
	return false
}

func magnitude(x int64) int64 { return max(x, -x) }

// Overlaps counts the events that stand in another group than their own, and the
// groups whose value is not their events net of corrections: none, as groups are
// disjoint.
func (h *History) Overlaps() int {
	n := 0
	for i, g := range h.Groups {
		for _, e := range g.Events {
			if h.Events[e].Group != i {
				n++
			}
		}
		if g.Value != int64(len(g.Events))-g.Taken || g.Level == ledger.Leaf && len(g.leaves) != 1 {
			n++
		}
	}
	return n
}
