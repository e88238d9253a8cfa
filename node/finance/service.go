package finance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
)

// Service does what the office does with recoveries. Every operation asks
// the gate, runs in one transaction and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
	now  func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now}
}

// Record saves a new recovery of a case that exists and returns it as it was
// saved: the identifier and the times are given here. It fails with
// ErrBelowZero when it takes back more than the case has in that currency.
func (s *Service) Record(ctx context.Context, who actor.Actor, r Recovery) (Recovery, error) {
	now := s.now()
	if err := r.Validate(s.reg, civil.On(now)); err != nil {
		return Recovery{}, err
	}
	r.ID, r.CreatedAt, r.UpdatedAt, r.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.edits(ctx, tx, who, r.CaseID); err != nil {
			return fmt.Errorf("recording a recovery: %w", err)
		}
		if err := checkCase(ctx, tx, r); err != nil {
			return err
		}
		if err := insertRecovery(ctx, tx, r); err != nil {
			return fmt.Errorf("recording a recovery: %w", err)
		}
		if err := checkTotal(ctx, tx, r.CaseID, r.Currency); err != nil {
			return err
		}
		return audit.RecordWithin(ctx, tx, now, who, "recovery.recorded", string(r.ID), string(r.CaseID), changes(Recovery{}, r)...)
	})
	if err != nil {
		return Recovery{}, err
	}
	return r, nil
}

// Update saves kind, day, amount, currency and note of r over the version that
// it was read as. It fails with ErrChanged when somebody saved it since, with
// ErrBelowZero, and with ErrNotFound.
func (s *Service) Update(ctx context.Context, who actor.Actor, r Recovery) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := Get(ctx, tx, r.ID)
		if err := access.GoOn(err, ErrNotFound); err != nil {
			return fmt.Errorf("updating recovery %s: %w", r.ID, err)
		}
		if err := s.edits(ctx, tx, who, old.CaseID); err != nil {
			return access.Hidden(err, ErrNotFound)
		}
		may, err := s.gate.Classes(ctx, tx, who, string(old.CaseID))
		if err != nil {
			return err
		}
		if !may.Narrative {
			r.Note = old.Note
		}
		r.CaseID, r.UpdatedAt = old.CaseID, sqlite.Stamp(now)
		if err := r.Validate(s.reg, civil.On(now)); err != nil {
			return err
		}
		if err := checkCase(ctx, tx, r); err != nil {
			return err
		}
		if err := updateRecovery(ctx, tx, r); err != nil {
			return fmt.Errorf("updating recovery %s: %w", r.ID, err)
		}
		if err := checkTotal(ctx, tx, r.CaseID, r.Currency, old.Currency); err != nil {
			return err
		}
		return audit.RecordWithin(ctx, tx, now, who, "recovery.updated", string(r.ID), string(r.CaseID), changes(old, r)...)
	})
}

func checkCase(ctx context.Context, tx *sqlite.Tx, r Recovery) error {
	c, err := cases.Get(ctx, tx, r.CaseID)
	if err != nil {
		return fmt.Errorf("saving a recovery: %w", err)
	}
	return r.fits(c)
}

// checkTotal fails when the case has less than nothing in one of the
// currencies, after what was just saved.
func checkTotal(ctx context.Context, tx *sqlite.Tx, id cases.ID, currencies ...string) error {
	all, err := ofCase(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, t := range Totals(all) {
		if t.Amount < 0 && slices.Contains(currencies, t.Currency) {
			return ErrBelowZero
		}
	}
	return nil
}

// edits reports whether somebody may record amounts of a case: they have to read
// those that are there.
func (s *Service) edits(ctx context.Context, tx *sqlite.Tx, who actor.Actor, id cases.ID) error {
	if err := s.gate.Case(ctx, tx, who, "finance.edit", string(id)); err != nil {
		return err
	}
	may, err := s.gate.Classes(ctx, tx, who, string(id))
	if err == nil && !may.Finance {
		err = access.ErrForbidden
	}
	return err
}

// ByID returns a recovery of a case whose amounts the person may read, and what
// they may read of the case: the note is narrative. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Recovery, access.Classes, error) {
	r, err := Get(ctx, s.db, id)
	if err = access.GoOn(err, ErrNotFound); err != nil {
		return Recovery{}, access.Classes{}, err
	}
	may, err := s.gate.Classes(ctx, s.db, who, string(r.CaseID))
	if err == nil && !may.Finance {
		err = ErrNotFound
	}
	if err != nil {
		return Recovery{}, access.Classes{}, access.Hidden(err, ErrNotFound)
	}
	return r.without(may), may, nil
}

// OfCase returns the recoveries of a case, the latest first; withheld says that
// they are not for the person. It fails with cases.ErrNotFound.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) (all []Recovery, withheld bool, err error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil || !may.Finance {
		return nil, true, err
	}
	all, err = ofCase(ctx, s.db, id)
	for i := range all {
		all[i] = all[i].without(may)
	}
	return all, false, err
}

// TotalsSince returns what reached clients since a day, a sum a currency, in
// the order of the codes, of the cases whose figures and amounts somebody sees.
func (s *Service) TotalsSince(ctx context.Context, who actor.Actor, since civil.Date) ([]Total, error) {
	seen, err := s.gate.Cases(ctx, who, "figures.read")
	if err != nil {
		return nil, err
	}
	return totalsSince(ctx, s.db, since, seen)
}

// counts reports whether somebody sees any sums.
func (s *Service) counts(ctx context.Context, who actor.Actor) (bool, error) {
	seen, err := s.gate.Cases(ctx, who, "figures.read")
	return seen.Ever(access.Finance), err
}
