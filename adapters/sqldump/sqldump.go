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
// textfile finds the text of a dump in its file; lex cuts it into tokens, phrase and
// values read what is said alike in all statements, and statement the statements;
// survey keeps what the first reading showed, and rows.go reads a table by it.
// sqlitefile reads files of SQLite.
package sqldump

import (
	"context"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/sqldump/sqlitefile"
	"casehub/adapters/sqldump/survey"
	"casehub/adapters/sqldump/textfile"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
	"casehub/adapters/tables/streams"
	"casehub/internal/errs"
)

// DB is a dump as tables. It implements tables.DB.
type DB struct {
	at       place.Place
	settings Settings
	print    string
	content  content // nil until it was read
}

// content is what a dump and a database file have in common.
type content interface {
	Tables() []tables.Table
	Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error
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
	return d.print, nil
}

// Tables lists the tables.
func (d *DB) Tables(ctx context.Context) ([]tables.Table, error) {
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	all := slices.Clone(d.content.Tables())
	slices.SortFunc(all, func(a, b tables.Table) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Rows gives the rows of a table in the order of the file.
func (d *DB) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	if err := d.load(ctx); err != nil {
		return err
	}
	return d.named(d.content.Rows(ctx, q, fn), q.Table)
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
	if d.content != nil {
		return nil
	}
	f, sqlite, err := textfile.Look(d.at)
	if err == nil && sqlite {
		err = d.loadFile(ctx)
	} else if err == nil {
		err = d.loadDump(ctx, f)
	}
	return d.named(err, "")
}

// loadFile reads the schema of a database file of SQLite.
func (d *DB) loadFile(ctx context.Context) error {
	base, err := sqlitefile.Open(ctx, d.at)
	if err != nil {
		return err
	}
	if d.print, err = textfile.Sum(d.at); err == nil {
		d.content = base
	}
	return err
}

// loadDump reads a dump for the first time.
func (d *DB) loadDump(ctx context.Context, f textfile.Form) error {
	text := charset.Decoder{Set: charset.UTF8, KeepDouble: d.settings.DoubleEncoded == "keep"}
	if d.settings.Encoding != "" && f.Wide == nil {
		text = text.Declared(d.settings.Encoding)
	}
	v, err := survey.Of(ctx, d.at, f, d.settings.Dialect, text)
	if err != nil {
		return err
	}
	if len(v.Tables()) == 0 {
		return textfile.NoDump(d.at, f)
	}
	d.print, d.content = v.Fingerprint, &dump{at: d.at, survey: v, text: text}
	return nil
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
