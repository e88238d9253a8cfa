package surveys

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/cases"
)

// Insert saves a new answer as an import has it: v carries the identifier and the
// times, and gets version 1. It checks what Check checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, v Survey) error {
	if err := v.Check(); err != nil {
		return err
	}
	return insertSurvey(ctx, tx, v)
}

func insertSurvey(ctx context.Context, tx *sqlite.Tx, v Survey) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO surveys (id, case_id, answered_on, rating, cost, pace, attention, lawyers, comment, suggestion, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
		string(v.ID), string(v.CaseID), string(v.AnsweredOn), int64(v.Rating), string(v.Cost), string(v.Pace), string(v.Attention), string(v.Lawyers),
		v.Comment, v.Suggestion, v.CreatedAt.UnixMilli(), v.UpdatedAt.UnixMilli())
	return err
}

// updateSurvey saves v unless its row has moved on since v was read.
func updateSurvey(ctx context.Context, tx *sqlite.Tx, v Survey) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE surveys
SET answered_on = ?3, rating = ?4, cost = ?5, pace = ?6, attention = ?7, lawyers = ?8, comment = ?9, suggestion = ?10, updated_at = ?11, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(v.ID), v.Version, string(v.AnsweredOn), int64(v.Rating), string(v.Cost), string(v.Pace), string(v.Attention), string(v.Lawyers),
		v.Comment, v.Suggestion, v.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func deleteSurvey(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM surveys
WHERE id = ?1`, string(id))
	return err
}

// selectSurveys reads answers v with the references of their cases c; what narrows and
// orders them follows.
const selectSurveys = `
SELECT v.id, v.case_id, v.answered_on, v.rating, v.cost, v.pace, v.attention, v.lawyers, v.comment, v.suggestion, v.created_at, v.updated_at, v.version,
    c.reference
FROM surveys v
JOIN cases c ON c.id = v.case_id
`

func scan(row sqlite.Row) (Line, error) {
	var l Line
	var created, updated int64
	err := row.Scan(&l.ID, &l.CaseID, &l.AnsweredOn, &l.Rating, &l.Cost, &l.Pace, &l.Attention, &l.Lawyers, &l.Comment, &l.Suggestion, &created, &updated,
		&l.Version, &l.Reference)
	l.CreatedAt, l.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return l, err
}

// get returns the answer about a case. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, id cases.ID) (Survey, error) {
	l, err := scan(q.QueryRow(ctx, selectSurveys+`WHERE v.case_id = @case`, sqlite.Args{"case": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Survey{}, ErrNotFound
	}
	if err != nil {
		return Survey{}, fmt.Errorf("reading the survey of case %s: %w", id, err)
	}
	return l.Survey, nil
}

// list returns the answers of a filter about cases whose story may be read, the latest
// first, and one more than its limit where there are more.
func list(ctx context.Context, q sqlite.Querier, f Filter, seen access.Filter) ([]Line, error) {
	narrower, args := f.conditions()
	rows, err := q.Query(ctx, selectSurveys+`WHERE `+seen.SQL+` AND `+seen.Class(access.Narrative)+narrower+`
ORDER BY v.answered_on DESC, v.id
LIMIT @limit`, seen.Into(args))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Line, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing surveys: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func (f Filter) conditions() (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`v.rating = @rating`, "rating", f.Rating),
		sqlite.If(`v.answered_on >= @from`, "from", f.From),
		sqlite.If(`v.answered_on <= @until`, "until", f.Until),
		sqlite.Past("v.answered_on", "v.id", string(f.After.Day), f.After.ID),
	)
}
