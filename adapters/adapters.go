// Package adapters is the contract between foreign systems and a node: a Source
// reads one foreign system and hands out its records, and knows nothing of what
// becomes of them. Each source is a package below this one; what all of them
// must hold is in adaptertest.
//
// A source gives every row it met: one that it leaves out (a blank line, a
// subtotal) comes as a record with Skip set, and one that it could not read
// comes with Problems. The reader of the records can therefore count, and
// nothing is lost without a word.
//
// Reading is at least once: after a checkpoint a source can be read again from
// that cursor, and whoever applies the records makes applying them twice
// harmless.
package adapters

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Source reads one foreign system. Its methods may be called one after the
// other, not at the same time. No error that it returns holds a value read from
// the foreign system.
type Source interface {
	// Check reports whether the source can be reached and read. It returns no data.
	Check(ctx context.Context) error
	// Discover lists the streams with their fields. It returns no values.
	Discover(ctx context.Context) (Catalog, error)
	// Read gives the records of a stream in a fixed order, those after the
	// cursor when it is not empty. It calls checkpoint now and then with the
	// cursor of what was given so far, and at the end. It stops with the first
	// error that a callback returns, and returns that error. It fails with
	// ErrCursor when the cursor is not one of this stream in its present state,
	// and with ErrStream for a stream that it does not have.
	Read(ctx context.Context, stream string, after Cursor, record func(Record) error, checkpoint func(Cursor) error) error
	// Open opens a document that a record points to. It fails with ErrBlob when
	// there is none.
	Open(ctx context.Context, b Blob) (io.ReadCloser, error)
}

// Cursor says how far a stream was read. Only the source that made it can read
// it; "" is the beginning.
type Cursor string

// Blob names a document inside a source, in the source's own way.
type Blob string

// Catalog is what a source has to offer.
type Catalog struct {
	// Fingerprint is the SHA-256 of the whole content in hexadecimal where a
	// source is a file, and "" for one that changes while it is read.
	Fingerprint string
	Streams     []Stream
	// Aside are tables that the source has and its settings leave out: names and, where
	// they are known, Records alone.
	Aside []Stream
}

// Stream is one table, sheet or form of a source.
type Stream struct {
	Name string
	// Fields in the order of the source; empty where each record has its own.
	Fields []Field
	// Loose is true where a record has only the fields that it fills: one that nobody
	// filled so far is not among Fields, and may be all the same.
	Loose bool
	// Records in the stream, those left out included; -1 when not known.
	Records int64
	// Hidden is true for a sheet that the file hides from its readers.
	Hidden bool
	// Notes are remarks on how the stream was read: the encoding, the delimiter.
	Notes []string
	// Doubts say, in words, why records may be missing from the stream: a dump without its
	// end, statements that nobody here follows. None of them holds a value.
	Doubts []string
	// Children are the repeats inside the records, by the names that they have in
	// Record.Children. They cannot be read alone.
	Children []Stream
	// Instruments are the forms that the records answer, the newest version first;
	// none where the source is no survey.
	Instruments []Instrument
}

// Field is one column of a stream.
type Field struct {
	Name string
	// Kind that most of the filled values have.
	Kind Kind
	// Filled is the number of values that are not empty among those looked at.
	Filled int64
	// Distinct values among those looked at, at most DistinctCap.
	Distinct int
	// Key is true where every record looked at has a value and no two share it.
	Key bool
	// Type is how the source declares the field, as "varchar(20)"; "" where it
	// declares nothing.
	Type string
	// Label is what the source says that the field means.
	Label string
	// Points are the fields, as "stream.field", that the values are taken from:
	// those that the source declares, and those in which nearly all of the values
	// were found.
	Points []string
	// DayOrder is what the texts show of the order of day and month.
	DayOrder DayOrder
}

// DistinctCap is where counting distinct values ends.
const DistinctCap = 1000

// Kind is what sort of value a source says it is. Text stands for everything
// whose type the source does not know: a CSV file has nothing but text.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Number
	Date // Raw is YYYY-MM-DD, with Thh:mm:ss after it where there is a time
	Bool // Raw is "true" or "false"
	Bad  // an error that stands in the cell, as #N/A
)

// Value is one value as the source has it. Raw is never interpreted.
type Value struct {
	Raw  string
	Null bool // absent, or a word that the source uses for it
	Kind Kind
	List []Value // a value that is a list in the source; Raw is "" then
}

// LogValue hides the value: it may be about a person.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// String hides the value, so that an error text cannot show it by mistake.
func (v Value) String() string { return fmt.Sprintf("value(%d bytes, hidden)", len(v.Raw)) }

// Header names the values of records. Records of a table share one header.
type Header struct {
	names []string
	index map[string]int
}

// NewHeader makes a header of names, which must be distinct.
func NewHeader(names []string) *Header {
	h := &Header{names: names, index: make(map[string]int, len(names))}
	for i, n := range names {
		h.index[n] = i
	}
	return h
}

// Names returns the names in the order of the values. The caller leaves it as it is.
func (h *Header) Names() []string { return h.names }

// Index returns the place of a name, or -1.
func (h *Header) Index(name string) int {
	if i, ok := h.index[name]; ok {
		return i
	}
	return -1
}

// Locator says where a record stands, so that a person can go and look.
type Locator struct {
	File  string // name without the folder
	Sheet string // sheet or table; "" where there is only one
	Row   int64  // 1 is the first line of the file or row of the sheet; 0 unknown
	// Hidden is true for a row that the file hides from its readers.
	Hidden bool
}

// String returns the place as FILE[:SHEET]:ROW.
func (l Locator) String() string {
	s := l.File
	if l.Sheet != "" {
		s += ":" + l.Sheet
	}
	if l.Row > 0 {
		s += ":" + strconv.FormatInt(l.Row, 10)
	}
	return s
}

// Record is one row of a stream.
type Record struct {
	Stream string
	// Key is the source's own stable key; "" where it has none and the reader
	// must choose columns.
	Key     string
	AltKeys []string
	Loc     Locator
	Header  *Header
	// Values stand as the header names them; a shorter list ends in nulls. They
	// are the receiver's to keep.
	Values []Value
	// Children are repeats and parts, by a name without a slash, in their order.
	// Their key is the parent's with "/NAME[POSITION]", from 1, where the source has
	// no stable one. A record and its children are one whole.
	Children map[string][]Record
	// Documents that the record points to.
	Documents []Document
	Deleted   bool   // the source says that it is gone
	Version   string // form version or the like
	// Hash is the SHA-256 of names, values, documents and children, equal for equal
	// records.
	Hash [32]byte
	// Skip says why the source leaves the record out; "" for a record to take.
	Skip string
	// Problems that the source met in reading it.
	Problems []Problem
}

// Document is a file that a record points to.
type Document struct {
	Blob   Blob
	Column string // the value that names it, "" where none does
	Name   string // of the file, as the source has it: nothing to make a path of
	Type   string // what the source says that it is, not to be trusted; "" unknown
	Size   int64  // bytes, -1 unknown
	MD5    string // in hexadecimal, where the source keeps it
}

// LogValue shows nothing of the document: its name may be a person's.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.String()) }

// String shows nothing of the document.
func (d Document) String() string { return "document (hidden)" }

// secretNames is how the names of variables begin that hold the secrets of sources.
const secretNames = "CASEHUB_SOURCE_"

// IsSecretName reports the name of an environment variable that settings may name.
// All others are not a source's to read: settings can come from a stranger, and say
// where the secret is sent.
func IsSecretName(name string) bool {
	return len(name) > len(secretNames) && strings.HasPrefix(name, secretNames)
}

// Lister is a Source that can name all records of a stream much cheaper than it
// can read them. What was there before and is not named is gone at the source.
type Lister interface {
	Source
	// Keys gives the key of every record that the stream has now.
	Keys(ctx context.Context, stream string, key func(string) error) error
}

// LogValue shows where the record stands and nothing of it.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.Loc.String()) }

// String returns where the record stands and nothing of it.
func (r Record) String() string { return r.Loc.String() }

// Value returns the value of a column; a null where the record has none.
func (r *Record) Value(name string) Value {
	if r.Header == nil {
		return Value{Null: true}
	}
	return r.At(r.Header.Index(name))
}

// At returns the value at a place of the header; a null where there is none.
func (r *Record) At(i int) Value {
	if i < 0 || i >= len(r.Values) {
		return Value{Null: true}
	}
	return r.Values[i]
}

// Seal sets the hash from the names and values.
func (r *Record) Seal() {
	r.Hash = r.sum()
}

func (r *Record) sum() [32]byte {
	size := 0
	for _, v := range r.Values {
		size += len(v.Raw) + 8
	}
	buf := make([]byte, 0, size+64)
	for i, v := range r.Values {
		if v.Null && v.List == nil {
			continue
		}
		buf = binary.AppendUvarint(buf, uint64(i)+1)
		if r.Header != nil && i < len(r.Header.names) {
			buf = appendText(buf, r.Header.names[i])
		}
		buf = appendValue(buf, v)
	}
	for _, d := range r.Documents {
		buf = append(buf, 3)
		buf = appendText(appendText(appendText(buf, string(d.Blob)), d.Column), d.Name)
		buf = appendText(buf, d.MD5)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Children)) {
		buf = appendText(append(buf, 4), name)
		for i := range r.Children[name] {
			c := &r.Children[name][i]
			sum := c.sum()
			buf = append(appendText(buf, c.Key), sum[:]...)
		}
	}
	return sha256.Sum256(buf)
}

func appendValue(buf []byte, v Value) []byte {
	switch {
	case v.Null:
		buf = append(buf, 0)
	case v.List != nil:
		buf = append(buf, 2)
	default:
		buf = append(buf, 1)
	}
	buf = appendText(buf, v.Raw)
	for _, e := range v.List {
		buf = appendValue(buf, e)
	}
	return buf
}

func appendText(buf []byte, s string) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(s)))
	return append(buf, s...)
}
