package jsonfile

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"casehub/adapters"
	"casehub/adapters/jsonfile/walk"
	"casehub/adapters/jsontree"
	"casehub/adapters/spreadsheet/files"
)

// rows gives the records of a stream, file after file.
type rows struct {
	stream  string
	table   Table
	pointer walk.Pointer
	rules   *jsontree.Rules
	rest    []*files.TextFile
	says    []string

	file  *files.TextFile
	close io.Closer
	walk  *walk.Walker
	lossy bool     // the record may have halves of characters
	names []string // of the values of records that are lists
	some  bool     // a record was found, so that a pointer that leads nowhere is told
	ready []adapters.Record
}

// Notes says how the text is encoded and where the records are.
func (r *rows) Notes() []string { return r.says }

// Close closes the file that is open.
func (r *rows) Close() error {
	if r.close == nil {
		return nil
	}
	err := r.close.Close()
	r.close = nil
	return err
}

// Next returns the next record.
func (r *rows) Next() (adapters.Record, error) {
	for len(r.ready) == 0 {
		if r.walk == nil {
			if err := r.advance(); err != nil {
				return adapters.Record{}, err
			}
		}
		found, err := r.walk.Next()
		switch {
		case errors.Is(err, io.EOF):
			if err := r.Close(); err != nil {
				return adapters.Record{}, err
			}
			r.walk = nil
		case err != nil:
			return adapters.Record{}, adapters.Named(err, r.file.Name, r.stream)
		default:
			r.some = true
			r.take(found)
		}
	}
	rec := r.ready[0]
	r.ready = r.ready[1:]
	return rec, nil
}

// advance opens the next file.
func (r *rows) advance() error {
	if len(r.rest) == 0 {
		if !r.some && len(r.pointer) > 0 {
			return adapters.ErrStream.With("table", r.stream)
		}
		return io.EOF
	}
	r.file, r.rest = r.rest[0], r.rest[1:]
	in, err := r.file.Open()
	if err != nil {
		return err
	}
	r.close = in
	if r.names, err = r.namesOf(); err != nil {
		return err
	}
	r.walk = walk.New(in, r.pointer, r.table.Lines)
	return nil
}

// take makes records of a value that was found: it, or what a pointer names
// further in.
func (r *rows) take(v walk.Found) {
	loc := adapters.Locator{File: r.file.Name, Sheet: v.Where, Row: v.Place}
	n, err := jsontree.Parse(v.Raw)
	if err != nil || v.Long {
		r.ready = append(r.ready, jsontree.Bad(r.stream, "", loc, adapters.BadJSON))
		return
	}
	n, r.lossy = plain(n), half.Match(v.Raw)
	if r.table.Header != "" && len(v.Rest) == 0 && n.Kind == jsontree.Array {
		if r.names == nil {
			r.names = textsOf(n)
			return
		}
		n = r.row(n)
	}
	r.inside(n, v.Rest, v.Name, loc, nil)
}

// inside follows what is left of the pointer through a value that is held. outer are
// the objects on the way, the innermost last.
func (r *rows) inside(n jsontree.Node, pointer walk.Pointer, name string, loc adapters.Locator, outer []jsontree.Node) {
	if len(pointer) == 0 {
		r.ready = append(r.ready, r.record(n, name, loc, outer))
		return
	}
	outer = append(outer, n)
	for i, e := range n.Items {
		key := ""
		if n.Kind == jsontree.Object {
			key = n.Names[i]
		}
		if pointer[0] == walk.Every || n.Kind == jsontree.Object && key == pointer[0] || n.Kind == jsontree.Array && pointer[0] == strconv.Itoa(i) {
			step := key
			if n.Kind == jsontree.Array {
				step = strconv.Itoa(i + 1)
			}
			r.inside(e, pointer[1:], step, loc, outer)
		}
	}
}

// record makes one record. Its key is what the table declares, or the name that
// it has in an object; a record from further in begins with the key of what it
// was found in.
func (r *rows) record(n jsontree.Node, name string, loc adapters.Locator, outer []jsontree.Node) adapters.Record {
	flat := r.rules.Flatten(n)
	for _, with := range r.table.With {
		for i := len(outer) - 1; i >= 0; i-- {
			if v := outer[i].Get(strings.Split(with, r.rules.Separator)...); v.Kind != jsontree.Null && v.Kind != jsontree.Object && v.Kind != jsontree.Array {
				flat.Values["../"+with] = jsontree.Scalar(v)
				break
			}
		}
	}
	if r.table.Name != "" && name != "" {
		flat.Values[r.table.Name] = adapters.Value{Raw: name}
	}
	rec := r.rules.Record(flat, r.stream, "", loc)
	if key := r.key(&rec); key != "" {
		rec = r.rules.Record(flat, r.stream, key, loc)
	}
	if r.lossy {
		doubt(&rec)
	}
	jsontree.SealAll(&rec)
	return rec
}

// half is how half of a character is written, of which there are always two.
var half = regexp.MustCompile(`(?i)\\ud[89a-f][0-9a-f]{2}`)

// doubt marks texts that lost half of a character.
func doubt(rec *adapters.Record) {
	for i, name := range rec.Header.Names() {
		lost := func(v adapters.Value) bool { return strings.ContainsRune(v.Raw, utf8.RuneError) }
		if v := rec.At(i); lost(v) || slices.ContainsFunc(v.List, lost) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.EncodingInvalid, Column: name})
		}
	}
	for _, list := range rec.Children {
		for i := range list {
			doubt(&list[i])
		}
	}
}

// key joins the values of the fields that are declared as the key; "" where one is
// missing.
func (r *rows) key(rec *adapters.Record) string {
	var parts []string
	for _, name := range r.table.Key {
		v := rec.Value(name)
		if v.Raw == "" {
			return ""
		}
		parts = append(parts, v.Raw)
	}
	return strings.Join(parts, "|")
}
