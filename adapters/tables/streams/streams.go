// Package streams makes streams of the tables of a database: a record of each row, a
// catalogue with what the tables declare and the joins that their values show, and the
// documents that stand in rows.
package streams

import (
	"context"
	"io"
	"slices"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Source gives the tables of a database that does not change, such as a dump, as
// streams. A cursor counts rows and names the content.
type Source struct {
	db    tables.DB
	only  []string
	blobs *Blobs
}

var _ adapters.Source = (*Source)(nil)

// New makes a source of a database, of some of its tables where they are
// named.
func New(db tables.DB, only []string) *Source { return &Source{db, only, NewBlobs(db)} }

// Check reports whether the database can be read and has the tables named.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.db.Tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.only {
		if tables.Find(all, name) == nil {
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
	return s.blobs.Open(ctx, b)
}

// Read gives the rows of a table.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	all, err := s.db.Tables(ctx)
	if err != nil {
		return err
	}
	t := tables.Find(all, stream)
	if t == nil || !s.has(stream) {
		return adapters.ErrStream.With("table", stream)
	}
	print, err := s.db.Fingerprint(ctx)
	if err != nil {
		return err
	}
	count, err := adapters.NewCounter(stream, print, after)
	if err != nil {
		return err
	}
	make := NewMaker(s.db.Name(), t)
	err = s.db.Rows(ctx, tables.Query{Table: stream, Skip: count.Skip()}, func(r tables.Row) error {
		return count.Give(ctx, make.Record(r), record, checkpoint)
	})
	if err != nil {
		return err
	}
	return count.End(ctx, checkpoint)
}
