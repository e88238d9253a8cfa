package referrals

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
)

// Service does what the office does with referrals. Every operation asks
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

// Record saves a new referral of a case that exists and returns it as it was
// saved: the identifier and the times are given here.
func (s *Service) Record(ctx context.Context, who actor.Actor, r Referral) (Referral, error) {
	now := s.now()
	if err := r.Validate(s.reg, civil.On(now)); err != nil {
		return Referral{}, err
	}
	r.ID, r.CreatedAt, r.UpdatedAt, r.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.edits(ctx, tx, who, r.CaseID); err != nil {
			return fmt.Errorf("recording a referral: %w", err)
		}
		if err := checkCase(ctx, tx, r); err != nil {
			return err
		}
		if err := insertReferral(ctx, tx, r); err != nil {
			return fmt.Errorf("recording a referral: %w", err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "referral.recorded", string(r.ID), string(r.CaseID), changes(Referral{}, r)...)
	})
	if err != nil {
		return Referral{}, err
	}
	return r, nil
}

// Update saves destination, day, note and result of r over the version that it was read
// as. It fails with ErrChanged when somebody saved it since, and with
// ErrNotFound.
func (s *Service) Update(ctx context.Context, who actor.Actor, r Referral) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := Get(ctx, tx, r.ID)
		if err := access.GoOn(err, ErrNotFound); err != nil {
			return fmt.Errorf("updating referral %s: %w", r.ID, err)
		}
		if err := s.edits(ctx, tx, who, old.CaseID); err != nil {
			return access.Hidden(err, ErrNotFound)
		}
		r.CaseID, r.UpdatedAt = old.CaseID, sqlite.Stamp(now)
		if err := r.Validate(s.reg, civil.On(now)); err != nil {
			return err
		}
		if err := checkCase(ctx, tx, r); err != nil {
			return err
		}
		if err := updateReferral(ctx, tx, r); err != nil {
			return fmt.Errorf("updating referral %s: %w", r.ID, err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "referral.updated", string(r.ID), string(r.CaseID), changes(old, r)...)
	})
}

func checkCase(ctx context.Context, tx *sqlite.Tx, r Referral) error {
	c, err := cases.Get(ctx, tx, r.CaseID)
	if err != nil {
		return fmt.Errorf("saving a referral: %w", err)
	}
	return r.fits(c)
}

// edits reports whether somebody may record referrals of a case: they have to
// read its narrative, to which a referral belongs.
func (s *Service) edits(ctx context.Context, tx *sqlite.Tx, who actor.Actor, id cases.ID) error {
	if err := s.gate.Case(ctx, tx, who, "referrals.edit", string(id)); err != nil {
		return err
	}
	may, err := s.gate.Classes(ctx, tx, who, string(id))
	if err == nil && !may.Narrative {
		err = access.ErrForbidden
	}
	return err
}

// ByID returns a referral of a case whose narrative the person may read. It fails
// with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Referral, error) {
	r, err := Get(ctx, s.db, id)
	if err = access.GoOn(err, ErrNotFound); err != nil {
		return Referral{}, err
	}
	may, err := s.gate.Classes(ctx, s.db, who, string(r.CaseID))
	if err == nil && !may.Narrative {
		err = ErrNotFound
	}
	if err != nil {
		return Referral{}, access.Hidden(err, ErrNotFound)
	}
	return r, nil
}

// OfCase returns the referrals of a case, the latest first; withheld says that
// they are not for the person. It fails with cases.ErrNotFound.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) (all []Referral, withheld bool, err error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil || !may.Narrative {
		return nil, true, err
	}
	all, err = ofCase(ctx, s.db, id)
	return all, false, err
}

// CountSince returns the number of referrals made since a day, of the cases whose
// figures somebody sees.
func (s *Service) CountSince(ctx context.Context, who actor.Actor, since civil.Date) (int, error) {
	seen, err := s.gate.Cases(ctx, who, "figures.read")
	if err != nil {
		return 0, err
	}
	return countSince(ctx, s.db, since, seen)
}
