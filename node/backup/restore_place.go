package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"casehub/internal/disk"
	"casehub/internal/sqlite"
)

func (r *restoring) begin() error {
	if _, err := os.Lstat(filepath.Join(r.Data, vaultMember)); err == nil {
		return ErrNotEmpty
	}
	if _, err := os.Lstat(r.staging); err == nil {
		if err := r.clear(); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(r.Data)
	if err != nil {
		return local(err)
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != "lost+found" && !strings.HasPrefix(e.Name(), restoreLock) }) {
		return ErrNotEmpty
	}
	if err := os.Mkdir(r.staging, 0o700); err != nil {
		return local(err)
	}
	return nil
}

// clear removes all that a restore has put down, the sign of it last.
func (r *restoring) clear() error {
	var err error
	for _, name := range placed[:len(placed)-1] {
		for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
			err = errors.Join(err, os.RemoveAll(filepath.Join(r.Data, name+ending)))
		}
	}
	if err != nil {
		return local(err)
	}
	if err := os.RemoveAll(r.staging); err != nil {
		return local(err)
	}
	return nil
}

// placed are the parts of a node in the order in which they are put in place.
var placed = []string{filesFolder, caseKeysCopy, databaseCopy, vaultMember}

// placeKeys copies the case keys from the key they were put down under to the
// one that the node will open them with.
func (r *restoring) placeKeys(ctx context.Context) error {
	if r.keys == nil {
		return nil
	}
	key, err := r.vault.CaseKeysKey()
	if err != nil {
		return err
	}
	from := filepath.Join(r.staging, caseKeysCopy+".copy")
	err = sqlite.CopyClosed(ctx, from, r.reading.keysKey, filepath.Join(r.staging, caseKeysCopy), key)
	if err != nil {
		return local(err)
	}
	return nil
}

// finish puts the parts in their places and brings them to the disk, the key
// file last.
func (r *restoring) finish() error {
	r.vault.Seal()
	if r.other != nil {
		r.other.Seal()
	}
	for _, name := range placed {
		from := filepath.Join(r.staging, name)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := r.sync(from); err != nil {
			return local(err)
		}
		if name == vaultMember {
			if err := disk.SyncDir(r.Data); err != nil {
				return local(err)
			}
			r.stands = true
		}
		r.Between("place " + name)
		if err := os.Rename(from, filepath.Join(r.Data, name)); err != nil {
			return local(err)
		}
	}
	if err := disk.SyncDir(r.Data); err != nil {
		return local(err)
	}
	r.Between("tidy")
	if err := os.RemoveAll(r.staging); err != nil {
		return local(err)
	}
	return nil
}

// sync brings the folders of a part to the disk, and gives it to whoever has the
// node's folder, and to nobody else: a restore by the administrator must leave
// files that the node can open.
func (r *restoring) sync(path string) error {
	return filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := disk.GiveTo(path, r.Data); err != nil {
			return err
		}
		if d.IsDir() {
			return disk.SyncDir(path)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		if strings.HasSuffix(path, ".db") || d.Name() == vaultMember {
			return disk.SyncFile(path)
		}
		return nil // an attachment was brought to the disk when it was written
	})
}

func (r *restoring) close() error {
	if r.vault != nil {
		r.vault.Seal()
	}
	if r.other != nil {
		r.other.Seal()
	}
	if r.reading == nil {
		return nil
	}
	return r.reading.close()
}
