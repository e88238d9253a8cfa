package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

var schema = fstest.MapFS{"0001_notes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE notes_fts USING fts5 (text);
`)}}

func TestFilesHoldNoPlaintext(t *testing.T) {
	dir := t.TempDir()
	db := sqlitetest.OpenAt(t, filepath.Join(dir, "node.db"), schema)
	if _, err := db.Exec(t.Context(), `INSERT INTO notes (text) VALUES (@t)`, sqlite.Args{"t": "canary-4711"}); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("there are no files to look at")
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range []string{"canary-4711", "SQLite format 3", "CREATE TABLE"} {
			if bytes.Contains(b, []byte(plain)) {
				t.Errorf("%s holds %q in the clear", f.Name(), plain)
			}
		}
	}
}

func TestOpenRefusesAnotherKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	sqlitetest.OpenAt(t, path, schema)
	other := sqlitetest.Key
	other[31]++
	if db, err := sqlite.Open(t.Context(), path, other); err == nil {
		_ = db.Close()
		t.Fatal("a wrong key opened the database")
	}
}

func TestTxLeavesNothingWhenItFails(t *testing.T) {
	db := sqlitetest.Open(t, schema)
	boom := errors.New("boom")
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for range 3 {
			if _, err := tx.Exec(t.Context(), `INSERT INTO notes (text) VALUES (@t)`, sqlite.Args{"t": "x"}); err != nil {
				return err
			}
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("error = %v, want boom", err)
	}
	var n int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM notes`, nil).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d rows left (%v), want 0", n, err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := sqlitetest.Open(t, schema)
	rows, err := db.Query(t.Context(), `INSERT INTO notes (text) VALUES ('x') RETURNING id`, nil)
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		_ = rows.Close()
	}
	if err == nil {
		t.Fatal("a reading connection wrote")
	}
}

func TestMigrateRefusesANewerDatabase(t *testing.T) {
	db := sqlitetest.Open(t, fstest.MapFS{
		"0001_notes.sql": schema["0001_notes.sql"],
		"0002_more.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;\n")},
	})
	if err := db.Migrate(t.Context(), schema); err == nil {
		t.Fatal("an older program migrated a newer database")
	}
}

func TestPathsWithOddCharactersOpen(t *testing.T) {
	sqlitetest.OpenAt(t, filepath.Join(t.TempDir(), "näme 100%?#.db"), schema)
}

func TestKeyNeverShows(t *testing.T) {
	if s := sqlitetest.Key.String() + sqlitetest.Key.GoString(); bytes.Contains([]byte(s), []byte{1, 2, 3}) || s != "key(hidden)key(hidden)" {
		t.Errorf("key shows as %q", s)
	}
}
