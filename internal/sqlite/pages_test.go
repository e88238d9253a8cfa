package sqlite_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ncruces/go-sqlite3/driver"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

// gaps has an index of words that points into a table by rowids with a gap.
var gaps = fstest.MapFS{"0001_notes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE notes_fts USING fts5 (text, content = 'notes');
INSERT INTO notes (id, text) VALUES ('a', 'gone'), ('b', 'canary-4711'), ('c', 'gone'), ('d', 'heron');
DELETE FROM notes WHERE text = 'gone';
INSERT INTO notes_fts (rowid, text) SELECT rowid, text FROM notes;
`)}}

// exported copies a database and returns its pages as anybody could read them.
func exported(t *testing.T, db *sqlite.DB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Copy(t.Context(), path, otherKey); err != nil {
		t.Fatal(err)
	}
	p, err := sqlite.OpenPages(path, otherKey)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var b bytes.Buffer
	if n, err := io.Copy(&b, p); err != nil || n != p.Size() || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes: %v", n, p.Size(), err)
	}
	return b.Bytes()
}

func TestPagesAreWhatAnySQLiteProgramOpens(t *testing.T) {
	db := sqlitetest.Open(t, gaps)
	path := filepath.Join(t.TempDir(), "plain.db")
	if err := os.WriteFile(path, exported(t, db), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := driver.Open("file:" + filepath.ToSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	var text string
	if err := plain.QueryRow(`SELECT text FROM notes WHERE id = 'd'`).Scan(&text); err != nil || text != "heron" {
		t.Errorf("read %q, %v", text, err)
	}
	var mode string
	if err := plain.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "delete" {
		t.Errorf("journal mode %q, %v: a lone file must not want a second one", mode, err)
	}
}

func TestPagesComeBackEncryptedAndWhole(t *testing.T) {
	db := sqlitetest.Open(t, gaps)
	want, err := db.Content(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "back.db")
	if err := sqlite.WritePages(t.Context(), bytes.NewReader(exported(t, db)), path, sqlitetest.Key); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte("canary-4711")) || bytes.Contains(b, []byte("SQLite format")) {
		t.Errorf("plain bytes on the disk (%v)", err)
	}
	back, err := sqlite.Open(t.Context(), path, sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if err := back.Check(t.Context()); err != nil {
		t.Error(err)
	}
	got, err := back.Content(t.Context())
	if err != nil || got.Schema != 1 || len(got.Tables) != len(want.Tables) {
		t.Errorf("content %v, want %v (%v)", got, want, err)
	}
	var id string
	err = back.QueryRow(t.Context(), `SELECT n.id FROM notes_fts f JOIN notes n ON n.rowid = f.rowid WHERE notes_fts MATCH 'heron'`, nil).Scan(&id)
	if err != nil || id != "d" {
		t.Errorf("the index of words points to %q (%v): rowids have moved", id, err)
	}
}

func TestPagesRefuseWhatIsNone(t *testing.T) {
	db := sqlitetest.Open(t, gaps)
	dir := t.TempDir()
	copied := filepath.Join(dir, "copy.db")
	if err := db.Copy(t.Context(), copied, otherKey); err != nil {
		t.Fatal(err)
	}
	if p, err := sqlite.OpenPages(copied, sqlitetest.Key); !errors.Is(err, sqlite.ErrNotPages) {
		t.Errorf("a wrong key gave pages (%v, %v)", p, err)
	}
	if _, err := sqlite.OpenPages(filepath.Join(dir, "missing.db"), otherKey); err == nil {
		t.Error("a missing file gave pages")
	}
	good := exported(t, db)
	for name, b := range map[string][]byte{"text": []byte(strings.Repeat("no database ", 1000)), "nothing": nil, "half a page": good[:len(good)-100]} {
		if err := sqlite.WritePages(t.Context(), bytes.NewReader(b), filepath.Join(dir, name+".db"), otherKey); !errors.Is(err, sqlite.ErrNotPages) {
			t.Errorf("%s: %v, want ErrNotPages", name, err)
		}
	}
	if err := sqlite.WritePages(t.Context(), bytes.NewReader(good), copied, otherKey); !errors.Is(err, os.ErrExist) {
		t.Errorf("wrote over a file: %v", err)
	}
}

func TestCheckFindsBrokenReferences(t *testing.T) {
	db := sqlitetest.Open(t, fstest.MapFS{"0001_x.sql": {Data: []byte(`-- +goose Up
CREATE TABLE parents (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE children (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
`)}})
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), `PRAGMA foreign_keys = off; INSERT INTO children VALUES ('a', 'missing')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); !errors.Is(err, sqlite.ErrNotIntact) {
		t.Errorf("an orphan: %v, want ErrNotIntact", err)
	}
}
