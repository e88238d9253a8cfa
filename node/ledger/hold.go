package ledger

import (
	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Reason says why a backlog does not leave. The pages have a sentence for each.
type Reason string

// The reasons.
const (
	// Few: fewer events than people are needed.
	Few Reason = "few"
	// People: events enough, of too few people (rule D2).
	People Reason = "people"
	// Nameless: people enough only if every imported record without a name or
	// number were somebody else; they count as one person together.
	Nameless Reason = "nameless"
	// Quarter: a sensitive code leaves at the end of a quarter (rule D6).
	Quarter Reason = "quarter"
	// Spread: somebody behind it could work out another's amount (rule D7).
	Spread Reason = "spread"
	// TakenBack: an amount below zero is inside, which doubles the people needed.
	TakenBack Reason = "taken-back"
	// Amount: the sum is below zero or too large for the wire.
	Amount Reason = "amount"
	// Cap: a group was full, and this is what did not fit any more.
	Cap Reason = "cap"
	// Later: it happened after the last month that was released.
	Later Reason = "later"
	// Unlisted: the code is not in the registry.
	Unlisted Reason = "unlisted"
	// Small: also together with what else waits there are too few people (rules D4
	// and D5).
	Small Reason = "small"
	// Guard: the sum of what waits would tell of one of its codes that there is
	// something (rules D4 and D5).
	Guard Reason = "guard"
	// YearEnd: a sensitive code with few people leaves together with others, at the
	// end of a year (rule D6).
	YearEnd Reason = "year-end"
	// Alike: nearly everything that would leave of the table is of this code (rule
	// D8).
	Alike Reason = "alike"
	// Again: a group of the same code that fell leaves first, as it was (rule D9).
	Again Reason = "again"
	// Whole: it was in a group that fell and leaves again as that group (rule D9).
	Whole Reason = "whole"
	// Blocked: it was in a group that fell, and leaves with the others of these in
	// "other" (rule D9).
	Blocked Reason = "block"
	// Held: a pack of the national body, or of the office, lets nothing of it leave.
	Held Reason = "held"
	// Correction: what is taken back of earlier groups leaves too few (rule D9).
	Correction Reason = "correction"
)

// Hold is what keeps a backlog in the office.
type Hold struct {
	// Why is "" for a backlog that may leave.
	Why Reason
	// K is the number of people that it takes; with Cap the largest group of its kind.
	K int64
}

// Hold returns what keeps the backlog from leaving as the group of a leaf in the
// release of a month.
func (b Backlog) Hold(set codelist.DataSet, leaf codelist.Leaf, period civil.Month, l Limits) Hold {
	if leaf.Sensitive && !period.QuarterEnd() {
		return Hold{Quarter, l.needs(true)}
	}
	return b.held(set, l.needs(leaf.Sensitive), l)
}

// held returns what keeps the backlog from being a group of at least k people.
func (b Backlog) held(set codelist.DataSet, k int64, l Limits) Hold {
	switch {
	case min(b.Value, b.Clients) < k:
		return Hold{b.missing(k), k}
	case b.Value > l.Largest:
		return Hold{Cap, l.Largest}
	case set.Money && !b.Amounts.sendable():
		return Hold{Amount, k}
	case set.Money && b.Amounts.Share() < l.P:
		return Hold{Spread, k}
	case set.Money && b.Amounts.Negative && min(b.Value, b.Clients) < 2*k:
		return Hold{TakenBack, 2 * k}
	default:
		return Hold{K: k}
	}
}

// inRest says the same of a backlog that waits together with others.
func (h Hold) inRest() Hold {
	if h.Why == Few || h.Why == People || h.Why == Nameless {
		return Hold{Small, h.K}
	}
	return h
}

// missing says who is missing in a backlog that has not k people.
func (b Backlog) missing(k int64) Reason {
	switch {
	case b.Value < k:
		return Few
	case b.Nameless > 0 && b.Clients-1+b.Nameless >= k:
		return Nameless
	default:
		return People
	}
}

// Ready reports whether the backlog may leave as one group in the release of a
// month.
func (b Backlog) Ready(set codelist.DataSet, leaf codelist.Leaf, period civil.Month, l Limits) bool {
	return b.Hold(set, leaf, period, l).Why == ""
}
