package streams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// papers is a table with a document of 1 MB in each row, which counts the rows it gives.
type papers struct {
	tables.DB
	rows  int64
	given int64
}

func (p *papers) Tables(context.Context) ([]tables.Table, error) {
	return []tables.Table{{Name: "a/b", Columns: []tables.Column{{Name: "id"}, {Name: "scan"}}}}, nil
}

func paper(no int64) []byte { return bytes.Repeat([]byte{byte(no)}, 1<<20) }

func (p *papers) Rows(_ context.Context, q tables.Query, fn func(tables.Row) error) error {
	for no := q.Skip; no < p.rows; no++ {
		p.given++
		if err := q.Raw(1, paper(no)); err != nil {
			return err
		}
		if err := fn(tables.Row{No: no + 1}); err != nil {
			return err
		}
	}
	return nil
}

// Documents that are asked for in the order of their rows, twice, as an import asks,
// do not read the table once each.
func TestDocumentsInOrderReadATableOnce(t *testing.T) {
	db := &papers{rows: 40}
	blobs := NewBlobs(db)
	for range 2 {
		for no := range db.rows {
			want := paper(no)
			f, err := blobs.Open(t.Context(), tables.BlobOf("a/b", "scan", want))
			if err != nil {
				t.Fatalf("row %d: %v", no, err)
			}
			got, err := io.ReadAll(f)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("row %d: other bytes, %v", no, err)
			}
		}
	}
	if db.given > 2*db.rows {
		t.Errorf("%d rows were read for two times %d documents", db.given, db.rows)
	}
	// Out of order, and what is not there.
	for _, no := range []int64{39, 3, 20, 2} {
		if _, err := blobs.Open(t.Context(), tables.BlobOf("a/b", "scan", paper(no))); err != nil {
			t.Errorf("row %d: %v", no, err)
		}
	}
	for _, b := range []adapters.Blob{tables.BlobOf("a/b", "scan", paper(41)), tables.BlobOf("a/b", "other", paper(1)), tables.BlobOf("b", "scan", paper(1)), "x"} {
		if _, err := blobs.Open(t.Context(), b); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%s: %v", b, err)
		}
	}
}
