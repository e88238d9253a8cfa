package consents

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Terms returns how long consents hold, in the order of the purposes.
func (s *Service) Terms(ctx context.Context) ([]Term, error) {
	found, err := terms(ctx, s.db)
	slices.SortFunc(found, func(a, b Term) int { return slices.Index(Purposes(), a.Purpose) - slices.Index(Purposes(), b.Purpose) })
	return found, err
}

// SetTerms changes how long consents hold that are given from now on.
func (s *Service) SetTerms(ctx context.Context, who actor.Actor, terms []Term) error {
	if err := s.gate.May(ctx, who, "organisation.manage"); err != nil {
		return err
	}
	for _, t := range terms {
		if err := oneOf(errPurpose, t.Purpose, Purposes()); err != nil {
			return err
		}
		if t.Months < 0 || t.Months > monthsMost {
			return errMonths.On("months_"+string(t.Purpose)).With("most", monthsMost)
		}
	}
	before, err := s.Terms(ctx)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		for _, t := range terms {
			i := slices.IndexFunc(before, func(b Term) bool { return b.Purpose == t.Purpose })
			if i >= 0 && before[i] == t {
				continue
			}
			if err := updateTerm(ctx, tx, t); err != nil {
				return fmt.Errorf("setting how long consents hold: %w", err)
			}
			change := audit.Change{Field: "months", New: fmt.Sprint(t.Months)}
			if i >= 0 {
				change.Old = fmt.Sprint(before[i].Months)
			}
			err := audit.Record(ctx, tx, s.now(), who, "consent.term-set", string(t.Purpose), change)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
