package ingest

import (
	"context"
	"fmt"
	"time"

	"casehub/hub/registry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lockChains reads the chains of offices and keeps every other transaction from
// writing their releases. The order of the locks is the same everywhere.
func lockChains(ctx context.Context, tx pgx.Tx, orgs []uint32) (map[uint32]*chain, error) {
	rows, err := tx.Query(ctx, `
SELECT c.org_unit, c.counted_sequence, c.counted_digest, c.arrivals, c.key_id, c.held_since IS NOT NULL,
    EXISTS (SELECT FROM forks f WHERE f.org_unit = c.org_unit),
    coalesce((SELECT max(r.period) FROM releases r WHERE r.org_unit = c.org_unit AND r.status <> 'waiting' AND r.kind <> 2), 0)
FROM chains c
WHERE c.org_unit = ANY (@orgs)
ORDER BY c.org_unit
FOR UPDATE OF c`, pgx.NamedArgs{"orgs": orgs})
	if err != nil {
		return nil, err
	}
	chains := make(map[uint32]*chain, len(orgs))
	c := chain{}
	_, err = pgx.ForEachRow(rows, []any{&c.orgUnit, &c.counted, &c.head, &c.arrivals, &c.key, &c.held, &c.forked, &c.month}, func() error {
		one := c
		one.head = append([]byte(nil), c.head...)
		one.known, one.forks = map[uint32]*kept{}, map[uint32][][32]byte{}
		chains[one.orgUnit] = &one
		return nil
	})
	if err == nil && len(chains) != len(orgs) {
		err = fmt.Errorf("%d of %d offices have no chain", len(orgs)-len(chains), len(orgs))
	}
	return chains, err
}

// addWaiting adds the releases that wait. Their predecessor is in their bytes.
func addWaiting(ctx context.Context, tx pgx.Tx, chains map[uint32]*chain, orgs []uint32) error {
	rows, err := tx.Query(ctx, `
SELECT org_unit, sequence, digest, previous_digest, kind, voids_sequence, period, status, stream_sequence, arrival, false
FROM releases
WHERE org_unit = ANY (@orgs)
    AND status = 'waiting'`, pgx.NamedArgs{"orgs": orgs})
	if err != nil {
		return err
	}
	return scanKept(rows, chains)
}

// addKnown adds the releases of these numbers, with whether the hub's word on
// them says that they count.
func addKnown(ctx context.Context, tx pgx.Tx, chains map[uint32]*chain, wanted map[uint32][]uint32) error {
	var orgs, sequences []uint32
	for n, all := range wanted {
		for _, s := range all {
			if s > 0 {
				orgs, sequences = append(orgs, n), append(sequences, s)
			}
		}
	}
	rows, err := tx.Query(ctx, `
SELECT DISTINCT r.org_unit, r.sequence, r.digest, r.previous_digest, r.kind, r.voids_sequence,
    r.period, r.status, r.stream_sequence, r.arrival, coalesce(p.digest = r.digest AND p.status IN (1, 2), false)
FROM unnest(@orgs::integer[], @sequences::integer[]) AS w (org_unit, sequence)
JOIN releases r ON r.org_unit = w.org_unit AND r.sequence = w.sequence
LEFT JOIN receipts p ON p.org_unit = r.org_unit AND p.sequence = r.sequence`,
		pgx.NamedArgs{"orgs": orgs, "sequences": sequences})
	if err != nil {
		return err
	}
	return scanKept(rows, chains)
}

func scanKept(rows pgx.Rows, chains map[uint32]*chain) error {
	var orgUnit uint32
	var digest, previous []byte
	var k kept
	_, err := pgx.ForEachRow(rows, []any{
		&orgUnit, &k.sequence, &digest, &previous, &k.kind, &k.voids, &k.month, &k.standing, &k.stream, &k.arrival, &k.receipted,
	}, func() error {
		one := k
		one.digest, one.previous, one.was = [32]byte(digest), append([]byte(nil), previous...), k.standing
		chains[orgUnit].known[one.sequence] = &one
		return nil
	})
	return err
}

// addForks adds the digests of forks to the chains that have any.
func addForks(ctx context.Context, tx pgx.Tx, chains map[uint32]*chain) error {
	var orgs []uint32
	for n, c := range chains {
		if c.forked {
			orgs = append(orgs, n)
		}
	}
	if len(orgs) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `
SELECT org_unit, sequence, digest
FROM forks
WHERE org_unit = ANY (@orgs)`, pgx.NamedArgs{"orgs": orgs})
	if err != nil {
		return err
	}
	var orgUnit, sequence uint32
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&orgUnit, &sequence, &digest}, func() error {
		f := chains[orgUnit].forks
		f[sequence] = append(f[sequence], [32]byte(digest))
		return nil
	})
	return err
}

func insertReleases(b *pgx.Batch, all []arrived, at time.Time) {
	if len(all) == 0 {
		return
	}
	n := len(all)
	orgs, sequences, periods := make([]uint32, n), make([]uint32, n), make([]uint32, n)
	kinds, voids, versions := make([]int16, n), make([]uint32, n), make([]uint32, n)
	digests, previous, sealed := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	streams, arrivals, standings := make([]uint64, n), make([]int, n), make([]string, n)
	for i, r := range all {
		m := r.opened.Release
		orgs[i], sequences[i], periods[i] = r.orgUnit, r.sequence, m.GetPeriod()
		kinds[i], voids[i], versions[i] = int16(r.kind), r.voids, m.GetRegistryVersion()
		digests[i], previous[i], sealed[i] = r.kept.digest[:], orEmpty(r.previous), r.data
		streams[i], arrivals[i], standings[i] = r.kept.stream, r.arrival, string(r.standing)
	}
	b.Queue(`
INSERT INTO releases (org_unit, sequence, digest, previous_digest, period, kind, voids_sequence,
    registry_version, sealed, stream_sequence, arrival, status, received_at)
SELECT u.*, @at
FROM unnest(@orgs::integer[], @sequences::integer[], @digests::bytea[], @previous::bytea[], @periods::integer[],
    @kinds::smallint[], @voids::integer[], @versions::integer[], @sealed::bytea[],
    @streams::bigint[], @arrivals::integer[], @standings::text[]) AS u`, pgx.NamedArgs{
		"at": at, "orgs": orgs, "sequences": sequences, "digests": digests, "previous": previous, "periods": periods,
		"kinds": kinds, "voids": voids, "versions": versions, "sealed": sealed,
		"streams": streams, "arrivals": arrivals, "standings": standings,
	})
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// moveReleases saves standings that changed.
func moveReleases(b *pgx.Batch, orgs []uint32, all []*kept) {
	if len(all) == 0 {
		return
	}
	sequences, standings := make([]uint32, len(all)), make([]string, len(all))
	for i, k := range all {
		sequences[i], standings[i] = k.sequence, string(k.standing)
	}
	b.Queue(`
UPDATE releases r
SET status = u.status
FROM unnest(@orgs::integer[], @sequences::integer[], @standings::text[]) AS u (org_unit, sequence, status)
WHERE r.org_unit = u.org_unit AND r.sequence = u.sequence`,
		pgx.NamedArgs{"orgs": orgs, "sequences": sequences, "standings": standings})
}

// dropReleases removes releases that waited and do not follow, with the facts
// that never counted, and leaves a refusal of each.
func dropReleases(b *pgx.Batch, all []gone, at time.Time) {
	for _, n := range all {
		args := pgx.NamedArgs{"org_unit": n.orgUnit, "sequence": n.sequence, "at": at, "reason": int16(n.reason)}
		b.Queue(`
INSERT INTO refusals (org_unit, digest, reason, bytes, received_at, stream_sequence)
SELECT org_unit, sha256(sealed), @reason, octet_length(sealed), @at, stream_sequence
FROM releases
WHERE org_unit = @org_unit AND sequence = @sequence
ON CONFLICT DO NOTHING`, args)
		b.Queue(`
DELETE FROM facts
WHERE org_unit = @org_unit AND sequence = @sequence`, args)
		b.Queue(`
DELETE FROM releases
WHERE org_unit = @org_unit AND sequence = @sequence AND status = 'waiting'`, args)
	}
}

// insertForks keeps second releases, raises an alarm for each, and tells those
// who follow the register that an office is held.
func insertForks(b *pgx.Batch, all []arrived, at time.Time) {
	for _, f := range all {
		args := pgx.NamedArgs{
			"org_unit": f.orgUnit, "sequence": f.sequence, "digest": f.kept.digest[:], "sealed": f.data,
			"at": at, "stream": f.kept.stream, "arrival": f.arrival,
		}
		b.Queue(`
INSERT INTO forks (org_unit, sequence, digest, sealed, received_at, stream_sequence, arrival)
VALUES (@org_unit, @sequence, @digest, @sealed, @at, @stream, @arrival)`, args)
		b.Queue(`
INSERT INTO alarms (kind, org_unit, sequence, digest, raised_at)
VALUES ('fork', @org_unit, @sequence, @digest, @at)
ON CONFLICT DO NOTHING`, args)
	}
	if len(all) > 0 {
		b.Queue(registry.Notify)
	}
}

// moveChains saves chains that changed.
func moveChains(b *pgx.Batch, all []*chain, at time.Time) {
	if len(all) == 0 {
		return
	}
	n := len(all)
	orgs, sequences, heads := make([]uint32, n), make([]uint32, n), make([][]byte, n)
	arrivals, held := make([]int, n), make([]bool, n)
	for i, c := range all {
		orgs[i], sequences[i], heads[i], arrivals[i], held[i] = c.orgUnit, c.counted, orEmpty(c.head), c.arrivals, c.held
	}
	b.Queue(`
UPDATE chains c
SET counted_sequence = u.sequence, counted_digest = u.head, arrivals = u.arrivals,
    held_since = CASE WHEN u.held THEN coalesce(c.held_since, @at) END
FROM unnest(@orgs::integer[], @sequences::integer[], @heads::bytea[], @arrivals::integer[], @held::boolean[])
    AS u (org_unit, sequence, head, arrivals, held)
WHERE c.org_unit = u.org_unit
    AND (c.counted_sequence, c.arrivals, c.held_since IS NOT NULL) IS DISTINCT FROM (u.sequence, u.arrivals, u.held)`,
		pgx.NamedArgs{"orgs": orgs, "sequences": sequences, "heads": heads, "arrivals": arrivals, "held": held, "at": at})
}

// insertRefusals keeps the digest of what was refused, and why. The same bytes
// again change nothing.
func insertRefusals(b *pgx.Batch, all []message, at time.Time) {
	for _, m := range all {
		digest := m.digest()
		b.Queue(`
INSERT INTO refusals (org_unit, digest, reason, bytes, received_at, stream_sequence)
VALUES (@org_unit, @digest, @reason, @bytes, @at, @stream)
ON CONFLICT DO NOTHING`, pgx.NamedArgs{
			"org_unit": m.orgUnit, "digest": digest[:], "reason": int16(m.reason), "bytes": len(m.data),
			"at": at, "stream": m.stream,
		})
	}
}

// signed is a word with the hub's signature.
type signed struct {
	word
	signature []byte
}

// upsertReceipts saves the newest word on each release; no release may stand
// twice. A refusal takes the place of nothing but a refusal or the word that
// the same bytes wait: bytes that were refused say nothing about bytes that
// count. What counts never waits again: that word is an older one, late. Nothing is
// said to count that was withdrawn meanwhile.
func upsertReceipts(ctx context.Context, db *pgxpool.Pool, all []signed, at time.Time) error {
	n := len(all)
	orgs, sequences, digests := make([]uint32, n), make([]uint32, n), make([][]byte, n)
	status, reasons, counts, signatures := make([]int16, n), make([]int16, n), make([]uint32, n), make([][]byte, n)
	for i, w := range all {
		orgs[i], sequences[i], digests[i] = w.orgUnit, w.sequence, w.digest[:]
		status[i], reasons[i], counts[i], signatures[i] = int16(w.status), int16(w.reason), w.count, w.signature
	}
	_, err := db.Exec(ctx, `
INSERT INTO receipts AS r (org_unit, sequence, digest, status, reason, ledger_count, signature, issued_at)
SELECT u.*, @at
FROM unnest(@orgs::integer[], @sequences::integer[], @digests::bytea[], @status::smallint[], @reasons::smallint[],
    @counts::integer[], @signatures::bytea[]) AS u (org_unit, sequence, digest, status)
WHERE u.status NOT IN (1, 2)
    OR EXISTS (SELECT FROM releases k WHERE k.org_unit = u.org_unit AND k.sequence = u.sequence AND k.digest = u.digest)
ORDER BY 1, 2
ON CONFLICT (org_unit, sequence) DO UPDATE
SET digest = excluded.digest, status = excluded.status, reason = excluded.reason,
    ledger_count = excluded.ledger_count, signature = excluded.signature, issued_at = excluded.issued_at
WHERE (excluded.status <> 4 OR r.status = 4 OR r.status = 3 AND r.digest = excluded.digest)
    AND NOT (excluded.status = 3 AND r.status IN (1, 2) AND r.digest = excluded.digest)
    AND (r.digest, r.status, r.reason, r.ledger_count)
        IS DISTINCT FROM (excluded.digest, excluded.status, excluded.reason, excluded.ledger_count)`, pgx.NamedArgs{
		"at": at, "orgs": orgs, "sequences": sequences, "digests": digests, "status": status, "reasons": reasons,
		"counts": counts, "signatures": signatures,
	})
	return err
}

// dropUnfounded takes back what was said to count and was withdrawn as it was said.
func dropUnfounded(ctx context.Context, db *pgxpool.Pool) error {
	_, err := db.Exec(ctx, `
DELETE FROM receipts p
WHERE p.status IN (1, 2)
    AND NOT EXISTS (SELECT FROM releases r WHERE r.org_unit = p.org_unit AND r.sequence = p.sequence AND r.digest = p.digest)`)
	return err
}

// settleReceipts saves words that were owed, each in the place of the receipt that
// was there when they were looked for.
func settleReceipts(ctx context.Context, db *pgxpool.Pool, all []signed, at time.Time) error {
	b := &pgx.Batch{}
	for _, w := range all {
		args := pgx.NamedArgs{
			"org_unit": w.orgUnit, "sequence": w.sequence, "digest": w.digest[:], "status": int16(w.status), "reason": int16(w.reason),
			"count": w.count, "signature": w.signature, "at": at, "before": int16(w.before),
		}
		if w.before == 0 {
			b.Queue(`
INSERT INTO receipts (org_unit, sequence, digest, status, reason, ledger_count, signature, issued_at)
VALUES (@org_unit, @sequence, @digest, @status, @reason, @count, @signature, @at)
ON CONFLICT DO NOTHING`, args)
			continue
		}
		b.Queue(`
UPDATE receipts
SET digest = @digest, status = @status, reason = @reason, ledger_count = @count, signature = @signature, issued_at = @at
WHERE org_unit = @org_unit AND sequence = @sequence AND status = @before`, args)
	}
	return db.SendBatch(ctx, b).Close()
}

// unspoken reads the words that are owed: those that a hub killed between a
// commit and its receipts did not give, and those that follow from a decision of
// a person. A release that waited and is gone did not follow.
func unspoken(ctx context.Context, db *pgxpool.Pool) ([]word, error) {
	rows, err := db.Query(ctx, `
SELECT r.org_unit, r.sequence, r.digest, coalesce(p.status, 0), r.status = 'waiting', false, c.counted_sequence, c.held_since IS NOT NULL
FROM releases r
JOIN chains c ON c.org_unit = r.org_unit
LEFT JOIN receipts p ON p.org_unit = r.org_unit AND p.sequence = r.sequence
WHERE p.status IS NULL
    OR r.status <> 'waiting' AND (p.status IN (3, 4) OR p.status = 5 AND p.digest = r.digest)
    OR r.status = 'waiting' AND p.digest = r.digest AND p.reason = 11 AND c.held_since IS NULL
UNION ALL
SELECT p.org_unit, p.sequence, p.digest, p.status, false, true, c.counted_sequence, false
FROM receipts p
JOIN chains c ON c.org_unit = p.org_unit
LEFT JOIN releases r ON r.org_unit = p.org_unit AND r.sequence = p.sequence
WHERE p.status = 3 AND r.digest IS NULL`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w word, err error) {
		var digest []byte
		var waiting, gone, held bool
		if err = row.Scan(&w.orgUnit, &w.sequence, &digest, &w.before, &waiting, &gone, &w.count, &held); err != nil {
			return w, err
		}
		w.digest, w.status = [32]byte(digest), accepted
		switch {
		case gone:
			w.status, w.reason = refused, chainBroken
		case waiting && held:
			w.status, w.reason = waits, officeHeld
		case waiting:
			w.status, w.reason = waits, gap
		}
		return w, nil
	})
}

// receiptsSince reads receipts of an office in ascending order.
func receiptsSince(ctx context.Context, db *pgxpool.Pool, orgUnit, after uint32, limit int) ([]signed, error) {
	rows, err := db.Query(ctx, `
SELECT org_unit, sequence, digest, status, reason, ledger_count, signature
FROM receipts
WHERE org_unit = @org_unit AND sequence > @after
ORDER BY sequence
LIMIT @limit`, pgx.NamedArgs{"org_unit": orgUnit, "after": after, "limit": limit})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s signed, err error) {
		var digest []byte
		if err = row.Scan(&s.orgUnit, &s.sequence, &digest, &s.status, &s.reason, &s.count, &s.signature); err == nil {
			s.digest = [32]byte(digest)
		}
		return s, err
	})
}
