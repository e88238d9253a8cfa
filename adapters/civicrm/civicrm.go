// Package civicrm reads sites of CiviCRM out of their database: the live one or a
// dump, whatever gives its tables.
//
// The streams are contacts, cases, activities, relationships and option_values.
// Each has the columns of its table, and beside them what the table only points
// to: labels of options as COLUMN.label, custom data as GROUP.FIELD, addresses,
// the people of a case and of an activity, and documents. Lists that CiviCRM wraps
// in separators are lists. Of an activity only the current revision is taken; a
// contact that was merged into another is gone, and what points to it points to
// the one that was kept, which has the other's key beside its own.
//
// site.go reads what describes the data, join.go what is put beside each record,
// and streams.go makes the records.
package civicrm

import (
	"context"
	"io"
	"slices"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Settings declares how a site is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "civicrm", or "civicrm-dump" for a file.
	Type string `yaml:"type" json:"type"`
	// FilesDir is the folder with the site's documents, which is named custom;
	// without it no document can be opened.
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

// Source reads one site. It implements adapters.Source.
type Source struct {
	db       tables.DB
	settings Settings
	site     *site
}

var _ adapters.Source = (*Source)(nil)

// New makes a source of the database of a site. It does not read it.
func New(db tables.DB, s Settings) (*Source, error) {
	if !slices.Contains([]string{"", "civicrm", "civicrm-dump"}, s.Type) {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return &Source{db: db, settings: s}, nil
}

// Check reports whether the database is that of a site.
func (s *Source) Check(ctx context.Context) error {
	_, err := s.load(ctx)
	return err
}

func (s *Source) load(ctx context.Context) (*site, error) {
	if s.site != nil {
		return s.site, nil
	}
	x, err := readSite(ctx, s.db, s.settings)
	if err != nil {
		return nil, err
	}
	s.site = x
	return x, nil
}

// discovered is the number of records of a stream that Discover looks at.
const discovered = 5000

// Discover lists the streams with their fields. It returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	x, err := s.load(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: x.print}
	for _, name := range x.streams() {
		st, err := s.describe(ctx, x, name)
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

func (s *Source) describe(ctx context.Context, x *site, name string) (adapters.Stream, error) {
	d := adapters.Stream{Name: name}
	st, err := x.open(ctx, name)
	if err != nil {
		return d, err
	}
	var tally adapters.Tally
	tally.Name(st.head.Names())
	err = st.each(ctx, func(r adapters.Record) error {
		if d.Records++; d.Records <= discovered && r.Skip == "" {
			tally.Take(&r)
		}
		return nil
	})
	d.Fields = tally.Fields()
	for i := range d.Fields {
		st.tell(&d.Fields[i])
	}
	return d, err
}

// Read gives the records of a stream.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	x, err := s.load(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(x.streams(), name) {
		return adapters.ErrStream.With("table", name)
	}
	count, err := tables.NewCounter(x.print, name, after)
	if err != nil {
		return err
	}
	st, err := x.open(ctx, name)
	if err != nil {
		return err
	}
	skip := count.Done()
	err = st.each(ctx, func(r adapters.Record) error {
		if skip > 0 {
			skip--
			return nil
		}
		return count.Give(ctx, r, record, checkpoint)
	})
	if err != nil {
		return err
	}
	if skip > 0 {
		return adapters.ErrCursor
	}
	return count.End(checkpoint)
}

// Open opens a document in the folder of files.
func (s *Source) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	return tables.OpenBelow(s.settings.FilesDir, b)
}
