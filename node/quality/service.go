package quality

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
)

// The actions of checking files. Drawing is from the files of the whole organisation.
const (
	checking = "quality.check"
	drawing  = "quality.draw"
)

// Service does what the office does with samples. Every operation asks the gate, runs
// in one transaction and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
	now  func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its months are
// the office's months.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now}
}

// Draw draws files that were captured in a month that is over, once.
func (s *Service) Draw(ctx context.Context, who actor.Actor, m civil.Month, size int) (Sample, error) {
	if err := s.gate.May(ctx, who, drawing); err != nil {
		return Sample{}, err
	}
	now := s.now()
	switch {
	case !m.Valid() || m >= civil.MonthOf(now):
		return Sample{}, errMonth
	case size < 1 || size > sizeLimit:
		return Sample{}, errSize
	}
	seed := make([]byte, 32)
	rand.Read(seed) //nolint:errcheck // never fails: it ends the program instead
	drawn := Sample{ID: reference.NewID(), Month: m, Seed: hex.EncodeToString(seed), Size: size, DrawnAt: sqlite.Stamp(now)}
	return drawn, s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if again, err := isDrawn(ctx, tx, m); err != nil || again {
			return orDrawn(err)
		}
		files, err := Captured(ctx, tx, begins(m, now.Location()), begins(m.Add(1), now.Location()))
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return errNoFiles
		}
		drawn.Files = len(files)
		var checks []Check
		for _, id := range Choose(drawn.Seed, files, size) {
			checks = append(checks, Check{ID: NewID(), CaseID: id})
		}
		if err := InsertSample(ctx, tx, drawn, who.String(), checks); err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, who, "quality.drawn", drawn.ID,
			audit.Field("month", "", m.Dash()), audit.Field("seed", "", drawn.Seed), audit.Field("sample_size", 0, len(checks)))
	})
}

// orDrawn is the error of a month that was drawn before.
func orDrawn(err error) error {
	if err != nil {
		return err
	}
	return errDrawn
}

// begins is the first instant of a month in a zone.
func begins(m civil.Month, zone *time.Location) time.Time {
	day := m.First().Time()
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, zone)
}

// Save saves what a client said of a drawn file over the version that it was read as.
// It fails with ErrChanged when somebody saved it since, and with ErrNotFound.
func (s *Service) Save(ctx context.Context, who actor.Actor, c Check) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := get(ctx, tx, c.ID)
		if err != nil {
			return fmt.Errorf("saving drawn file %s: %w", c.ID, err)
		}
		if err := s.sees(ctx, tx, who, old); err != nil {
			return err
		}
		if err := c.Validate(s.reg, civil.On(now)); err != nil {
			return err
		}
		if err := UpdateCheck(ctx, tx, c, now); err != nil {
			return fmt.Errorf("saving drawn file %s: %w", c.ID, err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "quality.checked", string(c.ID), string(old.CaseID), changes(old, c)...)
	})
}

// sees reports whether somebody may check a drawn file. Who may not read its story is
// told that there is none.
func (s *Service) sees(ctx context.Context, q sqlite.Querier, who actor.Actor, c Check) error {
	may, err := s.gate.Classes(ctx, q, who, string(c.CaseID))
	if err == nil && !may.Narrative {
		err = ErrNotFound
	}
	if err == nil {
		err = s.gate.Case(ctx, q, who, checking, string(c.CaseID))
	}
	return access.Hidden(err, ErrNotFound)
}

// ByID returns a drawn file that somebody may check. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Check, error) {
	c, err := get(ctx, s.db, id)
	if err := access.GoOn(err, ErrNotFound); err != nil {
		return Check{}, err
	}
	return c, s.sees(ctx, s.db, who, c)
}

// OfCase returns what a case was drawn for, the latest month first, for who reads its
// story: nothing for all others. It fails with cases.ErrNotFound.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) ([]Check, error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil || !may.Narrative {
		return nil, err
	}
	return ofCase(ctx, s.db, id)
}

// List returns drawn files that somebody may check, the latest month first, and the
// mark of the page that follows.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) ([]Check, Mark, error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	seen, checks, err := s.filters(ctx, who)
	if err != nil {
		return nil, Mark{}, err
	}
	all, err := list(ctx, s.db, f, seen, checks)
	if err != nil || len(all) <= f.Limit {
		return all, Mark{}, err
	}
	last := all[f.Limit-1]
	return all[:f.Limit], Mark{last.Month, last.ID}, nil
}

// Unchecked counts the files of List that nobody checked yet.
func (s *Service) Unchecked(ctx context.Context, who actor.Actor) (int, error) {
	seen, checks, err := s.filters(ctx, who)
	if err != nil {
		return 0, err
	}
	return countUnchecked(ctx, s.db, seen, checks)
}

// filters are the cases that somebody sees, and those that they may check.
func (s *Service) filters(ctx context.Context, who actor.Actor) (seen, checks access.Filter, err error) {
	if seen, err = s.gate.Cases(ctx, who, "cases.read"); err != nil {
		return seen, checks, err
	}
	checks, err = s.gate.Cases(ctx, who, checking)
	return seen, checks, err
}
