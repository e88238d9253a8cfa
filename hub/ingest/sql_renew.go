package ingest

import (
	"context"
	"time"

	"casehub/hub/registry"

	"github.com/jackc/pgx/v5"
)

// dropUncounted removes what came of an office beyond the end of its chain, forks of the
// same numbers with it, and leaves a refusal of each. It returns how many there were. The
// receipts on those numbers go, too.
func dropUncounted(ctx context.Context, tx pgx.Tx, c *chain, at time.Time) (int, error) {
	args := pgx.NamedArgs{"org_unit": c.orgUnit, "last": c.counted, "at": at, "reason": int16(keyReplaced)}
	var n int
	err := tx.QueryRow(ctx, `
WITH gone AS (
    SELECT sealed, stream_sequence
    FROM releases
    WHERE org_unit = @org_unit AND sequence > @last
    UNION ALL
    SELECT sealed, stream_sequence
    FROM forks
    WHERE org_unit = @org_unit AND sequence > @last
), refused AS (
    INSERT INTO refusals (org_unit, digest, reason, bytes, received_at, stream_sequence)
    SELECT @org_unit, sha256(sealed), @reason, octet_length(sealed), @at, stream_sequence
    FROM gone
    ON CONFLICT DO NOTHING
)
SELECT count(*)
FROM gone`, args).Scan(&n)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	for _, table := range []string{"forks", "facts", "releases", "receipts"} {
		b.Queue(`
DELETE FROM `+table+`
WHERE org_unit = @org_unit AND sequence > @last`, args)
	}
	return n, tx.SendBatch(ctx, b).Close()
}

// wholeChain locks one office and reads all of its releases.
func wholeChain(ctx context.Context, tx pgx.Tx, orgUnit uint32) (*chain, error) {
	chains, err := lockChains(ctx, tx, []uint32{orgUnit})
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
SELECT org_unit, sequence, digest, previous_digest, kind, voids_sequence, period, status, stream_sequence, arrival, true
FROM releases
WHERE org_unit = @org_unit`, pgx.NamedArgs{"org_unit": orgUnit})
	if err != nil {
		return nil, err
	}
	return chains[orgUnit], scanKept(rows, chains)
}

// keepEvidence keeps the bytes of what counted beyond the end of the chain.
func keepEvidence(ctx context.Context, tx pgx.Tx, c *chain) error {
	_, err := tx.Exec(ctx, `
INSERT INTO withdrawn (org_unit, key_id, sequence, digest, period, kind, sealed, received_at, stream_sequence, arrival)
SELECT org_unit, @key_id, sequence, digest, period, kind, sealed, received_at, stream_sequence, arrival
FROM releases
WHERE org_unit = @org_unit
    AND sequence > @last
    AND status <> 'waiting'`, pgx.NamedArgs{"org_unit": c.orgUnit, "key_id": c.key, "last": c.counted})
	return err
}

// saveRenewal keeps who replaced an office's keys and why, and tells those who follow
// the register.
func saveRenewal(ctx context.Context, tx pgx.Tx, c *chain, r renewal, d Decision, at time.Time) error {
	args := pgx.NamedArgs{
		"org_unit": c.orgUnit, "key_id": r.key, "last": r.last, "arrival": r.arrival, "withdrew": r.withdrew,
		"at": at, "who": d.Who, "reason": d.Reason,
	}
	b := &pgx.Batch{}
	b.Queue(`
INSERT INTO renewals (org_unit, key_id, last_sequence, arrival, withdrew, renewed_at, who, reason)
VALUES (@org_unit, @key_id, @last, @arrival, @withdrew, @at, @who, @reason)`, args)
	b.Queue(`
UPDATE chains
SET key_id = @key_id
WHERE org_unit = @org_unit`, args)
	b.Queue(registry.Notify)
	return tx.SendBatch(ctx, b).Close()
}

// renewals reads how the keys of an office were replaced, in order.
func renewals(ctx context.Context, tx pgx.Tx, orgUnit uint32) ([]renewal, error) {
	rows, err := tx.Query(ctx, `
SELECT key_id, last_sequence, arrival, withdrew
FROM renewals
WHERE org_unit = @org_unit
ORDER BY key_id`, pgx.NamedArgs{"org_unit": orgUnit})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r renewal, err error) {
		return r, row.Scan(&r.key, &r.last, &r.arrival, &r.withdrew)
	})
}
