package ledger

import (
	"context"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Ledger closes months. Its methods run inside the caller's transaction, so
// that a month that does not become a release leaves no trace.
type Ledger struct {
	reg      *codelist.Registry
	limits   Limits
	currency string
	minor    int64
}

// New makes the ledger of an office that counts money in one currency (ISO
// 4217), of which a hundred has minorPerHundred minor units. Amounts in other
// currencies are not counted.
func New(reg *codelist.Registry, limits Limits, currency string, minorPerHundred int64) *Ledger {
	return &Ledger{reg: reg, limits: limits, currency: currency, minor: minorPerHundred}
}

// Limits returns the thresholds of the office.
func (l *Ledger) Limits() Limits { return l.limits }

// Refresh brings the unpublished events in line with the office's records: new
// ones come in, changed ones follow, and those whose record is gone are
// withdrawn. Published events never change.
func (l *Ledger) Refresh(ctx context.Context, tx *sqlite.Tx) error {
	if err := refreshPersons(ctx, tx); err != nil {
		return fmt.Errorf("telling people apart: %w", err)
	}
	for _, s := range sources {
		if _, err := tx.Exec(ctx, s.merge, s.args(l.currency)); err != nil {
			return fmt.Errorf("refreshing %s: %w", s.name, err)
		}
		if _, err := tx.Exec(ctx, s.withdraw, s.args(l.currency)); err != nil {
			return fmt.Errorf("refreshing %s: %w", s.name, err)
		}
	}
	return nil
}

// Close publishes what is ready in the release of a month: it writes the groups
// under the release's number and marks their events. The groups come ascending
// by data set and code. The same records give the same groups.
func (l *Ledger) Close(ctx context.Context, tx *sqlite.Tx, sequence uint32, period civil.Month) ([]Group, error) {
	var groups []Group
	for _, set := range l.reg.Plan.DataSets {
		backlogs, err := l.backlogs(ctx, tx, set, period, everyone)
		if err != nil {
			return nil, fmt.Errorf("reading the backlog of %s: %w", set.Name, err)
		}
		for _, b := range backlogs {
			leaf, known := l.reg.List(set.List).Leaf(b.Code)
			if !known || !b.Ready(set, leaf, period, l.limits) {
				continue
			}
			g := groupOf(b, set, leaf)
			if err := l.publish(ctx, tx, sequence, period, g); err != nil {
				return nil, fmt.Errorf("publishing a group of %s: %w", set.Name, err)
			}
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func groupOf(b Backlog, set codelist.DataSet, leaf codelist.Leaf) Group {
	g := Group{DataSet: b.DataSet, Code: b.Code, Level: 1, From: since(leaf, b.From), Value: b.Value}
	if set.Money {
		g.AmountHundreds, g.CarryMinor = b.Amounts.Hundreds()
	}
	return g
}

// publish writes a group and marks its events. It fails when not exactly the
// group's value of events was marked: then something counted wrongly.
func (l *Ledger) publish(ctx context.Context, tx *sqlite.Tx, sequence uint32, period civil.Month, g Group) error {
	id, err := insertGroup(ctx, tx, sequence, g)
	if err != nil {
		return err
	}
	n, err := markPublished(ctx, tx, id, period, g, l.limits.Largest)
	if err != nil {
		return err
	}
	if n != g.Value {
		return fmt.Errorf("the group counts %d events and %d were marked", g.Value, n)
	}
	return nil
}

// backlogs reads what waits under each leaf of a data set up to a month, with
// the amounts where the table has money.
func (l *Ledger) backlogs(ctx context.Context, q sqlite.Querier, set codelist.DataSet, period civil.Month, of some) ([]Backlog, error) {
	list, err := selectBacklogs(ctx, q, set.Number, period, l.limits.Largest, of)
	if err != nil || !set.Money {
		return list, err
	}
	carry, err := selectCarry(ctx, q, set.Number)
	if err != nil {
		return nil, err
	}
	amounts, err := selectBacklogAmounts(ctx, q, set.Number, period, l.limits.Largest, of)
	if err != nil {
		return nil, err
	}
	for i := range list {
		a := amounts[list[i].Code]
		a.Carry, a.MinorPerHundred = carry[list[i].Code], l.minor
		list[i].Amounts = a
	}
	return list, nil
}

// Evidence counts the groups of a release again from the office's records. It
// shares no query with Refresh and Close.
func (l *Ledger) Evidence(ctx context.Context, q sqlite.Querier, sequence uint32) ([]Evidence, error) {
	list, err := selectEvidence(ctx, q, sequence, l.currency)
	if err != nil {
		return nil, fmt.Errorf("counting the evidence: %w", err)
	}
	for i := range list {
		e := &list[i]
		e.Amounts.MinorPerHundred = l.minor
		if set, ok := l.reg.DataSet(e.DataSet); ok {
			leaf, _ := l.reg.List(set.List).Leaf(e.Code)
			e.From = since(leaf, e.From)
		}
	}
	return list, nil
}

// Waiting lists what is held back of the cases of a filter, as far as their codes
// may be read, for the office alone, ascending by data set and code, and what
// held each back in the release of a month, the last that was made. The reason is
// that of what is seen: the true one would tell of what is hidden.
func (l *Ledger) Waiting(ctx context.Context, q sqlite.Querier, period civil.Month, seen access.Filter) ([]Waiting, error) {
	of := readable(seen)
	all, err := selectWaiting(ctx, q, of)
	if err != nil {
		return nil, err
	}
	for _, set := range l.reg.Plan.DataSets {
		backlogs, err := l.backlogs(ctx, q, set, period, of)
		if err != nil {
			return nil, fmt.Errorf("reading the backlog of %s: %w", set.Name, err)
		}
		for i, w := range all {
			if w.DataSet == set.Number {
				all[i].Hold = l.hold(set, w.Code, backlogs, period)
			}
		}
	}
	return all, nil
}

// hold says what keeps a code of a data set in the office. What could leave and
// is still here did not fit into the group that left.
func (l *Ledger) hold(set codelist.DataSet, code codelist.Code, backlogs []Backlog, period civil.Month) Hold {
	leaf, known := l.reg.List(set.List).Leaf(code)
	if !known {
		return Hold{Unlisted, l.limits.K}
	}
	for _, b := range backlogs {
		if b.Code != code {
			continue
		}
		if h := b.Hold(set, leaf, period, l.limits); h.Why != "" {
			return h
		}
		return Hold{Cap, l.limits.Largest}
	}
	return Hold{Later, l.limits.K}
}

// Corrections counts, of the cases of a filter, the published events whose record says otherwise today:
// another code, month or amount, or no record any more. They wait for the rule
// that nets them forward (D9).
func (l *Ledger) Corrections(ctx context.Context, q sqlite.Querier, seen access.Filter) (int64, error) {
	var n int64
	for _, s := range sources {
		var one int64
		if err := q.QueryRow(ctx, s.corrections+"(r.source_id IS NULL OR "+seen.SQL+")", seen.Into(s.args(l.currency))).Scan(&one); err != nil {
			return 0, fmt.Errorf("counting corrections of %s: %w", s.name, err)
		}
		n += one
	}
	return n, nil
}

// Published adds up the groups ever published, ascending by data set and code.
func (l *Ledger) Published(ctx context.Context, q sqlite.Querier) ([]Sum, error) {
	return selectPublished(ctx, q)
}

// Balance counts the events of every data set by state, ascending by number.
func (l *Ledger) Balance(ctx context.Context, q sqlite.Querier) ([]Balance, error) {
	return selectBalance(ctx, q)
}
