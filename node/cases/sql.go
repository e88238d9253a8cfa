package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/clients"
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
// reference and the time of creation. It checks what Check checks, writes no
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
    other_party, summary, legacy_number, legacy, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (reference) DO NOTHING`,
			string(c.ID), ref, string(c.ClientID), int64(c.Type), string(c.Status), string(c.OpenedOn), day(c.ClosedOn), code(c.Outcome),
			c.OtherParty, c.Summary, c.LegacyNumber, c.Legacy, c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli())
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
		string(c.ID), c.Version, string(c.ClientID), int64(c.Type), string(c.Status), string(c.OpenedOn), day(c.ClosedOn), code(c.Outcome),
		c.OtherParty, c.Summary, c.LegacyNumber, c.Legacy, c.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
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

// Some returns the cases of some identifiers, in no order; what is not there
// is left out.
func Some(ctx context.Context, q sqlite.Querier, ids []ID) ([]Case, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, selectCases+`WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": string(list)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Case, error) { return scanCase(rows) })
	if err != nil {
		return nil, fmt.Errorf("reading %d cases: %w", len(ids), err)
	}
	return all, nil
}

const selectCases = `
SELECT id, reference, client_id, case_type, status, opened_on, closed_on, outcome,
    other_party, summary, legacy_number, legacy, created_at, updated_at, version
FROM cases
`

func scanCase(row interface{ Scan(...any) error }) (Case, error) {
	var c Case
	var closed sql.NullString
	var outcome sql.NullInt64
	var created, updated int64
	err := row.Scan(&c.ID, &c.Reference, &c.ClientID, &c.Type, &c.Status, &c.OpenedOn, &closed, &outcome,
		&c.OtherParty, &c.Summary, &c.LegacyNumber, &c.Legacy, &created, &updated, &c.Version)
	c.ClosedOn, c.Outcome = civil.Date(closed.String), codelist.Code(outcome.Int64)
	c.CreatedAt, c.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return c, err
}

// selectLines reads lines with their clients; what narrows and orders them
// follows.
const selectLines = `
SELECT c.id, c.reference, c.case_type, c.status, c.opened_on, c.closed_on, c.outcome, c.updated_at,
    k.id, k.reference, k.surname, k.given_names, k.contact_safety
FROM cases c
JOIN clients k ON k.id = c.client_id`

func list(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, f Filter) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = PageSize
	}
	where, args := conditions(reg, f)
	args["limit"] = limit + 1
	rows, err := q.Query(ctx, selectLines+where+`
ORDER BY c.opened_on DESC, c.id
LIMIT @limit`, args)
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return Page{}, fmt.Errorf("listing cases: %w", err)
	}
	if len(lines) <= limit {
		return Page{Lines: lines}, nil
	}
	last := lines[limit-1]
	return Page{Lines: lines[:limit], Next: Cursor{OpenedOn: last.OpenedOn, ID: last.ID}}, nil
}

// conditions returns the WHERE clause of a filter.
func conditions(reg *codelist.Registry, f Filter) (string, sqlite.Args) {
	var all []string
	args := sqlite.Args{}
	if strings.TrimSpace(f.Search) != "" {
		all = append(all, `(c.rowid IN (SELECT rowid FROM cases_fts WHERE cases_fts MATCH @match)
        OR c.client_id IN (SELECT p.id FROM clients_fts t JOIN clients p ON p.rowid = t.rowid WHERE clients_fts MATCH @match))`)
		args["match"] = clients.Match(f.Search)
	}
	if f.Status != "" {
		all = append(all, `c.status = @status`)
		args["status"] = string(f.Status)
	}
	if f.Type != 0 {
		all = append(all, `c.case_type IN (`+leavesUnder(reg, f.Type)+`)`)
	}
	if f.Client != "" {
		all = append(all, `c.client_id = @client`)
		args["client"] = string(f.Client)
	}
	if f.After.ID != "" {
		all = append(all, `c.opened_on <= @after_day AND (c.opened_on < @after_day OR c.id > @after_id)`)
		args["after_day"], args["after_id"] = string(f.After.OpenedOn), string(f.After.ID)
	}
	if len(all) == 0 {
		return "", args
	}
	return "\nWHERE " + strings.Join(all, "\n    AND "), args
}

// leavesUnder returns the leaves of a category, or the code itself, as a list
// of numbers for a statement.
func leavesUnder(reg *codelist.Registry, c codelist.Code) string {
	numbers := []string{strconv.FormatUint(uint64(c), 10)}
	for _, l := range reg.List(codelist.CaseTypes).Leaves() {
		if l.Category == c {
			numbers = append(numbers, strconv.FormatUint(uint64(l.Code), 10))
		}
	}
	return strings.Join(numbers, ", ")
}

func recent(ctx context.Context, q sqlite.Querier, limit int) ([]Line, error) {
	rows, err := q.Query(ctx, selectLines+`
ORDER BY c.updated_at DESC, c.id
LIMIT @limit`, sqlite.Args{"limit": limit})
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return nil, fmt.Errorf("listing recent cases: %w", err)
	}
	return lines, nil
}

func counts(ctx context.Context, q sqlite.Querier, since civil.Date) (Counts, error) {
	var n Counts
	err := q.QueryRow(ctx, `
SELECT count(*) FILTER (WHERE status = 'open'),
    count(*) FILTER (WHERE status = 'closed'),
    count(*) FILTER (WHERE opened_on >= @since),
    count(*) FILTER (WHERE closed_on >= @since)
FROM cases`, sqlite.Args{"since": string(since)}).Scan(&n.Open, &n.Closed, &n.OpenedSince, &n.ClosedSince)
	if err != nil {
		return Counts{}, fmt.Errorf("counting cases: %w", err)
	}
	return n, nil
}

func scanLine(rows *sql.Rows) (Line, error) {
	var l Line
	var closed sql.NullString
	var outcome sql.NullInt64
	var updated int64
	err := rows.Scan(&l.ID, &l.Reference, &l.Type, &l.Status, &l.OpenedOn, &closed, &outcome, &updated,
		&l.Client.ID, &l.Client.Reference, &l.Client.Surname, &l.Client.GivenNames, &l.Client.ContactSafety)
	l.ClosedOn, l.Outcome = civil.Date(closed.String), codelist.Code(outcome.Int64)
	l.UpdatedAt = time.UnixMilli(updated).UTC()
	return l, err
}

// day returns a day as its column keeps it.
func day(d civil.Date) any {
	if d == "" {
		return nil
	}
	return string(d)
}

// code returns a code as its column keeps it.
func code(c codelist.Code) any {
	if c == 0 {
		return nil
	}
	return int64(c)
}
