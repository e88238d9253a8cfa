package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
)

// makeCaseKeys makes the one table of the case keys. The file has no other
// history: it is not the node's database.
func makeCaseKeys(ctx context.Context, q sqlite.Querier) error {
	_, err := q.Exec(ctx, `
CREATE TABLE IF NOT EXISTS case_keys (
    case_id    TEXT    NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 1), -- of the master key it was made under
    key        BLOB    NOT NULL CHECK (length(key) = 32),
    PRIMARY KEY (case_id, generation)
) STRICT, WITHOUT ROWID`, nil)
	return err
}

func insertCaseKey(ctx context.Context, q sqlite.Querier, caseID string, generation int, key Key) error {
	_, err := q.Exec(ctx, `
INSERT INTO case_keys (case_id, generation, key)
VALUES (@case, @generation, @key)
ON CONFLICT DO NOTHING`, sqlite.Args{"case": caseID, "generation": generation, "key": key[:]})
	return err
}

// caseKey fails with ErrNoCaseKey when there is none.
func caseKey(ctx context.Context, q sqlite.Querier, caseID string, generation int) (Key, error) {
	var b []byte
	err := q.QueryRow(ctx, `
SELECT key
FROM case_keys
WHERE case_id = @case AND generation = @generation`, sqlite.Args{"case": caseID, "generation": generation}).Scan(&b)
	switch {
	case errors.Is(err, sqlite.ErrNoRows):
		return Key{}, ErrNoCaseKey
	case err != nil:
		return Key{}, fmt.Errorf("reading the key of a case: %w", err)
	case len(b) != len(Key{}):
		return Key{}, errors.New("reading the key of a case: it has another length")
	}
	defer clear(b)
	return Key(b), nil
}

// selectNames lists the cases with a key whose names begin with prefix.
func selectNames(ctx context.Context, q sqlite.Querier, prefix string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT case_id
FROM case_keys
WHERE substr(case_id, 1, length(@prefix)) = @prefix
ORDER BY case_id`, sqlite.Args{"prefix": prefix})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
}

func deleteCaseKeys(ctx context.Context, db *sqlite.DB, caseID string) error {
	if _, err := db.Exec(ctx, `
DELETE FROM case_keys
WHERE case_id = @case`, sqlite.Args{"case": caseID}); err != nil {
		return err
	}
	return emptyJournal(ctx, db)
}

// emptyJournal brings everything into the file itself and cuts the journal off,
// in which a page from before would stand otherwise.
func emptyJournal(ctx context.Context, db *sqlite.DB) error {
	var busy, pages, moved int
	if err := db.Writer().QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("the journal of the case keys is in use")
	}
	return nil
}
