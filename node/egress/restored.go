package egress

import (
	"context"
	"errors"
	"fmt"
)

// asItLeft holds the database against what the hub has of this office, before
// anything new is sent. One that was put back from before a release would count cases
// again in other groups, out of which single ones can be told; nothing of it may leave
// (invariant I16). It asks only where something waits to be sent; what does not agree
// waits for a person from then on, as it does after every restore.
func (g *Gate) asItLeft(ctx context.Context) error {
	if err := g.unpaused(ctx, g.db); err != nil {
		return err
	}
	waiting, err := countOutbox(ctx, g.db)
	if err != nil || waiting == 0 {
		return err
	}
	if _, err = g.VerifyReceipts(ctx); errors.Is(err, ErrRolledBack) {
		err = errors.Join(err, g.pause(ctx))
	}
	if err != nil {
		return fmt.Errorf("comparing with what left before: %w", err)
	}
	return nil
}
