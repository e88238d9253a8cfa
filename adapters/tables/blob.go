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
	"slices"
	"strings"
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

var errFound = errors.New("found")

// OpenBlob opens bytes that stand in a row. It reads the table up to them.
func OpenBlob(ctx context.Context, db DB, b adapters.Blob) (io.ReadCloser, error) {
	parts := strings.Split(string(b), "/")
	if len(parts) != 3 || len(parts[2]) != 32 {
		return nil, adapters.ErrBlob
	}
	esc := strings.NewReplacer("%2F", "/", "%25", "%")
	table, column := esc.Replace(parts[0]), esc.Replace(parts[1])
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	t := Find(all, table)
	if t == nil || t.Index(column) < 0 {
		return nil, adapters.ErrBlob
	}
	var found []byte
	at := t.Index(column)
	err = db.Rows(ctx, Query{Table: table, Raw: func(i int, raw []byte) error {
		if i == at && BlobOf(table, column, raw) == b {
			found = slices.Clone(raw)
			return errFound
		}
		return nil
	}}, func(Row) error { return nil })
	switch {
	case found != nil:
		return io.NopCloser(bytes.NewReader(found)), nil
	case err != nil:
		return nil, err
	}
	return nil, adapters.ErrBlob
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
