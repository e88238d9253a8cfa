package spreadsheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"casehub/adapters"
)

// encoding turns the bytes of a file into text.
type encoding struct {
	name string
	// table has the character of each byte; nil for UTF-8 and UTF-16, which are
	// turned into UTF-8 before lines are cut.
	table *[256]rune
	wide  unicode.Endianness
	utf16 bool
}

// charmaps are the single-byte encodings by their usual names. Those before
// the empty name are tried when nothing is declared.
var charmaps = []struct {
	name string
	m    *charmap.Charmap
}{
	{"windows-1252", charmap.Windows1252},
	{"windows-1250", charmap.Windows1250},
	{"windows-1251", charmap.Windows1251},
	{"windows-1253", charmap.Windows1253},
	{"cp850", charmap.CodePage850},
	{"cp437", charmap.CodePage437},
	{"mac-roman", charmap.Macintosh},
	{"iso-8859-2", charmap.ISO8859_2},
	{"iso-8859-5", charmap.ISO8859_5},
	{"iso-8859-7", charmap.ISO8859_7},
	{"koi8-r", charmap.KOI8R},
	{"cp866", charmap.CodePage866},
	{"", nil},
	{"iso-8859-1", charmap.ISO8859_1},
	{"iso-8859-9", charmap.ISO8859_9},
	{"iso-8859-15", charmap.ISO8859_15},
	{"windows-1254", charmap.Windows1254},
	{"windows-1257", charmap.Windows1257},
	{"cp852", charmap.CodePage852},
	{"cp858", charmap.CodePage858},
	{"mac-cyrillic", charmap.MacintoshCyrillic},
}

// otherNames are further names that people know encodings by.
var otherNames = map[string]string{
	"cp1252": "windows-1252", "cp1250": "windows-1250", "cp1251": "windows-1251", "cp1253": "windows-1253",
	"cp1254": "windows-1254", "cp1257": "windows-1257", "ansi": "windows-1252", "latin1": "iso-8859-1",
	"latin-1": "iso-8859-1", "latin2": "iso-8859-2", "latin9": "iso-8859-15", "macintosh": "mac-roman",
	"macroman": "mac-roman", "mac": "mac-roman", "ibm850": "cp850", "ibm437": "cp437", "dos": "cp850",
	"utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16", "unicode": "utf-16",
}

// encodingNamed returns an encoding by one of its names.
func encodingNamed(name string) (encoding, error) {
	n := strings.ToLower(strings.TrimSpace(name))
	if o, ok := otherNames[n]; ok {
		n = o
	}
	switch n {
	case "utf-8":
		return encoding{name: n}, nil
	case "utf-16", "utf-16le":
		return encoding{name: n, utf16: true, wide: unicode.LittleEndian}, nil
	case "utf-16be":
		return encoding{name: n, utf16: true, wide: unicode.BigEndian}, nil
	}
	for _, c := range charmaps {
		if c.name == n && n != "" {
			return encoding{name: n, table: tableOf(c.m)}, nil
		}
	}
	return encoding{}, fmt.Errorf("there is no encoding %q", name)
}

func tableOf(m *charmap.Charmap) *[256]rune {
	var t [256]rune
	for i := range t {
		t[i] = m.DecodeByte(byte(i))
	}
	return &t
}

// choose settles the encoding of a file: the mark first, then NUL bytes, then
// valid UTF-8, then what was declared, then the guess.
func choose(declared, language string, f *survey) (encoding, string, error) {
	for _, sure := range []string{f.bom, f.wide} {
		if sure != "" {
			e, err := encodingNamed(sure)
			return e, "encoding " + e.name + ": the file is marked so", err
		}
	}
	if f.utf8 && (declared == "" || !f.ascii) {
		e, err := encodingNamed("utf-8")
		return e, "encoding utf-8: all bytes are", err
	}
	if declared != "" {
		e, err := encodingNamed(declared)
		return e, "encoding " + e.name + ": declared", err
	}
	name := guess(f.words, language)
	e, err := encodingNamed(name)
	return e, "encoding " + name + ": guessed, declare it to be sure", err
}

// reader returns the file as bytes in which lines can be cut: UTF-16 becomes
// UTF-8, a byte order mark goes.
func (e encoding) reader(r io.Reader) io.Reader {
	if e.utf16 {
		return transform.NewReader(r, unicode.UTF16(e.wide, unicode.UseBOM).NewDecoder())
	}
	b := bufio.NewReaderSize(r, 64<<10)
	if mark, err := b.Peek(3); err == nil && e.table == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	return b
}

// text returns the text of a line and what is wrong with it. A line that is not
// in the encoding is read as the likely other one: old files hold rows pasted
// in from elsewhere.
func (e encoding) text(b []byte) (string, adapters.Code) {
	if isASCII(b) {
		return string(b), ""
	}
	valid := utf8.Valid(b)
	switch {
	case e.table == nil && valid:
		s := string(b)
		return s, doubtful(s)
	case e.table == nil:
		return decode(b, fallback), adapters.EncodingInvalid
	case valid:
		return string(b), adapters.MojibakeSuspected
	}
	s := decode(b, e.table)
	if strings.ContainsRune(s, utf8.RuneError) {
		return s, adapters.EncodingInvalid
	}
	return s, doubtful(s)
}

// fallback reads the rows of a UTF-8 file that are not UTF-8.
var fallback = tableOf(charmap.Windows1252)

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
