// Package sqldump reads databases out of the files that people export of them:
// dumps of mysqldump, phpMyAdmin, SQLyog, pg_dump and the sqlite3 shell, scripts
// of SQL Server Management Studio, and database files of SQLite.
//
// Each table is a stream. A dump is read once for its structure and for where
// the rows of each table stand, and then a table at a time; its size does not
// matter, because no more than a row is held. Nothing of a dump is played in:
// only the values that stand in it are read, and what would be computed is
// marked.
//
// What a file is, is told in file.go; its bytes become tokens in lex.go, tokens
// become statements in statement.go, create.go and copy.go, values in expr.go
// and sqlserver.go, and rows in rows.go. survey.go keeps what the first reading
// showed, and sqlitefile.go reads files of SQLite.
package sqldump

import (
	"context"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
	"casehub/adapters/tables/streams"
	"casehub/internal/errs"
)

// DB is a dump as tables. It implements tables.DB.
type DB struct {
	at       place.Place
	settings Settings
	inner    inner
}

// inner is what a dump and a database file have in common.
type inner interface {
	tables() []tables.Table
	fingerprint() string
	rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error
}

var _ tables.DB = (*DB)(nil)

// NewDB makes a database of the file at a place. It checks the settings and does
// not read the file.
func NewDB(at place.Place, s Settings) (*DB, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return &DB{at: at, settings: s}, nil
}

// Name returns the name of the file.
func (d *DB) Name() string { return d.at.Name() }

// Fingerprint returns the SHA-256 of the file.
func (d *DB) Fingerprint(ctx context.Context) (string, error) {
	if err := d.load(ctx); err != nil {
		return "", err
	}
	return d.inner.fingerprint(), nil
}

// Tables lists the tables.
func (d *DB) Tables(ctx context.Context) ([]tables.Table, error) {
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	all := slices.Clone(d.inner.tables())
	slices.SortFunc(all, func(a, b tables.Table) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Rows gives the rows of a table in the order of the file.
func (d *DB) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	if err := d.load(ctx); err != nil {
		return err
	}
	return d.named(d.inner.rows(ctx, q, fn), q.Table)
}

// named adds the names of the file and the table to an error that a person can
// do something about.
func (d *DB) named(err error, table string) error {
	if e := errs.As(err); e != nil {
		return e.With("file", d.Name()).With("table", table)
	}
	return err
}

// load reads the file once.
func (d *DB) load(ctx context.Context) error {
	if d.inner != nil {
		return nil
	}
	f, sqlite, err := look(d.at, d.settings.Encoding)
	if err != nil {
		return d.named(err, "")
	}
	if sqlite {
		d.inner, err = openSQLite(ctx, d.at)
		if err != nil {
			d.inner = nil
		}
		return d.named(err, "")
	}
	facts, err := surveyOf(ctx, d.at, f, d.settings)
	if err != nil {
		return d.named(err, "")
	}
	if len(facts.order) == 0 {
		return d.named(adapters.ErrNoTables, "")
	}
	x := &dump{at: d.at, facts: facts, text: charset.Decoder{Set: charset.UTF8, KeepDouble: d.settings.DoubleEncoded == "keep"}}
	if c, ok := charset.Named(d.settings.Encoding); ok && f.wide == nil {
		x.text.Set, x.text.Sure = c, true
	}
	d.inner = x
	return nil
}

// dump is a dump after its first reading.
type dump struct {
	at    place.Place
	facts *survey
	text  charset.Decoder
}

func (d *dump) fingerprint() string { return d.facts.fingerprint }

func (d *dump) tables() []tables.Table {
	var all []tables.Table
	for _, name := range d.facts.order {
		t := d.facts.tables[name].Table
		t.Notes = append([]string{"dump of " + string(d.facts.dialect)}, t.Notes...)
		if d.facts.complete != "" {
			t.Notes = append(t.Notes, d.facts.complete)
		}
		all = append(all, t)
	}
	return all
}

func (d *dump) rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	t := d.facts.find(q.Table)
	if t == nil {
		return adapters.ErrStream.With("table", q.Table)
	}
	return d.read(ctx, t, q, fn)
}

// Source reads the tables of a file as streams. It implements adapters.Source.
type Source struct {
	*streams.Source
}

var _ adapters.Source = (*Source)(nil)

// Open makes a source of the file at a place. It checks the settings and does not
// read the file.
func Open(at place.Place, s Settings) (*Source, error) {
	if s.Type != "" && s.Type != "sqldump" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	db, err := NewDB(at, s)
	if err != nil {
		return nil, err
	}
	return &Source{streams.New(db, s.Tables)}, nil
}
