package access

import (
	"context"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Watched reports whether looking at a case is recorded, whoever looks: a case of
// a sensitive type, one before which a wall stands or stood, and one that was
// opened in an emergency.
func (g *Gate) Watched(ctx context.Context, q sqlite.Querier, id string) (bool, error) {
	watched, err := selectWatched(ctx, q, []string{id}, g.sensitive())
	return len(watched) > 0, err
}

// Looked records that a person looks at a case, or at anything in it, if the case is
// watched. It is no part of a transaction.
func (g *Gate) Looked(ctx context.Context, db *sqlite.DB, now time.Time, who actor.Actor, id string) error {
	return g.LookedAt(ctx, db, now, who, []string{id})
}

// LookedAt is Looked for a page that shows the words of several cases.
func (g *Gate) LookedAt(ctx context.Context, db *sqlite.DB, now time.Time, who actor.Actor, ids []string) error {
	if who.Kind != actor.Person || len(ids) == 0 {
		return nil
	}
	watched, err := selectWatched(ctx, db, ids, g.sensitive())
	if err != nil || len(watched) == 0 {
		return err
	}
	return audit.ReadEach(ctx, db, now, who, watched)
}
