// Package casebox reads cores of HURIDOCS Casebox, versions 1 and 2, out of a
// database: the live one or a dump, whatever gives its tables.
//
// Everything in Casebox is a node of one tree, told apart by its template, and
// its fields are JSON. Each template whose nodes hold data is a stream, named as
// the template is; its columns are the node's own and the fields of the template.
// A field that points to other nodes has a second column FIELD.label with what
// they are called, and one with remarks a column FIELD.info. The case of a node is
// found by walking up the tree, because what Casebox keeps of it may be stale, and
// a case has a column children.TEMPLATE for each template with nodes below it.
// Further streams are the files, the thesauri, the users without their passwords,
// and the log of actions.
//
// core.go reads the tree and the templates, value.go the values of a node,
// record.go makes records of them, and files.go opens documents.
package casebox

import (
	"context"
	"io"
	"slices"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Settings declares how a core is read. The keys are those of the mapping file;
// how its database is opened is declared beside them.
type Settings struct {
	// Type is "casebox", or "casebox-dump" for a file: it says which source the settings are for.
	Type string `yaml:"type" json:"type"`
	// FilesDir is the folder with the core's documents, data/files/CORE; without it
	// no document can be opened.
	FilesDir string `yaml:"files_dir" json:"files_dir"`
	// Language of labels, as "es"; the core's own when empty.
	Language string `yaml:"language" json:"language"`
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

// Source reads one core. It implements adapters.Source.
type Source struct {
	db       tables.DB
	settings Settings
	core     *core
}

var _ adapters.Source = (*Source)(nil)

// New makes a source of the database of a core. It does not read it.
func New(db tables.DB, s Settings) (*Source, error) {
	if s.Type != "" && s.Type != "casebox" && s.Type != "casebox-dump" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return &Source{db: db, settings: s}, nil
}

// Check reports whether the database is that of a core.
func (s *Source) Check(ctx context.Context) error {
	_, err := s.load(ctx)
	return err
}

// load reads the tree and the templates once.
func (s *Source) load(ctx context.Context) (*core, error) {
	if s.core != nil {
		return s.core, nil
	}
	c, err := readCore(ctx, s.db, s.settings)
	if err != nil {
		return nil, err
	}
	s.core = c
	return c, nil
}

// discovered is the number of records of a stream that Discover looks at.
const discovered = 5000

// Discover lists the streams with their fields. It returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	c, err := s.load(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: c.print}
	for _, st := range c.streams() {
		d, err := s.describe(ctx, st)
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, d)
	}
	return cat, nil
}

func (s *Source) describe(ctx context.Context, st stream) (adapters.Stream, error) {
	d := adapters.Stream{Name: st.name(), Notes: st.notes()}
	var tally adapters.Tally
	tally.Name(st.header().Names())
	err := st.each(ctx, func(r adapters.Record) error {
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

// stream is one stream of a core.
type stream interface {
	name() string
	header() *adapters.Header
	notes() []string
	// tell adds what the core says of a field.
	tell(f *adapters.Field)
	// each gives the records in a fixed order.
	each(ctx context.Context, fn func(adapters.Record) error) error
}

// Read gives the records of a stream.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	c, err := s.load(ctx)
	if err != nil {
		return err
	}
	all := c.streams()
	i := slices.IndexFunc(all, func(st stream) bool { return st.name() == name })
	if i < 0 {
		return adapters.ErrStream.With("table", name)
	}
	count, err := tables.NewCounter(c.print, name, after)
	if err != nil {
		return err
	}
	skip := count.Done()
	err = all[i].each(ctx, func(r adapters.Record) error {
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
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if _, err := s.load(ctx); err != nil {
		return nil, err
	}
	return tables.OpenBelow(s.settings.FilesDir, b)
}
