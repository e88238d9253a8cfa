package access

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// Second is May for a step on the organisation as a whole that needs a second
// person: it fails with ErrOwnWork when that person is one of those who did what is
// approved, and when nobody knows who did, and with ErrForbidden for who may not
// approve at all.
func (g *Gate) Second(ctx context.Context, q sqlite.Querier, who actor.Actor, action string, did ...actor.Actor) error {
	if err := g.May(ctx, who, action); err != nil {
		return err
	}
	if len(did) == 0 {
		return ErrOwnWork
	}
	for _, d := range did {
		p, err := g.prepare(ctx, q, who, policy.Inquiry{Action: action, Person: who.ID, CapturedBy: d.ID})
		switch {
		case err != nil:
			return fmt.Errorf("asking for %s: %w", action, err)
		case p.answer.Blocked:
			return ErrOwnWork
		case len(p.answer.Reaches) == 0:
			return ErrForbidden
		}
	}
	return nil
}
