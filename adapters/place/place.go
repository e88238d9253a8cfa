// Package place says where the file of a source lies: on this computer, or kept
// elsewhere in a way that only its keeper can open, for example sealed. A source
// reads either alike, and of what is kept nothing is ever written in the clear.
//
// A folder, and a pattern such as register*.csv, can only be on this computer.
package place

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/errs"
)

// Content is what a keeper opens: bytes that can be read at any place. Readers ask
// for many small pieces, so a keeper that opens piece by piece holds the last one.
type Content interface {
	io.ReaderAt
	io.Closer
}

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
	Size() int64 // bytes
}

// Place is where a file, or a folder or pattern of files, lies. The zero Place is
// nowhere.
type Place struct {
	path string // on this computer; "" for what is kept elsewhere
	name string
	size int64
	open func() (Content, error)
}

// On is the file, folder or pattern at a path of this computer.
func On(path string) Place { return Place{path: path, name: filepath.Base(path)} }

// Kept is one file that is kept elsewhere: its name, which stands in locators and
// errors, its size in bytes, and how it is opened, which may be done several times
// at once. Reading it fails with adapters.ErrKept when its keeper fails or gives
// less than the size.
func Kept(name string, size int64, open func() (Content, error)) Place {
	name = filepath.Base(filepath.FromSlash(strings.ReplaceAll(name, "\\", "/")))
	return Place{name: name, size: size, open: open}
}

// Bytes is content in memory that must not lie on a disk, for example because it
// was deciphered.
func Bytes(name string, content []byte) Place {
	return Kept(name, int64(len(content)), func() (Content, error) { return held{bytes.NewReader(content)}, nil })
}

type held struct{ *bytes.Reader }

func (held) Close() error { return nil }

// Name returns the name without the folder; "" of nowhere.
func (p Place) Name() string { return p.name }

// Nowhere reports the zero Place.
func (p Place) Nowhere() bool { return p.path == "" && p.open == nil }

// Path returns the path on this computer. It fails with adapters.ErrNotHere for
// what is kept elsewhere.
func (p Place) Path() (string, error) {
	if p.path == "" {
		return "", adapters.ErrNotHere.With("file", p.name)
	}
	return p.path, nil
}

// Beside returns a file by its path from the folder that the place is in. It fails
// with adapters.ErrNotHere for what is kept elsewhere.
func (p Place) Beside(name string) (Place, error) {
	path, err := p.Path()
	if err != nil {
		return Place{}, err
	}
	if filepath.IsAbs(name) {
		return On(name), nil
	}
	return On(filepath.Join(filepath.Dir(path), name)), nil
}

// Pattern reports a name that may stand for several.
func (p Place) Pattern() bool { return p.path != "" && strings.ContainsAny(p.name, "*?[") }

// Folder reports a folder. It fails where there is nothing by that path.
func (p Place) Folder() (bool, error) {
	if p.open != nil {
		return false, nil
	}
	info, err := os.Stat(p.path)
	return err == nil && info.IsDir(), err
}

// Inside lists the files of a folder in the order of their names; what is no plain
// file is left out.
func (p Place) Inside() ([]Place, error) {
	path, err := p.Path()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	var all []Place
	for _, e := range entries {
		if e.Type().IsRegular() {
			all = append(all, On(filepath.Join(path, e.Name())))
		}
	}
	return all, err
}

// Matching lists the files that fit a pattern in the order of their names.
func (p Place) Matching() []Place {
	found, err := filepath.Glob(p.path)
	if err != nil {
		return nil
	}
	slices.Sort(found)
	var all []Place
	for _, f := range found {
		all = append(all, On(f))
	}
	return all
}

// Open opens the file. Whoever opened it closes it.
func (p Place) Open() (File, error) {
	if p.open == nil {
		return openHere(p.path)
	}
	content, err := p.open()
	if err != nil {
		return nil, Fault(err, adapters.ErrKept.With("file", p.name))
	}
	return kept{io.NewSectionReader(watched{content, p}, 0, p.size), content}, nil
}

// here is a file of this computer.
type here struct {
	*os.File
	size int64
}

func openHere(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return here{f, info.Size()}, nil
}

// Size returns the size that the file had when it was opened.
func (h here) Size() int64 { return h.size }

// kept is an open file of a keeper.
type kept struct {
	*io.SectionReader
	content io.Closer
}

// Close closes what the keeper opened.
func (k kept) Close() error { return k.content.Close() }

// watched holds a keeper to the size that it told.
type watched struct {
	content Content
	place   Place
}

// ReadAt fails with adapters.ErrKept, or with the keeper's own error where that has
// a code.
func (w watched) ReadAt(b []byte, at int64) (int, error) {
	n, err := w.content.ReadAt(b, at)
	if n = min(max(n, 0), len(b)); n == len(b) {
		return n, nil
	}
	if errors.Is(err, io.EOF) && at+int64(n) == w.place.size {
		return n, io.EOF
	}
	return n, Fault(err, adapters.ErrKept.With("file", w.place.name))
}

// Fault returns an error that a person can do something about: err where it is one,
// as that of a keeper that fails, and otherwise the one that the reader of a format
// has for bytes that it cannot read.
func Fault(err, otherwise error) error {
	if errs.As(err) != nil {
		return err
	}
	return otherwise
}
