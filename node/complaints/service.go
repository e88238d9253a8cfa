package complaints

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
	"casehub/node/cases"
)

// editing is the action of whoever records complaints.
const editing = "complaints.edit"

// Service does what the office does with complaints. Every operation asks the gate,
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

// Record saves a new complaint and returns it as it was saved: the identifier and the
// times are given here.
func (s *Service) Record(ctx context.Context, who actor.Actor, c Complaint) (Complaint, error) {
	now := s.now()
	c.ID, c.CreatedAt, c.UpdatedAt, c.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.fits(ctx, tx, who, c); err != nil {
			return err
		}
		if err := insertComplaint(ctx, tx, c); err != nil {
			return fmt.Errorf("recording a complaint: %w", err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "complaint.recorded", string(c.ID), string(c.CaseID), changes(Complaint{}, c)...)
	})
	if err != nil {
		return Complaint{}, err
	}
	return c, nil
}

// Update saves everything but the case of c over the version that it was read as. It
// fails with ErrChanged when somebody saved it since, and with ErrNotFound.
func (s *Service) Update(ctx context.Context, who actor.Actor, c Complaint) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := get(ctx, tx, c.ID)
		if err != nil {
			return fmt.Errorf("updating complaint %s: %w", c.ID, err)
		}
		c.CaseID, c.UpdatedAt = old.CaseID, sqlite.Stamp(now)
		if err := s.fits(ctx, tx, who, c); err != nil {
			return access.Hidden(err, ErrNotFound)
		}
		if err := updateComplaint(ctx, tx, c); err != nil {
			return fmt.Errorf("updating complaint %s: %w", c.ID, err)
		}
		return audit.RecordWithin(ctx, tx, now, who, "complaint.updated", string(c.ID), string(c.CaseID), changes(old, c)...)
	})
}

// Remove deletes a complaint that was recorded by mistake, for a reason that the audit
// keeps.
func (s *Service) Remove(ctx context.Context, who actor.Actor, id ID, why string) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		old, err := get(ctx, tx, id)
		if err != nil {
			return fmt.Errorf("deleting complaint %s: %w", id, err)
		}
		if err := s.gate.Needs(ctx, tx, who, editing, string(old.CaseID), access.ReadsNarrative); err != nil {
			return access.Hidden(err, ErrNotFound)
		}
		what, err := audit.Because(why, changes(old, Complaint{}))
		if err != nil {
			return err
		}
		if err := deleteComplaint(ctx, tx, id); err != nil {
			return fmt.Errorf("deleting complaint %s: %w", id, err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "complaint.removed", string(id), string(old.CaseID), what...)
	})
}

// fits reports whether a complaint holds and the person may record it: whoever does
// reads the story of the case.
func (s *Service) fits(ctx context.Context, tx *sqlite.Tx, who actor.Actor, c Complaint) error {
	if c.CaseID == "" {
		return c.Check()
	}
	if err := s.gate.Needs(ctx, tx, who, editing, string(c.CaseID), access.ReadsNarrative); err != nil {
		return fmt.Errorf("recording a complaint: %w", err)
	}
	of, err := cases.Get(ctx, tx, c.CaseID)
	if err != nil {
		return fmt.Errorf("recording a complaint: %w", err)
	}
	return c.Validate(s.reg, of.OpenedOn, civil.On(s.now()))
}

// ByID returns a complaint of a case whose story the person may read. It fails with
// ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Complaint, error) {
	c, err := get(ctx, s.db, id)
	if err := access.GoOn(err, ErrNotFound); err != nil {
		return Complaint{}, err
	}
	may, err := s.gate.Classes(ctx, s.db, who, string(c.CaseID))
	if err == nil && !may.Narrative {
		err = ErrNotFound
	}
	if err != nil {
		return Complaint{}, access.Hidden(err, ErrNotFound)
	}
	return c, nil
}

// List returns complaints of cases whose story somebody may read, the latest first,
// and the mark of the page that follows.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) ([]Line, pagemark.Mark, error) {
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	seen, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return nil, pagemark.Mark{}, err
	}
	edits, err := s.gate.Cases(ctx, who, editing)
	if err != nil {
		return nil, pagemark.Mark{}, err
	}
	all, err := list(ctx, s.db, f, seen, edits)
	if err != nil || len(all) <= f.Limit {
		return all, pagemark.Mark{}, err
	}
	last := all[f.Limit-1]
	return all[:f.Limit], pagemark.Mark{Day: last.FiledOn, ID: string(last.ID)}, nil
}

// Unanswered counts the complaints of List that have no answer yet.
func (s *Service) Unanswered(ctx context.Context, who actor.Actor) (int, error) {
	seen, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return 0, err
	}
	return countUnanswered(ctx, s.db, seen)
}
