// Package spreadsheet reads tables that people keep in files: CSV and TSV in
// whatever encoding and dialect, files of KEY=value cells, and workbooks in XLSX,
// XLS and ODS, packed or not.
//
// What can be declared in Settings is declared; the rest is guessed from the
// whole file, and Discover says what was guessed. Text stays text: a CSV file
// has no numbers and no dates. Files are streamed, so their size does not matter;
// of a workbook the shared texts are held in memory, and of an old one the sheet,
// within limits.
//
// Rows above the header are no records. Every row below it is one, with Skip
// set where it is blank, repeats the header, sums up, or is signed.
//
// Settings are in settings.go. Which files there are and what each is, is in
// part.go, kind.go and tables.go. Bytes become text in survey.go, encoding.go,
// guess.go and lines.go; text becomes rows in split.go and dialect.go; workbooks
// become rows in sheet.go, by the file formats in xlsx.go, ods.go, xls.go
// and markup.go;
// rows become records in header.go, drop.go, table.go and keyvalue.go.
package spreadsheet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
)

// Source reads the tables of one file, or of several in a folder, in a ZIP file
// or under a pattern such as register*.csv. It implements adapters.Source.
type Source struct {
	at       place.Place
	settings Settings
	parts    []*part
	print    string // the fingerprint of all parts
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at a place, or of the files in the folder, the
// ZIP file or under the pattern that the place is. It checks the settings and does
// not read.
func Open(at place.Place, s Settings) (*Source, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Source{at: at, settings: s}, nil
}

// Check reports whether the files can be read and have the tables declared.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		r, err := s.open(ctx, t.name)
		if err != nil && t.found && errors.Is(err, adapters.ErrHeader) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(adapters.Began(r.next), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Open fails: a spreadsheet holds no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// survey lists the files and reads each once.
func (s *Source) survey(ctx context.Context) error {
	if s.print != "" {
		return nil
	}
	parts, err := partsOf(s.at, s.takes)
	if err != nil {
		return inFile(err, s.at.Name())
	}
	sum := sha256.New()
	for _, p := range parts {
		if err := p.survey(ctx); err != nil {
			return inFile(err, p.name)
		}
		fmt.Fprintf(sum, "%s\x00%s\x00%s\n", p.name, p.member, p.facts.Fingerprint)
	}
	s.parts = parts
	if s.print = parts[0].facts.Fingerprint; len(parts) > 1 {
		s.print = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// takes reports a file of a folder or an archive that a table may be in: other
// files there are nobody's to read.
func (s *Source) takes(name string) bool {
	if !isKnown(name, known) {
		return false
	}
	p := &part{name: path.Base(name), member: name}
	for _, t := range s.settings.Tables {
		if t.File == "" || p.fits(t.File) {
			return true
		}
	}
	return len(s.settings.Tables) == 0
}

// survey reads the whole file, unpacked.
func (p *part) survey(ctx context.Context) error {
	r, err := p.open()
	if err != nil {
		return err
	}
	defer r.Close()
	if p.facts, err = charset.Survey(ctx, r); err != nil {
		return err
	}
	if p.kind == kindText && p.member == "" { // gzip is told by its content
		p.kind, err = kindOfHead(p.facts.Head)
	}
	if p.kind != kindText && p.kind != kindHTML {
		p.facts.Words = nil
	}
	p.facts.Head = nil
	return err
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
	hidden() bool // the file hides the table from its readers
	Close() error
}

// open opens a table at its first record. Its errors name the file and the table.
func (s *Source) open(ctx context.Context, name string) (records, error) {
	t, err := s.table(ctx, name)
	if err != nil {
		return nil, err
	}
	parts, err := s.partsFor(t)
	if err != nil {
		return nil, adapters.Named(err, s.at.Name(), name)
	}
	c := &chain{rest: parts, open: func(p *part) (records, error) {
		r, err := openPart(p, name, t)
		return r, adapters.Named(err, p.name, name)
	}}
	if err := c.advance(); err != nil {
		return nil, err
	}
	return c, nil
}

// openPart opens the table of one file.
func openPart(p *part, name string, t Table) (records, error) {
	raw, err := openRows(p, t)
	if err != nil {
		return nil, err
	}
	loc := adapters.Locator{File: p.name, Sheet: t.Sheet}
	if t.Format == KeyValue {
		return newKeyValue(raw, name, t, loc), nil
	}
	tab, err := newTable(raw, name, t, loc)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return tab, nil
}

// openRows opens the rows of a table in one file.
func openRows(p *part, t Table) (rows, error) {
	if p.kind == kindText {
		if !slices.Contains([]string{"", Delimited, KeyValue}, t.Format) {
			return nil, adapters.ErrUnreadable.With("expected", strings.ToUpper(t.Format))
		}
		return openText(p, t)
	}
	book, err := openBook(p)
	if err != nil {
		return nil, err
	}
	sheet, err := openSheet(book, t)
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return sheet, nil
}

// openBook opens a workbook by its kind.
func openBook(p *part) (bookFile, error) {
	switch p.kind {
	case kindXLSX:
		return openXLSX(p)
	case kindODS:
		return openODS(p)
	case kindXLS:
		return openXLS(p)
	case kindHTML:
		return openHTML(p)
	case kindXML:
		return openXML2003(p)
	}
	return nil, adapters.ErrUnreadable.With("expected", "XLSX")
}

// Read gives the records of a table. Rows depend on the rows before them (ditto
// marks, parent records), so reading goes on by counting.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	r, err := s.open(ctx, stream)
	if err != nil {
		return err
	}
	defer r.Close()
	return adapters.Replay(ctx, stream, s.print, after, r.next, record, checkpoint)
}
