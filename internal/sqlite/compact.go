package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Compact writes the database anew, without free pages and without what deleted
// rows left in others, and empties the journal. Writers wait meanwhile, readers
// do not; it needs room for the database twice more. What it writes aside is
// encrypted under a key of the moment. It fails with ErrFull, and then the
// database is as it was.
func (db *DB) Compact(ctx context.Context) error {
	c, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("compacting the database: %w", err)
	}
	defer c.Close()
	// A large database would not fit into memory a second time.
	if _, err := c.ExecContext(ctx, `PRAGMA temp_store = file`); err != nil {
		return fmt.Errorf("compacting the database: %w", err)
	}
	_, err = c.ExecContext(ctx, `VACUUM`)
	if errors.Is(err, sqlite3.FULL) {
		err = ErrFull
	}
	_, back := c.ExecContext(context.WithoutCancel(ctx), `PRAGMA temp_store = memory`)
	if err = errors.Join(err, back); err != nil {
		return fmt.Errorf("compacting the database: %w", err)
	}
	var busy, pages, moved int
	return emptied(c.QueryRowContext(ctx, emptyJournal).Scan(&busy, &pages, &moved), busy)
}

const emptyJournal = `PRAGMA wal_checkpoint(TRUNCATE)`

// EmptyJournal brings everything into the database file itself and cuts the
// journal off, in which pages from before would stand otherwise. It waits for
// readers, and fails when one of them takes too long.
func (db *DB) EmptyJournal(ctx context.Context) error {
	var busy, pages, moved int
	return emptied(db.write.QueryRowContext(ctx, emptyJournal).Scan(&busy, &pages, &moved), busy)
}

func emptied(err error, busy int) error {
	if err == nil && busy != 0 {
		err = errors.New("it is in use")
	}
	if err != nil {
		return fmt.Errorf("emptying the journal: %w", err)
	}
	return nil
}
