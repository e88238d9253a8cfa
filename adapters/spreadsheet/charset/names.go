package charset

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// charmaps are the single-byte encodings by their usual names. Those before
// the empty name are tried when nothing is declared, with further letters that are
// typical where one is meant.
var charmaps = []struct {
	name string
	m    *charmap.Charmap
	also string
}{
	{"windows-1252", charmap.Windows1252, ""},
	{"windows-1250", charmap.Windows1250, ""},
	{"windows-1251", charmap.Windows1251, ""},
	{"windows-1253", charmap.Windows1253, ""},
	{"cp850", charmap.CodePage850, ""},
	{"cp437", charmap.CodePage437, ""},
	{"mac-roman", charmap.Macintosh, ""},
	{"iso-8859-2", charmap.ISO8859_2, ""},
	{"iso-8859-5", charmap.ISO8859_5, ""},
	{"iso-8859-7", charmap.ISO8859_7, ""},
	{"koi8-r", charmap.KOI8R, ""},
	{"cp866", charmap.CodePage866, ""},
	{"windows-1254", charmap.Windows1254, "ğışĞİŞ"},
	{"windows-1256", charmap.Windows1256, ""},
	{"", nil, ""},
	{"iso-8859-1", charmap.ISO8859_1, ""},
	{"iso-8859-3", charmap.ISO8859_3, ""},
	{"iso-8859-4", charmap.ISO8859_4, ""},
	{"iso-8859-6", charmap.ISO8859_6, ""},
	{"iso-8859-8", charmap.ISO8859_8, ""},
	{"iso-8859-9", charmap.ISO8859_9, ""},
	{"iso-8859-10", charmap.ISO8859_10, ""},
	{"iso-8859-13", charmap.ISO8859_13, ""},
	{"iso-8859-14", charmap.ISO8859_14, ""},
	{"iso-8859-15", charmap.ISO8859_15, ""},
	{"iso-8859-16", charmap.ISO8859_16, ""},
	{"windows-874", charmap.Windows874, ""},
	{"windows-1255", charmap.Windows1255, ""},
	{"windows-1257", charmap.Windows1257, ""},
	{"windows-1258", charmap.Windows1258, ""},
	{"koi8-u", charmap.KOI8U, ""},
	{"cp852", charmap.CodePage852, ""},
	{"cp855", charmap.CodePage855, ""},
	{"cp858", charmap.CodePage858, ""},
	{"cp860", charmap.CodePage860, ""},
	{"cp862", charmap.CodePage862, ""},
	{"cp863", charmap.CodePage863, ""},
	{"cp865", charmap.CodePage865, ""},
	{"mac-cyrillic", charmap.MacintoshCyrillic, ""},
}

// wideOnes are the encodings of two or four bytes a character.
var wideOnes = map[string]encoding.Encoding{
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
}

// otherNames are further names that people know encodings by, beside those of the web.
var otherNames = map[string]string{
	"cp1252": "windows-1252", "cp1250": "windows-1250", "cp1251": "windows-1251", "cp1253": "windows-1253",
	"cp1254": "windows-1254", "cp1255": "windows-1255", "cp1256": "windows-1256", "cp1257": "windows-1257", "cp1258": "windows-1258",
	"cp874": "windows-874", "ansi": "windows-1252", "latin1": "iso-8859-1",
	"latin-1": "iso-8859-1", "latin2": "iso-8859-2", "latin5": "iso-8859-9", "latin9": "iso-8859-15", "macintosh": "mac-roman",
	"macroman": "mac-roman", "mac": "mac-roman", "ibm850": "cp850", "ibm437": "cp437", "ibm852": "cp852", "ibm860": "cp860", "dos": "cp850",
	"utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16", "unicode": "utf-16", "utf32": "utf-32",
	"cp936": "gbk", "cp932": "shift_jis", "cp949": "euc-kr", "cp950": "big5", "sjis": "shift_jis", "gb2312": "gbk",
}
