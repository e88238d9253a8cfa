package egress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

// ErrClockBehind reports a clock that stands before the last release was sealed:
// nothing is due until it has caught up, and nobody would notice.
var ErrClockBehind = errs.New(errs.Conflict, "egress.clock-behind")

// Stopped is a month that the gate did not let out, and still does not.
type Stopped struct {
	Period civil.Month
	// Check is the code of the check that refused last.
	Check string
	// Since is when the month was refused first, Last when it was tried last.
	Since, Last time.Time

	known bool // whether this version of the program has the check
}

// Stopped returns the refusal that keeps releases from leaving, or false when the
// last verdict let one out.
func (g *Gate) Stopped(ctx context.Context) (Stopped, bool, error) {
	s, yes, err := selectStopped(ctx, g.db)
	if err != nil {
		return Stopped{}, false, fmt.Errorf("reading the decision log: %w", err)
	}
	s.known = slices.ContainsFunc(g.checks, func(c check) bool { return c.code == s.Check })
	return s, yes, nil
}

// KeyOf returns the catalogue's key of what happened and what to do. A code that
// only another version of the program knows has a sentence of its own.
func (s Stopped) KeyOf() string {
	if !s.known {
		return "egress.stopped-unknown"
	}
	return "egress.stopped-" + s.Check
}

// clock returns what is wrong with the computer's clock as far as the releases
// show it: ErrClock, ErrClockBehind, or nil. Any other error is not about the
// clock.
func (g *Gate) clock(ctx context.Context) (wrong *errs.Error, err error) {
	now := g.now()
	_, err = g.Due(ctx, civil.MonthOf(now))
	if errors.Is(err, ErrClock) {
		return errs.As(err), nil
	}
	if err != nil {
		return nil, err
	}
	last, err := selectSealedLast(ctx, g.db)
	if err != nil || !now.Before(last) {
		return nil, err
	}
	return ErrClockBehind.With("day", last.In(now.Location()).Format(time.DateOnly)), nil
}
