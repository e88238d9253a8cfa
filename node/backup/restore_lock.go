package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"casehub/internal/disk"
	"casehub/internal/sqlite"
)

// alone keeps others from restoring into the same folder meanwhile. It fails with
// ErrRestoring.
func (r *restoring) alone(ctx context.Context) error {
	if err := os.MkdirAll(r.Data, 0o700); err != nil {
		return local(err)
	}
	path := filepath.Join(r.Data, restoreLock)
	for {
		before, err := touched(path)
		if err != nil {
			return local(err)
		}
		r.lock, err = sqlite.Lock(ctx, path)
		if errors.Is(err, sqlite.ErrLocked) {
			return ErrRestoring
		}
		if err != nil {
			return local(err)
		}
		// Whoever had the lock before may have removed the file: then this lock keeps
		// nobody out.
		if now, err := os.Lstat(path); err == nil && os.SameFile(before, now) {
			return nil
		}
		if err := r.lock.Unlock(); err != nil {
			return local(err)
		}
	}
}

// touched returns the file at path, which it makes where there is none.
func touched(path string) (fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// leave gives the folder free. The file goes while it is locked: afterwards it may
// be another's. Windows removes no file that is open.
func (r *restoring) leave() error {
	path := filepath.Join(r.Data, restoreLock)
	open := disk.Remove(path)
	err := r.lock.Unlock()
	if open != nil {
		_ = disk.Remove(path) // an empty file may stay: nobody minds it
	}
	return err
}
