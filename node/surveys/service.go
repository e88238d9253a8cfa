package surveys

import (
	"context"
	"errors"
	"fmt"
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

// editing is the action of whoever records what clients say.
const editing = "surveys.edit"

// Service does what the office does with surveys. Every operation asks the gate, runs
// in one transaction and leaves one audit entry.
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

// Save saves the answer about a case over the version that it was read as, 0 for a case
// without one. It fails with ErrChanged when somebody saved it since, with
// ErrNotClosed, and with what the gate says of the case.
func (s *Service) Save(ctx context.Context, who actor.Actor, v Survey) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, c, err := s.about(ctx, tx, who, v.CaseID)
		if err != nil {
			return err
		}
		if err := v.Validate(s.reg, c.ClosedOn, civil.On(now)); err != nil {
			return err
		}
		v.UpdatedAt = sqlite.Stamp(now)
		if old.Version == 0 {
			v.ID, v.CreatedAt, v.Version = NewID(), v.UpdatedAt, 1
			if err := insertSurvey(ctx, tx, v); err != nil {
				return fmt.Errorf("saving a survey: %w", err)
			}
			return audit.RecordWithin(ctx, tx, now, who, "survey.recorded", string(v.ID), string(v.CaseID), changes(old, v)...)
		}
		v.ID = old.ID
		if err := updateSurvey(ctx, tx, v); err != nil {
			return fmt.Errorf("saving a survey: %w", err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "survey.updated", string(v.ID), string(v.CaseID), changes(old, v)...)
	})
}

// about returns the answer about a case, an empty one where there is none, and the
// case, when somebody may record it: whoever does reads the story of the case.
func (s *Service) about(ctx context.Context, q sqlite.Querier, who actor.Actor, id cases.ID) (Survey, cases.Case, error) {
	if err := s.gate.Needs(ctx, q, who, editing, string(id), access.ReadsNarrative); err != nil {
		return Survey{}, cases.Case{}, err
	}
	c, err := cases.Get(ctx, q, id)
	if err != nil {
		return Survey{}, cases.Case{}, fmt.Errorf("reading the survey of case %s: %w", id, err)
	}
	v, err := get(ctx, q, id)
	switch {
	case !errors.Is(err, ErrNotFound):
		return v, c, err
	case c.Status != cases.Closed:
		return Survey{}, cases.Case{}, ErrNotClosed
	}
	return Survey{CaseID: id}, c, nil
}

// Remove deletes an answer that was recorded by mistake, or that the client takes back,
// for a reason that the audit keeps.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id cases.ID, why string) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, _, err := s.about(ctx, tx, who, id)
		if err == nil && old.Version == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		what, err := audit.Because(why, changes(old, Survey{}))
		if err != nil {
			return err
		}
		if err := deleteSurvey(ctx, tx, old.ID); err != nil {
			return fmt.Errorf("deleting the survey of case %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "survey.removed", string(old.ID), string(id), what...)
	})
}

// OfCase returns the answer about a case whose story the person may read. It fails with
// ErrNotFound.
func (s *Service) OfCase(ctx context.Context, who actor.Actor, id cases.ID) (Survey, error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err == nil && !may.Narrative {
		err = ErrNotFound
	}
	if err != nil {
		return Survey{}, access.Hidden(err, ErrNotFound)
	}
	return get(ctx, s.db, id)
}

// List returns answers about cases whose story somebody may read, the latest first, and
// the mark of the page that follows.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) ([]Line, pagemark.Mark, error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	seen, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return nil, pagemark.Mark{}, err
	}
	all, err := list(ctx, s.db, f, seen)
	if err != nil || len(all) <= f.Limit {
		return all, pagemark.Mark{}, err
	}
	last := all[f.Limit-1]
	return all[:f.Limit], pagemark.Mark{Day: last.AnsweredOn, ID: string(last.ID)}, nil
}
