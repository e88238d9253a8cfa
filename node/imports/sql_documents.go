package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/documents"
)

// documentWriter knows the name of a document. Its content is brought after the case
// is there, see applier.bring.
type documentWriter struct{}

func (documentWriter) check(v []string) error {
	return documents.Document{Name: v[1]}.Check()
}

func (documentWriter) insert(context.Context, *sqlite.Tx, string, string, []string, time.Time) error {
	return nil
}

func (documentWriter) current(ctx context.Context, q sqlite.Querier, ids []string) (map[string]current, error) {
	rows, err := q.Query(ctx, `
SELECT id, version, case_id, name
FROM documents
WHERE id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": sqlite.List(ids)})
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	defer rows.Close()
	found := map[string]current{}
	for rows.Next() {
		var id string
		c := current{values: make([]string, 3)}
		if err := rows.Scan(&id, &c.version, &c.values[0], &c.values[1]); err != nil {
			return nil, err
		}
		found[id] = c
	}
	return found, rows.Err()
}

func (documentWriter) replace(ctx context.Context, tx *sqlite.Tx, id string, is current, v []string, _ time.Time) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE documents
SET name = ?3, version = version + 1
WHERE id = ?1 AND version = ?2`, id, is.version, text.Clean(v[1]))
	if err == nil && n == 0 {
		err = errMoved
	}
	return err
}

// saveForms keeps every version of the forms of a mapping's answers.
func (m *Mapping) saveForms(ctx context.Context, tx *sqlite.Tx, now int64) error {
	saved := map[string]bool{}
	for _, s := range m.streams {
		if s.to.name != toAnswer || saved[s.table] {
			continue
		}
		saved[s.table] = true
		for _, form := range m.forms[s.table] {
			definition, err := json.Marshal(form)
			if err != nil {
				return fmt.Errorf("keeping a form: %w", err)
			}
			if _, err := tx.ExecArgs(ctx, `
INSERT INTO instruments (id, form, version, title, definition, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO NOTHING`, instrumentID(form), form.ID, form.Version, form.Title, string(definition), now); err != nil {
				return fmt.Errorf("keeping a form: %w", err)
			}
		}
	}
	return nil
}
