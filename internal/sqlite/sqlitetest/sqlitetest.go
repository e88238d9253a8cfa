// Package sqlitetest opens real encrypted databases for tests.
package sqlitetest

import (
	"io/fs"
	"path/filepath"
	"testing"

	"casehub/internal/sqlite"
)

// Key is the key of every test database.
var Key = sqlite.Key{1, 2, 3, 4, 5, 6, 7, 8}

// Open opens a new database in the test's folder, migrated with files.
func Open(t testing.TB, files fs.FS) *sqlite.DB {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), "node.db"), files)
}

// OpenAt opens the database at path, migrated with files.
func OpenAt(t testing.TB, path string, files fs.FS) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	if err := db.Migrate(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	return db
}
