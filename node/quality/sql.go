package quality

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/cases"
)

// Captured returns the files that were captured from an instant until before another,
// without what waits for its erasure.
func Captured(ctx context.Context, q sqlite.Querier, from, before time.Time) ([]cases.ID, error) {
	rows, err := q.Query(ctx, `
SELECT id
FROM cases
WHERE created_at >= @from AND created_at < @before AND restricted = 0`, sqlite.Args{"from": from.UnixMilli(), "before": before.UnixMilli()})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (cases.ID, error) {
		var id cases.ID
		return id, rows.Scan(&id)
	})
}

// InsertSample saves a sample and its files, none of them checked yet.
func InsertSample(ctx context.Context, tx *sqlite.Tx, s Sample, by string, files []Check) error {
	at := s.DrawnAt.UnixMilli()
	_, err := tx.ExecArgs(ctx, `
INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`, s.ID, int64(s.Month), s.Seed, s.Files, s.Size, by, at)
	for _, c := range files {
		if err != nil {
			break
		}
		_, err = tx.ExecArgs(ctx, `
INSERT INTO quality_checks (id, sample_id, case_id, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?4)`, string(c.ID), s.ID, string(c.CaseID), at)
	}
	if err != nil {
		return fmt.Errorf("saving a sample: %w", err)
	}
	return nil
}

// isDrawn reports whether a month's files were drawn.
func isDrawn(ctx context.Context, q sqlite.Querier, m civil.Month) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM quality_samples
WHERE month = @month`, sqlite.Args{"month": int64(m)}).Scan(&n)
	return n > 0, err
}

// UpdateCheck saves what a client said of a file unless its row has moved on since c
// was read.
func UpdateCheck(ctx context.Context, tx *sqlite.Tx, c Check, at time.Time) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE quality_checks
SET result = ?3, checked_on = ?4, wrong = ?5, note = ?6, updated_at = ?7, version = version + 1
WHERE id = ?1 AND version = ?2`, string(c.ID), c.Version, int64(c.Result), string(c.CheckedOn), string(c.Wrong), c.Note, at.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// selectChecks reads drawn files q with the references of their cases c; what narrows
// and orders them follows.
const selectChecks = `
SELECT q.id, q.case_id, s.month, coalesce(q.result, 0), coalesce(q.checked_on, ''), q.wrong, q.note, q.version, c.reference
FROM quality_samples s
JOIN quality_checks q ON q.sample_id = s.id
JOIN cases c ON c.id = q.case_id
`

func scan(row sqlite.Row) (Check, error) {
	var c Check
	err := row.Scan(&c.ID, &c.CaseID, &c.Month, &c.Result, &c.CheckedOn, &c.Wrong, &c.Note, &c.Version, &c.Reference)
	return c, err
}

// get returns a drawn file. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, id ID) (Check, error) {
	c, err := scan(q.QueryRow(ctx, selectChecks+`WHERE q.id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Check{}, ErrNotFound
	}
	if err != nil {
		return Check{}, fmt.Errorf("reading drawn file %s: %w", id, err)
	}
	return c, nil
}

// ofCase returns every draw of a case, the latest month first.
func ofCase(ctx context.Context, q sqlite.Querier, id cases.ID) ([]Check, error) {
	rows, err := q.Query(ctx, selectChecks+`WHERE q.case_id = @case
ORDER BY s.month DESC, q.id`, sqlite.Args{"case": string(id)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Check, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing the draws of a case: %w", err)
	}
	return all, nil
}

// list returns the drawn files of a filter whose cases somebody sees by two actions and
// whose story they may read, the latest month first, and one more than its limit where
// there are more.
func list(ctx context.Context, q sqlite.Querier, f Filter, seen, checks access.Filter) ([]Check, error) {
	narrower, args := f.conditions()
	rows, err := q.Query(ctx, selectChecks+`WHERE `+seen.SQL+` AND `+seen.Class(access.Narrative)+` AND `+checks.SQL+narrower+`
ORDER BY s.month DESC, q.id
LIMIT @limit`, seen.Into(checks.Into(args)))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Check, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing drawn files: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func (f Filter) conditions() (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`s.month = @month`, "month", f.Month),
		sqlite.If(`q.result = @result`, "result", f.Result),
		sqlite.If(`(q.result IS NULL) = (@state = 'unchecked')`, "state", f.State),
		sqlite.Past("s.month", "q.id", int64(f.After.Month), string(f.After.ID)),
	)
}

// countUnchecked counts the drawn files of list that nobody checked yet.
func countUnchecked(ctx context.Context, q sqlite.Querier, seen, checks access.Filter) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM quality_checks q
JOIN cases c ON c.id = q.case_id
WHERE q.result IS NULL AND `+seen.SQL+` AND `+seen.Class(access.Narrative)+` AND `+checks.SQL, seen.Into(checks.Into(nil))).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting files that nobody checked: %w", err)
	}
	return n, nil
}
