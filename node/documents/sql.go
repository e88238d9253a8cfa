package documents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/vault"
)

// selectDocuments reads whole documents; what narrows them follows.
const selectDocuments = `
SELECT id, case_id, file, name, type, size, sha256, added_by, added_at, version
FROM documents
`

func scanDocument(row sqlite.Row) (Document, error) {
	var d Document
	var sum []byte
	var added int64
	err := row.Scan(&d.ID, &d.CaseID, &d.File, &d.Name, &d.Type, &d.Size, &sum, &d.AddedBy, &added, &d.Version)
	copy(d.SHA256[:], sum)
	d.AddedAt = sqlite.Instant(added)
	return d, err
}

func documentByID(ctx context.Context, q sqlite.Querier, id ID) (Document, error) {
	d, err := scanDocument(q.QueryRow(ctx, selectDocuments+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Document{}, ErrNotFound
	}
	if err != nil {
		return Document{}, fmt.Errorf("reading document %s: %w", id, err)
	}
	return d, nil
}

func ofCase(ctx context.Context, q sqlite.Querier, id cases.ID) ([]Document, error) {
	rows, err := q.Query(ctx, selectDocuments+`WHERE case_id = @case
ORDER BY added_at DESC, id DESC`, sqlite.Args{"case": string(id)})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Document, error) { return scanDocument(rows) })
}

func insertDocument(ctx context.Context, tx *sqlite.Tx, d Document) error {
	_, err := tx.Exec(ctx, `
INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at)
VALUES (@id, @case, @file, @name, @type, @size, @sum, @by, @at)`, sqlite.Args{
		"id": string(d.ID), "case": string(d.CaseID), "file": string(d.File), "name": d.Name, "type": d.Type, "size": d.Size,
		"sum": d.SHA256[:], "by": d.AddedBy, "at": d.AddedAt.UnixMilli(),
	})
	return err
}

// updateName saves the name of d unless its row has moved on since d was read.
func updateName(ctx context.Context, tx *sqlite.Tx, d Document) error {
	n, err := tx.Exec(ctx, `
UPDATE documents
SET name = @name, version = version + 1
WHERE id = @id AND version = @version`, sqlite.Args{"id": string(d.ID), "version": d.Version, "name": d.Name})
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

// takeOut removes a document's row and notes its file for removal.
func takeOut(ctx context.Context, tx *sqlite.Tx, d Document) error {
	if err := insertLeftover(ctx, tx, d.File); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
DELETE FROM documents
WHERE id = @id`, sqlite.Args{"id": string(d.ID)})
	return err
}

func insertLeftover(ctx context.Context, q sqlite.Querier, f vault.FileID) error {
	_, err := q.Exec(ctx, `
INSERT INTO document_leftovers (file)
VALUES (@file)`, sqlite.Args{"file": string(f)})
	return err
}

func deleteLeftover(ctx context.Context, q sqlite.Querier, f vault.FileID) error {
	_, err := q.Exec(ctx, `
DELETE FROM document_leftovers
WHERE file = @file`, sqlite.Args{"file": string(f)})
	return err
}

// leftovers returns the files that nothing may be left of. One that a document
// names is never among them.
func leftovers(ctx context.Context, q sqlite.Querier) ([]vault.FileID, error) {
	rows, err := q.Query(ctx, `
SELECT l.file
FROM document_leftovers AS l
WHERE NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.file = l.file)`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (vault.FileID, error) {
		var f vault.FileID
		return f, rows.Scan(&f)
	})
}
