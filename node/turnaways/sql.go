package turnaways

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Insert saves a new record as an import has it: t carries the identifier and the
// times, and gets version 1. It checks what Check checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, t TurnAway) error {
	if err := t.Check(); err != nil {
		return err
	}
	return insertTurnAway(ctx, tx, t)
}

func insertTurnAway(ctx context.Context, tx *sqlite.Tx, t TurnAway) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO turn_aways (id, reason, came_on, client_id, office_id, recorded_by, note, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		string(t.ID), int64(t.Reason), string(t.CameOn), sqlite.OrNull(t.ClientID), sqlite.OrNull(t.OfficeID), sqlite.OrNull(t.RecordedBy), t.Note,
		t.CreatedAt.UnixMilli(), t.UpdatedAt.UnixMilli())
	return err
}

// updateTurnAway saves reason, day and note of t unless its row has moved on since t
// was read.
func updateTurnAway(ctx context.Context, tx *sqlite.Tx, t TurnAway) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE turn_aways
SET reason = ?3, came_on = ?4, note = ?5, updated_at = ?6, version = version + 1
WHERE id = ?1 AND version = ?2`, string(t.ID), t.Version, int64(t.Reason), string(t.CameOn), t.Note, t.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func deleteTurnAway(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM turn_aways
WHERE id = ?1`, string(id))
	return err
}

// view is what somebody sees: records of offices, and the clients whom some name; and
// which of them they may change.
type view struct{ entries, clients, edits, adding access.Filter }

func (v view) args(more sqlite.Args) sqlite.Args {
	return v.entries.Into(v.clients.Into(v.edits.Into(v.adding.Into(more))))
}

// seen reads records e with their clients, without what may not be read; what narrows
// and orders them follows.
func (v view) seen() string {
	reads := `(e.client_id IS NULL OR ` + v.clients.Class(access.Narrative) + `)`
	return `
SELECT e.id, e.reason, e.came_on, coalesce(e.client_id, ''), coalesce(e.office_id, ''), coalesce(e.recorded_by, ''),
    CASE WHEN ` + reads + ` THEN e.note ELSE '' END, e.created_at, e.updated_at, e.version, ` + reads + ` IS TRUE,
    (` + v.edits.SQL + ` AND (e.client_id IS NULL OR ` + v.adding.SQL + `) AND ` + reads + `) IS TRUE,
    coalesce(k.reference, ''), coalesce(k.surname, ''), coalesce(k.given_names, '')
FROM turn_aways e
LEFT JOIN clients k ON k.id = e.client_id
WHERE ` + v.entries.SQL + ` AND (e.client_id IS NULL OR ` + v.clients.SQL + `)`
}

func scanSeen(row sqlite.Row) (Seen, error) {
	var s Seen
	var created, updated int64
	err := row.Scan(&s.ID, &s.Reason, &s.CameOn, &s.ClientID, &s.OfficeID, &s.RecordedBy, &s.Note, &created, &updated, &s.Version, &s.Reads, &s.Edits,
		&s.Client.Reference, &s.Client.Surname, &s.Client.GivenNames)
	s.CreatedAt, s.UpdatedAt, s.Client.ID = sqlite.Instant(created), sqlite.Instant(updated), s.ClientID
	return s, err
}

// get returns one record as somebody sees it. It fails with ErrNotFound.
func get(ctx context.Context, q sqlite.Querier, id ID, v view) (Seen, error) {
	s, err := scanSeen(q.QueryRow(ctx, v.seen()+` AND e.id = @id`, v.args(sqlite.Args{"id": string(id)})))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Seen{}, ErrNotFound
	}
	if err != nil {
		return Seen{}, fmt.Errorf("reading turn-away %s: %w", id, err)
	}
	return s, nil
}

// list returns the records of a filter, the latest first, and one more than its limit
// where there are more.
func list(ctx context.Context, q sqlite.Querier, f Filter, v view) ([]Seen, error) {
	narrower, args := f.conditions()
	rows, err := q.Query(ctx, v.seen()+narrower+`
ORDER BY e.came_on DESC, e.id
LIMIT @limit`, v.args(args))
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Seen, error) { return scanSeen(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing turn-aways: %w", err)
	}
	return all, nil
}

// conditions returns what a filter adds to a statement, with its parameters.
func (f Filter) conditions() (string, sqlite.Args) {
	return sqlite.Narrow(
		f.Limit,
		sqlite.If(`e.reason = @reason`, "reason", f.Reason),
		sqlite.If(`e.came_on >= @from`, "from", f.From),
		sqlite.If(`e.came_on <= @until`, "until", f.Until),
		sqlite.If(`e.client_id = @client`, "client", f.Client),
		sqlite.Past("e.came_on", "e.id", string(f.After.Day), f.After.ID),
	)
}
