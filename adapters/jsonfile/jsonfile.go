// Package jsonfile reads JSON of any make: one document with lists of records
// somewhere in it, or a record on each line. It knows no system; a mapping says
// where the records are, by JSON pointers with "*" for any element.
//
// Nested objects become names with a path, lists of plain values list values, and
// lists of objects children. A record that cannot be read comes with a problem,
// and reading goes on behind it. Only one record is held in memory at a time.
//
// Settings are in settings.go, text becomes values in scan.go, pointers are
// followed in walk.go and guessed in locate.go.
package jsonfile

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
)

// Source reads one JSON file, or several in a folder, in a ZIP file or under a
// pattern such as cases*.json. It implements adapters.Source.
type Source struct {
	at       place.Place
	settings Settings
	files    []*spreadsheet.TextFile
	print    string
	found    map[string]Table // where none is declared
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at a place. It checks the settings and does not
// read.
func Open(at place.Place, s Settings) (*Source, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Source{at: at, settings: s}, nil
}

// Check reports whether the files can be read and hold what is declared.
func (s *Source) Check(ctx context.Context) error {
	tables, err := s.tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		r, err := s.open(ctx, name)
		if err != nil {
			return err
		}
		if err := errors.Join(adapters.Began(r.next), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Open fails: JSON holds no documents.
func (s *Source) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// Discover lists the streams with the names that occur in the first 5,000 records
// of each. It returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: s.print}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		st, err := s.describe(ctx, name)
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

func (s *Source) describe(ctx context.Context, name string) (adapters.Stream, error) {
	st := adapters.Stream{Name: name, Loose: true, Records: -1}
	r, err := s.open(ctx, name)
	if err != nil {
		return st, err
	}
	defer r.Close()
	st.Notes = r.notes()
	var tally adapters.Tally
	err = st.Look(ctx, &tally, r.next)
	return st, err
}

// Read gives the records of a stream.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	r, err := s.open(ctx, stream)
	if err != nil {
		return err
	}
	defer r.Close()
	return adapters.Replay(ctx, stream, s.print, after, r.next, record, checkpoint)
}

// Pull opens a stream at its first record, for sources that make other records of
// them: next returns io.EOF after the last.
func (s *Source) Pull(ctx context.Context, stream string) (next func() (adapters.Record, error), done io.Closer, err error) {
	r, err := s.open(ctx, stream)
	if err != nil {
		return nil, nil, err
	}
	return r.next, r, nil
}

// Fingerprint returns the SHA-256 of the content in hexadecimal.
func (s *Source) Fingerprint(ctx context.Context) (string, error) {
	err := s.survey(ctx)
	return s.print, err
}

// survey lists the files and reads each once.
func (s *Source) survey(ctx context.Context) error {
	if s.print != "" {
		return nil
	}
	files, print, err := spreadsheet.TextFiles(ctx, s.at, s.settings.Encoding, ".json", ".ndjson", ".jsonl", ".geojson", ".gz", ".txt")
	if err != nil {
		return err
	}
	s.files, s.print = files, print
	return nil
}

// tables returns the streams that are declared, or else those that are found.
func (s *Source) tables(ctx context.Context) (map[string]Table, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if len(s.settings.Tables) > 0 {
		return s.settings.Tables, nil
	}
	if s.found == nil {
		found, err := locate(ctx, s.files[0])
		if err != nil {
			return nil, adapters.Named(err, s.files[0].Name, "")
		}
		s.found = found
	}
	return s.found, nil
}

// open opens a stream at its first record.
func (s *Source) open(ctx context.Context, name string) (*reader, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	t, ok := tables[name]
	if !ok {
		return nil, adapters.ErrStream.With("table", name)
	}
	r := &reader{
		stream: name, table: t, pointer: parsePointer(t.At),
		rules: &jsontree.Rules{Separator: s.settings.separator(), Seen: func(string, string) {}},
	}
	for _, f := range s.files {
		if f.Fits(t.File) {
			r.rest = append(r.rest, f)
		}
	}
	if len(r.rest) == 0 {
		return nil, adapters.ErrNoFiles.With("file", s.at.Name()).With("table", name)
	}
	r.says = []string{r.rest[0].Encoding, "records at " + t.where()}
	return r, nil
}

// reader gives the records of a stream, file after file.
type reader struct {
	stream  string
	table   Table
	pointer []string
	rules   *jsontree.Rules
	rest    []*spreadsheet.TextFile
	says    []string

	file  *spreadsheet.TextFile
	close io.Closer
	walk  *walker
	some  bool // a record was found, so that a pointer that leads nowhere is told
	ready []adapters.Record
}

func (r *reader) notes() []string { return r.says }

func (r *reader) Close() error {
	if r.close == nil {
		return nil
	}
	err := r.close.Close()
	r.close = nil
	return err
}

func (r *reader) next() (adapters.Record, error) {
	for len(r.ready) == 0 {
		if r.walk == nil {
			if err := r.advance(); err != nil {
				return adapters.Record{}, err
			}
		}
		found, err := r.walk.next()
		switch {
		case errors.Is(err, io.EOF):
			if err := r.Close(); err != nil {
				return adapters.Record{}, err
			}
			r.walk = nil
		case err != nil:
			return adapters.Record{}, adapters.Named(err, r.file.Name, r.stream)
		default:
			r.some = true
			r.take(found)
		}
	}
	rec := r.ready[0]
	r.ready = r.ready[1:]
	return rec, nil
}

// advance opens the next file.
func (r *reader) advance() error {
	if len(r.rest) == 0 {
		if !r.some && len(r.pointer) > 0 {
			return adapters.ErrStream.With("table", r.stream)
		}
		return io.EOF
	}
	r.file, r.rest = r.rest[0], r.rest[1:]
	in, err := r.file.Open()
	if err != nil {
		return err
	}
	r.close = in
	r.walk = newWalker(in, r.pointer, r.table.Lines)
	return nil
}

// take makes records of a value that was found: it, or what a pointer names
// further in.
func (r *reader) take(v found) {
	loc := adapters.Locator{File: r.file.Name, Sheet: v.where, Row: v.place}
	n, err := jsontree.Parse(v.raw)
	if err != nil || v.long {
		r.ready = append(r.ready, jsontree.Bad(r.stream, "", loc, adapters.BadJSON))
		return
	}
	r.inside(n, v.rest, v.name, loc, nil)
}

// inside follows what is left of the pointer through a value that is held. around
// are the objects on the way, the innermost last.
func (r *reader) inside(n jsontree.Node, pointer []string, name string, loc adapters.Locator, around []around) {
	if len(pointer) == 0 {
		r.ready = append(r.ready, r.record(n, name, loc, around))
		return
	}
	around = append(around, makeAround(n, name))
	for i, e := range n.Items {
		key := ""
		if n.Kind == jsontree.Object {
			key = n.Names[i]
		}
		if pointer[0] == every || n.Kind == jsontree.Object && key == pointer[0] || n.Kind == jsontree.Array && pointer[0] == itoa(i) {
			step := key
			if n.Kind == jsontree.Array {
				step = itoa(i + 1)
			}
			r.inside(e, pointer[1:], step, loc, around)
		}
	}
}

// around is an object that a record was found in.
type around struct {
	node jsontree.Node
	name string
}

func makeAround(n jsontree.Node, name string) around { return around{n, name} }

// record makes one record. Its key is what the table declares, or the name that
// it has in an object; a record from further in begins with the key of what it
// was found in.
func (r *reader) record(n jsontree.Node, name string, loc adapters.Locator, outer []around) adapters.Record {
	flat := r.rules.Flatten(n)
	for _, with := range r.table.With {
		for i := len(outer) - 1; i >= 0; i-- {
			if v := outer[i].node.Get(strings.Split(with, r.rules.Separator)...); v.Kind != jsontree.Null && v.Kind != jsontree.Object && v.Kind != jsontree.Array {
				flat.Values["../"+with] = jsontree.Scalar(v)
				break
			}
		}
	}
	if r.table.Name != "" && name != "" {
		flat.Values[r.table.Name] = adapters.Value{Raw: name}
	}
	rec := r.rules.Record(flat, r.stream, "", loc)
	if key := r.key(&rec); key != "" {
		rec = r.rules.Record(flat, r.stream, key, loc)
	}
	jsontree.SealAll(&rec)
	return rec
}

// key joins the values of the fields that are declared as the key; "" where one is
// missing.
func (r *reader) key(rec *adapters.Record) string {
	var parts []string
	for _, name := range r.table.Key {
		v := rec.Value(name)
		if v.Raw == "" {
			return ""
		}
		parts = append(parts, v.Raw)
	}
	return strings.Join(parts, "|")
}
