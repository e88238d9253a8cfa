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
// core reads the tree and the templates, value the values of a node; record.go makes
// records of them, and files.go those of files and of tables as they are.
package casebox

import (
	"context"
	"slices"

	"casehub/adapters"
	"casehub/adapters/casebox/core"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

// Settings declares how a core is read. The keys are those of the mapping file. The
// type is "casebox", or "casebox-dump" for a file; the folder of documents is
// data/files/CORE.
type Settings struct {
	system.Settings `yaml:",inline"`
	// Language of labels, as "es"; the core's own when empty.
	Language string `yaml:"language" json:"language"`
}

// Source reads one core. It implements adapters.Source.
type Source struct{ *system.Source }

var _ adapters.Source = (*Source)(nil)

// New makes a source of the database of a core. It does not read it.
func New(db tables.DB, s Settings) (*Source, error) {
	if err := s.Check("casebox", "casebox-dump"); err != nil {
		return nil, err
	}
	open := func(ctx context.Context) (system.System, error) { return read(ctx, db, s) }
	return &Source{system.New(db, open, s.FilesDir)}, nil
}

// source is a core with its streams.
type source struct {
	*core.Core
	dir string // folder of files
	all []stream
}

// stream is one stream of a core.
type stream interface {
	system.Stream
	name() string
}

func read(ctx context.Context, db tables.DB, s Settings) (*source, error) {
	c, err := core.Read(ctx, db, s.Language)
	if err != nil {
		return nil, err
	}
	x := &source{Core: c, dir: s.FilesDir}
	x.streams()
	return x, nil
}

// Print names the content of the core.
func (s *source) Print() string { return s.Core.Print }

// Streams lists the streams in their order.
func (s *source) Streams() []string {
	var names []string
	for _, st := range s.all {
		names = append(names, st.name())
	}
	return names
}

// Open returns a stream.
func (s *source) Open(_ context.Context, name string) (system.Stream, error) {
	return s.all[slices.Index(s.Streams(), name)], nil
}
