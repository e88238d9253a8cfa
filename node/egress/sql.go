package egress

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// lastRelease is the newest release, also one that was lost; its zero value stands before the first.
type lastRelease struct {
	sequence uint32
	period   civil.Month
	digest   []byte
}

func selectLast(ctx context.Context, q sqlite.Querier) (lastRelease, error) {
	var l lastRelease
	err := q.QueryRow(ctx, `
SELECT sequence, period, digest
FROM releases
UNION ALL
SELECT sequence, period, digest
FROM releases_lost
ORDER BY sequence DESC
LIMIT 1`, nil).Scan(&l.sequence, &l.period, &l.digest)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return l, err
}

// selectSealedLast returns when the newest release was sealed, or the zero time.
func selectSealedLast(ctx context.Context, q sqlite.Querier) (time.Time, error) {
	var ms int64
	err := q.QueryRow(ctx, `SELECT coalesce(max(sealed_at), 0) FROM releases`, nil).Scan(&ms)
	return instant(ms), err
}

// insertRelease stores a sealed release and puts it into the outbox.
func insertRelease(ctx context.Context, tx *sqlite.Tx, r Release, sealed []byte) error {
	_, err := tx.Exec(ctx, `
INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at)
VALUES (@sequence, @kind, @period, nullif(@voids, 0), @digest, @sealed, @at)`, sqlite.Args{
		"sequence": r.Sequence, "kind": r.Kind, "period": r.Period, "voids": r.Voids, "digest": r.Digest, "sealed": sealed,
		"at": r.SealedAt.UnixMilli(),
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO outbox (sequence) VALUES (@sequence)`, sqlite.Args{"sequence": r.Sequence})
	return err
}

const releaseColumns = `sequence, kind, period, coalesce(voids_sequence, 0), digest, sealed_at, coalesce(sent_at, 0), coalesce(receipted_at, 0), status, reason`

type scanner interface{ Scan(...any) error }

func scanRelease(s scanner) (Release, error) {
	var r Release
	var sealed, sent, receipted int64
	err := s.Scan(&r.Sequence, &r.Kind, &r.Period, &r.Voids, &r.Digest, &sealed, &sent, &receipted, &r.Status, &r.Reason)
	r.SealedAt, r.SentAt, r.ReceiptedAt = instant(sealed), instant(sent), instant(receipted)
	return r, err
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func selectRelease(ctx context.Context, q sqlite.Querier, sequence uint32) (Release, error) {
	return scanRelease(q.QueryRow(ctx, `
SELECT `+releaseColumns+`
FROM releases
WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence}))
}

func selectReleases(ctx context.Context, q sqlite.Querier) ([]Release, error) {
	rows, err := q.Query(ctx, `
SELECT `+releaseColumns+`
FROM releases
ORDER BY sequence DESC`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Release, error) { return scanRelease(r) })
}

func selectSealed(ctx context.Context, q sqlite.Querier, sequence uint32) ([]byte, error) {
	var b []byte
	err := q.QueryRow(ctx, `SELECT sealed FROM releases WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence}).Scan(&b)
	return b, err
}

// selectIssued reads what kind of release each was, the first first.
func selectIssued(ctx context.Context, q sqlite.Querier) ([]issued, error) {
	rows, err := q.Query(ctx, `
SELECT sequence, kind, coalesce(voids_sequence, 0)
FROM releases
ORDER BY sequence`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (issued, error) {
		var i issued
		return i, r.Scan(&i.sequence, &i.kind, &i.voids)
	})
}

// selectBlocks counts, of the groups of a release, the events that stood in one
// that was taken back, and the people behind them. Where a record counts for as many
// as it says, those with an entry in the group are none of its people anyway.
func selectBlocks(ctx context.Context, q sqlite.Querier, sequence uint32, weighted uint32) (map[groupKey]block, error) {
	rows, err := q.Query(ctx, `
SELECT g.data_set, g.level, g.category_option, sum(e.weight),
    count(DISTINCT CASE WHEN g.data_set <> @weighted OR NOT EXISTS (
        SELECT 1
        FROM ledger_entries n
        JOIN ledger_events v ON v.id = n.event_id
        WHERE n.group_id = g.id AND v.source_id = e.source_id
    ) THEN coalesce(p.person, e.client_id) END)
FROM ledger_groups g
JOIN ledger_events e ON e.group_id = g.id
LEFT JOIN ledger_persons p ON p.client_id = e.client_id
WHERE g.sequence = @sequence AND g.again IS NULL AND e.block IS NOT NULL
GROUP BY g.id`, sqlite.Args{"sequence": sequence, "weighted": weighted})
	all := map[groupKey]block{}
	_, err = sqlite.Collect(rows, err, func(r *sql.Rows) (groupKey, error) {
		var k groupKey
		var b block
		err := r.Scan(&k.dataSet, &k.level, &k.code, &b.events, &b.people)
		all[k] = b
		return k, err
	})
	return all, err
}

// outgoing is one release as it was sealed.
type outgoing struct {
	sequence       uint32
	sealed, digest []byte
}

func selectOutbox(ctx context.Context, q sqlite.Querier) ([]outgoing, error) {
	rows, err := q.Query(ctx, `
SELECT o.sequence, r.sealed, r.digest
FROM outbox o
JOIN releases r ON r.sequence = o.sequence
ORDER BY o.sequence`, nil)
	return sqlite.Collect(rows, err, scanOutgoing)
}

// selectAllSealed reads every release that was ever sealed, the first first.
func selectAllSealed(ctx context.Context, q sqlite.Querier) ([]outgoing, error) {
	rows, err := q.Query(ctx, `
SELECT sequence, sealed, digest
FROM releases
ORDER BY sequence`, nil)
	return sqlite.Collect(rows, err, scanOutgoing)
}

func scanOutgoing(r *sql.Rows) (outgoing, error) {
	var o outgoing
	return o, r.Scan(&o.sequence, &o.sealed, &o.digest)
}

func countOutbox(ctx context.Context, q sqlite.Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM outbox`, nil).Scan(&n)
	return n, err
}

// countUnanswered counts releases in the outbox that the hub has not yet spoken
// on for good: WAITING can still become ACCEPTED once an earlier one arrives.
func countUnanswered(ctx context.Context, q sqlite.Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM outbox o
JOIN releases r ON r.sequence = o.sequence
WHERE r.status IN (@none, @waiting)`, sqlite.Args{
		"none":    releasev1.ReceiptStatus_RECEIPT_STATUS_UNSPECIFIED,
		"waiting": releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING,
	}).Scan(&n)
	return n, err
}

// selectReceiptedUpTo returns the sequence before the oldest in the outbox, or
// the newest of all when the outbox is empty.
func selectReceiptedUpTo(ctx context.Context, q sqlite.Querier) (uint32, error) {
	var n uint32
	err := q.QueryRow(ctx, `
SELECT coalesce((SELECT min(sequence) - 1 FROM outbox), (SELECT max(sequence) FROM releases), 0)`, nil).Scan(&n)
	return n, err
}

// selectReceipted returns the releases that left the outbox by their receipt.
func selectReceipted(ctx context.Context, q sqlite.Querier) ([]uint32, error) {
	rows, err := q.Query(ctx, `
SELECT sequence
FROM releases
WHERE receipted_at IS NOT NULL
ORDER BY sequence`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (uint32, error) {
		var sequence uint32
		return sequence, r.Scan(&sequence)
	})
}

func markSent(ctx context.Context, db *sqlite.DB, sequence uint32, at time.Time) error {
	return db.Tx(ctx, func(tx *sqlite.Tx) error {
		args := sqlite.Args{"sequence": sequence, "at": at.UnixMilli()}
		if _, err := tx.Exec(ctx, `UPDATE releases SET sent_at = @at WHERE sequence = @sequence`, args); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE outbox SET attempts = attempts + 1 WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence})
		return err
	})
}

// storeReceipt keeps the hub's word on a release and, when it counts, takes the
// release out of the outbox.
func storeReceipt(ctx context.Context, tx *sqlite.Tx, r *releasev1.Receipt, b []byte, emptied bool, at time.Time) error {
	var receipted any
	if emptied {
		receipted = at.UnixMilli()
	}
	_, err := tx.Exec(ctx, `
UPDATE releases
SET status = @status, reason = @reason, receipt = @receipt, receipted_at = @at
WHERE sequence = @sequence`, sqlite.Args{
		"sequence": r.GetSequence(), "status": r.GetStatus(), "reason": r.GetReasonCode(), "receipt": b, "at": receipted,
	})
	if err != nil || !emptied {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM outbox WHERE sequence = @sequence`, sqlite.Args{"sequence": r.GetSequence()})
	return err
}

func selectLastDecision(ctx context.Context, q sqlite.Querier) ([]byte, error) {
	var hash []byte
	err := q.QueryRow(ctx, `SELECT hash FROM egress_decisions ORDER BY seq DESC LIMIT 1`, nil).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return hash, err
}

// selectStopped returns the refusal at the end of the decision log, since the
// first of those that nothing let out came after.
func selectStopped(ctx context.Context, q sqlite.Querier) (Stopped, bool, error) {
	var s Stopped
	var since, last int64
	err := q.QueryRow(ctx, `
SELECT d.verdict, d.period, max(d.at, coalesce((SELECT at FROM egress_tried), 0)), (
    SELECT min(f.at)
    FROM egress_decisions f
    WHERE f.seq > coalesce((SELECT a.seq FROM egress_decisions a WHERE a.verdict = @allowed ORDER BY a.seq DESC LIMIT 1), 0)
)
FROM egress_decisions d
WHERE d.seq = (SELECT max(seq) FROM egress_decisions) AND d.verdict <> @allowed AND NOT EXISTS (
    SELECT 1
    FROM release_drafts
    WHERE state IN ('draft', 'checked', 'approved') AND made_at > d.at
)`, sqlite.Args{"allowed": allowed}).Scan(
		&s.Check, &s.Period, &last, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return Stopped{}, false, nil
	}
	s.Since, s.Last = instant(since), instant(last)
	return s, err == nil, err
}

// endsWith reports whether the decision log ends with a verdict, whenever it was.
func endsWith(ctx context.Context, q sqlite.Querier, d Decision) (bool, error) {
	var same bool
	err := q.QueryRow(ctx, `
SELECT (period, digest, layers, verdict) = (@period, @digest, @layers, @verdict)
FROM egress_decisions
ORDER BY seq DESC
LIMIT 1`, sqlite.Args{"period": d.Period, "digest": d.Digest, "layers": d.Layers, "verdict": d.Verdict}).Scan(&same)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return same, err
}

func markTried(ctx context.Context, tx *sqlite.Tx, at time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO egress_tried (one, at)
VALUES (1, @at)
ON CONFLICT (one) DO UPDATE
SET at = excluded.at`, sqlite.Args{"at": at.UnixMilli()})
	return err
}

func insertDecision(ctx context.Context, tx *sqlite.Tx, d Decision, previous []byte) error {
	if previous == nil {
		previous = []byte{}
	}
	_, err := tx.Exec(ctx, `
INSERT INTO egress_decisions (at, period, digest, layers, verdict, previous, hash)
VALUES (@at, @period, @digest, @layers, @verdict, @previous, @hash)`, sqlite.Args{
		"at": d.At, "period": d.Period, "digest": d.Digest, "layers": d.Layers, "verdict": d.Verdict, "previous": previous, "hash": d.Hash,
	})
	return err
}

func selectDecisions(ctx context.Context, q sqlite.Querier) ([]Decision, error) {
	rows, err := q.Query(ctx, `
SELECT seq, at, period, digest, layers, verdict, hash
FROM egress_decisions
ORDER BY seq`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Decision, error) {
		var d Decision
		return d, r.Scan(&d.Seq, &d.At, &d.Period, &d.Digest, &d.Layers, &d.Verdict, &d.Hash)
	})
}
