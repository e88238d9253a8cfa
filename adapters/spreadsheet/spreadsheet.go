// Package spreadsheet reads tables that people keep in files: CSV and TSV in
// whatever encoding and dialect, files of KEY=value cells, and XLSX workbooks.
//
// What can be declared in Settings is declared; the rest is guessed from the
// whole file, and Discover says what was guessed. Text stays text: a CSV file
// has no numbers and no dates. A CSV file is streamed, so its size does not
// matter; a workbook is held in memory, within limits.
//
// Rows above the header are no records. Every row below it is one, with Skip
// set where it is blank, repeats the header, sums up, or is signed.
//
// Settings are in settings.go; bytes become text in survey.go, encoding.go,
// guess.go and lines.go; text becomes rows in split.go and dialect.go; rows
// become records in header.go, drop.go, table.go and keyvalue.go; workbooks are
// read in xlsx.go.
package spreadsheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/errs"
)

// Source reads one file. It implements adapters.Source.
type Source struct {
	path     string
	settings Settings
	facts    *survey
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at path. It checks the settings and does not
// read the file.
func Open(path string, s Settings) (*Source, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Source{path: path, settings: s}, nil
}

// Check reports whether the file can be read and has the tables declared.
func (s *Source) Check(ctx context.Context) error {
	if _, err := s.survey(ctx); err != nil {
		return err
	}
	for _, name := range s.names() {
		r, err := s.open(ctx, name)
		if err != nil {
			return err
		}
		_, err = r.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(err, r.Close())
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Open fails: a spreadsheet holds no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// names returns the names of the tables in order.
func (s *Source) names() []string {
	if len(s.settings.Tables) == 0 {
		return []string{OnlyTable}
	}
	var all []string
	for name := range s.settings.Tables {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// survey reads the file once and keeps what it learnt.
func (s *Source) survey(ctx context.Context) (*survey, error) {
	if s.facts != nil {
		return s.facts, nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	facts, err := surveyOf(ctx, f)
	if err != nil {
		return nil, err
	}
	s.facts = facts
	return facts, nil
}

// rows gives the rows of a table one by one, from the top of the file.
type rows interface {
	// next returns io.EOF after the last row.
	next() (row, error)
	// notes says how the table is read.
	notes() []string
	Close() error
}

// row is one line of a table before anybody knew which is the header.
type row struct {
	no     int64 // 1 is the first line of the file or row of the sheet
	cells  []adapters.Value
	hidden bool
	code   adapters.Code // what is wrong with the whole row
	cellAt []cellProblem
}

type cellProblem struct {
	at   int
	code adapters.Code
}

// records gives the records of a table one by one.
type records interface {
	next() (adapters.Record, error)
	header() *adapters.Header // nil where each record has its own
	notes() []string
	Close() error
}

// open opens a table at its first record. Its errors name the file and the table.
func (s *Source) open(ctx context.Context, name string) (records, error) {
	r, err := s.openTable(ctx, name)
	if err != nil {
		return nil, s.named(err, name)
	}
	return r, nil
}

// named adds the names of the file and the table to an error that a person can
// do something about.
func (s *Source) named(err error, table string) error {
	if e := errs.As(err); e != nil {
		return e.With("file", filepath.Base(s.path)).With("table", table)
	}
	return err
}

func (s *Source) openTable(ctx context.Context, name string) (records, error) {
	t, ok := s.settings.table(name)
	if !ok {
		return nil, adapters.ErrStream.With("table", name)
	}
	facts, err := s.survey(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := s.rows(t, facts)
	if err != nil {
		return nil, err
	}
	loc := adapters.Locator{File: filepath.Base(s.path), Sheet: t.Sheet}
	if t.Format == KeyValue {
		return newKeyValue(raw, name, t, loc), nil
	}
	tab, err := newTable(raw, name, t, loc)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return tab, nil
}

func (s *Source) rows(t Table, facts *survey) (rows, error) {
	if facts.zip {
		return openSheet(s.path, t)
	}
	if t.Format == XLSX {
		return nil, adapters.ErrUnreadable.With("expected", XLSX)
	}
	return openText(s.path, t, facts)
}

// checkpointEvery is the number of records between two checkpoints.
const checkpointEvery = 1000

// Read gives the records of a table.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	r, err := s.open(ctx, stream)
	if err != nil {
		return err
	}
	defer r.Close()
	done, err := s.given(stream, after)
	if err != nil {
		return err
	}
	n := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n++; n <= done {
			continue
		}
		if err := record(rec); err != nil {
			return err
		}
		if n%checkpointEvery == 0 {
			if err := checkpoint(s.cursor(stream, n)); err != nil {
				return err
			}
		}
	}
	if n < done {
		return adapters.ErrCursor
	}
	return checkpoint(s.cursor(stream, n))
}

// cursor says that n records of a stream were given. Rows depend on the rows
// before them (ditto marks, parent records), so reading goes on by counting.
func (s *Source) cursor(stream string, n int64) adapters.Cursor {
	return adapters.Cursor(fmt.Sprintf("1 %d %s %s", n, s.facts.fingerprint[:16], stream))
}

// given returns how many records were given before the cursor.
func (s *Source) given(stream string, c adapters.Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	var n int64
	var print, name string
	parts := strings.SplitN(string(c), " ", 4)
	if len(parts) == 4 {
		print, name = parts[2], parts[3]
	}
	if len(parts) != 4 || parts[0] != "1" || print != s.facts.fingerprint[:16] || name != stream {
		return 0, adapters.ErrCursor
	}
	if _, err := fmt.Sscanf(parts[1], "%d", &n); err != nil || n < 0 {
		return 0, adapters.ErrCursor
	}
	return n, nil
}
