package tables

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"casehub/adapters"
)

// Charset reads the bytes of texts.
type Charset struct {
	// Name as people know it, "utf-8" or for example "windows-1252".
	Name  string
	table *[256]rune // nil for UTF-8
}

// charmaps are the encodings of one byte a character by their names.
var charmaps = map[string]*charmap.Charmap{
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254, "windows-1255": charmap.Windows1255,
	"windows-1256": charmap.Windows1256, "windows-1257": charmap.Windows1257, "windows-1258": charmap.Windows1258,
	"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2, "iso-8859-5": charmap.ISO8859_5, "iso-8859-6": charmap.ISO8859_6,
	"iso-8859-7": charmap.ISO8859_7, "iso-8859-8": charmap.ISO8859_8, "iso-8859-9": charmap.ISO8859_9, "iso-8859-13": charmap.ISO8859_13,
	"iso-8859-15": charmap.ISO8859_15, "koi8-r": charmap.KOI8R, "koi8-u": charmap.KOI8U, "cp437": charmap.CodePage437,
	"cp850": charmap.CodePage850, "cp852": charmap.CodePage852, "cp858": charmap.CodePage858, "cp866": charmap.CodePage866,
	"mac-roman": charmap.Macintosh, "mac-cyrillic": charmap.MacintoshCyrillic,
}

// otherNames are names that databases and people use. MySQL's latin1 is
// Windows-1252.
var otherNames = map[string]string{
	"utf8": "utf-8", "utf8mb3": "utf-8", "utf8mb4": "utf-8", "unicode": "utf-8", "ascii": "utf-8", "sql_ascii": "utf-8", "us-ascii": "utf-8",
	"latin1": "windows-1252", "cp1252": "windows-1252", "win1252": "windows-1252", "ansi": "windows-1252", "latin-1": "iso-8859-1",
	"latin2": "iso-8859-2", "latin5": "iso-8859-9", "latin7": "iso-8859-13", "latin9": "iso-8859-15", "greek": "iso-8859-7", "hebrew": "iso-8859-8",
	"cp1250": "windows-1250", "win1250": "windows-1250", "cp1251": "windows-1251", "win1251": "windows-1251", "win": "windows-1251",
	"cp1253": "windows-1253", "win1253": "windows-1253", "cp1254": "windows-1254", "win1254": "windows-1254", "cp1255": "windows-1255",
	"win1255": "windows-1255", "cp1256": "windows-1256", "win1256": "windows-1256", "cp1257": "windows-1257", "win1257": "windows-1257",
	"koi8r": "koi8-r", "koi8": "koi8-r", "koi8u": "koi8-u", "dos": "cp850", "macroman": "mac-roman", "macintosh": "mac-roman", "alt": "cp866",
}

// UTF8 is the charset of most.
var UTF8 = Charset{Name: "utf-8"}

// CharsetNamed returns a charset by one of its names, and whether there is one.
func CharsetNamed(name string) (Charset, bool) {
	n := strings.ToLower(strings.TrimSpace(name))
	if o, ok := otherNames[n]; ok {
		n = o
	}
	if rest, ok := strings.CutPrefix(n, "iso_8859_"); ok {
		n = "iso-8859-" + rest
	}
	if n == "utf-8" {
		return UTF8, true
	}
	m, ok := charmaps[n]
	if !ok {
		return Charset{}, false
	}
	var t [256]rune
	for i := range t {
		t[i] = m.DecodeByte(byte(i))
	}
	if n == "windows-1252" { // MySQL and browsers fill the five holes
		for _, b := range []byte{0x81, 0x8d, 0x8f, 0x90, 0x9d} {
			t[b] = rune(b)
		}
	}
	return Charset{Name: n, table: &t}, true
}

// western reads what is not UTF-8 where nothing else was declared.
var western, _ = CharsetNamed("windows-1252")

// Decoder turns bytes into texts and counts what was wrong with them.
type Decoder struct {
	Charset Charset
	// Sure is false where the charset was not declared: bytes that are not UTF-8
	// are then read as Windows-1252 and are no problem.
	Sure bool
	// KeepDouble leaves text that was encoded twice as it stands.
	KeepDouble bool
	Repaired   int64 // texts that had been encoded twice
	Guessed    int64 // texts read in a charset that nobody declared
}

// Text returns the text of bytes and what is wrong with it.
func (d *Decoder) Text(b []byte) (string, adapters.Code) {
	if plain(b) {
		return string(b), ""
	}
	if utf8.Valid(b) {
		// Bytes that are UTF-8 are hardly ever anything else: columns that are
		// declared latin1 often hold UTF-8.
		return d.once(string(b))
	}
	if d.Charset.table == nil {
		s := decode(b, western.table)
		d.Guessed++
		if d.Sure {
			return s, adapters.EncodingInvalid
		}
		return s, ""
	}
	s := decode(b, d.Charset.table)
	if strings.ContainsRune(s, utf8.RuneError) {
		return s, adapters.EncodingInvalid
	}
	return s, ""
}

// once undoes one encoding too many where the text shows it.
func (d *Decoder) once(s string) (string, adapters.Code) {
	if !Doubtful(s) {
		return s, ""
	}
	if d.KeepDouble {
		return s, adapters.MojibakeSuspected
	}
	if r, ok := Undouble(s); ok {
		d.Repaired++
		return r, ""
	}
	return s, adapters.MojibakeSuspected
}

func plain(b []byte) bool {
	for _, x := range b {
		if x >= 0x80 {
			return false
		}
	}
	return true
}

func decode(b []byte, table *[256]rune) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, x := range b {
		s.WriteRune(table[x])
	}
	return s.String()
}

// Doubtful reports text that shows UTF-8 read as Windows-1252 once before: "Ã©"
// for é, "Â " for a blank that does not break, "â€™" for an apostrophe.
func Doubtful(s string) bool {
	last := rune(0)
	for _, r := range s {
		if r == utf8.RuneError {
			return true
		}
		if _, trail := byteOf(r); trail && (last == 'Ã' || last == 'Â' || last == 'â' && (r == '€' || r == 0x80)) {
			return true
		}
		last = r
	}
	return false
}

// byteOf returns the Windows-1252 byte of a character above 0x7f, and whether
// it is one that follows another in UTF-8.
func byteOf(r rune) (byte, bool) {
	if r < 0x80 {
		return byte(r), false
	}
	if r < 0x100 && (r >= 0xa0 || western.table[r] == r) {
		return byte(r), r < 0xc0
	}
	for b := 0x80; b < 0xa0; b++ {
		if western.table[b] == r {
			return byte(b), true
		}
	}
	return 0, false
}

// Undouble undoes one encoding too many, and a second where it is still to be
// seen. It returns false when the text is not exactly that.
func Undouble(s string) (string, bool) {
	for range 3 {
		b := make([]byte, 0, len(s))
		for _, r := range s {
			c, _ := byteOf(r)
			if c == 0 && r != 0 {
				return "", false
			}
			b = append(b, c)
		}
		if !utf8.Valid(b) {
			return "", false
		}
		if s = string(b); !Doubtful(s) {
			return s, true
		}
	}
	return "", false
}
