// Package pull makes a source of a file whose records are pulled one by one, from the
// first on each time: looking at them, reading them and going on behind a cursor is
// the same for every format, and only how records come out of the file is the
// format's own.
package pull

import (
	"context"
	"errors"
	"io"

	"casehub/adapters"
)

// Rows are the records of a stream. Whoever opened them closes them.
type Rows interface {
	// Next returns the next record, and io.EOF after the last.
	Next() (adapters.Record, error)
	// Notes are remarks on how the stream is read.
	Notes() []string
	io.Closer
}

// File is what a format knows of the file that it reads.
type File interface {
	// Streams lists what there is in the order of the catalogue, as far as it is known
	// without reading records: each with its name, and what stands for all its records.
	Streams(ctx context.Context) ([]adapters.Stream, error)
	// Rows opens a stream at its first record. It fails with adapters.ErrStream for one
	// that is not there.
	Rows(ctx context.Context, stream string) (Rows, error)
	// Fingerprint returns the SHA-256 of the content in hexadecimal. It is asked for
	// once rows are open.
	Fingerprint(ctx context.Context) (string, error)
	// Open opens a document. It fails with adapters.ErrBlob when there is none.
	Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error)
}

// Source reads a file. It implements adapters.Source.
type Source struct{ file File }

var _ adapters.Source = (*Source)(nil)

// New makes a source of a file. It does not read.
func New(f File) *Source { return &Source{f} }

// Check reports whether every stream can be opened and begins as it should.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.file.Streams(ctx)
	if err != nil {
		return err
	}
	for _, st := range all {
		r, err := s.file.Rows(ctx, st.Name)
		if err != nil {
			return err
		}
		if err := errors.Join(adapters.Began(r.Next), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Discover lists the streams with the fields of the first 5,000 records of each. It
// returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	all, err := s.file.Streams(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Streams: all}
	for i := range all {
		if err := s.describe(ctx, &all[i]); err != nil {
			return adapters.Catalog{}, err
		}
	}
	cat.Fingerprint, err = s.file.Fingerprint(ctx)
	return cat, err
}

func (s *Source) describe(ctx context.Context, st *adapters.Stream) error {
	r, err := s.file.Rows(ctx, st.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	st.Notes = r.Notes()
	return st.Look(ctx, &adapters.Tally{}, r.Next)
}

// Read gives the records of a stream. Its cursor counts them and names the content.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	r, err := s.file.Rows(ctx, stream)
	if err != nil {
		return err
	}
	defer r.Close()
	print, err := s.file.Fingerprint(ctx)
	if err != nil {
		return err
	}
	return adapters.Replay(ctx, stream, print, after, r.Next, record, checkpoint)
}

// Open opens a document of the file.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	return s.file.Open(ctx, b)
}

// NoDocuments is the Open of files that hold none.
type NoDocuments struct{}

// Open fails with adapters.ErrBlob.
func (NoDocuments) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}
