// Package jsonfile reads JSON of any make: one document with lists of records
// somewhere in it, or a record on each line. It knows no system; a mapping says
// where the records are, by JSON pointers with "*" for any element.
//
// Nested objects become names with a path, lists of plain values list values, and
// lists of objects children. A record that cannot be read comes with a problem,
// and reading goes on behind it. Only one record is held in memory at a time.
//
// Settings are in settings.go, files and streams here, and records are made in
// rows.go, those of other shapes in shapes.go. Where nothing is declared, package lists
// looks for records; values are found in the text by package walk.
package jsonfile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsonfile/lists"
	"casehub/adapters/jsonfile/walk"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/pull"
	"casehub/adapters/spreadsheet/files"
)

// File is one JSON file, or several in a folder, in a ZIP file or under a pattern such
// as cases*.json. It implements pull.File.
type File struct {
	pull.NoDocuments
	at       place.Place
	settings Settings
	files    []*files.TextFile
	print    string
	found    map[string]Table // where none is declared
}

// Open makes a source of the file at a place. It checks the settings and does not
// read.
func Open(at place.Place, s Settings) (*pull.Source, error) {
	f, err := New(at, s)
	if err != nil {
		return nil, err
	}
	return pull.New(f), nil
}

// New is the file at a place, for sources that make other records of its own. It checks
// the settings and does not read.
func New(at place.Place, s Settings) (*File, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &File{at: at, settings: s}, nil
}

// Streams lists the tables that are declared, or else those that are found.
func (f *File) Streams(ctx context.Context) ([]adapters.Stream, error) {
	tables, err := f.tables(ctx)
	var all []adapters.Stream
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		all = append(all, adapters.Stream{Name: name, Loose: true})
	}
	return all, err
}

// Fingerprint returns the SHA-256 of the content in hexadecimal.
func (f *File) Fingerprint(ctx context.Context) (string, error) {
	err := f.survey(ctx)
	return f.print, err
}

// survey lists the files and reads each once.
func (f *File) survey(ctx context.Context) error {
	if f.print != "" {
		return nil
	}
	files, print, err := files.Texts(ctx, f.at, f.settings.Encoding, ".json", ".ndjson", ".jsonl", ".geojson", ".gz", ".txt")
	if err != nil {
		return err
	}
	f.files, f.print = files, print
	return nil
}

// tables returns the streams that are declared, or else those that are found.
func (f *File) tables(ctx context.Context) (map[string]Table, error) {
	if err := f.survey(ctx); err != nil {
		return nil, err
	}
	if len(f.settings.Tables) > 0 {
		return f.settings.Tables, nil
	}
	if f.found == nil {
		in, err := f.files[0].Open()
		if err != nil {
			return nil, adapters.Named(err, f.files[0].Name, "")
		}
		defer in.Close()
		all, err := lists.Find(ctx, in)
		if err != nil {
			return nil, adapters.Named(err, f.files[0].Name, "")
		}
		found := tablesOf(all)
		for _, t := range found {
			if err := holdsJSON(f.files[0], t); err != nil {
				return nil, adapters.Named(err, f.files[0].Name, "")
			}
		}
		f.found = found
	}
	return f.found, nil
}

// doubted is the number of records of which one must be JSON for a file to be taken for
// it.
const doubted = 20

// holdsJSON fails with adapters.ErrUnreadable where none of the first records of a table
// is JSON: what looks like it, as a list that another program printed, would be nothing
// but broken records.
func holdsJSON(f *files.TextFile, t Table) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	w := walk.New(in, walk.Parse(t.At), t.Lines)
	for n := 0; ; n++ {
		v, err := w.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return nil
		case errors.Is(err, io.EOF), err == nil && n == doubted:
			return adapters.ErrUnreadable.With("expected", "JSON")
		case err != nil, v.Long, json.Valid(v.Raw):
			return nil // or an error that reading will tell
		}
	}
}

// tablesOf names the lists that were found by their last names; the only one, or the
// text itself where there is none, is "data".
func tablesOf(found lists.Lists) map[string]Table {
	switch {
	case found.Named:
		return map[string]Table{"data": {At: "/" + walk.Every, Name: "@name", Key: []string{"@name"}}}
	case len(found.All) == 0:
		return map[string]Table{"data": {}}
	case len(found.All) == 1 && found.All[0].Name == "":
		return map[string]Table{"data": {At: found.All[0].At, Header: found.All[0].Header}}
	}
	all := map[string]Table{}
	for _, l := range found.All {
		steps := walk.Parse(l.At)
		name := cmp.Or(l.Name, steps[len(steps)-2])
		if _, taken := all[name]; taken {
			name = strings.TrimPrefix(strings.TrimSuffix(l.At, "/"+walk.Every), "/")
		}
		all[name] = Table{At: l.At, Header: l.Header}
	}
	return all
}

// Rows opens a stream at its first record.
func (f *File) Rows(ctx context.Context, name string) (pull.Rows, error) {
	tables, err := f.tables(ctx)
	if err != nil {
		return nil, err
	}
	t, ok := tables[name]
	if !ok {
		return nil, adapters.ErrStream.With("table", name)
	}
	r := &rows{
		stream: name, table: t, pointer: walk.Parse(t.At),
		rules: &jsontree.Rules{Separator: f.settings.separator(), Seen: func(string, string) {}},
	}
	for _, text := range f.files {
		if text.Fits(t.File) {
			r.rest = append(r.rest, text)
		}
	}
	if len(r.rest) == 0 {
		return nil, adapters.ErrNoFiles.With("file", f.at.Name()).With("table", name)
	}
	r.says = []string{r.rest[0].Encoding, "records at " + t.where()}
	return r, nil
}
