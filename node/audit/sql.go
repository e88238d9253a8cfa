package audit

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// selectHead returns the key of the chain and where it ends.
func selectHead(ctx context.Context, q sqlite.Querier) (key, Head, error) {
	var k, hash []byte
	var h Head
	err := q.QueryRow(ctx, `
SELECT key, seq, hash
FROM audit_head`, nil).Scan(&k, &h.Seq, &hash)
	if err != nil {
		return key{}, h, err
	}
	h.Hash = Hash(hash)
	return key(k), h, nil
}

// updateHead moves the end of the chain to the entry that was just added.
func updateHead(ctx context.Context, tx *sqlite.Tx, h Head) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE audit_head
SET seq = ?1, hash = ?2`, h.Seq, h.Hash[:])
	return err
}

func insertEntry(ctx context.Context, tx *sqlite.Tx, e Entry, changes []byte, hash Hash) error {
	if changes == nil {
		changes = []byte{}
	}
	_, err := tx.ExecArgs(ctx, `
INSERT INTO audit (seq, format, at, actor, action, subject, within, changes, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		e.Seq, format, e.At.UnixMilli(), e.Actor, e.Action, e.Subject, e.Within, changes, hash[:])
	return err
}

func insertValue(ctx context.Context, tx *sqlite.Tx, seq int64, n int, c Change, salt []byte) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO audit_values (seq, n, field, old, new, salt)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)`, seq, n, c.Field, c.Old, c.New, salt)
	return err
}

// eraseValues removes the values of the entries about a record and in it.
func eraseValues(ctx context.Context, tx *sqlite.Tx, subject string) error {
	_, err := tx.Exec(ctx, `
UPDATE audit_values
SET old = NULL, new = NULL, salt = NULL
WHERE salt IS NOT NULL AND seq IN (
    SELECT seq FROM audit WHERE subject = @subject
    UNION ALL
    SELECT seq FROM audit WHERE within = @subject AND within <> ''
)`, sqlite.Args{"subject": subject})
	return err
}

// subjectsWithValues returns those of some records about which an entry has a value.
func subjectsWithValues(ctx context.Context, q sqlite.Querier, subjects []string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT a.subject
FROM audit AS a
JOIN audit_values AS v ON v.seq = a.seq
WHERE a.subject IN (SELECT value FROM json_each(@subjects)) AND v.salt IS NOT NULL
ORDER BY a.subject`, sqlite.Args{"subjects": sqlite.List(subjects)})
	return sqlite.Collect(rows, err, scanSubject)
}

func subjectsIn(ctx context.Context, q sqlite.Querier, within []string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT subject
FROM audit
WHERE within IN (SELECT value FROM json_each(@within)) AND within <> ''
ORDER BY subject`, sqlite.Args{"within": sqlite.List(within)})
	return sqlite.Collect(rows, err, scanSubject)
}

func scanSubject(rows *sql.Rows) (subject string, err error) { return subject, rows.Scan(&subject) }

// unreadSince returns those of some cases, in order, of which no look of a person is
// recorded between two instants.
func unreadSince(ctx context.Context, q sqlite.Querier, who actor.Actor, cases []string, since, until time.Time) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT j.value
FROM json_each(@cases) AS j
WHERE NOT EXISTS (
    SELECT 1
    FROM audit AS a
    WHERE a.subject = j.value AND a.action = @action AND a.actor = @actor AND a.at > @since AND a.at <= @until
)
ORDER BY j.value`, sqlite.Args{
		"cases": sqlite.List(cases), "action": ReadAction, "actor": who.String(), "since": since.UnixMilli(), "until": until.UnixMilli(),
	})
	return sqlite.Collect(rows, err, scanSubject)
}

func entriesOf(ctx context.Context, q sqlite.Querier, subject string, limit int) ([]Entry, error) {
	rows, err := q.Query(ctx, `
SELECT seq, at, actor, action, subject, within
FROM audit
WHERE subject = @subject
ORDER BY seq DESC
LIMIT @limit`, sqlite.Args{"subject": subject, "limit": limit})
	return sqlite.Collect(rows, err, scan)
}

func entriesOfCase(ctx context.Context, q sqlite.Querier, id string, limit int) ([]Entry, error) {
	rows, err := q.Query(ctx, `
SELECT seq, at, actor, action, subject, within
FROM audit
WHERE (subject = @case OR within <> '' AND within = @case) AND action NOT LIKE '%.read'
ORDER BY seq DESC
LIMIT @limit`, sqlite.Args{"case": id, "limit": limit})
	return sqlite.Collect(rows, err, scan)
}

func scan(rows *sql.Rows) (Entry, error) {
	var e Entry
	var at int64
	err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Subject, &e.Within)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

func countUnchained(ctx context.Context, q sqlite.Querier) (n int, err error) {
	err = q.QueryRow(ctx, `
SELECT count(*)
FROM audit_unchained`, nil).Scan(&n)
	return n, err
}

// unchained returns the entries from before the chain in their order.
func unchained(ctx context.Context, q sqlite.Querier) ([]Entry, error) {
	rows, err := q.Query(ctx, `
SELECT seq, at, actor, action, subject, within
FROM audit_unchained
ORDER BY seq`, nil)
	return sqlite.Collect(rows, err, scan)
}

func deleteUnchained(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
DELETE FROM audit_unchained`, nil)
	return err
}

// stored is one entry as Verify reads it, with one of its values. An entry with
// several values comes once for each, one without comes once.
type stored struct {
	Entry
	format  int
	changes []byte
	hash    []byte

	n        sql.NullInt64 // NULL: no value
	field    sql.NullString
	old, new sql.NullString
	salt     []byte
}

// everything calls fn with each entry and value in the order of the chain.
func everything(ctx context.Context, q sqlite.Querier, fn func(stored) error) error {
	rows, err := q.Query(ctx, `
SELECT a.seq, a.format, a.at, a.actor, a.action, a.subject, a.within, a.changes, a.hash,
    v.n, v.field, v.old, v.new, v.salt
FROM audit AS a
LEFT JOIN audit_values AS v ON v.seq = a.seq
ORDER BY a.seq, v.n`, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s stored
		var at int64
		err := rows.Scan(&s.Seq, &s.format, &at, &s.Actor, &s.Action, &s.Subject, &s.Within, &s.changes, &s.hash,
			&s.n, &s.field, &s.old, &s.new, &s.salt)
		if err != nil {
			return err
		}
		s.At = time.UnixMilli(at).UTC()
		if err := fn(s); err != nil {
			return err
		}
	}
	return rows.Err()
}

// strayValue returns the first entry number that has a value and is no entry,
// 0 when there is none.
func strayValue(ctx context.Context, q sqlite.Querier) (seq int64, err error) {
	err = q.QueryRow(ctx, `
SELECT coalesce(min(v.seq), 0)
FROM audit_values AS v
WHERE NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.seq = v.seq)`, nil).Scan(&seq)
	return seq, err
}

// secretErasure returns the first entry whose values are gone though no later
// entry tells of an erasure, 0 when there is none. The join begins with the few
// values that are gone.
func secretErasure(ctx context.Context, q sqlite.Querier) (seq int64, err error) {
	err = q.QueryRow(ctx, `
SELECT coalesce(min(v.seq), 0)
FROM audit_values AS v
CROSS JOIN audit AS a ON a.seq = v.seq
WHERE v.salt IS NULL AND NOT EXISTS (
    SELECT 1
    FROM audit AS e
    WHERE e.subject IN (a.subject, nullif(a.within, '')) AND e.action = 'audit.erased' AND e.seq > v.seq
)`, nil).Scan(&seq)
	return seq, err
}
