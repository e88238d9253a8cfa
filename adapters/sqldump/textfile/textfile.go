// Package textfile finds the text in the file of a dump: what is packed is unpacked, what
// is written in more than one byte a character becomes UTF-8, and what is no dump is
// refused with what can be done about it.
//
// textfile.go tells what a file is, open.go opens its text.
package textfile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Form is how the text lies in a file.
type Form struct {
	Pack string // "", "gzip", "bzip2" or "zip"
	// Wide decodes text whose bytes cannot be looked at one by one; nil for
	// encodings in which ASCII is ASCII.
	Wide encoding.Encoding
}

// Seekable reports whether offsets in the text are offsets in the file.
func (f Form) Seekable() bool { return f.Pack == "" && f.Wide == nil }

// HeadSize is how much of the text is looked at to tell what it is.
const HeadSize = 64 << 10

// foreign are the first bytes of files that are no dump.
var foreign = []struct {
	at    int
	bytes string
	err   error
}{
	{0, "PGDMP", adapters.ErrPgArchive},
	{0, "TAPE\x00", adapters.ErrServerFile.With("program", "SQL Server, .bak")},
	{0, "\x01\x0f\x00\x00", adapters.ErrServerFile.With("program", "SQL Server, .mdf")},
	{0, "\xfe\x01\x09", adapters.ErrServerFile.With("program", "MySQL, .frm")},
	{0, "\xfe\xfe\x07", adapters.ErrServerFile.With("program", "MySQL, .MYI")},
	{4, "Standard Jet DB", adapters.ErrAccess},
	{4, "Standard ACE DB", adapters.ErrAccess},
	{0, "PGCOPY\n", adapters.ErrPgArchive},
	{0, "\xd0\xcf\x11\xe0", adapters.ErrOtherProgram.With("program", "Microsoft Office")},
	{0, "%PDF", adapters.ErrOtherProgram.With("program", "PDF")},
}

const sqliteMark = "SQLite format 3\x00"

// Look tells what a file is by its first bytes. sqlite is true for a database
// file of SQLite.
func Look(at place.Place, declared string) (f Form, sqlite bool, err error) {
	head, err := firstBytes(at, f)
	if err != nil {
		return f, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte(sqliteMark)):
		return f, true, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		f.Pack = "gzip"
	case bytes.HasPrefix(head, []byte("BZh")):
		f.Pack = "bzip2"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		f.Pack = "zip"
	}
	if f.Pack != "" {
		if head, err = firstBytes(at, f); err != nil {
			return f, false, err
		}
	}
	for _, x := range foreign {
		if len(head) > x.at && bytes.HasPrefix(head[x.at:], []byte(x.bytes)) {
			return f, false, x.err
		}
	}
	f.Wide = wideOf(head, declared)
	return f, false, nil
}

func firstBytes(at place.Place, f Form) ([]byte, error) {
	r, err := Open(at, f, 0, nil)
	if err != nil {
		return nil, err
	}
	head := make([]byte, HeadSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], errors.Join(err, r.Close())
}

// wideOf finds UTF-16 by its mark or its NUL bytes, and takes declared encodings
// of more bytes a character.
func wideOf(head []byte, declared string) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	odd, even := 0, 0
	for i, x := range head {
		if x == 0 && i%2 == 1 {
			odd++
		} else if x == 0 {
			even++
		}
	}
	switch n := len(head) / 2; {
	case n > 8 && odd*10 > n*3 && even*20 < n:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case n > 8 && even*10 > n*3 && odd*20 < n:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return WideNamed(declared)
}

// WideNamed returns an encoding in which a backslash or quote may be the second
// byte of a character, by its name; nil where there is none.
func WideNamed(name string) encoding.Encoding {
	switch strings.ToLower(name) {
	case "gbk", "gb2312", "gb18030", "big5", "shift_jis", "sjis", "cp932", "euc-kr":
		if strings.EqualFold(name, "cp932") {
			name = "sjis"
		}
		if e, err := htmlindex.Get(name); err == nil {
			return e
		}
	}
	return nil
}
