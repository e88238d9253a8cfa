package sqldump

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Limits that protect the machine.
const (
	maxValue   = 24 << 20 // bytes of one value, as it is written
	maxRow     = 32 << 20 // bytes of the values of one row
	maxColumns = 4096
	// Packed files may grow freely to bombFrom bytes, and beyond that by bombRatio.
	bombFrom  = 64 << 20
	bombRatio = 250
)

// form is how the text lies in a file.
type form struct {
	pack string // "", "gzip", "bzip2" or "zip"
	// wide decodes text whose bytes cannot be looked at one by one; nil for
	// encodings in which ASCII is ASCII.
	wide     encoding.Encoding
	wideName string
}

// seekable reports whether offsets in the text are offsets in the file.
func (f form) seekable() bool { return f.pack == "" && f.wide == nil }

// headSize is how much of the text is looked at to tell what it is.
const headSize = 64 << 10

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

// look tells what a file is by its first bytes. sqlite is true for a database
// file of SQLite.
func look(at place.Place, declared string) (f form, sqlite bool, err error) {
	head, err := firstBytes(at, f)
	if err != nil {
		return f, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte(sqliteMark)):
		return f, true, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		f.pack = "gzip"
	case bytes.HasPrefix(head, []byte("BZh")):
		f.pack = "bzip2"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		f.pack = "zip"
	}
	if f.pack != "" {
		if head, err = firstBytes(at, f); err != nil {
			return f, false, err
		}
	}
	for _, x := range foreign {
		if len(head) > x.at && bytes.HasPrefix(head[x.at:], []byte(x.bytes)) {
			return f, false, x.err
		}
	}
	f.wide, f.wideName = wideOf(head, declared)
	return f, false, nil
}

func firstBytes(at place.Place, f form) ([]byte, error) {
	r, err := open(at, f, 0, nil)
	if err != nil {
		return nil, err
	}
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], errors.Join(err, r.Close())
}

// wideOf finds UTF-16 by its mark or its NUL bytes, and takes declared encodings
// of more bytes a character.
func wideOf(head []byte, declared string) (encoding.Encoding, string) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16be"
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
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"
	case n > 8 && even*10 > n*3 && odd*20 < n:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"
	}
	return wideNamed(declared)
}

// wideNamed returns an encoding in which a backslash or quote may be the second
// byte of a character, by its name.
func wideNamed(name string) (encoding.Encoding, string) {
	switch strings.ToLower(name) {
	case "gbk", "gb2312", "gb18030", "big5", "shift_jis", "sjis", "cp932", "euc-kr":
		if strings.EqualFold(name, "cp932") {
			name = "sjis"
		}
		if e, err := htmlindex.Get(name); err == nil {
			return e, strings.ToLower(name)
		}
	}
	return nil, ""
}

// stream is the text of a file, from some offset on.
type stream struct {
	io.Reader
	closers []io.Closer
}

// Close closes what stands under the text.
func (t *stream) Close() error {
	var err error
	for _, c := range t.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

// open opens the text from an offset on. tee, when not nil, gets the bytes of the
// file.
func open(at place.Place, f form, from int64, tee io.Writer) (*stream, error) {
	file, err := at.Open()
	if err != nil {
		return nil, err
	}
	t := &stream{Reader: file, closers: []io.Closer{file}}
	if tee != nil {
		t.Reader = io.TeeReader(file, tee)
	}
	if f.seekable() {
		_, err := file.Seek(from, io.SeekStart)
		return t, t.closeOn(err)
	}
	if err := t.closeOn(t.unpack(file, f)); err != nil {
		return nil, err
	}
	if f.wide != nil {
		t.Reader = transform.NewReader(t.Reader, f.wide.NewDecoder())
	}
	_, err = io.CopyN(io.Discard, t.Reader, from)
	return t, t.closeOn(err)
}

func (t *stream) closeOn(err error) error {
	if err != nil {
		return errors.Join(err, t.Close())
	}
	return nil
}

// unpack puts the reader of the packed text on top.
func (t *stream) unpack(file place.File, f form) error {
	in := &counted{r: t.Reader}
	switch f.pack {
	case "gzip":
		z, err := gzip.NewReader(bufio.NewReaderSize(in, 64<<10))
		if err != nil {
			return place.Fault(err, adapters.ErrUnreadable.With("expected", "GZIP"))
		}
		t.closers = append(t.closers, z)
		t.Reader = &guarded{r: z, in: in}
	case "bzip2":
		t.Reader = &guarded{r: bzip2.NewReader(bufio.NewReaderSize(in, 64<<10)), in: in}
	case "zip":
		return t.unzip(file)
	}
	return nil
}

// unzip opens the only file of an archive, or its only one that is named .sql.
func (t *stream) unzip(file place.File) error {
	z, err := zip.NewReader(file, file.Size())
	if err != nil {
		return place.Fault(err, adapters.ErrUnreadable.With("expected", "ZIP"))
	}
	var found []*zip.File
	for _, e := range z.File {
		if strings.HasSuffix(strings.ToLower(e.Name), ".sql") || len(z.File) == 1 {
			found = append(found, e)
		}
	}
	if len(found) != 1 || found[0].Flags&1 != 0 {
		return adapters.ErrUnreadable.With("expected", "SQL")
	}
	r, err := found[0].Open()
	if err != nil {
		return place.Fault(err, adapters.ErrUnreadable.With("expected", "ZIP"))
	}
	t.closers = append(t.closers, r)
	t.Reader = &guarded{r: r, in: &counted{n: int64(found[0].CompressedSize64)}}
	return nil
}

// counted counts what was read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// guarded ends when a text grows out of all proportion to its file.
type guarded struct {
	r  io.Reader
	in *counted
	n  int64
}

func (g *guarded) Read(b []byte) (int, error) {
	n, err := g.r.Read(b)
	g.n += int64(n)
	if g.n > bombFrom && g.n > g.in.n*bombRatio {
		return 0, adapters.ErrBomb
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = place.Fault(err, adapters.ErrUnreadable.With("expected", "SQL"))
	}
	return n, err
}

// whole computes the SHA-256 of a file.
func whole(at place.Place) (hash.Hash, error) {
	f, err := at.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum, err
}
