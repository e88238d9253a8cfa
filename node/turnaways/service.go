package turnaways

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
)

// The actions of turn-aways.
const (
	reading = "turnaways.read"
	editing = "turnaways.edit"
)

// Service does what the office does with turn-aways. Every operation asks the gate,
// runs in one transaction and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
	now  func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its day is
// the office's day.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now}
}

// Record saves a new record of the person's own office and returns it as it was saved:
// the identifier, the office and the times are given here. A client that is named has
// to be one that the person sees.
func (s *Service) Record(ctx context.Context, who actor.Actor, t TurnAway) (TurnAway, error) {
	now := s.now()
	if err := t.Validate(s.reg, civil.On(now)); err != nil {
		return TurnAway{}, err
	}
	t.ID, t.CreatedAt, t.UpdatedAt, t.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	if err := s.gate.May(ctx, who, editing); err != nil {
		return TurnAway{}, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if t.ClientID != "" {
			if err := s.gate.Adds(ctx, tx, who, string(t.ClientID)); err != nil {
				return fmt.Errorf("recording a turn-away: %w", err)
			}
		}
		var err error
		if t.RecordedBy, t.OfficeID, err = s.gate.Seat(ctx, tx, who); err != nil {
			return err
		}
		if err := insertTurnAway(ctx, tx, t); err != nil {
			return fmt.Errorf("recording a turn-away: %w", err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "turnaway.recorded", string(t.ID), string(t.ClientID), changes(TurnAway{}, t)...)
	})
	return t, err
}

// Update saves reason, day and note of t over the version that it was read as. It
// fails with ErrChanged, with ErrNotFound, and with access.ErrForbidden.
func (s *Service) Update(ctx context.Context, who actor.Actor, t TurnAway) error {
	now := s.now()
	old, err := s.edits(ctx, who, t.ID)
	if err != nil {
		return err
	}
	t.ClientID, t.OfficeID, t.RecordedBy, t.UpdatedAt = old.ClientID, old.OfficeID, old.RecordedBy, sqlite.Stamp(now)
	if err := t.Validate(s.reg, civil.On(now)); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateTurnAway(ctx, tx, t); err != nil {
			return fmt.Errorf("updating turn-away %s: %w", t.ID, err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "turnaway.updated", string(t.ID), string(t.ClientID), changes(old.TurnAway, t)...)
	})
}

// Remove deletes what was recorded by mistake, for a reason that the audit keeps.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id ID, why string) error {
	old, err := s.edits(ctx, who, id)
	if err != nil {
		return err
	}
	what, err := audit.Because(why, changes(old.TurnAway, TurnAway{}))
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteTurnAway(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting turn-away %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "turnaway.removed", string(id), string(old.ClientID), what...)
	})
}

// edits returns a record that somebody may change.
func (s *Service) edits(ctx context.Context, who actor.Actor, id ID) (Seen, error) {
	old, err := s.ByID(ctx, who, id)
	if err != nil {
		return Seen{}, err
	}
	if !old.Edits {
		return Seen{}, access.ErrForbidden
	}
	return old, nil
}

// view returns what somebody sees and may change.
func (s *Service) view(ctx context.Context, who actor.Actor) (view, error) {
	entries, err := s.gate.Entries(ctx, who, reading)
	if err != nil {
		return view{}, err
	}
	named, err := s.gate.Clients(ctx, who, "clients.read")
	if err != nil {
		return view{}, err
	}
	edits, err := s.gate.Entries(ctx, who, editing)
	if err != nil {
		return view{}, err
	}
	adding, err := s.gate.Adding(ctx, who)
	return view{entries, named, edits, adding}, err
}

// ByID returns a record as somebody may read it. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Seen, error) {
	v, err := s.view(ctx, who)
	if err != nil {
		return Seen{}, err
	}
	return get(ctx, s.db, id, v)
}

// List returns records that somebody sees, the latest first, and the mark of the page
// that follows.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) ([]Seen, pagemark.Mark, error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	v, err := s.view(ctx, who)
	if err != nil {
		return nil, pagemark.Mark{}, err
	}
	all, err := list(ctx, s.db, f, v)
	if err != nil || len(all) <= f.Limit {
		return all, pagemark.Mark{}, err
	}
	last := all[f.Limit-1]
	return all[:f.Limit], pagemark.Mark{Day: last.CameOn, ID: string(last.ID)}, nil
}
