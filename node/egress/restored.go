package egress

import (
	"context"
	"errors"
	"fmt"

	"casehub/internal/errs"
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
	return g.compares(ctx)
}

// compares asks the hub what it has of this office, and lets everything wait for a
// person when that does not agree.
func (g *Gate) compares(ctx context.Context) error {
	_, err := g.VerifyReceipts(ctx)
	if errors.Is(err, ErrRolledBack) {
		err = errors.Join(err, g.pause(ctx))
	}
	if err != nil {
		return fmt.Errorf("comparing with what left before: %w", err)
	}
	return nil
}

// ErrUnasked reports a draft that is not handed out, because the hub could not be asked
// since the database was put back.
var ErrUnasked = errs.New(errs.Conflict, "egress.unasked")

// asTold holds what was told after a pause against the hub's own words, before a draft
// is handed out: until the hub has counted a release since, it rests on one person's word.
func (g *Gate) asTold(ctx context.Context) error {
	own, err := g.Own(ctx)
	if err != nil || own.BackAt.IsZero() {
		return err
	}
	if err := g.unpaused(ctx, g.db); err != nil {
		return err
	}
	if err := g.compares(ctx); err != nil {
		return errors.Join(ErrUnasked, err)
	}
	return nil
}
