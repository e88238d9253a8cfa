package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"casehub/internal/sqlite"
)

// Plain writes an unencrypted database, as other programs have, to path. It
// holds what the statements make.
func Plain(t testing.TB, path, statements string) {
	t.Helper()
	if err := plain(t.Context(), t.TempDir(), path, statements); err != nil {
		t.Fatal(err)
	}
}

func plain(ctx context.Context, dir, path, statements string) (err error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "made.db"), Key)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, statements, nil)
	if err == nil {
		err = db.Copy(ctx, filepath.Join(dir, "copy.db"), Key)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	pages, err := sqlite.OpenPages(filepath.Join(dir, "copy.db"), Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pages.Close()) }()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = pages.WriteTo(f)
	return errors.Join(err, f.Close())
}
