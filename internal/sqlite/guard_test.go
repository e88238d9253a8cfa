package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// openPanicking opens a database with a function whose every call panics, as the
// driver does when it gets no memory.
func openPanicking(t *testing.T) *DB {
	t.Helper()
	path, key := filepath.Join(t.TempDir(), "x.db"), Key{1}
	boom := func(c *sqlite3.Conn) error {
		return c.CreateFunction("boom", 0, sqlite3.DIRECTONLY, func(sqlite3.Context, ...sqlite3.Value) { panic("a value of somebody") })
	}
	write, err := open(path, key, false, 1, boom)
	if err != nil {
		t.Fatal(err)
	}
	read, err := open(path, key, true, 1, boom)
	if err != nil {
		t.Fatal(err)
	}
	db := &DB{write: write, read: read, path: path, key: key}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestAPanicInTheDriverUndoesTheTransaction and gives an error, and neither the
// rollback nor whoever writes or reads next waits for it.
func TestAPanicInTheDriverUndoesTheTransaction(t *testing.T) {
	db := openPanicking(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := db.Exec(ctx, `CREATE TABLE x (n INTEGER)`, nil); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for name, run := range map[string]func(tx *Tx) error{
			"a statement": func(tx *Tx) error { _, err := tx.Exec(ctx, `INSERT INTO x VALUES (boom())`, nil); return err },
			"a query":     func(tx *Tx) error { var n int; return tx.QueryRow(ctx, `SELECT boom()`, nil).Scan(&n) },
			"fn itself": func(tx *Tx) error {
				defer func() { _ = recover() }()
				rows, err := tx.Query(ctx, `SELECT 1 UNION SELECT 2`, nil)
				if err == nil && rows.Next() {
					_, err = tx.Exec(ctx, `INSERT INTO x VALUES (boom())`, nil)
				}
				return errors.Join(err, rows.Close(), rows.Err())
			},
		} {
			err := db.Tx(ctx, func(tx *Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO x VALUES (1)`, nil); err != nil {
					return err
				}
				return run(tx)
			})
			if !errors.Is(err, ErrDriver) || err != nil && len(err.Error()) > 200 {
				t.Errorf("%s: error = %v, want ErrDriver", name, err)
			}
		}
		var n int
		if err := db.Snapshot(ctx, func(tx *Tx) error { return tx.QueryRow(ctx, `SELECT boom()`, nil).Scan(&n) }); !errors.Is(err, ErrDriver) {
			t.Errorf("a snapshot: error = %v, want ErrDriver", err)
		}
		if _, err := db.Exec(ctx, `INSERT INTO x VALUES (7)`, nil); err != nil {
			t.Errorf("writing after it: %v", err)
		}
		if err := db.QueryRow(ctx, `SELECT sum(n) FROM x`, nil).Scan(&n); err != nil || n != 7 {
			t.Errorf("after it the table adds up to %d (%v), want the last row alone", n, err)
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("somebody waits for ever")
	}
}
