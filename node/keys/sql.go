package keys

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"casehub/internal/sqlite"
)

// notes is what the database remembers of the keys.
type notes struct {
	generation            int
	rekeyedAt, recoveryAt time.Time // zero: at the set-up
}

// noted returns the notes; in a node whose keys never changed there are none.
func noted(ctx context.Context, q sqlite.Querier) (notes, error) {
	n := notes{generation: 1}
	var rekeyed, recovery sql.NullInt64
	err := q.QueryRow(ctx, `
SELECT generation, rekeyed_at, recovery_at
FROM key_notes`, nil).Scan(&n.generation, &rekeyed, &recovery)
	if errors.Is(err, sqlite.ErrNoRows) {
		return n, nil
	}
	n.rekeyedAt, n.recoveryAt = sqlite.Instant(rekeyed.Int64), sqlite.Instant(recovery.Int64)
	return n, err
}

// noteGeneration notes a change of the master key, which brings new recovery
// words with it.
func noteGeneration(ctx context.Context, tx *sqlite.Tx, generation int, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO key_notes (one, generation, rekeyed_at, recovery_at)
VALUES (1, @generation, @now, @now)
ON CONFLICT (one) DO UPDATE SET generation = @generation, rekeyed_at = @now, recovery_at = @now`, sqlite.Args{
		"generation": generation, "now": now.UnixMilli(),
	})
	return err
}

func noteRecovery(ctx context.Context, tx *sqlite.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO key_notes (one, recovery_at)
VALUES (1, @now)
ON CONFLICT (one) DO UPDATE SET recovery_at = @now`, sqlite.Args{"now": now.UnixMilli()})
	return err
}
