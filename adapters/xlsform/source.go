package xlsform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/errs"
)

// Settings say how a form is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "xlsform".
	Type string `yaml:"type"`
}

// Source reads one form: its streams are its sheets, and the survey carries the
// instrument. It implements adapters.Source.
type Source struct {
	at     place.Place
	sheets map[string]*sheet
	print  string
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the form at a place.
func Open(at place.Place, s Settings) (*Source, error) {
	if s.Type != "" && s.Type != "xlsform" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return &Source{at: at}, nil
}

// Check reports whether the file is a form.
func (s *Source) Check(ctx context.Context) error { return s.load(ctx) }

func (s *Source) load(ctx context.Context) (err error) {
	if s.sheets != nil {
		return nil
	}
	if s.print, err = Fingerprint(ctx, s.at); err != nil {
		return err
	}
	s.sheets, err = load(ctx, s.at)
	if e := errs.As(err); e != nil {
		return e.With("file", s.at.Name())
	}
	return err
}

// Discover lists the sheets with their columns.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	if err := s.load(ctx); err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: s.print}
	for _, name := range []string{"survey", "choices", "settings"} {
		sh := s.sheets[name]
		if sh == nil || len(sh.rows) == 0 {
			continue
		}
		st := adapters.Stream{Name: name, Records: int64(len(sh.rows))}
		tally := adapters.Tally{}
		tally.Name(sh.header().Names())
		for i := range sh.rows {
			rec := s.record(name, sh, i)
			tally.Take(&rec)
		}
		st.Fields = tally.Fields()
		if name == "survey" {
			st.Instruments = []adapters.Instrument{instrumentOf(s.sheets, s.at)}
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

// header names the columns; those of a sheet in one CSV file may be nameless.
func (s *sheet) header() *adapters.Header {
	if s.head == nil {
		names := make([]string, len(s.columns))
		for i, c := range s.columns {
			names[i] = strings.TrimSpace(c)
			for n := 2; names[i] == "" || slices.Contains(names[:i], names[i]); n++ {
				names[i] = strings.TrimSpace(c) + "#" + strconv.Itoa(i+n)
			}
		}
		s.head = adapters.NewHeader(names)
	}
	return s.head
}

func (s *Source) record(stream string, sh *sheet, i int) adapters.Record {
	r := sh.rows[i]
	rec := adapters.Record{Stream: stream, Key: stream + "/" + strconv.Itoa(i+1), Loc: r.loc, Header: sh.header()}
	rec.Values = make([]adapters.Value, min(len(r.cells), len(sh.columns)))
	for k := range rec.Values {
		rec.Values[k] = adapters.Value{Raw: r.cells[k], Null: r.cells[k] == ""}
	}
	rec.Seal()
	return rec
}

// Read gives the rows of a sheet.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	sh := s.sheets[stream]
	if sh == nil {
		return adapters.ErrStream.With("table", stream)
	}
	count, err := adapters.NewCounter(stream, s.print, after)
	if err != nil {
		return err
	}
	for i := range sh.rows {
		if err := count.Give(ctx, s.record(stream, sh, i), record, checkpoint); err != nil {
			return err
		}
	}
	return count.End(ctx, checkpoint)
}

// Open fails: a form holds no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// Fingerprint returns the SHA-256 of a file in hexadecimal.
func Fingerprint(ctx context.Context, at place.Place) (string, error) {
	f, err := at.Open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	for err == nil {
		var n int
		n, err = f.Read(buf)
		sum.Write(buf[:n])
		if cause := ctx.Err(); cause != nil {
			err = cause
		}
	}
	if e := f.Close(); !errors.Is(err, io.EOF) || e != nil {
		return "", errors.Join(err, e)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
