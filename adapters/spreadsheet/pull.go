package spreadsheet

import (
	"context"
	"io"

	"casehub/adapters"
)

// Sheet is what a workbook says of one of its sheets.
type Sheet struct {
	Name   string
	Hidden bool
}

// Sheets lists the sheets of a workbook in its order; none where the source is no
// single workbook.
func (s *Source) Sheets(ctx context.Context) ([]Sheet, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if len(s.parts) != 1 || s.parts[0].kind == kindText {
		return nil, nil
	}
	book, err := openBook(s.parts[0])
	if err != nil {
		return nil, inFile(err, s.parts[0].name)
	}
	var all []Sheet
	for _, i := range book.sheets() {
		all = append(all, Sheet{i.name, i.hidden})
	}
	return all, book.Close()
}

// Fingerprint returns the SHA-256 of the content in hexadecimal.
func (s *Source) Fingerprint(ctx context.Context) (string, error) {
	err := s.survey(ctx)
	return s.print, err
}

// Rows is one table that is read record by record, by sources that have to read
// several side by side.
type Rows struct{ r records }

// Pull opens a table at its first record.
func (s *Source) Pull(ctx context.Context, stream string) (*Rows, error) {
	r, err := s.open(ctx, stream)
	if err != nil {
		return nil, err
	}
	return &Rows{r}, nil
}

// Next returns the next record, or io.EOF.
func (r *Rows) Next() (adapters.Record, error) { return r.r.next() }

// Names returns the names of the columns; nil where each record has its own.
func (r *Rows) Names() []string {
	if h := r.r.header(); h != nil {
		return h.Names()
	}
	return nil
}

// Notes says how the table is read.
func (r *Rows) Notes() []string { return r.r.notes() }

// Close closes the file.
func (r *Rows) Close() error { return r.r.Close() }

var _ io.Closer = (*Rows)(nil)
