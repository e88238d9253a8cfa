package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Migrate brings the database to the newest schema in files, forward only. It
// fails when the database is newer than the files: an older program would harm
// it.
func (db *DB) Migrate(ctx context.Context, files fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, files)
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database has schema %d and this program knows only %d: use a newer program", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}
