package events

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Insert saves a new activity as an import has it: a carries the identifier and the
// times, and gets version 1. It checks what Check checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, a Activity) error {
	if err := a.Check(); err != nil {
		return err
	}
	return insertActivity(ctx, tx, a)
}

func insertActivity(ctx context.Context, tx *sqlite.Tx, a Activity) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO activities (id, kind, held_on, place, participants, note, office_id, recorded_by, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		string(a.ID), int64(a.Kind), string(a.HeldOn), a.Place, a.Participants, a.Note, sqlite.OrNull(a.OfficeID), sqlite.OrNull(a.RecordedBy),
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli())
	return err
}

// updateActivity saves a unless its row has moved on since a was read.
func updateActivity(ctx context.Context, tx *sqlite.Tx, a Activity) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE activities
SET kind = ?3, held_on = ?4, place = ?5, participants = ?6, note = ?7, updated_at = ?8, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(a.ID), a.Version, int64(a.Kind), string(a.HeldOn), a.Place, a.Participants, a.Note, a.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func deleteActivity(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM activities
WHERE id = ?1`, string(id))
	return err
}

// view is what somebody sees, and which of it they may change.
type view struct{ seen, edits access.Filter }

func (v view) args(more sqlite.Args) sqlite.Args { return v.seen.Into(v.edits.Into(more)) }

// selectSeen reads activities e that somebody sees; what narrows and orders them
// follows.
func selectSeen(v view) string {
	return `
SELECT (` + v.edits.SQL + `) IS TRUE, e.id, e.kind, e.held_on, e.place, e.participants, e.note, coalesce(e.office_id, ''), coalesce(e.recorded_by, ''), e.created_at, e.updated_at, e.version
FROM activities e
WHERE ` + v.seen.SQL
}

func scan(row sqlite.Row) (Seen, error) {
	var a Seen
	var created, updated int64
	err := row.Scan(&a.Edits, &a.ID, &a.Kind, &a.HeldOn, &a.Place, &a.Participants, &a.Note, &a.OfficeID, &a.RecordedBy, &created, &updated, &a.Version)
	a.CreatedAt, a.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return a, err
}

// get returns one activity as somebody sees it. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, id ID, v view) (Seen, error) {
	s, err := scan(q.QueryRow(ctx, selectSeen(v)+` AND e.id = @id`, v.args(sqlite.Args{"id": string(id)})))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Seen{}, ErrNotFound
	}
	if err != nil {
		return Seen{}, fmt.Errorf("reading activity %s: %w", id, err)
	}
	return s, nil
}

// list returns the activities of a filter, the latest first, and one more than its limit
// where there are more.
func list(ctx context.Context, q sqlite.Querier, f Filter, v view) ([]Seen, error) {
	narrower, args := f.conditions()
	rows, err := q.Query(ctx, selectSeen(v)+narrower+`
ORDER BY e.held_on DESC, e.id
LIMIT @limit`, v.args(args))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Seen, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing activities: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func (f Filter) conditions() (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`e.kind = @kind`, "kind", f.Kind),
		sqlite.If(`e.held_on >= @from`, "from", f.From),
		sqlite.If(`e.held_on <= @until`, "until", f.Until),
		sqlite.Past("e.held_on", "e.id", string(f.After.Day), f.After.ID),
	)
}
