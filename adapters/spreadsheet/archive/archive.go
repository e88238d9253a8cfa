// Package archive unpacks files that may have been made to do harm: one that points
// outside of its archive is refused, and so is one that grows out of all proportion.
//
// Archives of files are in archive.go, workbooks that are XML in a ZIP file in
// pack.go.
package archive

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
)

// MaxMembers is the number of files that an archive may have.
const MaxMembers = 20_000

// SafeFiles returns the files in an archive, folders aside. It fails with
// adapters.ErrUnsafeName when a name points outside of it or stands twice, and
// with adapters.ErrBomb when there are too many.
func SafeFiles(z *zip.Reader) ([]*zip.File, error) {
	if len(z.File) > MaxMembers {
		return nil, adapters.ErrBomb
	}
	seen := map[string]bool{}
	var all []*zip.File
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if strings.HasSuffix(name, "/") {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, ":\x00") || seen[name] {
			return nil, adapters.ErrUnsafeName
		}
		seen[name] = true
		all = append(all, f)
	}
	return all, nil
}

// Open opens a file of an archive. Reading it fails with adapters.ErrBomb when it
// grows out of all proportion, and with adapters.ErrUnreadable, which says what was
// expected, when it is damaged.
func Open(f *zip.File, expected string) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, place.Fault(err, adapters.ErrUnreadable.With("expected", expected))
	}
	return &bounded{ReadCloser: r, packed: int64(f.CompressedSize64), expected: expected}, nil //nolint:gosec // archive/zip bounds sizes by the file's
}

// Member opens a file of a ZIP file by the name that it has there, as Open does.
func Member(at place.Place, name string) (io.ReadCloser, error) {
	z, err := place.Zip(at)
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := Open(f, "ZIP")
		if err != nil {
			return nil, errors.Join(err, z.Close())
		}
		return Both{r, z}, nil
	}
	return nil, errors.Join(adapters.ErrUnreadable.With("expected", "ZIP"), z.Close())
}

// Both reads from one and closes the other.
type Both struct {
	io.Reader
	io.Closer
}

// Unpack opens what gzip packed, as Open does; anything else is given as it is.
func Unpack(f place.File) (io.ReadCloser, error) {
	head := make([]byte, 2)
	n, _ := f.ReadAt(head, 0)
	if n < 2 || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return f, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(place.Fault(err, adapters.ErrUnreadable.With("expected", "GZIP")), f.Close())
	}
	return Both{&bounded{ReadCloser: z, packed: f.Size(), expected: "GZIP"}, f}, nil
}

// bounded ends the reading of what grows out of all proportion: text of people
// packs to a tenth, a file that packs to a thousandth was made to do harm.
type bounded struct {
	io.ReadCloser
	packed   int64
	given    int64
	expected string
}

const (
	bombFloor = 32 << 20
	bombRatio = 250
)

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.given += int64(n)
	switch {
	case b.given > bombFloor && b.given > b.packed*bombRatio:
		return 0, adapters.ErrBomb
	case err != nil && !errors.Is(err, io.EOF):
		return n, place.Fault(err, adapters.ErrUnreadable.With("expected", b.expected))
	}
	return n, err
}
