package consultations

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pagemark"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// ErrNoVisit reports a visit that is not there, or not for this person.
var ErrNoVisit = errs.New(errs.NotFound, "consultations.no-visit")

// Visit is somebody who came, was advised and was not registered: an older register has
// no more of them than what they called themselves. Nobody can say who it was, so that
// visits are for whoever nothing is hidden from.
type Visit struct {
	ID     string
	Type   codelist.Code // leaf of the code list case_types
	HeldOn civil.Date
	Called string
	Note   string
}

// LogValue lets a log show the identifier and nothing else.
func (v Visit) LogValue() slog.Value { return slog.StringValue(v.ID) }

// Format writes the identifier, whatever the verb.
func (v Visit) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.ID) }

// Visits returns the visits of a filter, the latest first, and the mark of the page that
// follows; none for somebody from whom anything is hidden. Client, case and worker
// narrow nothing here.
func (s *Service) Visits(ctx context.Context, who actor.Actor, f Filter) ([]Visit, pagemark.Mark, error) {
	none := pagemark.Mark{}
	if err := s.gate.May(ctx, who, "clients.read"); err != nil {
		return nil, none, err
	}
	if all, err := s.gate.HidesNothing(ctx, s.db, who); err != nil || !all {
		return nil, none, err
	}
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	list, err := visits(ctx, s.db, f)
	if err != nil || len(list) <= f.Limit {
		return list, none, err
	}
	last := list[f.Limit-1]
	return list[:f.Limit], pagemark.Mark{Day: last.HeldOn, ID: last.ID}, nil
}

// Visit returns one visit. It fails with ErrNoVisit.
func (s *Service) Visit(ctx context.Context, who actor.Actor, id string) (Visit, error) {
	if err := s.gate.May(ctx, who, editing); err != nil {
		return Visit{}, err
	}
	all, err := s.gate.HidesNothing(ctx, s.db, who)
	if err == nil && !all {
		err = ErrNoVisit
	}
	if err != nil {
		return Visit{}, err
	}
	return visitByID(ctx, s.db, id)
}

// RemoveVisit deletes a visit for a reason that the audit keeps: somebody asks for it, or
// it was brought by mistake. An import does not bring it again. It fails with ErrNoVisit.
func (s *Service) RemoveVisit(ctx context.Context, who actor.Actor, id, why string) error {
	if _, err := s.Visit(ctx, who, id); err != nil {
		return err
	}
	what, err := audit.Because(why, nil)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := deleteVisit(ctx, tx, id)
		if err != nil {
			return fmt.Errorf("deleting a visit: %w", err)
		}
		if n == 0 {
			return ErrNoVisit
		}
		return audit.Record(ctx, tx, s.now(), who, "visit.removed", id, what...)
	})
}
