package cases

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/clients"
)

// Followed returns the first day on which something that another area keeps
// happened in a case, "" when nothing did. No case is opened after that day.
type Followed func(ctx context.Context, q sqlite.Querier, id ID) (civil.Date, error)

// Service does what the office does with cases. Every operation runs in one
// transaction and leaves one audit entry.
type Service struct {
	db       *sqlite.DB
	reg      *codelist.Registry
	now      func() time.Time
	followed []Followed
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day. The areas behind this one say by followed what an
// opening day must not pass.
func NewService(db *sqlite.DB, reg *codelist.Registry, now func() time.Time, followed ...Followed) *Service {
	return &Service{db: db, reg: reg, now: now, followed: followed}
}

// Open records a new case of a client that exists and returns it as it was
// saved: the identifier, the reference and the times are given here, and the
// case is open.
func (s *Service) Open(ctx context.Context, who actor.Actor, c Case) (Case, error) {
	now := s.now()
	c.ID, c.Status, c.ClosedOn, c.Outcome = NewID(), Open, "", 0
	c.CreatedAt, c.UpdatedAt, c.Version = stamp(now), stamp(now), 1
	if err := c.Validate(s.reg, civil.On(now)); err != nil {
		return Case{}, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if _, err := clients.Get(ctx, tx, c.ClientID); err != nil {
			return fmt.Errorf("opening a case: %w", err)
		}
		var err error
		if c.Reference, err = insertCase(ctx, tx, c); err != nil {
			return fmt.Errorf("opening a case: %w", err)
		}
		return audit.Record(ctx, tx, now, who, "case.opened", string(c.ID), changes(Case{}, c)...)
	})
	if err != nil {
		return Case{}, err
	}
	return c, nil
}

// Edit is what a person may change in a case besides its state.
type Edit struct {
	// Version is the version that the person saw.
	Version    int
	Type       codelist.Code
	OpenedOn   civil.Date
	OtherParty string
	Summary    string
}

// Update saves an edit. It fails with ErrChanged when somebody saved the case
// since, with ErrNotFound, and when the opening day moves behind what happened
// in the case. The audit says whether the type was changed.
func (s *Service) Update(ctx context.Context, who actor.Actor, id ID, e Edit) error {
	return s.change(ctx, who, id, e.Version, func(c *Case, today civil.Date) (string, error) {
		action := "case.updated"
		if c.Type != e.Type {
			action = "case.retyped"
		}
		c.Type, c.OpenedOn, c.OtherParty, c.Summary = e.Type, e.OpenedOn, e.OtherParty, e.Summary
		return action, c.Validate(s.reg, today)
	})
}

// Close ends the case that was seen at a version. It fails with ErrNotOpen if
// the case is closed already, with ErrChanged, and with ErrNotFound.
func (s *Service) Close(ctx context.Context, who actor.Actor, id ID, version int, on civil.Date, outcome codelist.Code) error {
	return s.change(ctx, who, id, version, func(c *Case, today civil.Date) (string, error) {
		if err := c.Close(on, outcome, today); err != nil {
			return "", err
		}
		return "case.closed", checkClosing(s.reg, today, on, outcome)
	})
}

// Reopen makes the case that was seen at a version open again. It fails with
// ErrNotClosed if the case is open, with ErrChanged, and with ErrNotFound.
func (s *Service) Reopen(ctx context.Context, who actor.Actor, id ID, version int) error {
	return s.change(ctx, who, id, version, func(c *Case, _ civil.Date) (string, error) {
		return "case.reopened", c.Reopen()
	})
}

// change reads a case, lets fn change it and name the action, and saves it, all
// in one transaction.
func (s *Service) change(ctx context.Context, who actor.Actor, id ID, version int, fn func(*Case, civil.Date) (string, error)) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		c, err := Get(ctx, tx, id)
		if err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		if c.Version != version {
			return ErrChanged
		}
		old := c
		action, err := fn(&c, civil.On(now))
		if err != nil {
			return err
		}
		if old.OpenedOn.Before(c.OpenedOn) {
			if err := s.checkFollowed(ctx, tx, c); err != nil {
				return err
			}
		}
		c.UpdatedAt = stamp(now)
		if err := updateCase(ctx, tx, c); err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		return audit.Record(ctx, tx, now, who, action, string(id), changes(old, c)...)
	})
}

// checkFollowed refuses an opening day behind what happened in the case. A day
// that was wrong already, as imports bring them, is refused only when it moves
// further.
func (s *Service) checkFollowed(ctx context.Context, tx *sqlite.Tx, c Case) error {
	for _, first := range s.followed {
		day, err := first(ctx, tx, c.ID)
		if err != nil {
			return fmt.Errorf("changing case %s: %w", c.ID, err)
		}
		if day != "" && day.Before(c.OpenedOn) {
			return errOpenedTooLate
		}
	}
	return nil
}

// ByID returns a case. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, id ID) (Case, error) { return Get(ctx, s.db, id) }

// List returns one page of cases, the latest opened first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) { return list(ctx, s.db, s.reg, f) }

// Recent returns the cases saved last, at most limit.
func (s *Service) Recent(ctx context.Context, limit int) ([]Line, error) {
	return recent(ctx, s.db, limit)
}

// Counts returns how many cases there are, and how many were opened and closed
// since a day.
func (s *Service) Counts(ctx context.Context, since civil.Date) (Counts, error) {
	return counts(ctx, s.db, since)
}

// History returns the newest audit entries of a case, at most limit.
func (s *Service) History(ctx context.Context, id ID, limit int) ([]audit.Entry, error) {
	return audit.Of(ctx, s.db, string(id), limit)
}

// stamp returns an instant as the database keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
