package sqlite_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

var otherKey = sqlite.Key{9, 9, 9, 0xab, 0xcd}

func TestCopyGoesOnUnderWriting(t *testing.T) {
	db := sqlitetest.Open(t, people)
	to := filepath.Join(t.TempDir(), "a folder", "copy 100%.db")
	if err := os.Mkdir(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { // a writer does not keep a copy out
		if _, err := tx.Exec(t.Context(), `INSERT INTO people (name, number) VALUES ('Later', '9')`, nil); err != nil {
			return err
		}
		return db.Copy(t.Context(), to, otherKey)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), to, sqlitetest.Key); err == nil {
		t.Error("the copy opens with the original's key")
	}
	second, err := sqlite.Open(t.Context(), to, otherKey)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if found(t, second, sqlite.Match("jose")) != 1 || found(t, second, sqlite.Match("later")) != 0 {
		t.Error("the copy is not the state at its moment")
	}
	content, err := os.ReadFile(to)
	if err != nil || strings.Contains(string(content), "SQLite format") {
		t.Errorf("the copy is not encrypted (%v)", err)
	}
}

// No error and no way of showing the database tells a key.
func TestCopyTellsNoKey(t *testing.T) {
	db := sqlitetest.Open(t, people)
	for _, to := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing", "x.db"), db.Path()} {
		err := db.Copy(t.Context(), to, otherKey)
		if err == nil {
			t.Errorf("copied into %s", to)
		}
		if said := strings.ToLower(fmt.Sprintf("%v %+v %#v", err, err, err)); strings.Contains(said, hex.EncodeToString(otherKey[:6])) {
			t.Errorf("the error tells the key")
		}
	}
	if said := fmt.Sprintf("%v %+v %#v %x", db, db, db, db); strings.Contains(said, "1, 2, 3") || strings.Contains(said, "1 2 3") || strings.Contains(said, "0x1") || strings.Contains(said, "010203") {
		t.Error("the database tells its key")
	}
}

func TestCopyClosedWantsTheFileAlone(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "node.db"), filepath.Join(t.TempDir(), "new.db")
	db, err := sqlite.Open(t.Context(), path, sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), people); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.CopyClosed(t.Context(), path, sqlitetest.Key, to, otherKey); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("with the database open: %v, want ErrLocked", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.CopyClosed(t.Context(), path, sqlitetest.Key, to, otherKey); err != nil {
		t.Fatal(err)
	}
	second, err := sqlite.Open(t.Context(), to, otherKey)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if found(t, second, sqlite.Match("jose")) != 1 {
		t.Error("the copy is empty")
	}
	if err := sqlite.CopyClosed(t.Context(), path, otherKey, to+"2", otherKey); err == nil {
		t.Error("copied with a wrong key")
	}
}

func TestAloneSeesWhoeverHasTheDatabaseOpen(t *testing.T) {
	db := sqlitetest.Open(t, people)
	if err := sqlite.Alone(t.Context(), db.Path(), sqlitetest.Key); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("while it is open: %v, want ErrLocked", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Alone(t.Context(), db.Path(), sqlitetest.Key); err != nil {
		t.Errorf("when it is closed: %v", err)
	}
	again, err := sqlite.Open(t.Context(), db.Path(), sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if found(t, again, sqlite.Match("jose")) != 1 {
		t.Error("the database is not as it was")
	}
}
