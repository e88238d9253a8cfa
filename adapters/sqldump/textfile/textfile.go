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
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Form is how the text lies in a file.
type Form struct {
	Pack  string // "", "gzip", "bzip2", "zip" or "tar"
	Inner string // how the whole archive is packed, as Pack
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
	{0, "PGCOPY\n", adapters.ErrServerFile.With("program", "Postgres, COPY BINARY")},
	{0, "\xfd7zXZ\x00", adapters.ErrPacked.With("program", "xz")},
	{0, "\x28\xb5\x2f\xfd", adapters.ErrPacked.With("program", "zstd")},
	{0, "7z\xbc\xaf\x27\x1c", adapters.ErrPacked.With("program", "7-Zip")},
	{0, "Rar!\x1a\x07", adapters.ErrPacked.With("program", "RAR")},
	{0, "\x04\x22\x4d\x18", adapters.ErrPacked.With("program", "lz4")},
	{0, "\xd0\xcf\x11\xe0", adapters.ErrOtherProgram.With("program", "Microsoft Office")},
	{0, "%PDF", adapters.ErrOtherProgram.With("program", "PDF")},
}

const sqliteMark = "SQLite format 3\x00"

// Look tells what a file is by its first bytes. sqlite is true for a database
// file of SQLite.
func Look(at place.Place) (f Form, sqlite bool, err error) {
	if folder, _ := at.Folder(); folder {
		return f, false, folderOf(at)
	}
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
	if tarred(head) {
		f.Inner, f.Pack = f.Pack, "tar"
		if head, err = firstBytes(at, f); err != nil {
			return f, false, err
		}
	}
	if len(head) == 0 {
		return f, false, adapters.ErrEmptyFile
	}
	for _, x := range foreign {
		if len(head) > x.at && bytes.HasPrefix(head[x.at:], []byte(x.bytes)) {
			return f, false, x.err
		}
	}
	f.Wide = wideOf(head)
	return f, false, nil
}

// folderOf says what a folder is: pg_dump writes one with -Fd.
func folderOf(at place.Place) error {
	inside, err := at.Inside()
	if err == nil && slices.ContainsFunc(inside, func(p place.Place) bool { return p.Name() == "toc.dat" }) {
		return adapters.ErrPgArchive
	}
	return adapters.ErrUnreadable.With("expected", "SQL")
}

// tarred reports an archive of tar by its first bytes.
func tarred(head []byte) bool {
	return len(head) > 262 && string(head[257:262]) == "ustar"
}

// NoDump says why there is no table in a text: what it is instead, as far as its first
// bytes tell.
func NoDump(at place.Place, f Form) error {
	head, err := firstBytes(at, f)
	if err != nil {
		return err
	}
	odd := 0
	for _, x := range head {
		if x < ' ' && x != '\t' && x != '\n' && x != '\r' && x != '\f' && x != 0x1a {
			odd++
		}
	}
	switch {
	case odd*20 > len(head) && f.Wide == nil:
		return adapters.ErrUnknownFile
	case bytes.Contains(head, []byte("<mysqldump")), bytes.Contains(head, []byte("<resultset")), columned(head):
		return adapters.ErrNoSQL
	}
	return adapters.ErrNoTables
}

// columned reports lines that all have the same number of tabs.
func columned(head []byte) bool {
	lines := bytes.Split(head, []byte("\n"))
	if len(lines) < 3 {
		return false
	}
	tabs := bytes.Count(lines[0], []byte("\t"))
	for _, l := range lines[1 : len(lines)-1] {
		if bytes.Count(l, []byte("\t")) != tabs {
			return false
		}
	}
	return tabs > 0
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

// wideOf finds UTF-16 by its mark or its NUL bytes.
func wideOf(head []byte) encoding.Encoding {
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
	return nil
}
