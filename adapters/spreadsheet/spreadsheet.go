// Package spreadsheet reads tables that people keep in files: CSV and TSV in
// whatever encoding and dialect, files of KEY=value cells, and workbooks in XLSX,
// XLS, ODS, XML and web pages called .xls, packed or not.
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
// The source is in spreadsheet.go, its settings in settings.go, the tables that there
// are in tables.go, and how one is opened in
// open.go and pieces.go. Each step on the way is a
// package below: files finds what there is and tells what it is; charset and
// delimited read text; xlsx, ods, xls, xmlss and webpage read workbooks, which books
// opens and sheet turns into lines; layout finds the header, and records makes records.
package spreadsheet

import (
	"context"
	"errors"
	"io"
	"path"
	"strconv"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/books"
	"casehub/adapters/spreadsheet/files"
	"casehub/adapters/spreadsheet/sheet"
)

// Source reads the tables of one file, or of several in a folder, in a ZIP file
// or under a pattern such as register*.csv. It implements adapters.Source.
type Source struct {
	at       place.Place
	settings Settings
	files    []*files.File // once they are surveyed
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

// survey lists the files and reads each once.
func (s *Source) survey(ctx context.Context) (err error) {
	if s.files == nil {
		s.files, err = files.List(ctx, s.at, s.takes)
	}
	return err
}

// known are the endings of files that are taken out of a folder or a ZIP file.
var known = []string{".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".fods", ".gz"}

// takes reports a file of a folder or an archive that a table may be in: other
// files there are nobody's to read.
func (s *Source) takes(name string) bool {
	if !files.HasEnding(name, known) {
		return false
	}
	f := &files.File{Name: path.Base(name), Member: name}
	for _, t := range s.settings.Tables {
		if t.File == "" || f.Fits(t.File) {
			return true
		}
	}
	return len(s.settings.Tables) == 0
}

// Fingerprint returns the SHA-256 of the content in hexadecimal.
func (s *Source) Fingerprint(ctx context.Context) (string, error) {
	if err := s.survey(ctx); err != nil {
		return "", err
	}
	return files.Fingerprint(s.files), nil
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
		if err := errors.Join(adapters.Began(r.Next), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Discover lists the tables with their columns. It looks at the first 5,000
// records of each and returns no values. Of the sheets that nobody declared,
// those without anything like a header are named in a note.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	all, err := s.tables(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: files.Fingerprint(s.files)}
	for _, t := range all {
		st, err := s.describe(ctx, t.name)
		if err != nil && t.found && errors.Is(err, adapters.ErrHeader) {
			first := &cat.Streams[0]
			first.Notes = append(first.Notes, "no table was found in "+strconv.Quote(t.name))
			continue
		}
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	cat.Aside, err = s.aside()
	return cat, err
}

// aside lists the sheets of a workbook that hold something and that no table declared
// is in.
func (s *Source) aside() ([]adapters.Stream, error) {
	if len(s.settings.Tables) == 0 || len(s.files) != 1 || s.files[0].Kind == files.Text {
		return nil, nil
	}
	sheets, err := books.Filled(s.files[0])
	if err != nil {
		return nil, err
	}
	var all []adapters.Stream
	for i, info := range sheets {
		in := false
		for _, t := range s.settings.Tables {
			in = in || t.Sheet == "" && i == 0 || fitsSheet(t.Sheet, info.Name)
		}
		if !in {
			all = append(all, adapters.Stream{Name: info.Name, Records: -1, Fields: []adapters.Field{{Filled: 1}}})
		}
	}
	return all, nil
}

// describe reads the beginning of a table.
func (s *Source) describe(ctx context.Context, name string) (adapters.Stream, error) {
	st := adapters.Stream{Name: name, Records: -1}
	r, err := s.open(ctx, name)
	if err != nil {
		return st, err
	}
	defer r.Close()
	st.Hidden = r.Hidden()
	var tally adapters.Tally
	if h := r.Header(); h != nil {
		tally.Name(h.Names())
	}
	err = st.Look(ctx, &tally, r.Next)
	st.Notes = r.Notes()
	return st, err
}

// Read gives the records of a table. Rows depend on the rows before them (ditto
// marks, parent records), so reading goes on by counting.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	r, err := s.open(ctx, stream)
	if err != nil {
		return err
	}
	defer r.Close()
	return adapters.Replay(ctx, stream, files.Fingerprint(s.files), after, r.Next, record, checkpoint)
}

// Open fails: a spreadsheet holds no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// Sheets lists the sheets of a workbook in its order; none where the source is no
// single workbook.
func (s *Source) Sheets(ctx context.Context) ([]sheet.Info, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if len(s.files) != 1 || s.files[0].Kind == files.Text {
		return nil, nil
	}
	return books.Sheets(s.files[0])
}
