package uwazi

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
)

// files are what stands beside the table in an archive or a folder.
type files struct {
	at     place.Place
	folder bool
	packed bool              // an archive or a folder
	names  map[string]string // name as a table may write it → as it stands
}

// maxDocument is the size of a document that is opened.
const maxDocument = 256 << 20

// filesOf lists the files at a place. It fails with adapters.ErrUnsafeName when one
// in an archive points outside of it.
func filesOf(at place.Place) (*files, error) {
	folder, err := at.Folder()
	if err != nil {
		return nil, err
	}
	f := &files{at: at, folder: folder, names: map[string]string{}}
	if f.folder {
		return f, f.list()
	}
	z, err := place.Zip(at)
	if errors.Is(err, adapters.ErrUnreadable) {
		return f, nil // a table alone, or what the reader of tables will refuse
	}
	if err != nil {
		return nil, err
	}
	defer z.Close()
	all, err := spreadsheet.SafeFiles(z.Reader)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		f.packed = true
		f.names[strings.ReplaceAll(e.Name, "\\", "/")] = e.Name
	}
	return f, nil
}

// list lists a folder, without what is in folders inside it.
func (f *files) list() error {
	f.packed = true
	all, err := f.at.Inside()
	for _, e := range all {
		f.names[e.Name()] = e.Name()
	}
	return err
}

// table returns the pattern of the file that is the table: import.csv, as Uwazi
// wants it, or else any CSV file.
func (f *files) table() string {
	switch {
	case !f.packed:
		return ""
	case f.names["import.csv"] != "":
		return "import.csv"
	}
	return "*.csv"
}

// find returns the name of a document that a table names. A name that points
// anywhere but to a file here is none.
func (f *files) find(name string) (string, bool) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "\\", "/")
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", false
	}
	have, ok := f.names[path.Clean(name)]
	return have, ok && have != ""
}

// open opens a document by the name that a table has for it.
func (f *files) open(name string) (io.ReadCloser, error) {
	have, ok := f.find(name)
	switch {
	case !ok || !f.packed:
		return nil, adapters.ErrBlob
	case f.folder:
		return f.inFolder(have)
	}
	z, err := place.Zip(f.at)
	if err != nil {
		return nil, place.Fault(err, adapters.ErrBlob)
	}
	for _, e := range z.File {
		if e.Name != have {
			continue
		}
		if e.UncompressedSize64 > maxDocument {
			return nil, errors.Join(adapters.ErrTooLarge.With("file", f.at.Name()).With("megabytes", maxDocument>>20), z.Close())
		}
		r, err := e.Open()
		if err != nil {
			break
		}
		return member{io.LimitReader(r, maxDocument), r, z}, nil
	}
	return nil, errors.Join(adapters.ErrBlob, z.Close())
}

// inFolder opens a document of a folder.
func (f *files) inFolder(name string) (io.ReadCloser, error) {
	dir, err := f.at.Path()
	if err != nil {
		return nil, err
	}
	r, err := os.OpenInRoot(dir, name)
	if err != nil {
		return nil, adapters.ErrBlob
	}
	return r, nil
}

// member is an open file of an archive.
type member struct {
	io.Reader
	file    io.Closer
	archive io.Closer
}

func (m member) Close() error { return errors.Join(m.file.Close(), m.archive.Close()) }
