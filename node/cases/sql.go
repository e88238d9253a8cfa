package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
)

// Insert saves a new case as an import has it: c carries the identifier, the
// state and the times, and Insert gives the reference and version 1. It checks
// what Check checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, c Case) error {
	if err := c.Check(); err != nil {
		return err
	}
	_, err := insertCase(ctx, tx, c)
	return err
}

// Replace saves c over the version that it was read as, all fields but the
// reference, the time of creation, and whose case it is. It checks what Check checks, writes no
// audit entry, and fails with ErrChanged when no row has that version.
func Replace(ctx context.Context, tx *sqlite.Tx, c Case) error {
	if err := c.Check(); err != nil {
		return err
	}
	return updateCase(ctx, tx, c)
}

// insertCase saves a new case and returns the reference that was free.
func insertCase(ctx context.Context, tx *sqlite.Tx, c Case) (string, error) {
	for characters := reference.Shortest; characters <= reference.Longest; characters += 2 {
		ref := referenceOf(c.ID, characters)
		n, err := tx.ExecArgs(ctx, `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, closed_on, outcome,
    other_party, summary, legacy_number, legacy, created_at, updated_at, office_id, responsible_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, nullif(?15, ''), nullif(?16, ''))
ON CONFLICT (reference) DO NOTHING`,
			string(c.ID), ref, string(c.ClientID), int64(c.Type), string(c.Status), string(c.OpenedOn), sqlite.OrNull(c.ClosedOn), code(c.Outcome),
			c.OtherParty, c.Summary, c.LegacyNumber, c.Legacy, c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli(),
			c.OfficeID, c.Responsible)
		if err != nil || n == 1 {
			return ref, err
		}
	}
	return "", errors.New("no reference is free")
}

// updateCase saves c unless its row has moved on since c was read.
func updateCase(ctx context.Context, tx *sqlite.Tx, c Case) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE cases
SET client_id = ?3, case_type = ?4, status = ?5, opened_on = ?6, closed_on = ?7, outcome = ?8,
    other_party = ?9, summary = ?10, legacy_number = ?11, legacy = ?12,
    updated_at = ?13, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(c.ID), c.Version, string(c.ClientID), int64(c.Type), string(c.Status), string(c.OpenedOn), sqlite.OrNull(c.ClosedOn), code(c.Outcome),
		c.OtherParty, c.Summary, c.LegacyNumber, c.Legacy, c.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// updateSeat saves whose case it is, which an import leaves alone.
func updateSeat(ctx context.Context, tx *sqlite.Tx, c Case) error {
	_, err := tx.Exec(ctx, `
UPDATE cases
SET office_id = nullif(@office, ''), responsible_id = nullif(@responsible, '')
WHERE id = @id`, sqlite.Args{"id": string(c.ID), "office": c.OfficeID, "responsible": c.Responsible})
	return err
}

// Get returns a case, also from inside a transaction. It fails with
// ErrNotFound.
func Get(ctx context.Context, q sqlite.Querier, id ID) (Case, error) {
	c, err := scanCase(q.QueryRow(ctx, selectCases+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Case{}, ErrNotFound
	}
	if err != nil {
		return Case{}, fmt.Errorf("reading case %s: %w", id, err)
	}
	return c, nil
}

// Some returns the cases of some identifiers, in no order; what is not there is
// left out.
func Some(ctx context.Context, q sqlite.Querier, ids []ID) ([]Case, error) {
	rows, err := q.Query(ctx, selectCases+`WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Case, error) { return scanCase(rows) })
	if err != nil {
		return nil, fmt.Errorf("reading %d cases: %w", len(ids), err)
	}
	return all, nil
}

const selectCases = `
SELECT id, reference, client_id, case_type, status, opened_on, closed_on, outcome,
    other_party, summary, legacy_number, legacy, coalesce(office_id, ''), coalesce(responsible_id, ''), created_at, updated_at, version
FROM cases
`

func scanCase(row sqlite.Row) (Case, error) {
	var c Case
	var closed sql.NullString
	var outcome sql.NullInt64
	var created, updated int64
	err := row.Scan(&c.ID, &c.Reference, &c.ClientID, &c.Type, &c.Status, &c.OpenedOn, &closed, &outcome,
		&c.OtherParty, &c.Summary, &c.LegacyNumber, &c.Legacy, &c.OfficeID, &c.Responsible, &created, &updated, &c.Version)
	c.ClosedOn, c.Outcome = civil.Date(closed.String), codelist.Code(outcome.Int64)
	c.CreatedAt, c.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return c, err
}

// code returns a code as its column keeps it.
func code(c codelist.Code) any {
	if c == 0 {
		return nil
	}
	return int64(c)
}
