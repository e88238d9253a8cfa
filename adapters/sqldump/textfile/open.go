package textfile

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/transform"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Limits that protect the machine.
const (
	// Packed files may grow freely to bombFrom bytes, and beyond that by bombRatio.
	bombFrom  = 64 << 20
	bombRatio = 250
)

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

// Open opens the text from an offset on. tee, when not nil, gets the bytes of the
// file.
func Open(at place.Place, f Form, from int64, tee io.Writer) (io.ReadCloser, error) {
	file, err := at.Open()
	if err != nil {
		return nil, err
	}
	t := &stream{Reader: file, closers: []io.Closer{file}}
	if tee != nil {
		t.Reader = io.TeeReader(file, tee)
	}
	if f.Seekable() {
		_, err := file.Seek(from, io.SeekStart)
		return t, t.closeOn(err)
	}
	if err := t.closeOn(t.unpack(file, f)); err != nil {
		return nil, err
	}
	if f.Wide != nil {
		t.Reader = transform.NewReader(t.Reader, f.Wide.NewDecoder())
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
func (t *stream) unpack(file place.File, f Form) error {
	if f.Pack == "tar" {
		if err := t.unpack(file, Form{Pack: f.Inner}); err != nil {
			return err
		}
		return t.untar(file, f)
	}
	in := &counted{r: t.Reader}
	switch f.Pack {
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

// untar finds the only file of an archive, or its only one that is named .sql: for that it
// is read once to its end.
func (t *stream) untar(file place.File, f Form) error {
	names, sql, err := listed(t.Reader)
	if err != nil {
		return err
	}
	want := ""
	switch {
	case slices.Contains(names, "toc.dat"):
		return adapters.ErrPgArchive
	case len(sql) == 1:
		want = sql[0]
	case len(names) == 1:
		want = names[0]
	default:
		return adapters.ErrUnreadable.With("expected", "SQL")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	t.Reader = file
	if err := t.unpack(file, Form{Pack: f.Inner}); err != nil {
		return err
	}
	r := tar.NewReader(t.Reader)
	for {
		h, err := r.Next()
		if err != nil {
			return place.Fault(err, adapters.ErrUnreadable.With("expected", "TAR"))
		}
		if h.Typeflag == tar.TypeReg && h.Name == want {
			t.Reader = r
			return nil
		}
	}
}

// maxListed is the most files of an archive.
const maxListed = 10_000

// listed lists the files of an archive, and those named .sql.
func listed(from io.Reader) (names, sql []string, err error) {
	r := tar.NewReader(from)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, sql, nil
		}
		if err != nil || len(names) > maxListed {
			return nil, nil, place.Fault(err, adapters.ErrUnreadable.With("expected", "TAR"))
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		names = append(names, h.Name)
		if strings.HasSuffix(strings.ToLower(h.Name), ".sql") {
			sql = append(sql, h.Name)
		}
	}
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

// Sum computes the SHA-256 of a file in hexadecimal.
func Sum(at place.Place) (string, error) {
	f, err := at.Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}
