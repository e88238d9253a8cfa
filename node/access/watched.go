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
	return selectWatched(ctx, q, id, g.sensitive())
}

// Looked records that a person looks at a case, or at anything in it, if the case is
// watched. It is no part of a transaction.
func (g *Gate) Looked(ctx context.Context, db *sqlite.DB, now time.Time, who actor.Actor, id string) error {
	watched, err := g.Watched(ctx, db, id)
	if err != nil || !watched || who.Kind != actor.Person {
		return err
	}
	return audit.Read(ctx, db, now, who, id)
}
