// Package files finds the files that tables or other texts are in: one file, several
// in a folder, in a ZIP file or under a pattern, packed or not. What a file is, its
// bytes say; its ending is asked only where a folder or an archive holds other things
// too.
//
// Files are listed in list.go, told apart in kind.go, and opened in files.go. Sources
// of texts that are no tables use texts.go.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/charset"
	"casehub/internal/errs"
)

// File is one file with tables: the file that was named, one of several in a
// folder, or one inside a ZIP file.
type File struct {
	Name   string // without the folder
	Member string // name inside the ZIP file; "" for the file itself
	Kind   Kind
	Facts  *charset.Facts // after Survey
	Empty  bool           // after Survey: there is not a byte in it
	at     place.Place
}

// maxPacked is the most bytes of a workbook inside a ZIP or GZIP file.
const maxPacked = 64 << 20

// Survey reads the whole file once, unpacked.
func (f *File) Survey(ctx context.Context) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if f.Facts, err = charset.Survey(ctx, r); err != nil {
		return err
	}
	if f.Kind == Text && f.Member == "" { // gzip is told by its content
		f.Kind, err = kindOfHead(f.Facts.Head)
	}
	if f.Kind != Text && f.Kind != HTML {
		f.Facts.Words = nil
	}
	f.Empty, f.Facts.Head = len(f.Facts.Head) == 0, nil
	return err
}

// Open opens the content, unpacked.
func (f *File) Open() (io.ReadCloser, error) {
	if f.Member != "" {
		return archive.Member(f.at, f.Member)
	}
	r, err := f.at.Open()
	if err != nil {
		return nil, err
	}
	return archive.Unpack(r)
}

// Whole opens the content for reading at any place: the file itself, or a packed
// one in memory. It fails with adapters.ErrTooLarge beyond 64 MiB of the latter.
func (f *File) Whole() (place.File, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	if plain, ok := r.(place.File); ok {
		return plain, nil
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxPacked+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxPacked {
		return nil, adapters.ErrTooLarge.With("megabytes", maxPacked>>20)
	}
	return place.Bytes(f.Name, b).Open()
}

// Fits reports a name that a pattern means, whatever the case of its letters.
func (f *File) Fits(pattern string) bool {
	for _, name := range []string{f.Name, strings.ReplaceAll(f.Member, "\\", "/"), f.at.Name()} {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); err == nil && ok && name != "" {
			return true
		}
	}
	return false
}

// FullName returns the name inside the ZIP file, or that of the file.
func (f *File) FullName() string {
	if f.Member != "" {
		return f.Member
	}
	return f.Name
}

// Pattern returns the pattern that fits this file alone.
func (f *File) Pattern() string {
	return strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\").Replace(f.FullName())
}

// Fingerprint returns the SHA-256 of the content of files that were surveyed, in
// hexadecimal.
func Fingerprint(all []*File) string {
	if len(all) == 1 {
		return all[0].Facts.Fingerprint
	}
	sum := sha256.New()
	for _, f := range all {
		fmt.Fprintf(sum, "%s\x00%s\x00%s\n", f.Name, f.Member, f.Facts.Fingerprint)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Named adds the name of the file to an error that a person can do something
// about and that does not name one.
func Named(err error, file string) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	if _, named := e.Args()["file"]; named {
		return e
	}
	return e.With("file", file)
}
