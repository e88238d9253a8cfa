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
	// corrected are those whose record left before with another number, under this code
	// or another, where a record counts for as many as it says: they hide nobody.
	corrected map[int]bool
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
	for _, e := range events {
		if a.weighed(p.set) && e.version > 1 && e.block == 0 {
			f.corrected[a.who(e)] = true
		}
	}
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
