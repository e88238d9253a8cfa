package complaints

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

// Insert saves a new complaint as an import has it: c carries the identifier and the
// times, and gets version 1. It checks what Check checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, c Complaint) error {
	if err := c.Check(); err != nil {
		return err
	}
	return insertComplaint(ctx, tx, c)
}

func insertComplaint(ctx context.Context, tx *sqlite.Tx, c Complaint) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO complaints (id, case_id, institution, filed_on, number, progress, outcome, answered_on, note, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		string(c.ID), string(c.CaseID), int64(c.Institution), string(c.FiledOn), c.Number, string(c.Progress), string(c.Outcome),
		sqlite.OrNull(c.AnsweredOn), c.Note, c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli())
	return err
}

// updateComplaint saves c unless its row has moved on since c was read.
func updateComplaint(ctx context.Context, tx *sqlite.Tx, c Complaint) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE complaints
SET institution = ?3, filed_on = ?4, number = ?5, progress = ?6, outcome = ?7, answered_on = ?8, note = ?9, updated_at = ?10, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(c.ID), c.Version, int64(c.Institution), string(c.FiledOn), c.Number, string(c.Progress), string(c.Outcome),
		sqlite.OrNull(c.AnsweredOn), c.Note, c.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func deleteComplaint(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM complaints
WHERE id = ?1`, string(id))
	return err
}

// selectComplaints reads complaints p with the references of their cases c and with
// whether a condition holds of them; what narrows and orders them follows.
func selectComplaints(edits string) string {
	return `
SELECT (` + edits + `) IS TRUE, p.id, p.case_id, p.institution, p.filed_on, p.number, p.progress, p.outcome, coalesce(p.answered_on, ''), p.note, p.created_at, p.updated_at, p.version,
    c.reference
FROM complaints p
JOIN cases c ON c.id = p.case_id
`
}

func scan(row sqlite.Row) (Line, error) {
	var l Line
	var created, updated int64
	err := row.Scan(&l.Edits, &l.ID, &l.CaseID, &l.Institution, &l.FiledOn, &l.Number, &l.Progress, &l.Outcome, &l.AnsweredOn, &l.Note, &created, &updated, &l.Version,
		&l.Reference)
	l.CreatedAt, l.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return l, err
}

// get returns a complaint. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, id ID) (Complaint, error) {
	l, err := scan(q.QueryRow(ctx, selectComplaints("0")+`WHERE p.id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Complaint{}, ErrNotFound
	}
	if err != nil {
		return Complaint{}, fmt.Errorf("reading complaint %s: %w", id, err)
	}
	return l.Complaint, nil
}

// list returns the complaints of a filter in cases whose story may be read, the
// latest first, and one more than its limit where there are more.
func list(ctx context.Context, q sqlite.Querier, f Filter, seen, edits access.Filter) ([]Line, error) {
	narrower, args := f.conditions()
	rows, err := q.Query(ctx, selectComplaints(edits.SQL)+`WHERE `+seen.SQL+` AND `+seen.Class(access.Narrative)+narrower+`
ORDER BY p.filed_on DESC, p.id
LIMIT @limit`, seen.Into(edits.Into(args)))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Line, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing complaints: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func (f Filter) conditions() (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`p.institution = @institution`, "institution", f.Institution),
		sqlite.If(progressIs(f.Progress), "progress", f.Progress),
		sqlite.If(`p.filed_on >= @from`, "from", f.From),
		sqlite.If(`p.filed_on <= @until`, "until", f.Until),
		sqlite.If(`p.case_id = @case`, "case", f.Case),
		sqlite.Past("p.filed_on", "p.id", string(f.After.Day), f.After.ID),
	)
}

// unanswered is the condition that a complaint p has no answer yet.
const unanswered = `p.progress NOT IN ('answered', 'closed')`

// progressIs is the condition of a filter's step.
func progressIs(asked Progress) string {
	if asked == Unanswered {
		return unanswered + ` AND @progress = @progress`
	}
	return `p.progress = @progress`
}

// countUnanswered counts complaints without an answer about cases whose story may be
// read.
func countUnanswered(ctx context.Context, q sqlite.Querier, seen access.Filter) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM complaints p
JOIN cases c ON c.id = p.case_id
WHERE `+seen.SQL+` AND `+seen.Class(access.Narrative)+` AND `+unanswered, seen.Into(nil)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting complaints without an answer: %w", err)
	}
	return n, nil
}

// FirstDay returns the first day on which a case was brought before an institution, ""
// when it never was.
func FirstDay(ctx context.Context, q sqlite.Querier, id cases.ID) (civil.Date, error) {
	var day civil.Date
	err := q.QueryRow(ctx, `
SELECT coalesce(min(filed_on), '')
FROM complaints
WHERE case_id = @case`, sqlite.Args{"case": string(id)}).Scan(&day)
	return day, err
}
