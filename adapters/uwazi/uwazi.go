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
// Settings and the source are here, CSV in table.go, JSON in reply.go and the
// documents in files.go.
package uwazi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
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

// Source reads one import file or reply. It implements adapters.Source.
type Source struct {
	at       place.Place
	settings Settings
	made     maker
	files    *files
}

// maker opens the entities of one format.
type maker interface {
	fingerprint(ctx context.Context) (string, error)
	open(ctx context.Context) (puller, error)
}

// puller gives entities one by one.
type puller interface {
	next() (adapters.Record, error)
	notes() []string
	Close() error
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file or folder at a place. It checks the settings and
// does not read.
func Open(at place.Place, s Settings) (*Source, error) {
	switch {
	case s.Type != "" && s.Type != "uwazi-export":
		return nil, fmt.Errorf("source type %q is not uwazi-export", s.Type)
	case s.Duplicates != "" && s.Duplicates != "flag" && s.Duplicates != "take":
		return nil, fmt.Errorf("duplicates is flag or take")
	}
	return &Source{at: at, settings: s}, nil
}

// Check reports whether the file can be read.
func (s *Source) Check(ctx context.Context) error {
	r, err := s.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(adapters.Began(r.next), r.Close())
}

// Open opens a document of the archive or the folder.
func (s *Source) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	return s.files.open(string(b))
}

// Discover lists the properties of the first 5,000 entities. It returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	r, err := s.open(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	defer r.Close()
	st := adapters.Stream{Name: Entities, Notes: r.notes()}
	_, st.Loose = s.made.(*reply)
	var tally adapters.Tally
	if err := st.Look(ctx, &tally, r.next); err != nil {
		return adapters.Catalog{}, err
	}
	print, err := s.made.fingerprint(ctx)
	return adapters.Catalog{Fingerprint: print, Streams: []adapters.Stream{st}}, err
}

// Read gives the entities.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if stream != Entities {
		return adapters.ErrStream.With("table", stream)
	}
	r, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	print, err := s.made.fingerprint(ctx)
	if err != nil {
		return err
	}
	return adapters.Replay(ctx, stream, print, after, r.next, record, checkpoint)
}

// open opens the file at its first entity.
func (s *Source) open(ctx context.Context) (puller, error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	r, err := s.made.open(ctx)
	if err != nil {
		return nil, adapters.Named(err, s.at.Name(), Entities)
	}
	return &marked{puller: r, settings: s.settings, seen: map[[16]byte]bool{}}, nil
}

// prepare finds out what the file is and which documents are beside it.
func (s *Source) prepare() error {
	if s.made != nil {
		return nil
	}
	f, err := filesOf(s.at)
	if err != nil {
		return adapters.Named(err, s.at.Name(), Entities)
	}
	s.files = f
	if !f.packed && isJSON(s.at) {
		s.made, err = newReply(s.at, s.settings)
		return err
	}
	s.made = &sheet{at: s.at, file: f.table(), settings: s.settings, files: f}
	return nil
}

// isJSON reports a file that begins as JSON does.
func isJSON(at place.Place) bool {
	f, err := at.Open()
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	text := strings.TrimLeft(strings.TrimPrefix(string(head[:n]), "\xef\xbb\xbf"), " \t\r\n")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// marked marks entities that say the same as an earlier one.
type marked struct {
	puller
	settings Settings
	seen     map[[16]byte]bool
}

// own are the columns that differ between two entities of one row.
var own = map[string]bool{"id": true, "_id": true, "sharedid": true, "date added": true, "creationdate": true, "editdate": true, "published": true}

func (m *marked) next() (adapters.Record, error) {
	rec, err := m.puller.next()
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
