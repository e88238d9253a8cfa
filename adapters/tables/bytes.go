package tables

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"casehub/adapters"
)

// printable reports bytes that are UTF-8 without control characters, and no file
// that only looks so.
func printable(b []byte) bool {
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

// Holder returns the table and the place of the column in which named bytes stand; nil
// where there is none.
func Holder(all []Table, b adapters.Blob) (*Table, int) {
	parts := strings.Split(string(b), "/")
	if len(parts) != 3 || len(parts[2]) != 32 {
		return nil, -1
	}
	esc := strings.NewReplacer("%2F", "/", "%25", "%")
	t := Find(all, esc.Replace(parts[0]))
	if t == nil || t.Index(esc.Replace(parts[1])) < 0 {
		return nil, -1
	}
	return t, t.Index(esc.Replace(parts[1]))
}

// Bytes puts the bytes of a binary column into the row: none are no value, those that
// are text are what text makes of them, and all others become a document.
func (r *Row) Bytes(t *Table, at int, b []byte, raw func(column int, b []byte) error, text func(b []byte)) error {
	switch {
	case len(b) == 0:
		r.Values[at] = adapters.Value{Null: true}
	case printable(b):
		text(b)
	default:
		return r.Attach(t, at, b, raw)
	}
	return nil
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
