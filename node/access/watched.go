package access

import (
	"context"

	"casehub/internal/sqlite"
)

// Watched reports whether looking at a case is recorded, whoever looks: a case of
// a sensitive type, one before which a wall stands or stood, and one that was
// opened in an emergency.
func (g *Gate) Watched(ctx context.Context, q sqlite.Querier, id string) (bool, error) {
	return selectWatched(ctx, q, id, g.sensitive())
}
