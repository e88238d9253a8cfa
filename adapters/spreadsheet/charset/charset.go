// Package charset turns the bytes of a file that nobody knows the encoding of
// into text.
//
// A file is read once as a whole, which Survey does; Choose settles the encoding by
// what was seen and declared, in the order that adapters/README.md gives. A line in
// another encoding than its file is read all the same and said to be so.
//
// The encodings are in charset.go by their names in names.go, the reading of the whole file in survey.go, and
// the guess by how words read in guess.go.
package charset

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"

	"casehub/adapters"
)

// Encoding turns the bytes of a file into text.
type Encoding struct {
	name string
	// table has the character of each byte; nil for the others, which are turned into
	// UTF-8 before lines are cut.
	table *[256]rune
	// through decodes what has several bytes a character; nil for UTF-8.
	through encoding.Encoding
	wide    bool // through takes every character as two bytes or four
}

// Named returns an encoding by one of its names, as "windows-1252" or "latin1".
func Named(name string) (Encoding, error) {
	n := strings.ToLower(strings.TrimSpace(name))
	if o, ok := otherNames[n]; ok {
		n = o
	}
	if e, ok := wideOnes[n]; ok {
		return Encoding{name: n, through: e, wide: true}, nil
	}
	if n == "utf-8" {
		return Encoding{name: n}, nil
	}
	for _, c := range charmaps {
		if c.name == n && n != "" {
			return Encoding{name: n, table: tableOf(c.m)}, nil
		}
	}
	if e, err := htmlindex.Get(n); err == nil {
		if m, ok := e.(*charmap.Charmap); ok {
			return Encoding{name: n, table: tableOf(m)}, nil
		}
		return Encoding{name: n, through: e}, nil
	}
	return Encoding{}, fmt.Errorf("there is no encoding %q; its name is like windows-1252, cp850, utf-16 or gb18030", name)
}

func tableOf(m *charmap.Charmap) *[256]rune {
	var t [256]rune
	for i := range t {
		t[i] = m.DecodeByte(byte(i))
	}
	return &t
}

// Choose settles the encoding of a file: the mark first, then NUL bytes, then
// valid UTF-8, then what was declared, then the guess, which the language that most
// words are in (ISO 639-1) helps. It says why as well.
func Choose(declared, language string, f *Facts) (Encoding, string, error) {
	for _, sure := range []string{f.bom, f.wide} {
		if sure != "" {
			e, err := Named(sure)
			return e, "encoding " + e.name + ": the file is marked so", err
		}
	}
	if f.utf8 && (declared == "" || !f.ascii) {
		e, err := Named("utf-8")
		return e, "encoding utf-8: all bytes are", err
	}
	if declared != "" {
		e, err := Named(declared)
		return e, "encoding " + e.name + ": declared", err
	}
	name := guess(f.Words, language)
	e, err := Named(name)
	return e, "encoding " + name + ": guessed, declare it to be sure", err
}

// OneByte reports an encoding of one byte a character.
func (e Encoding) OneByte() bool { return e.table != nil }

// Reader returns the file as bytes in which lines can be cut: what has several bytes
// a character becomes UTF-8, a byte order mark goes.
func (e Encoding) Reader(r io.Reader) io.Reader {
	if e.through != nil {
		return transform.NewReader(r, e.through.NewDecoder())
	}
	b := bufio.NewReaderSize(r, 64<<10)
	if mark, err := b.Peek(3); err == nil && e.table == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	return b
}

// Text returns the text of a line and what is wrong with it. A line that is not
// in the encoding is read as the likely other one: old files hold rows pasted
// in from elsewhere.
func (e Encoding) Text(b []byte) (string, adapters.Code) {
	if isASCII(b) {
		return string(b), ""
	}
	valid := utf8.Valid(b)
	switch {
	case e.table == nil && valid:
		s := string(b)
		return s, doubtful(s)
	case e.table == nil:
		return Western.Decode(b), adapters.EncodingInvalid
	case valid:
		return string(b), adapters.MojibakeSuspected
	}
	s := decode(b, e.table)
	if strings.ContainsRune(s, utf8.RuneError) {
		return s, adapters.EncodingInvalid
	}
	return s, doubtful(s)
}

// Western reads what says nothing of its encoding and is not UTF-8, as a row pasted
// into a file or an old workbook: it is Windows-1252.
var Western = Encoding{name: "windows-1252", table: tableOf(charmap.Windows1252)}

// Decode returns the text of bytes in an encoding of one byte a character; in any
// other they are taken for text.
func (e Encoding) Decode(b []byte) string {
	if e.table == nil {
		return string(b)
	}
	return decode(b, e.table)
}

// Characters returns what is read in an encoding of one byte a character in UTF-8; in
// any other it is given as it is.
func (e Encoding) Characters(r io.Reader) io.Reader {
	if e.table == nil {
		return r
	}
	return &tableReader{r: r, table: e.table}
}

// Declared returns the rest of a text that has said its encoding, as XML does, in
// UTF-8. What could be read so far is not written in two bytes a character, whatever
// it says.
func (e Encoding) Declared(r io.Reader) io.Reader {
	if e.through != nil && !e.wide {
		return transform.NewReader(r, e.through.NewDecoder())
	}
	return e.Characters(r)
}

// tableReader decodes bytes by a table.
type tableReader struct {
	r     io.Reader
	table *[256]rune
	rest  []byte
}

func (t *tableReader) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		buf := make([]byte, 4096)
		n, err := t.r.Read(buf)
		if n == 0 {
			return 0, err
		}
		t.rest = []byte(decode(buf[:n], t.table))
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

func decode(b []byte, table *[256]rune) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, x := range b {
		if x < 0x80 {
			s.WriteByte(x)
		} else {
			s.WriteRune(table[x])
		}
	}
	return s.String()
}

// doubtful reports text that shows UTF-8 read as Windows-1252 once before: "Ã©"
// for é, or "â€™" for an apostrophe.
func doubtful(s string) adapters.Code {
	last := rune(0)
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			return adapters.EncodingInvalid
		case last == 'Ã' && r >= 0x80 && r <= 0xBF, last == 'â' && r == '€':
			return adapters.MojibakeSuspected
		}
		last = r
	}
	return ""
}
