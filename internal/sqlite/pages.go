package sqlite

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// ErrNotPages reports bytes that are not the pages of a database.
var ErrNotPages = errors.New("this is not a database")

const (
	pageSize = 4096
	// someOf is how many pages pass at one time.
	someOf = 16
	header = "SQLite format 3\x00"
)

// Pages are the decrypted pages of a database file that nobody writes, in their
// order: what any SQLite program opens. They exist in memory alone, a few at a
// time.
type Pages struct {
	conn *sqlite3.Conn
	file vfs.File
	at   int64
	size int64
}

// OpenPages opens the file at path for reading its pages. The caller closes
// them. Nobody may have the file open, and it must not have a journal beside it:
// a file that Copy made is like that. It fails with ErrNotPages when the key is
// not the file's.
func OpenPages(path string, key Key) (*Pages, error) {
	conn, file, err := openFile(path, key, "rw")
	if err != nil {
		return nil, err
	}
	p := &Pages{conn: conn, file: file}
	if p.size, err = file.Size(); err != nil {
		return nil, errors.Join(fmt.Errorf("measuring the database: %w", err), conn.Close())
	}
	first := make([]byte, pageSize)
	if p.size < pageSize || p.size%pageSize != 0 {
		return nil, errors.Join(ErrNotPages, conn.Close())
	}
	if _, err := file.ReadAt(first, 0); err != nil || !bytes.HasPrefix(first, []byte(header)) {
		return nil, errors.Join(ErrNotPages, conn.Close())
	}
	return p, nil
}

// Size returns how many bytes all pages have.
func (p *Pages) Size() int64 { return p.size }

// Read reads on. The buffer is cut to whole pages, so it has to hold one.
func (p *Pages) Read(b []byte) (int, error) {
	if p.at == p.size {
		return 0, io.EOF
	}
	if len(b) < pageSize {
		return 0, io.ErrShortBuffer
	}
	n := min(int64(len(b)/pageSize*pageSize), p.size-p.at)
	if _, err := p.file.ReadAt(b[:n], p.at); err != nil {
		return 0, fmt.Errorf("reading a page: %w", code(err))
	}
	p.at += n
	return int(n), nil
}

// WriteTo writes all pages that were not read yet.
func (p *Pages) WriteTo(w io.Writer) (int64, error) {
	var done int64
	b := make([]byte, someOf*pageSize)
	defer clear(b)
	for {
		n, err := p.Read(b)
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		m, err := w.Write(b[:n])
		done += int64(m)
		if err != nil {
			return done, err
		}
	}
}

// Close closes the file.
func (p *Pages) Close() error { return p.conn.Close() }

// WritePages makes an encrypted database file at path out of the pages that r
// gives, and brings it to the disk. It fails with ErrNotPages, with ErrFull, and
// when there is a file at path; what it has written by then is for the caller
// to remove.
func WritePages(ctx context.Context, r io.Reader, path string, key Key) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("there is a file already: %w", os.ErrExist)
	}
	conn, file, err := openFile(path, key, "rwc")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := writePages(ctx, r, file); err != nil {
		return err
	}
	if err := file.Sync(vfs.SYNC_FULL); err != nil {
		return fmt.Errorf("bringing the database to the disk: %w", code(err))
	}
	return nil
}

func writePages(ctx context.Context, r io.Reader, file vfs.File) error {
	b := make([]byte, someOf*pageSize)
	defer clear(b)
	for at := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, b)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		switch {
		case err != nil && !last:
			return err
		case n%pageSize != 0, at == 0 && !bytes.HasPrefix(b[:n], []byte(header)):
			return ErrNotPages
		}
		if n > 0 {
			if _, err := file.WriteAt(b[:n], at); err != nil {
				return fmt.Errorf("writing pages: %w", code(err))
			}
		}
		if at += int64(n); last {
			return nil
		}
	}
}

// openFile opens a file as the driver does and returns the file itself, through
// which pages are encrypted and decrypted.
func openFile(path string, key Key, mode string) (*sqlite3.Conn, vfs.File, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "vfs=adiantum&mode=" + mode}
	flags := sqlite3.OPEN_READWRITE | sqlite3.OPEN_URI
	if mode == "rwc" {
		flags |= sqlite3.OPEN_CREATE
	}
	conn, err := sqlite3.OpenFlags(u.String(), flags)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", code(err))
	}
	if err := conn.Exec(`PRAGMA hexkey='` + hex.EncodeToString(key[:]) + `'`); err != nil {
		return nil, nil, errors.Join(errors.New("the database key was refused"), conn.Close())
	}
	file := conn.Filename("main").DatabaseFile()
	if file == nil {
		return nil, nil, errors.Join(errors.New("the database has no file"), conn.Close())
	}
	return conn, file, nil
}

// code returns ErrFull, or of an error of the driver's what tells no statement.
func code(err error) error {
	var e *sqlite3.Error
	switch {
	case errors.Is(err, sqlite3.FULL):
		return ErrFull
	case errors.As(err, &e):
		return e.ExtendedCode()
	}
	return err
}

// Content is what a database holds, for holding a copy against its original.
type Content struct {
	// Schema is the number of the newest migration, 0 without any.
	Schema int64
	Tables []TableRows
}

// TableRows is how many rows a table has.
type TableRows struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Content counts the rows of every table.
func (db *DB) Content(ctx context.Context) (Content, error) {
	all, err := tables(ctx, db.read)
	if err != nil {
		return Content{}, err
	}
	var c Content
	for _, t := range all {
		c.Tables = append(c.Tables, TableRows{t.name, t.rows})
		if t.name == "goose_db_version" {
			if err := db.read.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&c.Schema); err != nil {
				return Content{}, fmt.Errorf("reading the schema version: %w", err)
			}
		}
	}
	return c, nil
}

// ErrNotIntact reports a database whose pages or references do not hold
// together.
var ErrNotIntact = errors.New("the database is not intact")

// Check goes through the whole database: its pages, its indexes and its
// references between tables. It fails with ErrNotIntact.
func (db *DB) Check(ctx context.Context) error {
	if err := intact(ctx, db.read); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return ErrNotIntact
	}
	rows, err := db.read.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return fmt.Errorf("checking the references: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		return ErrNotIntact
	}
	return rows.Err()
}
