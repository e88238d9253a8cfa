package ledger

import (
	"context"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// waitingTable is a table as it is read from the office's events.
type waitingTable struct{ Table }

// fellAs returns a fallen group that is whole.
func (t waitingTable) fellAs(id int64) Group {
	for _, f := range t.Whole {
		if f.ID == id {
			return f.Group
		}
	}
	return Group{}
}

// table reads what some events and the entries of these make of a measure in a
// month.
func (l *Ledger) table(ctx context.Context, q sqlite.Querier, set codelist.DataSet, period civil.Month, of some) (waitingTable, error) {
	t := waitingTable{Table: Table{
		Set: set, List: l.reg.List(set.List), Period: period, Limits: l.limits, MinorPerHundred: l.minor, Mixed: l.mixed[set.Number],
	}}
	var err error
	if t.Shares, err = selectShares(ctx, q, set.Number, period, l.limits.ofLeaf(set, t.List), of); err != nil {
		return t, err
	}
	if t.Entries, err = selectEntries(ctx, q, set.Number, of); err != nil {
		return t, err
	}
	members, err := selectFallen(ctx, q, set.Number, of)
	if err != nil {
		return t, err
	}
	t.sort(members)
	if set.Money {
		t.Carry, err = selectCarry(ctx, q, set.Number, l.minor)
	}
	return t, err
}

// sort puts the events of fallen groups, which come group by group, into groups
// that are whole and the block of the others.
func (t *waitingTable) sort(members []member) {
	for len(members) > 0 {
		n := 0
		for n < len(members) && members[n].group.ID == members[0].group.ID {
			n++
		}
		t.sortGroup(members[:n])
		members = members[n:]
	}
}

// sortGroup sorts one fallen group. It is whole when its events, as they were, are
// all that it counted, and no entry was netted in it.
func (t *waitingTable) sortGroup(members []member) {
	f := members[0].group
	var value, minor int64
	whole := members[0].entries == 0
	var waiting []Share
	for _, m := range members {
		value, minor, whole = value+m.share.Value, minor+m.share.Minor, whole && m.same && m.seen
		f.Shares = append(f.Shares, m.share)
		if m.seen {
			m.share.Fell = f.ID
			waiting = append(waiting, m.share)
		}
	}
	if whole && value == f.Value && minor == members[0].minor {
		t.Whole = append(t.Whole, f)
		return
	}
	t.Block = append(t.Block, waiting...)
}

// leftBefore is a number that left before: a leaf with its last month, or a rest or
// a leaf that left again with one month.
type leftBefore struct {
	Key
	period   civil.Month
	sequence int64
	again    bool
}

// labels are the first months of what leaves, as they follow from what left before
// and from nothing else: that a case came late must not show.
type labels struct {
	list  *codelist.List
	start civil.Month
	last  map[codelist.Code]civil.Month
}

// labels works out when each leaf was last emptied: as a leaf, in the rest of its
// category, or in "other".
func (l *Ledger) labels(ctx context.Context, q sqlite.Querier, t waitingTable) (labels, error) {
	start, err := selectStart(ctx, q)
	if err != nil {
		return labels{}, err
	}
	before, err := selectLeft(ctx, q, t.Set.Number)
	return newLabels(t.List, start, before), err
}

func newLabels(list *codelist.List, start civil.Month, before []leftBefore) labels {
	type beside struct {
		sequence int64
		Key
	}
	took := map[beside]leftBefore{}
	single := map[codelist.Code]civil.Month{}
	for _, b := range before {
		if b.sequence == 0 {
			single[b.Code] = b.period
			continue
		}
		took[beside{b.sequence, b.Key}] = b
	}
	a := labels{list: list, start: start, last: single}
	for _, b := range before {
		if b.Level == Leaf || b.again {
			continue
		}
		for _, leaf := range under(list, b.Key) {
			_, alone := took[beside{b.sequence, Key{Leaf, leaf.Code}}]
			_, rest := took[beside{b.sequence, Key{Rest, leaf.Category}}]
			if alone || b.Level == Other && rest || leaf.Sensitive && b.period%100 != 12 {
				continue
			}
			a.last[leaf.Code] = max(a.last[leaf.Code], b.period)
		}
	}
	return a
}

// under lists the leaves, former ones among them, that a rest can hold.
func under(list *codelist.List, k Key) []codelist.Leaf {
	var all []codelist.Leaf
	for _, c := range list.Categories {
		if k.Level == Other || k.Code == c.Code {
			all = append(append(all, c.Leaves...), c.Former...)
		}
	}
	return all
}

// of returns the first month of a choice's label: that after one of its leaves was
// last emptied, the earliest of these; for what may hold a sensitive leaf the
// beginning of its quarter (rule D6).
func (a labels) of(c Choice) civil.Month {
	var first civil.Month
	sensitive := false
	for _, code := range slices.Concat(c.Leaves, c.Aside) {
		m := a.start
		if last := a.last[code]; last != 0 {
			m = last.Add(1)
		}
		if first == 0 || m < first {
			first = m
		}
		sensitive = sensitive || isSensitive(a.list, code)
	}
	if sensitive {
		return first.QuarterStart()
	}
	return first
}

// isSensitive reports whether a leaf of the list is, or one that once stood in it.
func isSensitive(list *codelist.List, code codelist.Code) bool {
	leaf, ok := list.Leaf(code)
	if !ok {
		leaf, _ = list.Former(code)
	}
	return leaf.Sensitive
}
