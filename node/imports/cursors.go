package imports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/internal/sqlite"
)

// A live source is read from where the last run ended, where the mapping says after how
// many days the whole is to be read again: a cursor misses what was changed without a
// date, and what was deleted. What it is kept for moves on with the end of a run alone,
// and not beyond the first row that was held back: such a row is met again.

// marks are how far the tables of a live source are read.
type marks struct {
	live  bool
	kept  map[string]mark            // by the last run
	from  map[string]adapters.Cursor // where this run begins; "" for the whole
	to    map[string]reached         // where the next one begins
	swept time.Time                  // of this run
}

// mark is what is kept of a table.
type mark struct {
	cursor  adapters.Cursor
	sweptAt time.Time
}

// reached is the place of a checkpoint in a reading, from 1, with its cursor; 0 is the
// beginning.
type reached struct {
	n      int
	cursor adapters.Cursor
}

// marksOf returns where the tables of a source are read from.
func marksOf(ctx context.Context, q sqlite.Querier, m *Mapping, r run, now time.Time) (marks, error) {
	k := marks{
		live: r.sourceHash == "" && m.sweepDays > 0 && !m.aggregate,
		from: map[string]adapters.Cursor{}, to: map[string]reached{}, kept: map[string]mark{}, swept: now,
	}
	if !k.live {
		return k, nil
	}
	var err error
	if k.kept, err = cursorsOf(ctx, q, r); err != nil {
		return k, fmt.Errorf("reading how far the source was read: %w", err)
	}
	due := now.AddDate(0, 0, -m.sweepDays)
	for table, is := range k.kept {
		if is.sweptAt.After(due) {
			k.from[table] = is.cursor
		}
	}
	return k, nil
}

// part reports whether a table is not read whole.
func (k *marks) part(table string) bool { return k.from[table] != "" }

// read reads a table from its mark, or whole where the source does not know the mark any
// more. at is told each checkpoint.
func (k *marks) read(ctx context.Context, src adapters.Source, table string, record func(adapters.Record) error, at func(adapters.Cursor) error) error {
	given := false
	count := func(rec adapters.Record) error {
		given = true
		return record(rec)
	}
	err := src.Read(ctx, table, k.from[table], count, at)
	if errors.Is(err, adapters.ErrCursor) && k.part(table) && !given {
		delete(k.from, table)
		err = src.Read(ctx, table, "", count, at)
	}
	return err
}

// reach notes how far a pass has read a table without holding anything back. Of several
// passes the shortest way counts.
func (k *marks) reach(table string, was reached) {
	if is, met := k.to[table]; !met || was.n < is.n {
		k.to[table] = was
	}
}

// heldIn reports whether a row of a table was held back.
func (d *decider) heldIn(table string) bool {
	return slices.ContainsFunc(d.m.streams, func(s *stream) bool { return s.table == table && d.of[s].counts.Quarantined > 0 })
}

// save keeps the marks with the end of a run.
func (k *marks) save(ctx context.Context, tx *sqlite.Tx, r run) error {
	if !k.live {
		return nil
	}
	for table, is := range k.to {
		cursor, swept := is.cursor, k.swept
		if k.part(table) {
			swept = k.kept[table].sweptAt
			if is.n == 0 {
				cursor = k.from[table]
			}
		}
		if cursor == "" {
			continue
		}
		if err := saveCursor(ctx, tx, r, table, mark{cursor, swept}); err != nil {
			return fmt.Errorf("keeping how far the source was read: %w", err)
		}
	}
	return nil
}
