package tables

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"casehub/adapters"
)

// Source gives the tables of a database that does not change, such as a dump, as
// streams. A cursor counts rows and names the content.
type Source struct {
	db   DB
	only []string
}

var _ adapters.Source = (*Source)(nil)

// NewSource makes a source of a database, of some of its tables where they are
// named.
func NewSource(db DB, only []string) *Source { return &Source{db, only} }

// Check reports whether the database can be read and has the tables named.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.db.Tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.only {
		if Find(all, name) == nil {
			return adapters.ErrStream.With("table", name)
		}
	}
	return nil
}

// Discover describes the tables. It reads all rows once and returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	return Catalog(ctx, s.db, s.has)
}

func (s *Source) has(table string) bool { return len(s.only) == 0 || slices.Contains(s.only, table) }

// Open opens bytes that stand in a row, as a record's documents name them.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	return OpenBlob(ctx, s.db, b)
}

// checkpointEvery is the number of records between two checkpoints.
const checkpointEvery = 1000

// Read gives the rows of a table.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	all, err := s.db.Tables(ctx)
	if err != nil {
		return err
	}
	t := Find(all, stream)
	if t == nil || !s.has(stream) {
		return adapters.ErrStream.With("table", stream)
	}
	print, err := s.db.Fingerprint(ctx)
	if err != nil {
		return err
	}
	count, err := NewCounter(print, stream, after)
	if err != nil {
		return err
	}
	make := NewMaker(s.db.Name(), t)
	err = s.db.Rows(ctx, Query{Table: stream, Skip: count.Done()}, func(r Row) error {
		return count.Give(ctx, make.Record(r), record, checkpoint)
	})
	if err != nil {
		return err
	}
	return count.End(checkpoint)
}

// Counter keeps the cursor of a stream that reads in the same order each time:
// the number of records given, and what they were read from.
type Counter struct {
	print, stream string
	done, n       int64
}

// NewCounter reads a cursor. It fails with adapters.ErrCursor when it is not of
// this stream of this content.
func NewCounter(print, stream string, after adapters.Cursor) (*Counter, error) {
	c := &Counter{print: print[:min(len(print), 16)], stream: stream}
	if after == "" {
		return c, nil
	}
	parts := strings.SplitN(string(after), " ", 4)
	if len(parts) != 4 || parts[0] != "1" || parts[2] != c.print || parts[3] != stream {
		return nil, adapters.ErrCursor
	}
	if _, err := fmt.Sscanf(parts[1], "%d", &c.done); err != nil || c.done < 0 {
		return nil, adapters.ErrCursor
	}
	c.n = c.done
	return c, nil
}

// Done returns how many records were given before the cursor.
func (c *Counter) Done() int64 { return c.done }

// Give hands a record on, and now and then the cursor behind it.
func (c *Counter) Give(ctx context.Context, r adapters.Record, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if err := record(r); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.n++; c.n%checkpointEvery == 0 {
		return checkpoint(c.cursor())
	}
	return nil
}

// End hands on the cursor of the end.
func (c *Counter) End(checkpoint func(adapters.Cursor) error) error { return checkpoint(c.cursor()) }

func (c *Counter) cursor() adapters.Cursor {
	return adapters.Cursor(fmt.Sprintf("1 %d %s %s", c.n, c.print, c.stream))
}
