package egress

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

func insertDraft(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
INSERT INTO release_drafts (kind, period, voids, reason, bytes, digest, made_by, made_at)
VALUES (@kind, @period, @voids, @reason, @bytes, @digest, @by, @at)
RETURNING id`, sqlite.Args{
		"kind": d.Kind, "period": d.Period, "voids": d.Voids, "reason": d.Reason, "bytes": d.Bytes, "digest": d.Digest,
		"by": d.MadeBy.String(), "at": d.MadeAt.UnixMilli(),
	}).Scan(&id)
	return id, err
}

// updateRemade gives an open draft its bytes and takes back who stood for it.
func updateRemade(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	return tx.Exec(ctx, `
UPDATE release_drafts
SET state = 'draft', bytes = @bytes, digest = @digest, made_by = @by, made_at = @at,
    checked_by = '', checked_at = NULL, rests_from = NULL, approved_by = '', approved_at = NULL, signature = NULL
WHERE id = @id AND state IN ('draft', 'checked', 'approved')`, sqlite.Args{
		"id": d.ID, "bytes": d.Bytes, "digest": d.Digest, "by": d.MadeBy.String(), "at": d.MadeAt.UnixMilli(),
	})
}

func updateChecked(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	return tx.Exec(ctx, `
UPDATE release_drafts
SET state = 'checked', checked_by = @by, checked_at = @at, rests_from = @rests
WHERE id = @id AND digest = @digest AND state IN ('draft', 'checked')`, sqlite.Args{
		"id": d.ID, "digest": d.Digest, "by": d.CheckedBy.String(), "at": d.CheckedAt.UnixMilli(), "rests": d.RestsFrom.UnixMilli(),
	})
}

func updateApproved(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	return tx.Exec(ctx, `
UPDATE release_drafts
SET state = 'approved', approved_by = @by, approved_at = @at, signature = nullif(@signature, x'')
WHERE id = @id AND digest = @digest AND state = 'checked'`, sqlite.Args{
		"id": d.ID, "digest": d.Digest, "by": d.ApprovedBy.String(), "at": d.ApprovedAt.UnixMilli(), "signature": d.Signature,
	})
}

func updateSealed(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	return tx.Exec(ctx, `
UPDATE release_drafts
SET state = 'sealed', sequence = @sequence
WHERE id = @id AND digest = @digest AND state = 'approved'`, sqlite.Args{"id": d.ID, "digest": d.Digest, "sequence": d.Sequence})
}

func updateDiscarded(ctx context.Context, tx *sqlite.Tx, d Draft) (int64, error) {
	return tx.Exec(ctx, `
UPDATE release_drafts
SET state = 'discarded'
WHERE id = @id AND state IN ('draft', 'checked', 'approved')`, sqlite.Args{"id": d.ID})
}

func selectDraft(ctx context.Context, q sqlite.Querier, id int64) (Draft, error) {
	d := Draft{ID: id}
	var made, checked, approved string
	var madeAt, checkedAt, rests, approvedAt int64
	err := q.QueryRow(ctx, `
SELECT kind, period, voids, reason, state, bytes, digest, made_by, made_at, checked_by, coalesce(checked_at, 0), coalesce(rests_from, 0),
    approved_by, coalesce(approved_at, 0), signature, coalesce(sequence, 0), EXISTS (SELECT 1 FROM release_handed WHERE draft_id = id)
FROM release_drafts
WHERE id = @id`, sqlite.Args{"id": id}).Scan(&d.Kind, &d.Period, &d.Voids, &d.Reason, &d.State, &d.Bytes, &d.Digest, &made, &madeAt,
		&checked, &checkedAt, &rests, &approved, &approvedAt, &d.Signature, &d.Sequence, &d.Handed)
	d.MadeBy, d.CheckedBy, d.ApprovedBy = actorOf(made), actorOf(checked), actorOf(approved)
	d.MadeAt, d.CheckedAt, d.RestsFrom, d.ApprovedAt = instant(madeAt), instant(checkedAt), instant(rests), instant(approvedAt)
	return d, err
}

// actorOf reads an actor as it was written down.
func actorOf(s string) actor.Actor {
	kind, id, _ := strings.Cut(s, ":")
	return actor.Actor{Kind: actor.Kind(kind), ID: id}
}

// selectOpenDraft returns the number of the draft that is open, or 0.
func selectOpenDraft(ctx context.Context, q sqlite.Querier) (int64, error) {
	var id int64
	err := q.QueryRow(ctx, `
SELECT coalesce(max(id), 0)
FROM release_drafts
WHERE state IN ('draft', 'checked', 'approved')`, nil).Scan(&id)
	return id, err
}

// selectDraftOf returns the number of the draft that a release was, or 0.
func selectDraftOf(ctx context.Context, q sqlite.Querier, sequence uint32) (int64, error) {
	var id int64
	err := q.QueryRow(ctx, `SELECT id FROM release_drafts WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence}).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

func insertStep(ctx context.Context, tx *sqlite.Tx, draft int64, s Step) error {
	_, err := tx.Exec(ctx, `
INSERT INTO release_draft_steps (draft_id, at, actor, step, digest)
VALUES (@draft, @at, @actor, @step, @digest)`, sqlite.Args{
		"draft": draft, "at": s.At.UnixMilli(), "actor": s.By.String(), "step": s.Step, "digest": s.Digest,
	})
	return err
}

func selectSteps(ctx context.Context, q sqlite.Querier, draft int64) ([]Step, error) {
	rows, err := q.Query(ctx, `
SELECT at, actor, step, digest
FROM release_draft_steps
WHERE draft_id = @draft
ORDER BY id`, sqlite.Args{"draft": draft})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Step, error) {
		var s Step
		var at int64
		var by string
		err := r.Scan(&at, &by, &s.Step, &s.Digest)
		s.At, s.By = instant(at), actorOf(by)
		return s, err
	})
}

// selectNoted returns the latest time among the last thousand entries of the audit:
// a clock that once stood years ahead is forgotten with the work that goes on.
func selectNoted(ctx context.Context, q sqlite.Querier) (time.Time, error) {
	var at int64
	err := q.QueryRow(ctx, `
SELECT coalesce(max(at), 0)
FROM (
    SELECT at
    FROM audit
    ORDER BY seq DESC
    LIMIT 1000
)`, nil).Scan(&at)
	return instant(at), err
}

func insertApprover(ctx context.Context, tx *sqlite.Tx, a Approver) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
INSERT INTO remote_approvers (name, reason, key, added_by, added_at, counts_from)
VALUES (@name, @reason, @key, @by, @at, @from)
RETURNING id`, sqlite.Args{
		"name": a.Name, "reason": a.Reason, "key": []byte(a.Key), "by": a.AddedBy.String(), "at": a.AddedAt.UnixMilli(), "from": a.CountsFrom.UnixMilli(),
	}).Scan(&id)
	return id, err
}

func endApprover(ctx context.Context, tx *sqlite.Tx, id int64, by actor.Actor, at time.Time) (int64, error) {
	return tx.Exec(ctx, `
UPDATE remote_approvers
SET ended_by = @by, ended_at = @at
WHERE id = @id AND ended_at IS NULL`, sqlite.Args{"id": id, "by": by.String(), "at": at.UnixMilli()})
}

const approverColumns = `id, name, reason, key, added_by, added_at, counts_from, coalesce(ended_at, 0)`

func scanApprover(s scanner) (Approver, error) {
	var a Approver
	var key []byte
	var by string
	var added, from, ended int64
	err := s.Scan(&a.ID, &a.Name, &a.Reason, &key, &by, &added, &from, &ended)
	a.Key, a.AddedBy = ed25519.PublicKey(key), actorOf(by)
	a.AddedAt, a.CountsFrom, a.EndedAt = instant(added), instant(from), instant(ended)
	return a, err
}

func selectApprovers(ctx context.Context, q sqlite.Querier) ([]Approver, error) {
	rows, err := q.Query(ctx, `
SELECT `+approverColumns+`
FROM remote_approvers
ORDER BY id DESC`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Approver, error) { return scanApprover(r) })
}

func selectApprover(ctx context.Context, q sqlite.Querier, id int64) (Approver, error) {
	return scanApprover(q.QueryRow(ctx, `
SELECT `+approverColumns+`
FROM remote_approvers
WHERE id = @id`, sqlite.Args{"id": id}))
}
