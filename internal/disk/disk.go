// Package disk does what the standard library leaves out when a file must
// survive a power cut: it replaces a file as a whole, brings a folder's entries
// to the disk, and says how much room is left.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Temporary is what the name of a file ends in while Replace writes it.
const Temporary = ".new"

// Replace puts content in place of the file at path, or makes it: afterwards
// the file has the old content or the new, whatever happens meanwhile, and the
// new is on the disk when Replace returns. Only this user may read it. Two
// callers at once for one path are the caller's fault. What a killed process
// left under the temporary name is written over.
//
// between is nil outside tests: it hears the name of each step before the step
// is taken.
func Replace(path string, content []byte, between func(step string)) error {
	if between == nil {
		between = func(string) {}
	}
	tmp := path + Temporary
	between("write")
	if err := write(tmp, content, between); err != nil {
		return errors.Join(err, Remove(tmp))
	}
	between("rename")
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(err, Remove(tmp))
	}
	between("sync folder")
	return SyncDir(filepath.Dir(path))
}

func write(path string, content []byte, between func(string)) error {
	// A file of that name could belong to somebody who may still read it.
	if err := Remove(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	half := len(content) / 2
	_, err = f.Write(content[:half])
	between("write the rest")
	if err == nil {
		_, err = f.Write(content[half:])
	}
	between("sync")
	return errors.Join(err, f.Sync(), f.Close())
}

// Remove removes a file; one that is not there is removed already.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SyncFile brings the content of a closed file to the disk.
func SyncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Size returns the size of a file in bytes, 0 for one that is not there.
func Size(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return info.Size(), nil
}

// ErrFree reports that the room on a disk is not known.
var ErrFree = fmt.Errorf("the free room on the disk is unknown: %w", errors.ErrUnsupported)
