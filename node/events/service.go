package events

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

// The actions of activities.
const (
	reading = "activities.read"
	editing = "activities.edit"
)

// Service does what the office does with activities. Every operation asks the gate,
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

// Record saves a new activity of the person's own office and returns it as it was
// saved: the identifier, the office and the times are given here.
func (s *Service) Record(ctx context.Context, who actor.Actor, a Activity) (Activity, error) {
	now := s.now()
	if err := a.Validate(s.reg, civil.On(now)); err != nil {
		return Activity{}, err
	}
	a.ID, a.CreatedAt, a.UpdatedAt, a.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	if err := s.gate.May(ctx, who, editing); err != nil {
		return Activity{}, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		if a.RecordedBy, a.OfficeID, err = s.gate.Seat(ctx, tx, who); err != nil {
			return err
		}
		if err := insertActivity(ctx, tx, a); err != nil {
			return fmt.Errorf("recording an activity: %w", err)
		}
		return audit.Record(ctx, tx, now, who, "activity.recorded", string(a.ID), changes(Activity{}, a)...)
	})
	return a, err
}

// Update saves everything but the office of a over the version that it was read as. It
// fails with ErrChanged, with ErrNotFound, and with access.ErrForbidden.
func (s *Service) Update(ctx context.Context, who actor.Actor, a Activity) error {
	now := s.now()
	old, err := s.edits(ctx, who, a.ID)
	if err != nil {
		return err
	}
	a.OfficeID, a.RecordedBy, a.UpdatedAt = old.OfficeID, old.RecordedBy, sqlite.Stamp(now)
	if err := a.Validate(s.reg, civil.On(now)); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateActivity(ctx, tx, a); err != nil {
			return fmt.Errorf("updating activity %s: %w", a.ID, err)
		}
		return audit.Record(ctx, tx, now, who, "activity.updated", string(a.ID), changes(old, a)...)
	})
}

// Remove deletes what was recorded by mistake, for a reason that the audit keeps.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id ID, why string) error {
	old, err := s.edits(ctx, who, id)
	if err != nil {
		return err
	}
	what, err := audit.Because(why, changes(old, Activity{}))
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteActivity(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting activity %s: %w", id, err)
		}
		return audit.Record(ctx, tx, s.now(), who, "activity.removed", string(id), what...)
	})
}

// edits returns an activity that somebody may change.
func (s *Service) edits(ctx context.Context, who actor.Actor, id ID) (Activity, error) {
	old, err := s.ByID(ctx, who, id)
	if err != nil {
		return Activity{}, err
	}
	if !old.Edits {
		return Activity{}, access.ErrForbidden
	}
	return old.Activity, nil
}

// view returns what somebody sees and may change.
func (s *Service) view(ctx context.Context, who actor.Actor) (view, error) {
	seen, err := s.gate.Entries(ctx, who, reading)
	if err != nil {
		return view{}, err
	}
	edits, err := s.gate.Entries(ctx, who, editing)
	return view{seen, edits}, err
}

// ByID returns an activity that somebody sees. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Seen, error) {
	v, err := s.view(ctx, who)
	if err != nil {
		return Seen{}, err
	}
	return get(ctx, s.db, id, v)
}

// List returns activities that somebody sees, the latest first, and the mark of the
// page that follows.
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
	return all[:f.Limit], pagemark.Mark{Day: last.HeldOn, ID: string(last.ID)}, nil
}
