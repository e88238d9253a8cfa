package egress

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/civil"
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

// Due lists the months whose slot has come and that follow the last released
// one, or begin with first when nothing was released yet. A node that was off
// for a quarter has three.
func (g *Gate) Due(ctx context.Context, first civil.Month) ([]civil.Month, error) {
	last, err := selectLast(ctx, g.db)
	if err != nil {
		return nil, fmt.Errorf("reading the last release: %w", err)
	}
	if last.sequence > 0 {
		first = last.period.Add(1)
	}
	now := g.now()
	var due []civil.Month
	for m := first; m.Valid() && !now.Before(slot(g.office.OrgUnit, m, now.Location())); m = m.Add(1) {
		due = append(due, m)
	}
	return due, nil
}
