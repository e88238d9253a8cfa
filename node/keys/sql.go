package keys

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"casehub/internal/sqlite"
)

// notes is what the database remembers of the keys.
type notes struct {
	generation            int
	revision              int      // of the key file; 0 before the first note
	others                []string // slots that are no password's, of that revision
	putBackAt             time.Time
	putBackWords          bool
	rekeyedAt, recoveryAt time.Time // zero: at the set-up
}

// noted returns the notes; in a node whose keys never changed there are none.
func noted(ctx context.Context, q sqlite.Querier) (notes, error) {
	n := notes{generation: 1}
	var rekeyed, recovery, putBack sql.NullInt64
	var others string
	err := q.QueryRow(ctx, `
SELECT generation, rekeyed_at, recovery_at, revision, others, put_back_at, put_back_words
FROM key_notes`, nil).Scan(&n.generation, &rekeyed, &recovery, &n.revision, &others, &putBack, &n.putBackWords)
	if errors.Is(err, sqlite.ErrNoRows) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	n.rekeyedAt, n.recoveryAt, n.putBackAt = sqlite.Instant(rekeyed.Int64), sqlite.Instant(recovery.Int64), sqlite.Instant(putBack.Int64)
	return n, json.Unmarshal([]byte(others), &n.others)
}

// noteRevision notes the newest key file. An older one changes nothing.
func noteRevision(ctx context.Context, q sqlite.Querier, revision int, others []string) error {
	list, err := json.Marshal(others)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `
INSERT INTO key_notes (one, revision, others)
VALUES (1, @revision, @others)
ON CONFLICT (one) DO UPDATE SET revision = @revision, others = @others
WHERE key_notes.revision < @revision`, sqlite.Args{"revision": revision, "others": string(list)})
	return err
}

// notePutBack notes that an older key file was met, and whether its recovery words
// are others than those that counted.
func notePutBack(ctx context.Context, tx *sqlite.Tx, now time.Time, words bool) error {
	_, err := tx.Exec(ctx, `
UPDATE key_notes
SET put_back_at = @now, put_back_words = max(put_back_words, @words)`, sqlite.Args{"now": now.UnixMilli(), "words": words})
	return err
}

// noteLooked takes the note of an older key file away and returns how many notes
// there were.
func noteLooked(ctx context.Context, tx *sqlite.Tx) (int64, error) {
	return tx.Exec(ctx, `
UPDATE key_notes
SET put_back_at = NULL
WHERE put_back_at IS NOT NULL`, nil)
}

// noteGeneration notes a change of the master key, which brings new recovery
// words with it.
func noteGeneration(ctx context.Context, tx *sqlite.Tx, generation int, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO key_notes (one, generation, rekeyed_at, recovery_at)
VALUES (1, @generation, @now, @now)
ON CONFLICT (one) DO UPDATE SET generation = @generation, rekeyed_at = @now, recovery_at = @now, put_back_words = 0`, sqlite.Args{
		"generation": generation, "now": now.UnixMilli(),
	})
	return err
}

func noteRecovery(ctx context.Context, tx *sqlite.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO key_notes (one, recovery_at)
VALUES (1, @now)
ON CONFLICT (one) DO UPDATE SET recovery_at = @now, put_back_words = 0`, sqlite.Args{"now": now.UnixMilli()})
	return err
}
