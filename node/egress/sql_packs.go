package egress

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
)

func insertPack(ctx context.Context, tx *sqlite.Tx, t Taken) error {
	_, err := tx.Exec(ctx, `
INSERT INTO packs (name, version, digest, file, taken_at, registry)
VALUES (@name, @version, @digest, @file, @at, nullif(@registry, 0))`, sqlite.Args{
		"name": t.Name, "version": t.Version, "digest": t.Digest, "file": t.file, "at": t.TakenAt.UnixMilli(), "registry": t.Registry,
	})
	return err
}

// selectSeen returns the newest pack of a name that was ever taken.
func selectSeen(ctx context.Context, q sqlite.Querier, name string) (pack.Seen, error) {
	var s pack.Seen
	var digest []byte
	err := q.QueryRow(ctx, `
SELECT version, digest
FROM packs
WHERE name = @name
ORDER BY version DESC
LIMIT 1`, sqlite.Args{"name": name}).Scan(&s.Version, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return pack.Seen{}, nil
	}
	copy(s.Digest[:], digest)
	return s, err
}

const packColumns = `p.name, p.version, p.digest, p.file, p.taken_at, coalesce(p.registry, 0), coalesce(p.accepted_at, 0), p.accepted_by`

func scanPack(s scanner) (Taken, error) {
	var t Taken
	var taken, accepted int64
	err := s.Scan(&t.Name, &t.Version, &t.Digest, &t.file, &taken, &t.Registry, &accepted, &t.AcceptedBy)
	t.TakenAt, t.AcceptedAt = instant(taken), instant(accepted)
	return t, err
}

// selectNewestPacks reads the newest pack of each name, without the roots, the
// national one first.
func selectNewestPacks(ctx context.Context, q sqlite.Querier) ([]Taken, error) {
	rows, err := q.Query(ctx, `
SELECT `+packColumns+`
FROM packs p
WHERE p.name <> @roots AND p.version = (SELECT max(o.version) FROM packs o WHERE o.name = p.name)
ORDER BY p.name`, sqlite.Args{"roots": pack.RootsPack})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Taken, error) { return scanPack(r) })
}

// selectRegistryPacks reads the national packs that bring code lists, the first
// first.
func selectRegistryPacks(ctx context.Context, q sqlite.Querier) ([]Taken, error) {
	return selectPacksOf(ctx, q, pack.National, true)
}

// selectPacksOf reads the packs of a name, the first first; those alone that ask for
// something, where asking.
func selectPacksOf(ctx context.Context, q sqlite.Querier, name string, asking bool) ([]Taken, error) {
	rows, err := q.Query(ctx, `
SELECT `+packColumns+`
FROM packs p
WHERE p.name = @name AND (NOT @asking OR p.registry IS NOT NULL)
ORDER BY p.version`, sqlite.Args{"name": name, "asking": asking})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Taken, error) { return scanPack(r) })
}

// selectRoots reads the files of later roots, the first first.
func selectRoots(ctx context.Context, q sqlite.Querier) ([][]byte, error) {
	rows, err := q.Query(ctx, `
SELECT file
FROM packs
WHERE name = @roots
ORDER BY version`, sqlite.Args{"roots": pack.RootsPack})
	return sqlite.Collect(rows, err, func(r *sql.Rows) ([]byte, error) {
		var b []byte
		return b, r.Scan(&b)
	})
}

// acceptPack notes who accepted what a pack asks for. It reports whether that waited
// for it.
func acceptPack(ctx context.Context, tx *sqlite.Tx, name string, version uint32, who string, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
UPDATE packs
SET accepted_at = @at, accepted_by = @who
WHERE name = @name AND version = @version AND registry IS NOT NULL AND accepted_at IS NULL`, sqlite.Args{
		"name": name, "version": version, "who": who, "at": at.UnixMilli(),
	})
	return n == 1, err
}

// emptyLedger makes the ledger one that never published anything and counts from
// the month after through. It is for a transaction that is rolled back.
func emptyLedger(ctx context.Context, tx *sqlite.Tx, reg *codelist.Registry, through civil.Month) error {
	for _, statement := range []string{
		`DROP TRIGGER ledger_entries_stay_for_ever`, `DROP TRIGGER ledger_events_stay`, `DROP TRIGGER ledger_groups_stay_for_ever`,
		`DROP TRIGGER ledger_fallen_stay_for_ever`, `DROP TRIGGER ledger_fallen_entries_stay_for_ever`,
		`DELETE FROM ledger_fallen`, `DELETE FROM ledger_fallen_entries`, `DELETE FROM ledger_entries`, `DELETE FROM ledger_events`, `DELETE FROM ledger_groups`, `DELETE FROM ledger_rules`,
	} {
		if _, err := tx.Exec(ctx, statement, nil); err != nil {
			return err
		}
	}
	for _, set := range reg.Plan.DataSets {
		_, err := tx.Exec(ctx, `
INSERT INTO ledger_elsewhere (data_set, through, by, at)
VALUES (@set, @through, '', 0)
ON CONFLICT (data_set) DO UPDATE
SET through = max(through, excluded.through)`, sqlite.Args{"set": set.Number, "through": through})
		if err != nil {
			return err
		}
	}
	return nil
}
