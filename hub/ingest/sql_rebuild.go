package ingest

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// prepareRebuild makes the table of derived facts. To write, it also keeps every
// intake out until the end.
func prepareRebuild(ctx context.Context, tx pgx.Tx, write bool) error {
	if write {
		if _, err := tx.Exec(ctx, `LOCK TABLE chains IN EXCLUSIVE MODE`); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE rebuilt (LIKE facts) ON COMMIT DROP`)
	return err
}

// eachOffice reads the offices one by one, each with all that arrived from it in
// the order of arrival.
func eachOffice(ctx context.Context, tx pgx.Tx, use func(stored) error) error {
	rows, err := tx.Query(ctx, `
SELECT c.org_unit, c.counted_sequence, c.counted_digest, c.held_since IS NOT NULL, c.key_id, min(k.key_id)
FROM chains c
JOIN office_keys k ON k.org_unit = c.org_unit
GROUP BY c.org_unit
ORDER BY c.org_unit`)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s stored, err error) {
		err = row.Scan(&s.orgUnit, &s.counted, &s.head, &s.held, &s.key, &s.first)
		return s, err
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.arrived, err = arrivals(ctx, tx, s.orgUnit); err != nil {
			return err
		}
		if s.resumed, err = resumptions(ctx, tx, s.orgUnit); err != nil {
			return err
		}
		if s.renewed, err = renewals(ctx, tx, s.orgUnit); err != nil {
			return err
		}
		if err := use(s); err != nil {
			return err
		}
	}
	return nil
}

func arrivals(ctx context.Context, tx pgx.Tx, orgUnit uint32) ([]keptBytes, error) {
	rows, err := tx.Query(ctx, `
SELECT sequence, digest, status, 0, stream_sequence, sealed, arrival
FROM releases
WHERE org_unit = @org_unit
UNION ALL
SELECT sequence, digest, '', 0, stream_sequence, sealed, arrival
FROM forks
WHERE org_unit = @org_unit
UNION ALL
SELECT sequence, digest, '', key_id, stream_sequence, sealed, arrival
FROM withdrawn
WHERE org_unit = @org_unit
ORDER BY arrival`, pgx.NamedArgs{"org_unit": orgUnit})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k keptBytes, err error) {
		var digest []byte
		if err = row.Scan(&k.sequence, &digest, &k.standing, &k.withdrawn, &k.stream, &k.sealed, &k.arrival); err == nil {
			k.digest = [32]byte(digest)
		}
		return k, err
	})
}

// compareFacts counts the derived facts, those not stored, and those stored that
// are not derived.
func compareFacts(ctx context.Context, tx pgx.Tx) (facts, missing, extra int, err error) {
	err = tx.QueryRow(ctx, `
SELECT (SELECT count(*) FROM rebuilt),
    (SELECT count(*) FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM facts) m),
    (SELECT count(*) FROM (SELECT * FROM facts EXCEPT SELECT * FROM rebuilt) e)`).Scan(&facts, &missing, &extra)
	return facts, missing, extra, err
}

// saveStandings stores the standings and the chain that follow.
func saveStandings(ctx context.Context, tx pgx.Tx, c *chain, moved []*kept, at time.Time) error {
	b := &pgx.Batch{}
	orgs := make([]uint32, len(moved))
	for i := range moved {
		orgs[i] = c.orgUnit
	}
	moveReleases(b, orgs, moved)
	b.Queue(`
UPDATE chains
SET counted_sequence = @sequence, counted_digest = @head, key_id = @key,
    held_since = CASE WHEN @held THEN coalesce(held_since, @at) END
WHERE org_unit = @org_unit
    AND (counted_sequence, counted_digest, key_id, held_since IS NOT NULL) IS DISTINCT FROM (@sequence, @head, @key, @held)`,
		pgx.NamedArgs{"org_unit": c.orgUnit, "sequence": c.counted, "head": orEmpty(c.head), "key": c.key, "held": c.held, "at": at})
	return tx.SendBatch(ctx, b).Close()
}

// replaceFacts puts the derived facts in the place of the stored ones.
func replaceFacts(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `
DELETE FROM facts
WHERE true`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
INSERT INTO facts
SELECT *
FROM rebuilt`)
	return err
}
