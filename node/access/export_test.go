package access

import (
	"context"
	"strings"

	"casehub/internal/actor"
)

// Without makes the gate forget one clause of its conditions: every from becomes
// to in what it answers from now on.
func (g *Gate) Without(from, to string) {
	g.rewrite = func(condition string) string { return strings.ReplaceAll(condition, from, to) }
	g.memory.now.Store(nil)
}

// ShutOut is shutOut, for tests.
func (g *Gate) ShutOut(ctx context.Context, who actor.Actor, id string) ([]Member, error) {
	return g.shutOut(ctx, who, id)
}
