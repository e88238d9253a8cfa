package tables

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"casehub/adapters"
)

// Printable reports bytes that are UTF-8 without control characters, and no file
// that only looks so.
func Printable(b []byte) bool {
	if !utf8.Valid(b) || bytes.HasPrefix(b, []byte("%PDF-")) || bytes.HasPrefix(b, []byte(`{\rtf`)) {
		return false
	}
	for _, x := range b {
		if x < ' ' && x != '\n' && x != '\r' && x != '\t' {
			return false
		}
	}
	return true
}

// BlobOf names bytes that stand in a row by table, column and SHA-256.
func BlobOf(table, column string, b []byte) adapters.Blob {
	sum := sha256.Sum256(b)
	esc := strings.NewReplacer("%", "%25", "/", "%2F")
	return adapters.Blob(esc.Replace(table) + "/" + esc.Replace(column) + "/" + hex.EncodeToString(sum[:16]))
}

// Attach puts bytes that stand in a row into it as a document, after raw, which may be
// nil, was told of them. It fails with what raw returns.
func (r *Row) Attach(t *Table, at int, b []byte, raw func(column int, b []byte) error) error {
	if raw != nil {
		if err := raw(at, b); err != nil {
			return err
		}
	}
	column := t.Columns[at].Name
	blob := BlobOf(t.Name, column, b)
	r.Values[at] = adapters.Value{Raw: string(blob)}
	r.Documents = append(r.Documents, adapters.Document{Blob: blob, Column: column, Size: int64(len(b))})
	return nil
}

// ahead is how many bytes of a table's documents are kept, from the one asked for on:
// they are asked for in the order of the rows, and a table is read from its first.
const ahead = 16 << 20

// Blobs opens bytes that stand in rows. Several goroutines may use it.
type Blobs struct {
	db DB

	mu  sync.Mutex
	met map[string]*met // by table
}

// met are the documents that the last reading of a table kept, and the row at which it
// ended.
type met struct {
	kept map[adapters.Blob][]byte
	rows int64
}

// NewBlobs opens what stands in the rows of a database.
func NewBlobs(db DB) *Blobs { return &Blobs{db: db, met: map[string]*met{}} }

// Open opens bytes that stand in a row. It reads the table on from where it was read to
// last, and where they do not stand there, from its first row.
func (o *Blobs) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	t, at, err := o.place(ctx, b)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.met[t.Name]
	if m == nil {
		m = &met{}
		o.met[t.Name] = m
	}
	found, ok := m.kept[b]
	if !ok {
		from := m.rows
		found, err = m.scan(ctx, o.db, t, at, b)
		if err == nil && found == nil && from > 0 {
			m.rows = 0
			found, err = m.scan(ctx, o.db, t, at, b)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, adapters.ErrBlob
	}
	return io.NopCloser(bytes.NewReader(found)), nil
}

// scan looks for bytes in a column, from the row on at which the last reading ended, and
// keeps them with those that follow.
func (m *met) scan(ctx context.Context, db DB, t *Table, at int, b adapters.Blob) (found []byte, err error) {
	size := 0
	m.kept = map[adapters.Blob][]byte{}
	err = db.Rows(ctx, Query{Table: t.Name, Skip: m.rows, Raw: func(i int, raw []byte) error {
		if found == nil && i != at {
			return nil
		}
		name := BlobOf(t.Name, t.Columns[i].Name, raw)
		if found == nil && name != b {
			return nil
		}
		own := append([]byte{}, raw...)
		if found == nil {
			found = own
		}
		m.kept[name] = own
		size += len(own)
		return nil
	}}, func(Row) error {
		m.rows++
		if size >= ahead {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// errEnough ends a reading.
var errEnough = errors.New("enough")

// place returns the table and the column in which bytes stand.
func (o *Blobs) place(ctx context.Context, b adapters.Blob) (*Table, int, error) {
	parts := strings.Split(string(b), "/")
	if len(parts) != 3 || len(parts[2]) != 32 {
		return nil, 0, adapters.ErrBlob
	}
	esc := strings.NewReplacer("%2F", "/", "%25", "%")
	all, err := o.db.Tables(ctx)
	if err != nil {
		return nil, 0, err
	}
	t := Find(all, esc.Replace(parts[0]))
	if t == nil || t.Index(esc.Replace(parts[1])) < 0 {
		return nil, 0, adapters.ErrBlob
	}
	return t, t.Index(esc.Replace(parts[1])), nil
}

// OpenBelow opens a document that lies in a folder or below it, and nothing that
// lies elsewhere, whatever its name or a link says.
func OpenBelow(dir string, b adapters.Blob) (io.ReadCloser, error) {
	if dir == "" || !fs.ValidPath(string(b)) || b == "." {
		return nil, adapters.ErrBlob
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, adapters.ErrBlob
	}
	defer root.Close()
	f, err := root.Open(string(b))
	if err != nil {
		return nil, adapters.ErrBlob
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(adapters.ErrBlob, f.Close())
	}
	return f, nil
}
