package consultations

import (
	"context"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pagemark"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
)

// editing is the action of whoever records consultations and services.
const editing = "consultations.edit"

// Service does what the office does with consultations and services. Every
// operation asks the gate, runs in one transaction and leaves one audit entry.
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

// Record saves a new consultation of a client and returns it as it was saved: the
// identifier and the times are given here.
func (s *Service) Record(ctx context.Context, who actor.Actor, c Consultation) (Consultation, error) {
	now := s.now()
	if err := c.Validate(s.reg, civil.On(now)); err != nil {
		return Consultation{}, err
	}
	c.ID, c.CreatedAt, c.UpdatedAt, c.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Client(ctx, tx, who, editing, string(c.ClientID)); err != nil {
			return fmt.Errorf("recording a consultation: %w", err)
		}
		if err := s.fits(ctx, tx, who, c, ""); err != nil {
			return err
		}
		if err := insertConsultation(ctx, tx, c); err != nil {
			return fmt.Errorf("recording a consultation: %w", err)
		}
		return s.note(ctx, tx, now, who, "consultation.recorded", c, changes(Consultation{}, c))
	})
	if err != nil {
		return Consultation{}, err
	}
	return c, nil
}

// Update saves everything but the client of c over the version that it was read as.
// It fails with ErrChanged when somebody saved it since, with ErrNotFound, and with
// access.ErrForbidden where anything of it is withheld.
func (s *Service) Update(ctx context.Context, who actor.Actor, c Consultation) error {
	now := s.now()
	old, err := s.edits(ctx, who, c.ID)
	if err != nil {
		return err
	}
	c.ClientID, c.UpdatedAt = old.ClientID, sqlite.Stamp(now)
	if err := c.Validate(s.reg, civil.On(now)); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.fits(ctx, tx, who, c, old.Worker); err != nil {
			return err
		}
		if err := updateConsultation(ctx, tx, c); err != nil {
			return fmt.Errorf("updating consultation %s: %w", c.ID, err)
		}
		return s.note(ctx, tx, now, who, "consultation.updated", c, changes(old.Consultation, c))
	})
}

// Remove deletes a consultation that was recorded by mistake, for a reason that the
// audit keeps. It fails where a service was given out of it.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id ID, why string) error {
	old, err := s.edits(ctx, who, id)
	if err != nil {
		return err
	}
	what, err := audit.Because(why, changes(old.Consultation, Consultation{}))
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteConsultation(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting consultation %s: %w", id, err)
		}
		return s.note(ctx, tx, s.now(), who, "consultation.removed", old.Consultation, what)
	})
}

// note records what happened to a consultation where only who sees it is told: in
// its case, or else in its client.
func (s *Service) note(ctx context.Context, tx *sqlite.Tx, now time.Time, who actor.Actor, action string, c Consultation, what []audit.Change) error {
	within := string(c.ClientID)
	if c.CaseID != "" {
		within = string(c.CaseID)
	}
	return audit.RecordWithin(ctx, tx, now, who, action, string(c.ID), within, what...)
}

// fits reports whether the case and the worker of a consultation can be its own: a
// case of the same client that the person sees, and the worker that it was read with
// or another who could open it.
func (s *Service) fits(ctx context.Context, tx *sqlite.Tx, who actor.Actor, c Consultation, worker string) error {
	if err := s.fitsCase(ctx, tx, who, c); err != nil || c.Worker == "" || c.Worker == worker {
		return err
	}
	staff, err := s.staff(ctx, who)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(staff, func(m access.Member) bool { return m.ID == c.Worker }) {
		return errWorker
	}
	advises := actor.Actor{Kind: actor.Person, ID: c.Worker}
	opens, err := access.Allowed(s.gate.Client(ctx, tx, advises, "clients.read", string(c.ClientID)))
	if err == nil && opens && c.CaseID != "" {
		opens, err = access.Allowed(s.gate.Case(ctx, tx, advises, "cases.read", string(c.CaseID)))
	}
	if err == nil && !opens {
		err = errCannot
	}
	return err
}

// staff returns who works where somebody may record consultations, and that person.
// Who could open one is not asked here: a name that is missing would tell of a wall.
func (s *Service) staff(ctx context.Context, who actor.Actor) ([]access.Member, error) {
	return s.gate.Within(ctx, who, editing)
}

func (s *Service) fitsCase(ctx context.Context, tx *sqlite.Tx, who actor.Actor, c Consultation) error {
	if c.CaseID == "" {
		return nil
	}
	sees, err := access.Allowed(s.gate.Case(ctx, tx, who, "cases.read", string(c.CaseID)))
	if err != nil {
		return err
	}
	of, err := cases.Get(ctx, tx, c.CaseID)
	if !sees || err != nil || of.ClientID != c.ClientID {
		return errCase
	}
	return nil
}

// edits returns a consultation that somebody may change.
func (s *Service) edits(ctx context.Context, who actor.Actor, id ID) (Seen, error) {
	old, err := s.ByID(ctx, who, id)
	if err != nil {
		return Seen{}, err
	}
	if err := s.gate.Client(ctx, s.db, who, editing, string(old.ClientID)); err != nil {
		return Seen{}, access.Hidden(err, ErrNotFound)
	}
	if !old.Reads {
		return Seen{}, access.ErrForbidden
	}
	return old, nil
}

// view returns what somebody sees of clients and of cases.
func (s *Service) view(ctx context.Context, who actor.Actor) (view, error) {
	k, err := s.gate.Clients(ctx, who, "clients.read")
	if err != nil {
		return view{}, err
	}
	c, err := s.gate.Cases(ctx, who, "cases.read")
	return view{k, c}, err
}

// ByID returns a consultation as somebody may read it. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Seen, error) {
	v, err := s.view(ctx, who)
	if err != nil {
		return Seen{}, err
	}
	return get(ctx, s.db, s.reg, id, v)
}

// looked records that a person looks at consultations: in their case where that is
// watched, and in their client where they are of a sensitive type all the same. It is
// no part of a transaction.
func (s *Service) looked(ctx context.Context, who actor.Actor, all ...Seen) error {
	if who.Kind != actor.Person {
		return nil
	}
	for _, c := range all {
		at, err := s.watched(ctx, c)
		if err == nil && at != "" {
			err = audit.Read(ctx, s.db, s.now(), who, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// watched is the record in which a look at a consultation is recorded, "" for none.
func (s *Service) watched(ctx context.Context, c Seen) (string, error) {
	if c.CaseID != "" {
		if of, err := s.gate.Watched(ctx, s.db, string(c.CaseID)); err != nil || of {
			return string(c.CaseID), err
		}
	}
	if c.Sensitive {
		return string(c.ClientID), nil
	}
	return "", nil
}

// List returns consultations that somebody sees, the latest first, and the mark of
// the page that follows.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) ([]Seen, pagemark.Mark, error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	v, err := s.view(ctx, who)
	if err != nil {
		return nil, pagemark.Mark{}, err
	}
	all, err := list(ctx, s.db, s.reg, f, v)
	if err != nil || len(all) <= f.Limit {
		return all, pagemark.Mark{}, err
	}
	last := all[f.Limit-1]
	return all[:f.Limit], pagemark.Mark{Day: last.HeldOn, ID: string(last.ID)}, nil
}
