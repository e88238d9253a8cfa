package finance

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

// Insert saves a new recovery as an import has it: r carries the identifier and
// the times, and gets version 1. It checks what Check checks and writes no
// audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, r Recovery) error {
	if err := r.Check(); err != nil {
		return err
	}
	return insertRecovery(ctx, tx, r)
}

// Replace saves r over the version that it was read as. It checks what Check
// checks, writes no audit entry, and fails with ErrChanged when no row has that
// version.
func Replace(ctx context.Context, tx *sqlite.Tx, r Recovery) error {
	if err := r.Check(); err != nil {
		return err
	}
	return updateRecovery(ctx, tx, r)
}

func insertRecovery(ctx context.Context, tx *sqlite.Tx, r Recovery) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, note, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		string(r.ID), string(r.CaseID), int64(r.Kind), string(r.ReceivedOn), r.Amount, r.Currency, r.Note, r.CreatedAt.UnixMilli(), r.UpdatedAt.UnixMilli())
	return err
}

// updateRecovery saves r unless its row has moved on since r was read.
func updateRecovery(ctx context.Context, tx *sqlite.Tx, r Recovery) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE recoveries
SET case_id = ?3, kind = ?4, received_on = ?5, amount_minor = ?6, currency = ?7, note = ?8, updated_at = ?9, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(r.ID), r.Version, string(r.CaseID), int64(r.Kind), string(r.ReceivedOn), r.Amount, r.Currency, r.Note, r.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// selectRecoverys reads whole rows; what narrows them follows.
const selectRecoverys = `
SELECT id, case_id, kind, received_on, amount_minor, currency, note, created_at, updated_at, version
FROM recoveries
`

// Get returns a recovery, also from inside a transaction. It fails with
// ErrNotFound.
func Get(ctx context.Context, q sqlite.Querier, id ID) (Recovery, error) {
	r, err := scan(q.QueryRow(ctx, selectRecoverys+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Recovery{}, ErrNotFound
	}
	if err != nil {
		return Recovery{}, fmt.Errorf("reading recovery %s: %w", id, err)
	}
	return r, nil
}

// Some returns the recoveries of some identifiers, in no order; what is not there
// is left out.
func Some(ctx context.Context, q sqlite.Querier, ids []ID) ([]Recovery, error) {
	rows, err := q.Query(ctx, selectRecoverys+`WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Recovery, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("reading %d recoveries: %w", len(ids), err)
	}
	return all, nil
}

func ofCase(ctx context.Context, q sqlite.Querier, id cases.ID) ([]Recovery, error) {
	rows, err := q.Query(ctx, selectRecoverys+`WHERE case_id = @case
ORDER BY received_on DESC, id DESC`, sqlite.Args{"case": string(id)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Recovery, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing the recoveries of case %s: %w", id, err)
	}
	return all, nil
}

func totalsSince(ctx context.Context, q sqlite.Querier, since civil.Date, seen access.Filter) ([]Total, error) {
	rows, err := q.Query(ctx, `
SELECT r.currency, sum(r.amount_minor)
FROM recoveries r
JOIN cases c ON c.id = r.case_id
WHERE r.received_on >= @since AND `+seen.SQL+` AND `+seen.Class(access.Finance)+`
GROUP BY r.currency
ORDER BY r.currency`, seen.Into(sqlite.Args{"since": string(since)}))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Total, error) {
		var t Total
		err := rows.Scan(&t.Currency, &t.Amount)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("adding up recoveries: %w", err)
	}
	return all, nil
}

// FirstDay returns the first day on which money of a case reached its client or
// was taken back, "" when none did.
func FirstDay(ctx context.Context, q sqlite.Querier, id cases.ID) (civil.Date, error) {
	var day civil.Date
	err := q.QueryRow(ctx, `
SELECT coalesce(min(received_on), '')
FROM recoveries
WHERE case_id = @case`, sqlite.Args{"case": string(id)}).Scan(&day)
	return day, err
}

func scan(row sqlite.Row) (Recovery, error) {
	var r Recovery
	var created, updated int64
	err := row.Scan(&r.ID, &r.CaseID, &r.Kind, &r.ReceivedOn, &r.Amount, &r.Currency, &r.Note, &created, &updated, &r.Version)
	r.CreatedAt, r.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return r, err
}
