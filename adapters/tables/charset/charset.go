// Package charset turns the bytes of columns into texts. What is UTF-8 is taken for
// that whatever was declared, because columns that are declared latin1 often hold it;
// a text that was encoded twice is put right where nothing else can be meant.
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"casehub/adapters"
)

// Set is a set of characters with the bytes that they are written in.
type Set struct {
	// Name as people know it, "utf-8" or for example "windows-1252".
	Name  string
	table *[256]rune        // of one byte a character
	wide  encoding.Encoding // of several; neither for UTF-8
}

// Backslash reports a set in which the second byte of a letter may be that of a backslash.
func (s Set) Backslash() bool { return s.wide != nil && s.Name != "euc-jp" && s.Name != "euc-kr" }

// charmaps are the encodings of one byte a character by their names.
var charmaps = map[string]*charmap.Charmap{
	"windows-874": charmap.Windows874, "windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254, "windows-1255": charmap.Windows1255,
	"windows-1256": charmap.Windows1256, "windows-1257": charmap.Windows1257, "windows-1258": charmap.Windows1258,
	"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2, "iso-8859-5": charmap.ISO8859_5, "iso-8859-6": charmap.ISO8859_6,
	"iso-8859-7": charmap.ISO8859_7, "iso-8859-8": charmap.ISO8859_8, "iso-8859-9": charmap.ISO8859_9, "iso-8859-13": charmap.ISO8859_13,
	"iso-8859-15": charmap.ISO8859_15, "koi8-r": charmap.KOI8R, "koi8-u": charmap.KOI8U, "cp437": charmap.CodePage437,
	"cp850": charmap.CodePage850, "cp852": charmap.CodePage852, "cp858": charmap.CodePage858, "cp866": charmap.CodePage866,
	"mac-roman": charmap.Macintosh, "mac-cyrillic": charmap.MacintoshCyrillic,
}

// wides are the encodings of several bytes a character.
var wides = map[string]encoding.Encoding{
	"shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "gbk": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030,
	"big5": traditionalchinese.Big5, "euc-kr": korean.EUCKR,
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
	"sjis": "shift_jis", "cp932": "shift_jis", "shift-jis": "shift_jis", "ujis": "euc-jp", "eucjpms": "euc-jp", "gb2312": "gbk", "cp936": "gbk", "euckr": "euc-kr",
	"tis620": "windows-874",
}

// UTF8 is the set of most.
var UTF8 = Set{Name: "utf-8"}

// Named returns a set by one of its names, and whether there is one.
func Named(name string) (Set, bool) {
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
	if e, ok := wides[n]; ok {
		return Set{Name: n, wide: e}, true
	}
	m, ok := charmaps[n]
	if !ok {
		return Set{}, false
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
	return Set{Name: n, table: &t}, true
}

// western reads what is not UTF-8 where nothing else was declared.
var western, _ = Named("windows-1252")

// Declared returns the decoder of texts whose encoding something declares: in an encoding
// that nobody here knows, what is not UTF-8 is a problem.
func (d Decoder) Declared(name string) Decoder {
	d.Set, _ = Named(name)
	d.Sure = true
	return d
}

// Decoder turns bytes into texts.
type Decoder struct {
	Set Set
	// Sure is false where the set was not declared: bytes that are not UTF-8
	// are then read as Windows-1252 and are no problem.
	Sure bool
	// KeepDouble leaves text that was encoded twice as it stands.
	KeepDouble bool
}

// Text returns the text of bytes and what is wrong with it.
func (d Decoder) Text(b []byte) (string, adapters.Code) {
	if plain(b) {
		return string(b), ""
	}
	if d.Set.wide != nil { // letters of two bytes may well look like UTF-8
		if s, err := d.Set.wide.NewDecoder().String(string(b)); err == nil && !strings.ContainsRune(s, utf8.RuneError) {
			return s, ""
		}
	}
	if utf8.Valid(b) {
		// Bytes that are UTF-8 are hardly ever anything else: columns that are
		// declared latin1 often hold UTF-8.
		return d.once(string(b))
	}
	if d.Set.table == nil {
		s := decode(b, western.table)
		if d.Sure || d.Set.wide != nil {
			return s, adapters.EncodingInvalid
		}
		return s, ""
	}
	s := decode(b, d.Set.table)
	if strings.ContainsRune(s, utf8.RuneError) {
		return s, adapters.EncodingInvalid
	}
	return s, ""
}

// once undoes one encoding too many where the text shows it.
func (d Decoder) once(s string) (string, adapters.Code) {
	if !doubtful(s) {
		return s, ""
	}
	if d.KeepDouble {
		return s, adapters.MojibakeSuspected
	}
	if r, ok := undouble(s); ok {
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
