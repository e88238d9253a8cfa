package ingest

import (
	"context"
	"time"

	"casehub/hub/registry"

	"github.com/jackc/pgx/v5"
)

func forkedBytes(ctx context.Context, tx pgx.Tx, orgUnit uint32) ([]message, error) {
	rows, err := tx.Query(ctx, `
SELECT org_unit, stream_sequence, sealed
FROM forks
WHERE org_unit = @org_unit
ORDER BY arrival`, pgx.NamedArgs{"org_unit": orgUnit})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m message, err error) {
		err = row.Scan(&m.orgUnit, &m.stream, &m.data)
		return m, err
	})
}

// dropForks removes forks of numbers that became free: each is put to its chain
// again in the same transaction.
func dropForks(ctx context.Context, tx pgx.Tx, freed []message) error {
	for _, m := range freed {
		_, err := tx.Exec(ctx, `
DELETE FROM forks
WHERE org_unit = @org_unit AND sequence = @sequence AND digest = @digest`, pgx.NamedArgs{
			"org_unit": m.orgUnit, "sequence": m.opened.Release.GetSequence(), "digest": m.opened.Digest[:],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// saveDecision keeps who decided and why, closes the office's alarms, and tells
// those who follow the register.
func saveDecision(ctx context.Context, tx pgx.Tx, c *chain, d Decision, at time.Time) error {
	args := pgx.NamedArgs{"org_unit": c.orgUnit, "arrival": c.arrivals, "at": at, "who": d.Who, "reason": d.Reason}
	b := &pgx.Batch{}
	b.Queue(`
INSERT INTO resumptions (org_unit, arrival, resumed_at, who, reason)
VALUES (@org_unit, @arrival, @at, @who, @reason)`, args)
	b.Queue(`
UPDATE alarms
SET resumption = @arrival
WHERE org_unit = @org_unit
    AND resumption IS NULL`, args)
	b.Queue(registry.Notify)
	return tx.SendBatch(ctx, b).Close()
}

// resumptions reads the arrivals after which a person let an office go on.
func resumptions(ctx context.Context, tx pgx.Tx, orgUnit uint32) ([]int, error) {
	rows, err := tx.Query(ctx, `
SELECT arrival
FROM resumptions
WHERE org_unit = @org_unit
ORDER BY arrival`, pgx.NamedArgs{"org_unit": orgUnit})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}
