// Package formfile reads forms out of the files that they are written in: a workbook, or
// one CSV file, with the sheets survey, choices and settings. It makes the form's
// instrument, and is itself a source whose streams are the sheets, of which the survey
// carries the instrument.
//
// Sheets and the columns that people name in many ways are in sheets.go, the instrument
// is made in instrument.go.
package formfile

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/pull"
	"casehub/internal/errs"
)

// Settings say how a form is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "xlsform".
	Type string `yaml:"type"`
}

// Open makes a source of the form at a place.
func Open(at place.Place, s Settings) (*pull.Source, error) {
	if s.Type != "" && s.Type != "xlsform" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return pull.New(&book{at: at}), nil
}

// book is one form. It implements pull.File.
type book struct {
	pull.NoDocuments
	at     place.Place
	sheets map[string]*sheet
}

func (b *book) load(ctx context.Context) (err error) {
	if b.sheets != nil {
		return nil
	}
	b.sheets, err = load(ctx, b.at)
	if e := errs.As(err); e != nil {
		return e.With("file", b.at.Name())
	}
	return err
}

// Streams lists the sheets that have rows.
func (b *book) Streams(ctx context.Context) ([]adapters.Stream, error) {
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	var all []adapters.Stream
	for _, name := range []string{"survey", "choices", "external_choices", "settings"} {
		if sh := b.sheets[name]; sh == nil || len(sh.rows) == 0 {
			continue
		}
		st := adapters.Stream{Name: name}
		if name == "survey" {
			st.Instruments = []adapters.Instrument{instrumentOf(b.sheets, b.at)}
		}
		all = append(all, st)
	}
	return all, nil
}

// Fingerprint returns the SHA-256 of the form in hexadecimal.
func (b *book) Fingerprint(ctx context.Context) (string, error) { return b.at.Fingerprint(ctx) }

// Rows opens a sheet at its first row.
func (b *book) Rows(ctx context.Context, stream string) (pull.Rows, error) {
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	sh := b.sheets[stream]
	if sh == nil {
		return nil, adapters.ErrStream.With("table", stream)
	}
	return &rows{stream: stream, sheet: sh, head: sh.header()}, nil
}

// header names the columns; those of a sheet in one CSV file may be nameless.
func (s *sheet) header() *adapters.Header {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = strings.TrimSpace(c)
		for n := 2; names[i] == "" || slices.Contains(names[:i], names[i]); n++ {
			names[i] = strings.TrimSpace(c) + "#" + strconv.Itoa(i+n)
		}
	}
	return adapters.NewHeader(names)
}

// rows gives the rows of a sheet as records.
type rows struct {
	stream string
	sheet  *sheet
	head   *adapters.Header
	n      int
}

// Notes says nothing: every form is read alike.
func (r *rows) Notes() []string { return nil }

// Close closes nothing: the form was read whole.
func (r *rows) Close() error { return nil }

// Next returns the next row.
func (r *rows) Next() (adapters.Record, error) {
	if r.n == len(r.sheet.rows) {
		return adapters.Record{}, io.EOF
	}
	row := r.sheet.rows[r.n]
	r.n++
	rec := adapters.Record{Stream: r.stream, Key: r.stream + "/" + strconv.Itoa(r.n), Loc: row.loc, Header: r.head}
	rec.Values = make([]adapters.Value, min(len(row.cells), len(r.head.Names())))
	for k := range rec.Values {
		rec.Values[k] = adapters.Value{Raw: row.cells[k], Null: row.cells[k] == ""}
	}
	rec.Seal()
	return rec, nil
}
