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
	"casehub/node/audit"
	"casehub/node/cases"
)

// Service does what the office does with recoveries. Every operation runs in
// one transaction and leaves one audit entry.
type Service struct {
	db  *sqlite.DB
	reg *codelist.Registry
	now func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day.
func NewService(db *sqlite.DB, reg *codelist.Registry, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, now: now}
}

// Record saves a new recovery of a case that exists and returns it as it was
// saved: the identifier and the times are given here. It fails with
// ErrBelowZero when it takes back more than the case has in that currency.
func (s *Service) Record(ctx context.Context, who actor.Actor, r Recovery) (Recovery, error) {
	now := s.now()
	if err := r.Validate(s.reg, civil.On(now)); err != nil {
		return Recovery{}, err
	}
	r.ID, r.CreatedAt, r.UpdatedAt, r.Version = NewID(), stamp(now), stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
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
		if err != nil {
			return fmt.Errorf("updating recovery %s: %w", r.ID, err)
		}
		r.CaseID, r.UpdatedAt = old.CaseID, stamp(now)
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

// ByID returns a recovery. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, id ID) (Recovery, error) { return Get(ctx, s.db, id) }

// OfCase returns the recoveries of a case, the latest first.
func (s *Service) OfCase(ctx context.Context, id cases.ID) ([]Recovery, error) {
	return ofCase(ctx, s.db, id)
}

// TotalsSince returns what reached clients since a day, a sum a currency, in
// the order of the codes.
func (s *Service) TotalsSince(ctx context.Context, since civil.Date) ([]Total, error) {
	return totalsSince(ctx, s.db, since)
}

// stamp returns an instant as the database keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
