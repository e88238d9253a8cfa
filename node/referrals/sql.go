package referrals

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/cases"
)

// Insert saves a new referral as an import has it: r carries the identifier and
// the times, and gets version 1. It checks what Check checks and writes no
// audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, r Referral) error {
	if err := r.Check(); err != nil {
		return err
	}
	return insertReferral(ctx, tx, r)
}

// Replace saves r over the version that it was read as. It checks what Check
// checks, writes no audit entry, and fails with ErrChanged when no row has that
// version.
func Replace(ctx context.Context, tx *sqlite.Tx, r Referral) error {
	if err := r.Check(); err != nil {
		return err
	}
	return updateReferral(ctx, tx, r)
}

func insertReferral(ctx context.Context, tx *sqlite.Tx, r Referral) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO referrals (id, case_id, destination, referred_on, note, result, result_on, result_note, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, 0), ?7, ?8, ?9, ?10)`,
		string(r.ID), string(r.CaseID), int64(r.Destination), string(r.ReferredOn), r.Note, int64(r.Result), sqlite.OrNull(r.ResultOn), r.ResultNote,
		r.CreatedAt.UnixMilli(), r.UpdatedAt.UnixMilli())
	return err
}

// updateReferral saves r unless its row has moved on since r was read.
func updateReferral(ctx context.Context, tx *sqlite.Tx, r Referral) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE referrals
SET case_id = ?3, destination = ?4, referred_on = ?5, note = ?6, result = nullif(?7, 0), result_on = ?8, result_note = ?9, updated_at = ?10,
    version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(r.ID), r.Version, string(r.CaseID), int64(r.Destination), string(r.ReferredOn), r.Note, int64(r.Result), sqlite.OrNull(r.ResultOn),
		r.ResultNote, r.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// selectReferrals reads whole rows; what narrows them follows.
const selectReferrals = `
SELECT id, case_id, destination, referred_on, note, coalesce(result, 0), coalesce(result_on, ''), result_note, created_at, updated_at, version
FROM referrals
`

// Get returns a referral, also from inside a transaction. It fails with
// ErrNotFound.
func Get(ctx context.Context, q sqlite.Querier, id ID) (Referral, error) {
	r, err := scan(q.QueryRow(ctx, selectReferrals+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Referral{}, ErrNotFound
	}
	if err != nil {
		return Referral{}, fmt.Errorf("reading referral %s: %w", id, err)
	}
	return r, nil
}

// Some returns the referrals of some identifiers, in no order; what is not there
// is left out.
func Some(ctx context.Context, q sqlite.Querier, ids []ID) ([]Referral, error) {
	rows, err := q.Query(ctx, selectReferrals+`WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Referral, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("reading %d referrals: %w", len(ids), err)
	}
	return all, nil
}

func ofCase(ctx context.Context, q sqlite.Querier, id cases.ID) ([]Referral, error) {
	rows, err := q.Query(ctx, selectReferrals+`WHERE case_id = @case
ORDER BY referred_on DESC, id DESC`, sqlite.Args{"case": string(id)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Referral, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing the referrals of case %s: %w", id, err)
	}
	return all, nil
}

func countSince(ctx context.Context, q sqlite.Querier, since civil.Date, seen access.Filter) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM referrals r
JOIN cases c ON c.id = r.case_id
WHERE r.referred_on >= @since AND `+seen.SQL, seen.Into(sqlite.Args{"since": string(since)})).Scan(&n)
	return n, err
}

// FirstDay returns the first day on which a case was referred, "" when it never
// was.
func FirstDay(ctx context.Context, q sqlite.Querier, id cases.ID) (civil.Date, error) {
	var day civil.Date
	err := q.QueryRow(ctx, `
SELECT coalesce(min(referred_on), '')
FROM referrals
WHERE case_id = @case`, sqlite.Args{"case": string(id)}).Scan(&day)
	return day, err
}

func scan(row sqlite.Row) (Referral, error) {
	var r Referral
	var created, updated int64
	err := row.Scan(&r.ID, &r.CaseID, &r.Destination, &r.ReferredOn, &r.Note, &r.Result, &r.ResultOn, &r.ResultNote, &created, &updated, &r.Version)
	r.CreatedAt, r.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return r, err
}
