package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	"github.com/ncruces/go-sqlite3/ext/unicode"
)

// ErrFull reports that there was no room left on the disk.
var ErrFull = errors.New("there is no room left on the disk")

// Copy writes the whole database, as it is at one moment, into a new file at
// path under a key of its own. Reading and writing go on meanwhile. The file is
// brought to the disk by the caller. It fails with ErrFull, and when there is a
// file at path; what it has written by then is for the caller to remove.
func (db *DB) Copy(ctx context.Context, path string, key Key) error {
	copier, err := open(db.path, db.key, false, 1)
	if err != nil {
		return err
	}
	return errors.Join(copyInto(ctx, copier, path, key), copier.Close())
}

// CopyClosed is Copy for a database that nobody has open: it keeps others out
// until it is done, and holds the copy against the original before it returns.
// It fails with ErrLocked when another process or another part of this one has
// the database open.
func CopyClosed(ctx context.Context, path string, key Key, to string, toKey Key) error {
	original, err := openAlone(path, key)
	if err != nil {
		return err
	}
	defer original.Close()
	if err := keepOthersOut(ctx, original); err != nil {
		return err
	}
	if err := copyInto(ctx, original, to, toKey); err != nil {
		return err
	}
	second, err := openAlone(to, toKey)
	if err != nil {
		return err
	}
	return errors.Join(compare(ctx, original, second), second.Close())
}

// Alone says whether nobody else has a database open at this moment. It fails
// with ErrLocked when another process or another part of this one has.
func Alone(ctx context.Context, path string, key Key) error {
	db, err := openAlone(path, key)
	if err != nil {
		return err
	}
	return errors.Join(keepOthersOut(ctx, db), db.Close())
}

// openAlone opens a file that must exist, without turning its journal into
// another.
func openAlone(path string, key Key) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "vfs=adiantum&mode=rw"}
	db, err := driver.Open(u.String(), func(c *sqlite3.Conn) error {
		if err := c.Exec(`PRAGMA hexkey='` + hex.EncodeToString(key[:]) + `'`); err != nil {
			return errors.New("the database key was refused")
		}
		if err := c.Exec(`PRAGMA busy_timeout = 0; PRAGMA temp_store = memory; PRAGMA cache_size = -32768`); err != nil {
			return err
		}
		return errors.Join(fts5.Register(c), unicode.Register(c))
	})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// keepOthersOut takes the whole file. Leaving the journal that several may
// share needs that nobody else has the file open.
func keepOthersOut(ctx context.Context, db *sql.DB) error {
	for _, statement := range []string{`PRAGMA journal_mode = delete`, `PRAGMA locking_mode = exclusive`, `BEGIN EXCLUSIVE`, `COMMIT`} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			if errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED) {
				return ErrLocked
			}
			return fmt.Errorf("keeping others out of the database: %w", err)
		}
	}
	return nil
}

// copyInto runs the copy. The key goes in as a value of the statement, and what
// the database says when it fails could name it, so that is not passed on.
func copyInto(ctx context.Context, db *sql.DB, path string, key Key) error {
	u := url.URL{
		Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(),
		RawQuery: "vfs=adiantum&hexkey=" + hex.EncodeToString(key[:]),
	}
	_, err := db.ExecContext(ctx, `VACUUM INTO ?1`, u.String())
	var said *sqlite3.Error
	var code sqlite3.ExtendedErrorCode
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sqlite3.FULL):
		return ErrFull
	case errors.As(err, &said):
		return fmt.Errorf("copying the database: %w", said.ExtendedCode())
	case errors.As(err, &code):
		return fmt.Errorf("copying the database: %w", code)
	}
	return errors.New("copying the database failed")
}

// compare checks a copy and holds it against its original, table by table.
func compare(ctx context.Context, original, second *sql.DB) error {
	if err := intact(ctx, second); err != nil {
		return err
	}
	want, err := tables(ctx, original)
	if err != nil {
		return err
	}
	got, err := tables(ctx, second)
	if err != nil {
		return err
	}
	if len(got) != len(want) {
		return fmt.Errorf("the copy has %d tables instead of %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			return fmt.Errorf("table %s has %d rows in the copy instead of %d", want[i].name, got[i].rows, want[i].rows)
		}
	}
	return nil
}

func intact(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("checking the copy: %w", err)
	}
	if said != "ok" {
		return errors.New("the copy is not intact")
	}
	return nil
}

// table is one table of a database: its name, how it is made, and its rows.
type table struct {
	name, made string
	rows       int64
}

func tables(ctx context.Context, db *sql.DB) ([]table, error) {
	rows, err := db.QueryContext(ctx, `
SELECT name, sql
FROM sqlite_schema
WHERE type = 'table' AND rootpage > 0
ORDER BY name`)
	all, err := Collect(rows, err, func(r *sql.Rows) (t table, err error) {
		var made sql.NullString
		err = r.Scan(&t.name, &made)
		t.made = made.String
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	for i, t := range all {
		name := strings.ReplaceAll(t.name, `"`, `""`)
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM "`+name+`"`).Scan(&all[i].rows); err != nil {
			return nil, fmt.Errorf("counting the rows of %s: %w", t.name, err)
		}
	}
	return all, nil
}
