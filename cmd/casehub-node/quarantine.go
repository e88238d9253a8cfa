package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/node"
	"casehub/node/imports"
	messages "casehub/node/locale"
)

// withoutOthers is said to everybody, so that it tells nobody whether anything was
// left out.
const withoutOthers = "What may be about a case that you do not see is left out, and what nobody can tell whom it is about is for those who see every case. The whole of it comes with the file itself: import it again with --out."

// quarantineInto writes what an earlier run left in quarantine to the file that
// the person named.
func quarantineInto(ctx context.Context, f importFlags, stdout, stderr io.Writer, open opener) (err error) {
	run, err := runNumber(f.quarantine)
	if err != nil {
		return err
	}
	n, who, err := open(ctx, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if f.layout == "source" {
		return rowsInto(ctx, n, who, run, f.out, stdout, stderr)
	}
	held, err := newHeldOut(f.out, stdout)
	if err != nil {
		return err
	}
	defer held.drop()
	s := imports.NewService(n.DB, codelist.National(), n.Access, time.Now)
	p, err := s.HeldBy(ctx, importer(who), run, held.add)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "run %d of %s on %s\n", p.ID, p.Source, p.StartedAt.Format(time.DateOnly))
	fmt.Fprintln(stderr, withoutOthers)
	return held.keep(stderr)
}

// runNumber reads the number of a run; 0 is the latest.
func runNumber(s string) (int64, error) {
	if s == "latest" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("a run is a number or latest, not %q", s)
	}
	return n, nil
}

// heldOut is where quarantined rows are written. They are personal data.
type heldOut struct {
	file *privateFile // nil on the screen and where nothing is to be written
	rows *imports.HeldFile
}

// newHeldOut begins the file at path; "" writes nothing and "-" to the screen.
func newHeldOut(path string, screen io.Writer) (*heldOut, error) {
	o := &heldOut{}
	if path == "" {
		return o, nil
	}
	meaning, err := meanings()
	if err != nil {
		return nil, err
	}
	w := screen
	if path != "-" {
		if o.file, err = newPrivateFile(path); err != nil {
			return nil, err
		}
		w = o.file
	}
	o.rows, err = imports.NewHeldFile(w, meaning)
	if err != nil {
		o.drop()
	}
	return o, err
}

// meanings returns what says what a code means.
func meanings() (func(key string) string, error) {
	catalog, err := locale.Load(messages.FS)
	return func(key string) string { return catalog.Text(locale.Default, key) }, err
}

// rowsInto writes held rows in the layout of their source to a file that nobody else
// may read: a workbook where its name says so, else a CSV table.
func rowsInto(ctx context.Context, n *node.Node, who actor.Actor, run int64, path string, screen, stderr io.Writer) (err error) {
	meaning, err := meanings()
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	table := imports.NewHeldCSV(&buf, meaning)
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		table = imports.NewHeldBook(&buf, meaning)
	}
	rows := 0
	p, err := imports.NewService(n.DB, codelist.National(), n.Access, time.Now).HeldRows(ctx, importer(who), run, func(h imports.HeldRow) error {
		rows++
		return table.Add(h)
	})
	if err == nil {
		err = table.Close()
	}
	if err != nil {
		return err
	}
	if path == "-" {
		_, err = screen.Write(buf.Bytes())
	} else {
		err = writePrivately(path, buf.Bytes())
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "run %d of %s on %s\n", p.ID, p.Source, p.StartedAt.Format(time.DateOnly))
	fmt.Fprintln(stderr, withoutOthers)
	_, err = fmt.Fprintf(stderr, "%d rows of the quarantine written; they hold personal data\n", rows)
	return err
}

// writePrivately writes a file that only its owner may read, whoever could read one
// of that name before.
func writePrivately(path string, b []byte) error {
	f, err := newPrivateFile(path)
	if err != nil {
		return err
	}
	defer f.drop()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.keep()
}

// privateFile is a new file that nobody else may read. When all is well it takes the
// name that a person gave.
type privateFile struct {
	*os.File // nil when it was kept
	path     string
}

func newPrivateFile(path string) (*privateFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".quarantine-*")
	return &privateFile{f, path}, err
}

// keep ends the file under its name.
func (f *privateFile) keep() error {
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.File = nil
	return nil
}

// drop removes a file that was not kept.
func (f *privateFile) drop() {
	if f.File != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
}

func (o *heldOut) add(h imports.Held) error {
	if o.rows == nil {
		return nil
	}
	return o.rows.Add(h)
}

// keep ends the file under its name and says how much is in it.
func (o *heldOut) keep(stderr io.Writer) error {
	if o.rows == nil {
		return nil
	}
	if err := o.rows.Close(); err != nil {
		return err
	}
	where := "the screen"
	if o.file != nil {
		where = o.file.path
		if err := o.file.keep(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stderr, "%d entries of the quarantine written to %s; they hold personal data\n", o.rows.Rows(), where)
	return err
}

// drop removes a file that was not kept.
func (o *heldOut) drop() {
	if o.file != nil {
		o.file.drop()
	}
}
