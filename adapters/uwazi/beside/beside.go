// Package beside finds the documents that stand beside a table: in the ZIP file or folder
// that it is in. A name that a table has for one is matched to what is there; one that
// points anywhere else names none.
package beside

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
)

// Files are what stands beside a table, nothing where the table is a file alone.
type Files struct {
	at     place.Place
	folder bool
	packed bool              // an archive or a folder
	names  map[string]string // name as a table may write it → as it stands
}

// maxDocument is the size of a document that is opened.
const maxDocument = 256 << 20

// Look lists the files at a place. It fails with adapters.ErrUnsafeName when one
// in an archive points outside of it.
func Look(at place.Place) (*Files, error) {
	folder, err := at.Folder()
	if err != nil {
		return nil, err
	}
	f := &Files{at: at, folder: folder, names: map[string]string{}}
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
	all, err := archive.SafeFiles(z.Reader)
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
func (f *Files) list() error {
	f.packed = true
	all, err := f.at.Inside()
	for _, e := range all {
		f.names[e.Name()] = e.Name()
	}
	return err
}

// Packed reports an archive or a folder.
func (f *Files) Packed() bool { return f.packed }

// Table returns the pattern of the file that is the table: import.csv, as Uwazi
// wants it, or else any CSV file; "" where the table is a file alone.
func (f *Files) Table() string {
	switch {
	case !f.packed:
		return ""
	case f.names["import.csv"] != "":
		return "import.csv"
	}
	return "*.csv"
}

// Find returns the name of a document that a table names. A name that points
// anywhere but to a file here is none.
func (f *Files) Find(name string) (string, bool) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "\\", "/")
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", false
	}
	have, ok := f.names[path.Clean(name)]
	return have, ok && have != ""
}

// Open opens a document by the name that a table has for it. It fails with
// adapters.ErrBlob where there is none.
func (f *Files) Open(name string) (io.ReadCloser, error) {
	have, ok := f.Find(name)
	switch {
	case !ok || !f.packed:
		return nil, adapters.ErrBlob
	case f.folder:
		return f.inFolder(have)
	}
	return place.Member(f.at, have, maxDocument)
}

// inFolder opens a document of a folder.
func (f *Files) inFolder(name string) (io.ReadCloser, error) {
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
