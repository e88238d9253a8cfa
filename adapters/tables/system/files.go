package system

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"casehub/adapters"
)

// OpenBelow opens a document that lies in a folder or below it, and nothing that
// lies elsewhere, whatever its name or a link says.
func OpenBelow(dir string, b adapters.Blob) (io.ReadCloser, error) {
	if dir == "" || !fs.ValidPath(string(b)) || b == "." {
		return nil, adapters.ErrBlob
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, adapters.ErrBlob
	}
	defer root.Close()
	f, err := root.Open(string(b))
	if err != nil {
		return nil, adapters.ErrBlob
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(adapters.ErrBlob, f.Close())
	}
	return f, nil
}
