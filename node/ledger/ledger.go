// Package ledger decides which events of an office may be counted in a
// published group, and keeps for ever which group each was counted in.
//
// An event is one case opened, one referral made, one amount recovered: which
// records count, and when, is said in rules.json. An event is in exactly one state:
// unpublished, published in one group, or withdrawn (rule D1). A group holds at
// least k events of at least k distinct clients, more for sensitive codes (rule
// D2). Each month every leaf whose backlog has reached that is published with its
// whole backlog; what is smaller waits, and nothing is said of it (rule D3). At the
// end of a quarter it may leave together with others, as the rest of its category
// or as "other", when nobody can tell from the sum that any one code has something
// (rules D4 and D5). Sensitive leaves are tried only then, are in rests only at the
// end of a year, and are dated by quarters (rule D6). Money must also be spread
// over the clients so that nobody can work out another's share, and is sent in
// whole hundreds with the rest carried on (rule D7). No table of a release is
// nearly all of one sensitive code (rule D8).
//
// What was published is never restated. When its record changes, an adjusting
// entry waits for the next group of the same number. A whole release can be taken
// back; what was in it leaves again as it was, or all together inside "other"
// (rule D9). Distinct clients are distinct people, as far as the office can tell
// them apart: see persons.
//
// Which groups leave is decided by one function without input or output, Choose
// (grouping.go, rest.go, pot.go, the guard in feasible.go). What they say of people
// and money is in persons.go and money.go, why something waits in hold.go and
// waiting.go. Refresh (refresh.go) reads the records, Close and Void (service.go)
// write what leaves; SQL is in sql.go and the files beside it.
package ledger

import (
	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Limits are the thresholds of an office, at or above the national ones.
type Limits struct {
	// K is the smallest number of events and of distinct clients in a group,
	// KSensitive that for a sensitive code (rule D2).
	K, KSensitive int64
	// P is the p of the p % rule, in percent (rule D7).
	P int64
	// Largest is the largest number of events in a group; see ofLeaf for that of a leaf.
	Largest int64
	// Months is how many months what is too small waits before it is rolled up: 3, 6
	// or 12, counted from January. 0 is 3.
	Months int64
	// DataSets are the measures that may leave; nil is every one of the plan.
	DataSets []uint32
	// Withheld are codes, at whatever level, of which no group leaves.
	Withheld []codelist.Code
	// By are the same as each pack withholds them, where there are several: somebody
	// may know of one and not of another. Nil is one pack with all.
	By [][]codelist.Code
}

// National returns the thresholds that hold for every office.
func National() Limits { return Limits{K: 5, KSensitive: 10, P: 25, Largest: 5000} }

// ofLeaf is the most that the group of one leaf of a measure takes: so much less than a
// group may hold as can be in "other" by rule D5. If it falls, what is left of it finds
// room there beside whatever waits (rule D9). Where an office's groups are so small that
// this would be less than half, it is half; and all, where half is less than twice what
// a sensitive code takes. Where records count for as many as they say, no rule bounds
// what waits, and one record may be larger than half: it is all.
func (l Limits) ofLeaf(set codelist.DataSet, list *codelist.List) int64 {
	room, half := l.Largest, l.Largest-l.Largest/2
	for _, leaf := range list.Leaves() {
		room -= l.known(leaf.Sensitive) - 1
	}
	if room = max(room, half); set.Weighted() || room < 2*l.needs(true) {
		return l.Largest
	}
	return room
}

// Backlog is what would be one group.
type Backlog struct {
	DataSet uint32
	Code    codelist.Code
	// Value counts events, Clients distinct people. Nameless counts the events of
	// imported records that could be anybody, who are one of the Clients.
	Value, Clients, Nameless int64
	// Amounts is set where the table carries money.
	Amounts Amounts
}

// Group is one published group, as it stands on the wire.
type Group struct {
	DataSet uint32
	Code    codelist.Code
	// Level is Leaf, Rest or Other (release.v1 GroupLevel).
	Level          uint32
	From           civil.Month
	Value          int64
	AmountHundreds int64
	// CarryMinor stays in the office: what rounding left for the next group.
	CarryMinor int64
}

// Waiting is what is held back under one leaf, for the office's own eyes, and
// what held it back in the last release.
type Waiting struct {
	DataSet uint32
	Code    codelist.Code
	Value   int64
	// From is the month of the oldest event.
	From civil.Month
	// Fell says that it was in a release that was taken back.
	Fell bool
	Hold Hold
}

// Sum is what the groups under one code add up to.
type Sum struct {
	DataSet               uint32
	Code                  codelist.Code
	Level                 uint32
	Value, AmountHundreds int64
}

// Balance is what the events of one data set count for, by state. The three states
// add up to all events there ever were. Published and Netted add up to the groups
// that count; Unpublished, Published, Netted and Pending to what the records say.
type Balance struct {
	DataSet                           uint32
	Unpublished, Published, Withdrawn int64
	// Netted is what entries took from groups that count, or gave to them, and
	// Pending what they will take or give.
	Netted, Pending int64
}
