// Package uwazi reads what goes into Uwazi and what comes out of it: CSV files
// with a column for each property and language, alone or in a ZIP file or folder
// beside their documents, and replies of its API that were saved as JSON.
//
// There is one stream, "entities". Columns that exist only in languages
// ("Title__es") are given under their plain name as well, in the language of the
// settings. Documents are those of the columns file and attachments; a name that
// points outside of the archive is none.
//
// Imports into Uwazi have no key: one that was cancelled left two entities for a
// row. A row that says the same as an earlier one comes with a problem, for a
// person to decide.
//
// Settings and the source are here, CSV in table.go and JSON in reply.go; documents are
// found by package beside.
package uwazi

import (
	"context"
	"fmt"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/pull"
	"casehub/adapters/uwazi/beside"
)

// Entities is the name of the only stream.
const Entities = "entities"

// Settings declares how an import file or a reply is read. The keys are those of
// the mapping file.
type Settings struct {
	// Type is "uwazi-export": it says which source the settings are for.
	Type string `yaml:"type"`
	// Language is the one that values are taken from where a column or an entity has
	// several, as "es"; entities in others are left out. The first that there is
	// when empty.
	Language string `yaml:"language"`
	// Encoding and Delimiter of the CSV file; guessed when empty.
	Encoding  string `yaml:"encoding"`
	Delimiter string `yaml:"delimiter"`
	// Lists names the columns in which "|" separates values. When empty it does so
	// everywhere but in places and links.
	Lists []string `yaml:"lists"`
	// Key names the columns that tell rows apart; the column id when empty.
	Key []string `yaml:"key"`
	// Duplicates is "flag" or "take": what becomes of a row that says the same as an
	// earlier one. "flag" when empty.
	Duplicates string `yaml:"duplicates"`
}

// Open makes a source of the file or folder at a place. It checks the settings and
// does not read.
func Open(at place.Place, s Settings) (*pull.Source, error) {
	switch {
	case s.Type != "" && s.Type != "uwazi-export":
		return nil, fmt.Errorf("source type %q is not uwazi-export", s.Type)
	case s.Duplicates != "" && s.Duplicates != "flag" && s.Duplicates != "take":
		return nil, fmt.Errorf("duplicates is flag or take")
	}
	return pull.New(&entities{at: at, settings: s}), nil
}

// entities are one import file or reply. It implements pull.File.
type entities struct {
	at       place.Place
	settings Settings
	format   format
	files    *beside.Files
}

// format opens the entities of one format.
type format interface {
	Fingerprint(ctx context.Context) (string, error)
	Rows(ctx context.Context) (pull.Rows, error)
}

// Streams names the one stream.
func (e *entities) Streams(context.Context) ([]adapters.Stream, error) {
	if err := e.prepare(); err != nil {
		return nil, err
	}
	_, loose := e.format.(*reply)
	return []adapters.Stream{{Name: Entities, Loose: loose}}, nil
}

// Fingerprint returns the SHA-256 of what was read in hexadecimal.
func (e *entities) Fingerprint(ctx context.Context) (string, error) { return e.format.Fingerprint(ctx) }

// Open opens a document of the archive or the folder.
func (e *entities) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if err := e.prepare(); err != nil {
		return nil, err
	}
	return e.files.Open(string(b))
}

// Rows opens the file at its first entity.
func (e *entities) Rows(ctx context.Context, stream string) (pull.Rows, error) {
	if stream != Entities {
		return nil, adapters.ErrStream.With("table", stream)
	}
	if err := e.prepare(); err != nil {
		return nil, err
	}
	r, err := e.format.Rows(ctx)
	if err != nil {
		return nil, adapters.Named(err, e.at.Name(), Entities)
	}
	return &marked{Rows: r, settings: e.settings, seen: map[[16]byte]bool{}}, nil
}

// prepare finds out what the file is and which documents are beside it.
func (e *entities) prepare() error {
	if e.format != nil {
		return nil
	}
	f, err := beside.Look(e.at)
	if err != nil {
		return adapters.Named(err, e.at.Name(), Entities)
	}
	e.files = f
	if f.Packed() || !isJSON(e.at) {
		e.format = &sheet{at: e.at, file: f.Table(), settings: e.settings, files: f}
		return nil
	}
	r, err := newReply(e.at, e.settings)
	if err == nil {
		e.format = r
	}
	return err
}

// isJSON reports a file that begins as JSON does.
func isJSON(at place.Place) bool {
	head, err := at.Head(512)
	text := strings.TrimLeft(strings.TrimPrefix(string(head), "\xef\xbb\xbf"), " \t\r\n")
	return err == nil && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["))
}

// marked marks entities that say the same as an earlier one.
type marked struct {
	pull.Rows
	settings Settings
	seen     map[[16]byte]bool
}

// own are the columns that differ between two entities of one row.
var own = map[string]bool{"id": true, "_id": true, "sharedid": true, "date added": true, "creationdate": true, "editdate": true, "published": true}

// Next returns the next entity.
func (m *marked) Next() (adapters.Record, error) {
	rec, err := m.Rows.Next()
	if err != nil || rec.Skip != "" || len(rec.Problems) > 0 && rec.Header == nil {
		return rec, err
	}
	print := content(&rec)
	if m.seen[print] && m.settings.Duplicates != "take" {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.DuplicateKey})
	}
	m.seen[print] = true
	return rec, nil
}

// content is the hash of what an entity says, apart from what Uwazi gave it.
func content(rec *adapters.Record) [16]byte {
	var names []string
	var values []adapters.Value
	for i, n := range rec.Header.Names() {
		if !own[strings.ToLower(n)] {
			names, values = append(names, n), append(values, rec.At(i))
		}
	}
	c := adapters.Record{Header: adapters.NewHeader(names), Values: values}
	c.Seal()
	return [16]byte(c.Hash[:16])
}
