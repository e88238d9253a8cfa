// Package system reads systems whose records are made of several tables each: a system
// says which streams it has and makes their records, whether a server or a dump holds
// its tables, and this package makes a source of it.
//
// What does not change is read on by a count of records. Of a live database a later
// reading gives what was changed since, where the system knows when that was.
package system

import (
	"context"
	"io"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Settings say where the tables of a system are that is read out of its database.
// The keys are those of the mapping file.
type Settings struct {
	// Type says which source the settings are for.
	Type string `yaml:"type" json:"type"`
	// FilesDir is the folder with the system's documents; without it no document can
	// be opened.
	FilesDir string `yaml:"files_dir" json:"files_dir"`
	// Encoding and DoubleEncoded are those of a dump.
	Encoding      string `yaml:"encoding" json:"encoding"`
	DoubleEncoded string `yaml:"double_encoded" json:"double_encoded"`
	// DSNEnv or DSNFile say where the address of a live database is.
	DSNEnv  string `yaml:"dsn_env" json:"dsn_env"`
	DSNFile string `yaml:"dsn_file" json:"dsn_file"`
	// Plain allows a database on another machine that does not prove who it is, as in
	// sqldb.
	Plain bool `yaml:"plain" json:"plain"`
}

// Check fails with adapters.ErrSettings for settings of another source than one of
// those named.
func (s Settings) Check(types ...string) error {
	if s.Type != "" && !slices.Contains(types, s.Type) {
		return adapters.ErrSettings.With("setting", "type")
	}
	return nil
}

// System is a foreign system whose records are made of several tables each, after
// what describes them was read.
type System interface {
	// Print names the content.
	Print() string
	// Streams lists the names of the streams in their order.
	Streams() []string
	// Open prepares a stream that is among them.
	Open(ctx context.Context, name string) (Stream, error)
}

// Stream is one stream of a system.
type Stream interface {
	Header() *adapters.Header
	Notes() []string
	// Tell adds what the system says of a field.
	Tell(f *adapters.Field)
	// Each gives the records in a fixed order.
	Each(ctx context.Context, fn func(adapters.Record) error) error
}

// Source is the source of a system's records. It implements adapters.Source.
type Source struct {
	db     tables.DB
	read   func(ctx context.Context) (System, error)
	files  string // folder
	system System
}

var _ adapters.Source = (*Source)(nil)

// New makes a source of the system in a database, which is read at the first need, with
// its documents in a folder.
func New(db tables.DB, read func(ctx context.Context) (System, error), files string) *Source {
	return &Source{db: db, read: read, files: files}
}

// Check reports whether the database is that of the system.
func (s *Source) Check(ctx context.Context) error {
	_, err := s.load(ctx)
	return err
}

func (s *Source) load(ctx context.Context) (System, error) {
	if s.system != nil {
		return s.system, nil
	}
	x, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.system = x
	return x, nil
}

// tallied is how many records of a stream are looked at for what only texts show;
// counts are of all.
const tallied = 5000

// Discover lists the streams with their fields. It returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	x, err := s.load(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	doubts, err := s.doubts(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: x.Print()}
	for _, name := range x.Streams() {
		st, err := describe(ctx, x, name)
		if err != nil {
			return adapters.Catalog{}, err
		}
		st.Doubts = doubts
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

// doubts are those about any table: a record is made of several.
func (s *Source) doubts(ctx context.Context) ([]string, error) {
	all, err := s.db.Tables(ctx)
	var doubts []string
	for _, t := range all {
		for _, why := range t.Doubts {
			if !slices.Contains(doubts, why) {
				doubts = append(doubts, why)
			}
		}
	}
	return doubts, err
}

func describe(ctx context.Context, x System, name string) (adapters.Stream, error) {
	d := adapters.Stream{Name: name}
	st, err := x.Open(ctx, name)
	if err != nil {
		return d, err
	}
	d.Notes = st.Notes()
	var tally adapters.Tally
	tally.Name(st.Header().Names())
	err = st.Each(ctx, func(r adapters.Record) error {
		if d.Records++; d.Records <= tallied && r.Skip == "" {
			tally.Take(&r)
		}
		return nil
	})
	d.Fields = tally.Fields()
	for i := range d.Fields {
		st.Tell(&d.Fields[i])
	}
	return d, err
}

// Read gives the records of a stream; of a live database, after a reading that came to
// its end, those that were changed since, where the stream is Dated.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	x, err := s.load(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(x.Streams(), name) {
		return adapters.ErrStream.With("table", name)
	}
	if x.Print() == "" { // it changes while it is read, and from one reading to the next
		st, err := x.Open(ctx, name)
		if err != nil {
			return err
		}
		return live(ctx, st, name, time.Now(), after, record, checkpoint)
	}
	count, err := adapters.NewCounter(name, x.Print(), after)
	if err != nil {
		return err
	}
	st, err := x.Open(ctx, name)
	if err != nil {
		return err
	}
	if err := st.Each(ctx, func(r adapters.Record) error { return count.Give(ctx, r, record, checkpoint) }); err != nil {
		return err
	}
	return count.End(ctx, checkpoint)
}

// Open opens a document in the folder of files.
func (s *Source) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	return OpenBelow(s.files, b)
}
