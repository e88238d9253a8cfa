package archive

import (
	"archive/zip"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Pack is a document of many files in a ZIP file. Names in it count whatever the
// case of their letters, with slashes.
type Pack struct {
	files    map[string]*zip.File
	closer   io.Closer
	expected string
}

// OpenPack opens a document, and closes f with it. It fails with
// adapters.ErrUnreadable, which says what was expected, for what is no ZIP file.
func OpenPack(f place.File, expected string) (*Pack, error) {
	z, err := zip.NewReader(f, f.Size())
	if err != nil {
		return nil, errors.Join(place.Fault(err, adapters.ErrUnreadable.With("expected", expected)), f.Close())
	}
	k := &Pack{files: map[string]*zip.File{}, closer: f, expected: expected}
	for _, e := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(e.Name, "\\", "/"), "/"))
		if _, twice := k.files[name]; !twice {
			k.files[name] = e
		}
	}
	return k, nil
}

// Close closes the ZIP file.
func (k *Pack) Close() error { return k.closer.Close() }

// Broken is the error for a document that is damaged.
func (k *Pack) Broken() error { return adapters.ErrUnreadable.With("expected", k.expected) }

// Has reports a file of the document.
func (k *Pack) Has(name string) bool { return k.files[strings.ToLower(name)] != nil }

// Open opens a file of the document, as the function of that name does.
func (k *Pack) Open(name string) (io.ReadCloser, error) {
	f := k.files[strings.ToLower(name)]
	if f == nil {
		return nil, k.Broken()
	}
	return Open(f, k.expected)
}
