package streams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// ahead is how many bytes of a table's documents are kept, from the one asked for on:
// they are asked for in the order of the rows, and a table is read from its first.
const ahead = 16 << 20

// Blobs opens bytes that stand in rows. Several goroutines may use it.
type Blobs struct {
	db tables.DB

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
func NewBlobs(db tables.DB) *Blobs { return &Blobs{db: db, met: map[string]*met{}} }

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
func (m *met) scan(ctx context.Context, db tables.DB, t *tables.Table, at int, b adapters.Blob) (found []byte, err error) {
	size := 0
	m.kept = map[adapters.Blob][]byte{}
	err = db.Rows(ctx, tables.Query{Table: t.Name, Skip: m.rows, Raw: func(i int, raw []byte) error {
		if found == nil && i != at {
			return nil
		}
		name := tables.BlobOf(t.Name, t.Columns[i].Name, raw)
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
	}}, func(tables.Row) error {
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
func (o *Blobs) place(ctx context.Context, b adapters.Blob) (*tables.Table, int, error) {
	all, err := o.db.Tables(ctx)
	if err != nil {
		return nil, 0, err
	}
	t, at := tables.Holder(all, b)
	if t == nil {
		return nil, 0, adapters.ErrBlob
	}
	return t, at, nil
}
