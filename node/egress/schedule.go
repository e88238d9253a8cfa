package egress

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

// slot returns the moment from which an office releases a month: a day of the
// month after, from the 2nd to the 8th, and a time between 06:00 and 17:59 of
// the office's zone. Both follow from the office's number alone, so that when a
// release leaves says nothing of what is inside, and the offices of a country
// do not all come at once.
func slot(orgUnit uint32, m civil.Month, zone *time.Location) time.Time {
	first := m.Add(1).First().Time()
	n := int(orgUnit)
	return time.Date(first.Year(), first.Month(), 2+n%7, 6+n/7%12, n*7%60, 0, 0, zone)
}

// mostDue is how many months a node releases at once without a person's word. A
// clock that stands ten years ahead would use up the months to come.
const mostDue = 12

// ErrClock reports more months due than a node is likely to have been off.
var ErrClock = errs.New(errs.Conflict, "egress.clock")

// Due lists the months whose slot has come and that follow the last released
// one, or begin with first when nothing was released yet. A node that was off
// for a quarter has three. It fails with ErrClock when more than a year is due
// after an earlier release: then somebody has to look at the computer's clock.
func (g *Gate) Due(ctx context.Context, first civil.Month) ([]civil.Month, error) {
	due, begun, err := g.due(ctx, first)
	if begun && len(due) > mostDue {
		return nil, ErrClock.With("months", len(due))
	}
	return due, err
}

// CatchUp is Due for somebody who has looked at the clock: any number of months.
func (g *Gate) CatchUp(ctx context.Context, first civil.Month) ([]civil.Month, error) {
	due, _, err := g.due(ctx, first)
	return due, err
}

// Next returns the month that the next release is for, whether or not it is due:
// the one after the last released, or first when nothing was released yet.
func (g *Gate) Next(ctx context.Context, first civil.Month) (civil.Month, error) {
	last, err := selectLast(ctx, g.db)
	if err != nil {
		return 0, fmt.Errorf("reading the last release: %w", err)
	}
	if last.sequence > 0 {
		return last.period.Add(1), nil
	}
	return first, nil
}

// due lists the months whose slot has come, and tells whether there was a
// release before them.
func (g *Gate) due(ctx context.Context, first civil.Month) (due []civil.Month, begun bool, err error) {
	last, err := selectLast(ctx, g.db)
	if err != nil {
		return nil, false, fmt.Errorf("reading the last release: %w", err)
	}
	if begun = last.sequence > 0; begun {
		first = last.period.Add(1)
	}
	if ended, err := g.ended(ctx); err != nil || ended {
		return nil, begun, err
	}
	now := g.now()
	for m := first; m.Valid() && !now.Before(slot(g.office.OrgUnit, m, now.Location())); m = m.Add(1) {
		due = append(due, m)
	}
	return due, begun, nil
}

// ended reports whether the office has sent its last release.
func (g *Gate) ended(ctx context.Context) (bool, error) {
	issued, err := selectIssued(ctx, g.db)
	if err != nil {
		return false, fmt.Errorf("reading what left before: %w", err)
	}
	return past{releases: issued}.closed(), nil
}
