package clients

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Insert saves a new client as an import has it: c carries the identifier and
// the times, and Insert gives the reference and version 1. It checks what Check
// checks and writes no audit entry.
func Insert(ctx context.Context, tx *sqlite.Tx, c Client) error {
	if err := c.Check(); err != nil {
		return err
	}
	_, err := insertClient(ctx, tx, c)
	return err
}

// Replace saves c over the version that it was read as, all fields but the
// reference, the time of creation, and who registered the client. It checks what Check checks, writes no
// audit entry, and fails with ErrChanged when no row has that version.
func Replace(ctx context.Context, tx *sqlite.Tx, c Client) error {
	if err := c.Check(); err != nil {
		return err
	}
	return updateClient(ctx, tx, c)
}

// insertClient saves a new client and returns the reference that was free.
func insertClient(ctx context.Context, tx *sqlite.Tx, c Client) (string, error) {
	for characters := reference.Shortest; characters <= reference.Longest; characters += 2 {
		ref := referenceOf(c.ID, characters)
		n, err := tx.ExecArgs(ctx, `
INSERT INTO clients (id, reference, surname, given_names, birth_date, birth_precision, sex, id_number,
    phones, contact_safety, address, language, notes, legacy, created_at, updated_at, office_id, registered_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, nullif(?17, ''), nullif(?18, ''))
ON CONFLICT (reference) DO NOTHING`,
			string(c.ID), ref, c.Surname, c.GivenNames, sqlite.OrNull(c.BirthDate), string(c.BirthPrecision), string(c.Sex), c.IDNumber,
			c.Phones, string(c.ContactSafety), c.Address, c.Language, c.Notes, c.Legacy, c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli(),
			c.OfficeID, c.RegisteredBy)
		if err != nil || n == 1 {
			return ref, err
		}
	}
	return "", errors.New("no reference is free")
}

// updateClient saves c unless its row has moved on since c was read.
func updateClient(ctx context.Context, tx *sqlite.Tx, c Client) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE clients
SET surname = ?3, given_names = ?4, birth_date = ?5, birth_precision = ?6, sex = ?7, id_number = ?8,
    phones = ?9, contact_safety = ?10, address = ?11, language = ?12, notes = ?13, legacy = ?14,
    updated_at = ?15, version = version + 1
WHERE id = ?1 AND version = ?2`,
		string(c.ID), c.Version, c.Surname, c.GivenNames, sqlite.OrNull(c.BirthDate), string(c.BirthPrecision), string(c.Sex), c.IDNumber,
		c.Phones, string(c.ContactSafety), c.Address, c.Language, c.Notes, c.Legacy, c.UpdatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// Get returns a client, also from inside a transaction. It fails with
// ErrNotFound.
func Get(ctx context.Context, q sqlite.Querier, id ID) (Client, error) {
	c, err := scanClient(q.QueryRow(ctx, selectClients+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Client{}, ErrNotFound
	}
	if err != nil {
		return Client{}, fmt.Errorf("reading client %s: %w", id, err)
	}
	return c, nil
}

// Some returns the clients of some identifiers, in no order; what is not there
// is left out.
func Some(ctx context.Context, q sqlite.Querier, ids []ID) ([]Client, error) {
	rows, err := q.Query(ctx, selectClients+`WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Client, error) { return scanClient(rows) })
	if err != nil {
		return nil, fmt.Errorf("reading %d clients: %w", len(ids), err)
	}
	return all, nil
}

const selectClients = `
SELECT id, reference, surname, given_names, birth_date, birth_precision, sex, id_number,
    phones, contact_safety, address, language, notes, legacy, coalesce(office_id, ''), coalesce(registered_id, ''), created_at, updated_at, version
FROM clients
`

func scanClient(row sqlite.Row) (Client, error) {
	var c Client
	var birth sql.NullString
	var created, updated int64
	err := row.Scan(&c.ID, &c.Reference, &c.Surname, &c.GivenNames, &birth, &c.BirthPrecision, &c.Sex, &c.IDNumber,
		&c.Phones, &c.ContactSafety, &c.Address, &c.Language, &c.Notes, &c.Legacy, &c.OfficeID, &c.RegisteredBy, &created, &updated, &c.Version)
	c.BirthDate = civil.Date(birth.String)
	c.CreatedAt, c.UpdatedAt = sqlite.Instant(created), sqlite.Instant(updated)
	return c, err
}

// lineColumns are the columns of a Line, without what may not be read.
func lineColumns(seen access.Filter) string {
	return `k.id, k.reference, k.surname, k.given_names, k.birth_date, k.birth_precision,
    CASE WHEN ` + seen.Class(access.Contact) + ` THEN k.contact_safety ELSE '' END, k.updated_at`
}

func list(ctx context.Context, q sqlite.Querier, f Filter, seen access.Filter) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = PageSize
	}
	where, args := conditions(f, seen)
	args["limit"] = limit + 1
	rows, err := q.Query(ctx, `
SELECT `+lineColumns(seen)+`
FROM clients k
WHERE `+where+`
ORDER BY k.updated_at DESC, k.id
LIMIT @limit`, args)
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return Page{}, fmt.Errorf("listing clients: %w", err)
	}
	if len(lines) <= limit {
		return Page{Lines: lines}, nil
	}
	last := lines[limit-1]
	return Page{Lines: lines[:limit], Next: Cursor{UpdatedAt: last.UpdatedAt.UnixMilli(), ID: last.ID}}, nil
}

// conditions returns the condition of a filter with its parameters.
func conditions(f Filter, seen access.Filter) (string, sqlite.Args) {
	all := []string{seen.SQL}
	args := seen.Into(nil)
	if strings.TrimSpace(f.Search) != "" {
		all = append(all, Searched(seen))
		args["match"], args["match_open"] = Match(f.Search)
	}
	if f.After.ID != "" {
		all = append(all, `k.updated_at <= @after_at AND (k.updated_at < @after_at OR k.id > @after_id)`)
		args["after_at"], args["after_id"] = f.After.UpdatedAt, string(f.After.ID)
	}
	return strings.Join(all, "\n    AND "), args
}

// Searched is the condition on clients k that match a search, with the
// parameters that Match returns. What a person may not read finds nobody: a
// telephone number that is searched for would tell whose it is.
func Searched(seen access.Filter) string {
	if seen.Always(access.Contact) {
		return `k.rowid IN (SELECT rowid FROM clients_fts WHERE clients_fts MATCH @match)`
	}
	return `k.rowid IN (SELECT rowid FROM clients_fts WHERE clients_fts MATCH @match_open
        UNION ALL
        SELECT k.rowid FROM clients_fts t JOIN clients k ON k.rowid = t.rowid
        WHERE clients_fts MATCH @match AND ` + seen.Class(access.Contact) + `)`
}

// Match returns what somebody typed as two expressions for clients_fts: for all
// that is searched, and for what everybody may search who sees the client. Text
// without a letter or a digit matches nobody.
func Match(typed string) (match, open string) {
	m := sqlite.Match(typed, reference.Normal)
	if m == "" {
		return `""`, `""`
	}
	return m, "{surname given_names reference id_numbers} : (" + m + ")"
}

// count counts the clients of a filter. Where only walls hide any, all are
// counted and the hidden ones taken away.
func count(ctx context.Context, q sqlite.Querier, seen access.Filter) (int, error) {
	query := `
SELECT count(*)
FROM clients k
WHERE ` + seen.SQL
	if seen.Suspects != "" {
		query = `
SELECT (SELECT count(*) FROM clients) - count(*)
FROM clients k
WHERE ` + seen.Suspects + ` AND (` + seen.SQL + `) IS NOT TRUE`
	}
	var n int
	err := q.QueryRow(ctx, query, seen.Into(nil)).Scan(&n)
	return n, err
}

// duplicateLimit is how many possible duplicates are of use to a person.
const duplicateLimit = 5

func duplicates(ctx context.Context, q sqlite.Querier, c Client, seen access.Filter) ([]Line, error) {
	found, err := sameDocument(ctx, q, c, seen)
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates: %w", err)
	}
	more, err := samePerson(ctx, q, c, seen)
	if err != nil {
		return nil, fmt.Errorf("looking for duplicates: %w", err)
	}
	have := map[ID]bool{c.ID: true}
	var all []Line
	for _, l := range append(found, more...) {
		if !have[l.ID] && len(all) < duplicateLimit {
			have[l.ID] = true
			all = append(all, l)
		}
	}
	return all, nil
}

// sameDocument returns clients with the document number of c, as it is written
// or without spaces.
func sameDocument(ctx context.Context, q sqlite.Querier, c Client, seen access.Filter) ([]Line, error) {
	if c.IDNumber == "" {
		return nil, nil
	}
	rows, err := q.Query(ctx, `
SELECT `+lineColumns(seen)+`
FROM clients k
WHERE k.id_number <> '' AND k.id_number IN (@written, @bare) AND `+seen.SQL+`
ORDER BY k.updated_at DESC, k.id
LIMIT @limit`, seen.Into(sqlite.Args{
		"written": c.IDNumber, "bare": strings.ReplaceAll(c.IDNumber, " ", ""), "limit": duplicateLimit + 1,
	}))
	return sqlite.Collect(rows, err, scanLine)
}

// samePerson returns clients with the birth date of c and every word of its
// name.
func samePerson(ctx context.Context, q sqlite.Querier, c Client, seen access.Filter) ([]Line, error) {
	match := nameMatch(c)
	if match == "" || c.BirthDate == "" {
		return nil, nil
	}
	rows, err := q.Query(ctx, `
SELECT `+lineColumns(seen)+`
FROM clients_fts f
JOIN clients k ON k.rowid = f.rowid
WHERE clients_fts MATCH @match AND k.birth_date = @birth AND `+seen.SQL+`
ORDER BY k.updated_at DESC, k.id
LIMIT @limit`, seen.Into(sqlite.Args{"match": match, "birth": string(c.BirthDate), "limit": duplicateLimit + 1}))
	return sqlite.Collect(rows, err, scanLine)
}

// nameMatch returns an expression for the words of a name in either column.
func nameMatch(c Client) string {
	m := sqlite.MatchWords(c.FullName())
	if m == "" || c.Surname == "" || c.GivenNames == "" {
		return ""
	}
	return "{surname given_names} : (" + m + ")"
}

func scanLine(rows *sql.Rows) (Line, error) {
	var l Line
	var birth sql.NullString
	var updated int64
	err := rows.Scan(&l.ID, &l.Reference, &l.Surname, &l.GivenNames, &birth, &l.BirthPrecision, &l.ContactSafety, &updated)
	l.BirthDate, l.UpdatedAt = civil.Date(birth.String), sqlite.Instant(updated)
	return l, err
}
