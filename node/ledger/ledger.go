// Package ledger decides which events of an office may be counted in a
// published group, and keeps for ever which group each was counted in.
//
// An event is one case opened, one referral made, one amount recovered. It is
// in exactly one state: unpublished, published in one group, or withdrawn (rule
// D1). A group holds at least k events of at least k distinct clients, more for
// sensitive codes (rule D2). Each month every leaf whose backlog has reached
// that is published with its whole backlog; what is smaller waits, and nothing
// is said of it (rule D3). Distinct clients are distinct people, as far as the
// office can tell them apart: see persons. Sensitive leaves are tried only at
// quarter ends and dated by quarters (rule D6). Money must also be spread over
// the clients so that nobody can work out another's share, and is sent in whole
// hundreds with the rest carried on (rule D7).
//
// Roll-ups of what waits (rules D4 and D5), corrections netted forward (D9) and
// homogeneity (D8) are not here yet: what waits, waits, and a change to a
// published event is counted as pending and shown in the office.
//
// The rules are in ledger.go, hold.go, persons.go and money.go, the monthly close
// in service.go, SQL in sql.go.
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
	// Largest is the largest number of events in a group.
	Largest int64
}

// National returns the thresholds that hold for every office.
func National() Limits { return Limits{K: 5, KSensitive: 10, P: 25, Largest: 5000} }

// Backlog is what waits under one leaf, oldest first and at most
// Limits.Largest events of it.
type Backlog struct {
	DataSet uint32
	Code    codelist.Code
	// Value counts events, Clients distinct people. Nameless counts the events of
	// imported records that could be anybody, who are one of the Clients.
	Value, Clients, Nameless int64
	From                     civil.Month
	// Amounts is set where the table carries money.
	Amounts Amounts
}

// since is the first month that a group of a leaf is labelled with. That of a
// sensitive leaf is the beginning of a quarter, so that the label dates no
// single case to a month (rule D6).
func since(leaf codelist.Leaf, first civil.Month) civil.Month {
	if leaf.Sensitive {
		return first.QuarterStart()
	}
	return first
}

// Group is one published group, as it stands on the wire.
type Group struct {
	DataSet uint32
	Code    codelist.Code
	// Level is 1 for a leaf (release.v1 GroupLevel).
	Level          uint32
	From           civil.Month
	Value          int64
	AmountHundreds int64
	// CarryMinor stays in the office: what rounding left for the next group.
	CarryMinor int64
}

// Evidence is what the office's records say of a published group. It never
// leaves the office. AmountHundreds and CarryMinor are as published; Amounts,
// with the carry of the group before, is what they have to follow from.
type Evidence struct {
	Group
	// Clients is the number of distinct people inside.
	Clients int64
	Amounts Amounts
}

// Follows reports whether the amount that was published is the one that follows
// from the records and from what the group before left over.
func (e Evidence) Follows() bool {
	hundreds, carry := e.Amounts.Hundreds()
	return e.AmountHundreds == hundreds && e.CarryMinor == carry
}

// Waiting is what is held back under one leaf, for the office's own eyes, and
// what held it back in the last release.
type Waiting struct {
	DataSet uint32
	Code    codelist.Code
	Value   int64
	From    civil.Month
	Hold    Hold
}

// Sum is what the groups under one code add up to.
type Sum struct {
	DataSet               uint32
	Code                  codelist.Code
	Level                 uint32
	Value, AmountHundreds int64
}

// Balance is the number of events of one data set in each state. The three add
// up to all events there ever were.
type Balance struct {
	DataSet                           uint32
	Unpublished, Published, Withdrawn int64
}
