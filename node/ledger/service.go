package ledger

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Kind is what a release does to the totals, as on the wire (release.v1
// ReleaseKind).
type Kind uint32

// The kinds of releases that have groups. One that takes another back has none
// (Void).
const (
	Regular Kind = 1
	Closing Kind = 3
)

// ErrElsewhere reports a month of another system's that is before one noted
// already: what was left out because of it could be counted twice.
var ErrElsewhere = errs.New(errs.Conflict, "ledger.elsewhere-later")

// ErrNoRelease reports a release that has no groups that count: it never left, or
// was taken back already.
var ErrNoRelease = errs.New(errs.Conflict, "ledger.nothing-to-take-back")

// Ledger closes months. Its methods run inside the caller's transaction, so
// that a month that does not become a release leaves no trace.
type Ledger struct {
	reg      *codelist.Registry
	rules    Rules
	limits   Limits
	currency string
	minor    int64
	mixed    map[uint32]bool
}

// New makes the ledger of an office that counts money in one currency (ISO
// 4217), of which a hundred has minorPerHundred minor units. Amounts in other
// currencies are not counted.
func New(reg *codelist.Registry, limits Limits, currency string, minorPerHundred int64) *Ledger {
	return &Ledger{reg: reg, rules: EventRules(), limits: limits, currency: currency, minor: minorPerHundred, mixed: map[uint32]bool{}}
}

// Limits returns the thresholds of the office.
func (l *Ledger) Limits() Limits { return l.limits }

// RulesVersion returns the version of the rules by which records count.
func (l *Ledger) RulesVersion() uint32 { return l.rules.Version }

// source returns a measure's statements. It fails when no rule says how the measure
// follows from the records.
func (l *Ledger) source(set codelist.DataSet) (source, error) {
	rule, ok := l.rules.Of(set)
	if !ok {
		return source{}, fmt.Errorf("no rule says when %s counts", set.Name)
	}
	return newSource(set, rule), nil
}

func (l *Ledger) sources() ([]source, error) {
	var all []source
	for _, set := range l.reg.Now().Plan.DataSets {
		s, err := l.source(set)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Close publishes what leaves in the release of a month: it writes the groups
// under the release's number and marks their events and entries. The groups come
// ascending by data set, code and level. The same events give the same groups. It
// does not look at the records: Refresh does.
func (l *Ledger) Close(ctx context.Context, tx *sqlite.Tx, sequence uint32, period civil.Month, kind Kind) ([]Group, error) {
	if err := insertStart(ctx, tx); err != nil {
		return nil, fmt.Errorf("looking for the first event: %w", err)
	}
	var groups []Group
	for _, set := range l.reg.Now().Plan.DataSets {
		list, err := l.closeSet(ctx, tx, set, sequence, period, kind)
		if err != nil {
			return nil, fmt.Errorf("closing %s: %w", set.Name, err)
		}
		groups = append(groups, list...)
	}
	wrong, err := countWrong(ctx, tx, sequence)
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d groups do not count what is in them", wrong)
	}
	if err != nil {
		return nil, fmt.Errorf("counting the groups again: %w", err)
	}
	return groups, nil
}

// closeSet publishes what leaves of one measure.
func (l *Ledger) closeSet(ctx context.Context, tx *sqlite.Tx, set codelist.DataSet, sequence uint32, period civil.Month, kind Kind) ([]Group, error) {
	t, err := l.table(ctx, tx, set, period, everyone)
	if err != nil {
		return nil, err
	}
	t.Closing = kind == Closing
	from, err := l.labels(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, c := range Choose(t.Table) {
		g := newGroup{Group: c.group(set), period: period, minor: c.Minor, again: c.Again}
		if g.From = from.of(c); c.Again != 0 {
			g.From = t.fellAs(c.Again).From
		}
		if err := l.publish(ctx, tx, sequence, g, c, l.limits.ofLeaf(set, t.List)); err != nil {
			return nil, fmt.Errorf("publishing: %w", err)
		}
		groups = append(groups, g.Group)
	}
	return groups, nil
}

// group is the choice as it stands on the wire, without its first month.
func (c Choice) group(set codelist.DataSet) Group {
	return Group{
		DataSet: set.Number, Code: c.Code, Level: c.Level, Value: c.Value, AmountHundreds: c.AmountHundreds, CarryMinor: c.CarryMinor,
	}
}

// publish writes a group and marks what is in it, at most so many events of each leaf.
func (l *Ledger) publish(ctx context.Context, tx *sqlite.Tx, sequence uint32, g newGroup, c Choice, most int64) error {
	id, err := insertGroup(ctx, tx, sequence, g)
	if err != nil {
		return err
	}
	if c.Again != 0 {
		return markFallen(ctx, tx, id, []int64{c.Again})
	}
	if err := markPublished(ctx, tx, id, g.DataSet, g.period, c.Leaves, most); err != nil {
		return err
	}
	if c.Block {
		if err := markFallen(ctx, tx, id, c.Fell); err != nil {
			return err
		}
	}
	return netEntries(ctx, tx, id, g.DataSet, c.Key)
}

// Void takes back a whole release with another one, which has no groups (rule D9).
// What was in it waits again: as the group that it was, where nothing of that has
// changed, else only together and inside "other". What had been taken back of it
// in later groups is given back to them. It fails with ErrNoRelease when no group
// of it counts.
func (l *Ledger) Void(ctx context.Context, tx *sqlite.Tx, sequence, voids uint32) error {
	n, err := fallGroups(ctx, tx, sequence, voids)
	if err != nil {
		return fmt.Errorf("taking back release %d: %w", voids, err)
	}
	if n == 0 {
		return ErrNoRelease
	}
	sources, err := l.sources()
	if err != nil {
		return err
	}
	var steps []func(context.Context, *sqlite.Tx, uint32) error
	for _, s := range sources {
		steps = append(steps, s.touchFallen)
	}
	for _, step := range append(steps, freeEntries, cancelEntries, counterEntries, blockVersions, fallEvents) {
		if err := step(ctx, tx, sequence); err != nil {
			return fmt.Errorf("taking back release %d: %w", voids, err)
		}
	}
	if err := cancelPairs(ctx, tx); err != nil {
		return fmt.Errorf("taking back release %d: %w", voids, err)
	}
	return nil
}

// Elsewhere notes that another system published a measure up to a month (rule
// D11), by the word of somebody: what happened until then is never counted here.
// It fails with ErrElsewhere when a later month was noted before.
func (l *Ledger) Elsewhere(ctx context.Context, tx *sqlite.Tx, set uint32, through civil.Month, by string, at time.Time) error {
	if _, ok := l.reg.DataSet(set); !ok || !through.Valid() {
		return civil.ErrMonth
	}
	saved, err := saveElsewhere(ctx, tx, set, through, by, at.UnixMilli())
	if err == nil && !saved {
		return ErrElsewhere
	}
	if err == nil {
		err = withdrawElsewhere(ctx, tx, set)
	}
	if err != nil {
		return fmt.Errorf("noting what another system published: %w", err)
	}
	return nil
}

// Corrections counts, of the cases of a filter, the published events that have to
// be taken back because their record says otherwise today, or is gone (rule D9).
func (l *Ledger) Corrections(ctx context.Context, q sqlite.Querier, seen access.Filter) (int64, error) {
	sources, err := l.sources()
	if err != nil {
		return 0, err
	}
	var n int64
	for _, s := range sources {
		one, err := s.countCorrections(ctx, q, l.currency, s.corrected(seen))
		if err != nil {
			return 0, fmt.Errorf("counting corrections of %s: %w", s.set.Name, err)
		}
		n += one
	}
	return n, nil
}

// Published adds up the groups that count, ascending by data set and code.
func (l *Ledger) Published(ctx context.Context, q sqlite.Querier) ([]Sum, error) {
	return selectPublished(ctx, q)
}

// Balance counts the events of every data set by state, ascending by number.
func (l *Ledger) Balance(ctx context.Context, q sqlite.Querier) ([]Balance, error) {
	return selectBalance(ctx, q)
}
