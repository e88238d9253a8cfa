package ledger

import (
	"context"
	"database/sql"

	"casehub/internal/sqlite"
)

// selectTouchedRecords reads the client records that changed, ascending by
// identifier.
func selectTouchedRecords(ctx context.Context, q sqlite.Querier) ([]record, error) {
	rows, err := q.Query(ctx, `
SELECT c.id, c.id_number, c.surname || ' ' || c.given_names, coalesce(c.birth_date, ''), c.birth_precision, c.phones
FROM clients c
WHERE c.id IN (SELECT id FROM ledger_touched WHERE source = 'clients')
ORDER BY c.id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (record, error) {
		var r record
		var number, name, birth, precision, phones string
		err := rows.Scan(&r.client, &number, &name, &birth, &precision, &phones)
		return r.with(number, name, birth, precision, phones), err
	})
}

// saveKeys puts what the records that changed can share with others in the place of
// what they could before.
func saveKeys(ctx context.Context, tx *sqlite.Tx, records []record) error {
	_, err := tx.Exec(ctx, `
DELETE FROM ledger_person_keys
WHERE client_id IN (SELECT id FROM ledger_touched WHERE source = 'clients')`, nil)
	if err != nil {
		return err
	}
	for _, r := range records {
		for _, k := range r.keys() {
			if _, err := tx.ExecArgs(ctx, `
INSERT INTO ledger_person_keys (client_id, key, own)
VALUES (?1, ?2, ?3)
ON CONFLICT (client_id, key) DO UPDATE
SET own = max(own, excluded.own)`, r.client, k.hash(), k.own); err != nil {
				return err
			}
		}
	}
	return nil
}

// holder is a client with one of the keys, or none, and the person that the client
// was until now.
type holder struct {
	client, person string
	key            int64
	keyed, own     bool
}

// selectHolders reads the keys of all whose person may be another one now: the
// clients that changed, those who share something with one of them, and whoever
// was one person with any of these. They come ascending by client.
func selectHolders(ctx context.Context, q sqlite.Querier) ([]holder, error) {
	rows, err := q.Query(ctx, `
WITH shared (key) AS (
    SELECT DISTINCT k.key
    FROM ledger_touched t
    CROSS JOIN ledger_person_keys k ON k.client_id = t.id
    WHERE t.source = 'clients' AND EXISTS (SELECT 1 FROM ledger_person_keys w WHERE w.key = k.key AND w.own = 1)
), near (id) AS (
    SELECT id
    FROM ledger_touched
    WHERE source = 'clients'
    UNION
    SELECT o.client_id
    FROM shared s
    CROSS JOIN ledger_person_keys o ON o.key = s.key
), were (person) AS (
    SELECT DISTINCT p.person
    FROM near n
    CROSS JOIN ledger_persons p ON p.client_id = n.id
    WHERE p.person <> @nobody
), affected (id) AS (
    SELECT id
    FROM near
    UNION
    SELECT m.client_id
    FROM were w
    CROSS JOIN ledger_persons m ON m.person = w.person
)
SELECT c.id, coalesce(p.person, ''), coalesce(k.key, 0), k.key IS NOT NULL, coalesce(k.own, 0)
FROM affected a
CROSS JOIN clients c ON c.id = a.id
LEFT JOIN ledger_persons p ON p.client_id = a.id
LEFT JOIN ledger_person_keys k ON k.client_id = a.id
ORDER BY c.id`, sqlite.Args{"nobody": nobody})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (holder, error) {
		var h holder
		return h, rows.Scan(&h.client, &h.person, &h.key, &h.keyed, &h.own)
	})
}

func savePerson(ctx context.Context, tx *sqlite.Tx, client, person string) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO ledger_persons (client_id, person)
VALUES (?1, ?2)
ON CONFLICT (client_id) DO UPDATE
SET person = excluded.person`, client, person)
	return err
}
