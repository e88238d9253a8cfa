package egress

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// selectPause returns the oldest pause that nobody ended, or false.
func selectPause(ctx context.Context, q sqlite.Querier) (Pause, bool, error) {
	var p Pause
	var at int64
	err := q.QueryRow(ctx, `
SELECT at, found
FROM release_pauses
WHERE ended_at IS NULL
ORDER BY id
LIMIT 1`, nil).Scan(&at, &p.Found)
	if errors.Is(err, sql.ErrNoRows) {
		return Pause{}, false, nil
	}
	p.At = instant(at)
	return p, err == nil, err
}

func insertPause(ctx context.Context, tx *sqlite.Tx, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO release_pauses (at, found) VALUES (@at, 1)`, sqlite.Args{"at": at.UnixMilli()})
	return err
}

func endPause(ctx context.Context, tx *sqlite.Tx, told uint32, at time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE release_pauses
SET ended_at = @at, told = @told
WHERE ended_at IS NULL`, sqlite.Args{"at": at.UnixMilli(), "told": told})
	return err
}

// selectDigest reads the digest of a release that is here or was lost.
func selectDigest(ctx context.Context, q sqlite.Querier, sequence uint32) ([]byte, error) {
	var digest []byte
	err := q.QueryRow(ctx, `
SELECT digest FROM releases WHERE sequence = @sequence
UNION ALL
SELECT digest FROM releases_lost WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence}).Scan(&digest)
	return digest, err
}

func insertLost(ctx context.Context, tx *sqlite.Tx, sequence uint32, digest []byte, through civil.Month, at time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO releases_lost (sequence, digest, period, noted_at)
VALUES (@sequence, @digest, @period, @at)`, sqlite.Args{"sequence": sequence, "digest": digest, "period": through, "at": at.UnixMilli()})
	return err
}

// Lost is a release that left from a database that is gone.
type Lost struct {
	Sequence uint32
	Digest   []byte
	// Through is the month up to which nothing is counted any more.
	Through civil.Month
}

// selectLost reads the lost releases, the first first: none from a database of before
// there were any.
func selectLost(ctx context.Context, q sqlite.Querier) ([]Lost, error) {
	var known bool
	err := q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pragma_table_info('releases_lost'))`, nil).Scan(&known)
	if err != nil || !known {
		return nil, err
	}
	rows, err := q.Query(ctx, `
SELECT sequence, digest, period
FROM releases_lost
ORDER BY sequence`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Lost, error) {
		var l Lost
		return l, r.Scan(&l.Sequence, &l.Digest, &l.Through)
	})
}

// elsewhereToo gives up also measures that no plan here has yet, or has any more: a
// plan that was accepted in the database that is gone may have brought them.
func elsewhereToo(ctx context.Context, tx *sqlite.Tx, through civil.Month, at time.Time) error {
	_, err := tx.Exec(ctx, `
WITH RECURSIVE numbers (n) AS (
    SELECT 1
    UNION ALL
    SELECT n + 1 FROM numbers WHERE n < 99
)
INSERT INTO ledger_elsewhere (data_set, through, by, at)
SELECT n, @through, @by, @at
FROM numbers
WHERE true
ON CONFLICT (data_set) DO UPDATE
SET through = excluded.through, by = excluded.by, at = excluded.at
WHERE excluded.through > ledger_elsewhere.through`, sqlite.Args{"through": through, "by": actor.Node().String(), "at": at.UnixMilli()})
	return err
}

// selectAfar reports whether a draft was ever handed out, or somebody ever could approve
// from afar, as far as is known here.
func selectAfar(ctx context.Context, q sqlite.Querier) (yes bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM release_handed) OR EXISTS (SELECT 1 FROM remote_approvers)`, nil).Scan(&yes)
	return yes, err
}

// isLost reports whether a receipt is of a release that was lost.
func isLost(ctx context.Context, q sqlite.Querier, r *releasev1.Receipt) (yes bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM releases_lost WHERE sequence = @sequence AND digest = @digest)`,
		sqlite.Args{"sequence": r.GetSequence(), "digest": r.GetReleaseDigest()}).Scan(&yes)
	return yes, err
}
