package access

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// restricted is the one action that reaches what waits for its erasure. It says
// who may look at it for a reason, and shows no more than that it is there.
const restricted = "clients.restricted"

// restrictedRow is a client, restricted or not, for who may open restricted ones.
var restrictedRow = row{restricted, ErrNoClient, selectClientSeen, func(p *prepared) Filter { return p.clients }}

// Restricted reports whether somebody may look at a client who is restricted, for
// a reason. It fails with ErrNoClient.
func (g *Gate) Restricted(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) error {
	return g.one(ctx, q, restrictedRow, who, restricted, id)
}

// Seconds is May for a step that needs a second person, on something that stands
// in no case: it fails with ErrForbidden, and with ErrOwnWork when the person
// captured it or nobody knows who did.
func (g *Gate) Seconds(ctx context.Context, q sqlite.Querier, who actor.Actor, action string, capturedBy actor.Actor) error {
	if err := g.May(ctx, who, action); err != nil {
		return err
	}
	p, err := g.prepare(ctx, q, who, policy.Inquiry{Action: action, Person: who.ID, CapturedBy: capturedBy.ID})
	switch {
	case err != nil:
		return fmt.Errorf("asking for %s: %w", action, err)
	case p.answer.Blocked:
		return ErrOwnWork
	case len(p.answer.Reaches) == 0:
		return ErrForbidden
	}
	return nil
}
