package wire

import (
	"encoding/binary"
	"maps"
	"slices"

	"casehub/adapters"
)

// headers is how many headers both sides remember by their numbers.
const headers = 1024

// depth is how deep children and lists may be nested.
const depth = 64

// Writer turns records into bytes. A header is written where it is first used, and
// known on the other side from then on.
type Writer struct {
	buf   []byte
	known map[*adapters.Header]uint64
	next  uint64
	by    [headers]*adapters.Header
}

func (w *Writer) number(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *Writer) text(s string) {
	w.number(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *Writer) flag(b bool) {
	if b {
		w.buf = append(w.buf, 1)
	} else {
		w.buf = append(w.buf, 0)
	}
}

// Record returns the bytes of a record, valid until the next.
func (w *Writer) Record(r *adapters.Record) []byte {
	w.buf = w.buf[:0]
	w.append(r)
	return w.buf
}

func (w *Writer) append(r *adapters.Record) {
	w.text(r.Stream)
	w.text(r.Key)
	w.number(uint64(len(r.AltKeys)))
	for _, k := range r.AltKeys {
		w.text(k)
	}
	w.text(r.Loc.File)
	w.text(r.Loc.Sheet)
	w.number(uint64(r.Loc.Row))
	w.flag(r.Loc.Hidden)
	w.header(r.Header)
	w.values(r.Values)
	w.number(uint64(len(r.Documents)))
	for _, d := range r.Documents {
		w.text(string(d.Blob))
		w.text(d.Column)
		w.text(d.Name)
		w.text(d.Type)
		w.number(uint64(d.Size + 1))
		w.text(d.MD5)
	}
	w.flag(r.Deleted)
	w.text(r.Version)
	w.buf = append(w.buf, r.Hash[:]...)
	w.text(r.Skip)
	w.number(uint64(len(r.Problems)))
	for _, p := range r.Problems {
		w.text(string(p.Code))
		w.text(p.Column)
	}
	w.number(uint64(len(r.Children)))
	for _, name := range slices.Sorted(maps.Keys(r.Children)) {
		w.text(name)
		w.number(uint64(len(r.Children[name])))
		for i := range r.Children[name] {
			w.append(&r.Children[name][i])
		}
	}
}

// header writes the number of a header, 0 for none, and its names when it is new.
func (w *Writer) header(h *adapters.Header) {
	if h == nil {
		w.number(0)
		return
	}
	if n, ok := w.known[h]; ok {
		w.number(n + 1)
		w.flag(false)
		return
	}
	n := w.next % headers
	w.next++
	if w.known == nil {
		w.known = map[*adapters.Header]uint64{}
	}
	delete(w.known, w.by[n])
	w.by[n], w.known[h] = h, n
	w.number(n + 1)
	w.flag(true)
	w.number(uint64(len(h.Names())))
	for _, name := range h.Names() {
		w.text(name)
	}
}

func (w *Writer) values(all []adapters.Value) {
	w.number(uint64(len(all)))
	for _, v := range all {
		w.buf = append(w.buf, byte(v.Kind))
		w.flag(v.Null)
		w.text(v.Raw)
		w.flag(v.List != nil)
		if v.List != nil {
			w.values(v.List)
		}
	}
}

// Reader turns the bytes of one Writer into records, in their order.
type Reader struct {
	b   []byte
	bad bool
	by  [headers]*adapters.Header
}

// Record reads a whole record. It fails with ErrFrame.
func (r *Reader) Record(b []byte) (adapters.Record, error) {
	r.b, r.bad = b, false
	rec := r.one(0)
	if r.bad || len(r.b) > 0 {
		return adapters.Record{}, ErrFrame
	}
	return rec, nil
}

func (r *Reader) number() uint64 {
	n, used := binary.Uvarint(r.b)
	if used <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[used:]
	return n
}

// count reads a number of things that take a byte each at least.
func (r *Reader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *Reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *Reader) text() string { return string(r.bytes(r.count())) }

func (r *Reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *Reader) flag() bool { return r.byte() != 0 }

func (r *Reader) texts() []string {
	var all []string
	for range r.count() {
		all = append(all, r.text())
	}
	return all
}

func (r *Reader) one(deep int) (rec adapters.Record) {
	if deep > depth {
		r.bad, r.b = true, nil
		return rec
	}
	rec.Stream, rec.Key, rec.AltKeys = r.text(), r.text(), r.texts()
	rec.Loc = adapters.Locator{File: r.text(), Sheet: r.text(), Row: int64(r.number()), Hidden: r.flag()}
	rec.Header = r.header()
	rec.Values = r.values(0)
	for range r.count() {
		d := adapters.Document{Blob: adapters.Blob(r.text()), Column: r.text(), Name: r.text(), Type: r.text(), Size: int64(r.number()) - 1}
		d.MD5 = r.text()
		rec.Documents = append(rec.Documents, d)
	}
	rec.Deleted, rec.Version = r.flag(), r.text()
	copy(rec.Hash[:], r.bytes(len(rec.Hash)))
	rec.Skip = r.text()
	for range r.count() {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.Code(r.text()), Column: r.text()})
	}
	for range r.count() {
		if rec.Children == nil {
			rec.Children = map[string][]adapters.Record{}
		}
		name := r.text()
		var all []adapters.Record
		for range r.count() {
			all = append(all, r.one(deep+1))
		}
		rec.Children[name] = all
	}
	return rec
}

func (r *Reader) header() *adapters.Header {
	n := r.number()
	if n == 0 || n > headers {
		r.bad = r.bad || n > headers
		return nil
	}
	if r.flag() {
		r.by[n-1] = adapters.NewHeader(r.texts())
	}
	if r.by[n-1] == nil {
		r.bad = true
	}
	return r.by[n-1]
}

func (r *Reader) values(deep int) []adapters.Value {
	if deep > depth {
		r.bad, r.b = true, nil
		return nil
	}
	n := r.count()
	all := make([]adapters.Value, 0, min(n, 4096))
	for range n {
		v := adapters.Value{Kind: adapters.Kind(r.byte()), Null: r.flag(), Raw: r.text()}
		if r.flag() {
			v.List = r.values(deep + 1)
		}
		all = append(all, v)
	}
	return all
}
