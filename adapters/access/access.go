// Package access reads databases of Microsoft Access, .mdb and .accdb, through the
// programs of mdbtools, which have to be on the computer: mdb-schema tells the tables
// and mdb-export a table's rows.
//
// The programs run without a shell, in an environment of their own, and give their
// rows through a pipe: nothing is copied to the disk and no more than a row is held.
// They read a file of this computer and nothing else. What such a program does with a
// file that somebody made to harm it is out of our hands, so it runs in casehub-source
// alone, which has nothing of a node.
//
// The database is in access.go, the programs in run.go, what they print is read in
// rows.go.
package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/sqldump"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
	"casehub/adapters/tables/streams"
	"casehub/adapters/webapi"
	"casehub/internal/errs"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "access"
	// File is the database. It is whoever opens the source that names it, no mapping.
	File string `json:"file"`
	// Tables that are streams; all when empty.
	Tables []string `json:"tables"`
	// Encoding of texts in files of Access 97 and before; windows-1252 when "". Later
	// ones know theirs.
	Encoding string `json:"encoding"`
}

// Source reads the tables of a file as streams. It implements adapters.Source.
type Source struct{ *streams.Source }

var _ adapters.Source = (*Source)(nil)

// Open makes a source of settings, which are JSON. It starts nothing yet.
func Open(settings []byte) (adapters.Source, error) { return open(settings, folders) }

// folders are where systems keep programs. Neither the environment nor a mapping is
// asked: either could name a program that is none of mdbtools.
var folders = []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin"}

func open(settings []byte, tools []string) (adapters.Source, error) {
	var s Settings
	if err := webapi.Decode(settings, &s); err != nil {
		return nil, err
	}
	db, err := newDB(s, tools)
	if err != nil {
		return nil, err
	}
	return &Source{streams.New(db, s.Tables)}, nil
}

// db is one file as tables. It implements tables.DB.
type db struct {
	path     string
	tools    []string // folders of the programs
	encoding string
	print    string
	all      []tables.Table // nil until they were read
}

func newDB(s Settings, tools []string) (*db, error) {
	if s.File == "" {
		return nil, adapters.ErrSettings.With("setting", "file")
	}
	path, err := filepath.Abs(s.File)
	if err != nil {
		return nil, adapters.ErrSettings.With("setting", "file")
	}
	d := &db{path: path, tools: tools, encoding: "windows-1252"}
	if s.Encoding != "" {
		if _, ok := charset.Named(s.Encoding); !ok {
			return nil, adapters.ErrSettings.With("setting", "encoding")
		}
		d.encoding = s.Encoding
	}
	return d, nil
}

// Name returns the name of the file.
func (d *db) Name() string { return filepath.Base(d.path) }

// named adds the names of the file and the table to an error that a person can do
// something about.
func (d *db) named(err error, table string) error {
	if e := errs.As(err); e != nil {
		return e.With("file", d.Name()).With("table", table)
	}
	return err
}

// Fingerprint returns the SHA-256 of the file.
func (d *db) Fingerprint(context.Context) (string, error) {
	if d.print != "" {
		return d.print, nil
	}
	f, err := os.Open(d.path)
	if err != nil {
		return "", d.named(adapters.ErrNotHere, "")
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", d.named(adapters.ErrNotHere, "")
	}
	d.print = hex.EncodeToString(sum.Sum(nil))
	return d.print, nil
}

// begins are how files of Access begin, from their fifth byte on.
var begins = []string{"Standard Jet DB", "Standard ACE DB"}

// look refuses what is no database of Access before a program is given it.
func (d *db) look() error {
	f, err := os.Open(d.path)
	if err != nil {
		return adapters.ErrNotHere
	}
	defer f.Close()
	head := make([]byte, 19)
	if _, err := io.ReadFull(f, head); err == nil {
		for _, b := range begins {
			if string(head[4:]) == b {
				return nil
			}
		}
	}
	return adapters.ErrUnreadable.With("expected", "Access")
}

// Tables lists the tables. What the programs print as SQL is read as any dump: names
// and keys in the dialect that leaves names as they are, types and remarks in the one
// that knows more of them.
func (d *db) Tables(ctx context.Context) ([]tables.Table, error) {
	if d.all != nil {
		return d.all, nil
	}
	if err := d.look(); err != nil {
		return nil, d.named(err, "")
	}
	all, err := d.schema(ctx, "mysql", sqldump.MySQL)
	if err != nil {
		return nil, d.named(err, "")
	}
	typed, err := d.schema(ctx, "postgres", sqldump.Postgres)
	if err != nil {
		return nil, d.named(err, "")
	}
	for i := range all {
		all[i].Rows, all[i].Notes = -1, []string{"database of Access"}
		for _, t := range typed {
			if lower(t.Name) == lower(all[i].Name) && len(t.Columns) == len(all[i].Columns) {
				for c := range t.Columns {
					all[i].Columns[c].Type, all[i].Columns[c].Comment = t.Columns[c].Type, t.Columns[c].Comment
				}
			}
		}
	}
	d.all = all
	return all, nil
}

// lower makes letters small as the programs do: those of ASCII.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// maxSchema is the most bytes of a schema.
const maxSchema = 16 << 20

// schema reads what a file declares, as a dialect of SQL.
func (d *db) schema(ctx context.Context, dialect string, as sqldump.Dialect) ([]tables.Table, error) {
	text, done, err := d.start(ctx, "mdb-schema", "--no-not-null", "--", d.path, dialect)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(text, maxSchema+1))
	if e := done(); err != nil || e != nil {
		return nil, cmp.Or(e, err)
	}
	if len(b) > maxSchema {
		return nil, adapters.ErrTooLarge.With("megabytes", maxSchema>>20)
	}
	inner, err := sqldump.NewDB(place.Bytes(d.Name(), b), sqldump.Settings{Dialect: as})
	if err != nil {
		return nil, err
	}
	return inner.Tables(ctx)
}
