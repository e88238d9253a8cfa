package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"casehub/internal/disk"
)

const (
	// stateName is the file that stands beside the key file while the master key
	// is changed.
	stateName = "rekey.json"
	// stateFormat names its form.
	stateFormat = "casehub-rekey/1"
	// copied is what the name of a database ends in until it takes the place of
	// the one before.
	copied = ".rekey"
)

// state says which change of the master key is under way. It holds no secret:
// which key file is in its place decides what becomes of the copies.
type state struct {
	Format string   `json:"format"`
	From   int      `json:"from"` // generation before
	To     int      `json:"to"`   // generation after
	Files  []string `json:"files"`
}

func (s state) write(dir string, between func(string)) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := s.clean(dir); err != nil {
		return err
	}
	if err := disk.Replace(filepath.Join(dir, stateName), append(b, '\n'), between); err != nil {
		if disk.Full(err) {
			return ErrDiskFull
		}
		return fmt.Errorf("writing the state of the re-key: %w", err)
	}
	return nil
}

// readState returns nil when no change is under way.
func readState(dir string) (*state, error) {
	b, err := os.ReadFile(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the state of the re-key: %w", err)
	}
	var s state
	if len(b) > maxFile || json.Unmarshal(b, &s) != nil || s.Format != stateFormat || s.To != s.From+1 {
		return nil, ErrDamaged
	}
	for _, name := range s.Files {
		if !plainName(name) {
			return nil, ErrDamaged
		}
	}
	return &s, nil
}

// plainName reports whether a name is that of a file in the same folder.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && filepath.Base(name) == name && filepath.IsLocal(name)
}

// settle ends a change of the master key that was broken off: on when the new
// key file is in its place, back when the old one is. Doing it again does no
// harm, so it may be broken off as well.
func settle(path string, weak bool, step func(string)) error {
	dir := filepath.Dir(path)
	if err := disk.Remove(filepath.Join(dir, stateName) + disk.Temporary); err != nil {
		return err
	}
	s, err := readState(dir)
	if err != nil || s == nil {
		return err
	}
	f, err := read(path, weak)
	switch {
	case err != nil:
		return err
	case f.Generation == s.From:
		return s.back(dir, step)
	case f.Generation == s.To:
		return s.on(dir, step)
	}
	return ErrDamaged
}

// back removes the copies and then the state.
func (s state) back(dir string, step func(string)) error {
	step("take back the copies")
	if err := s.clean(dir); err != nil {
		return err
	}
	return s.end(dir, step)
}

// clean removes the copies.
func (s state) clean(dir string) error {
	for _, name := range s.Files {
		for _, ending := range []string{"-journal", "-wal", "-shm", ""} {
			if err := disk.Remove(filepath.Join(dir, name+copied+ending)); err != nil {
				return fmt.Errorf("removing a copy: %w", err)
			}
		}
	}
	return nil
}

// on puts the copies in the place of the databases and removes the state. A
// copy that is not there any more is in its place already.
func (s state) on(dir string, step func(string)) error {
	for _, name := range s.Files {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path + copied); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		step("place " + name)
		for _, ending := range []string{"-journal", "-wal", "-shm"} { // of the one before
			if err := disk.Remove(path + ending); err != nil {
				return fmt.Errorf("removing an old journal: %w", err)
			}
		}
		step("rename " + name)
		if err := os.Rename(path+copied, path); err != nil {
			return fmt.Errorf("putting a new database in place: %w", err)
		}
	}
	step("sync the folder")
	if err := disk.SyncDir(dir); err != nil {
		return err
	}
	return s.end(dir, step)
}

func (s state) end(dir string, step func(string)) error {
	step("remove the state")
	if err := disk.Remove(filepath.Join(dir, stateName)); err != nil {
		return fmt.Errorf("removing the state of the re-key: %w", err)
	}
	return disk.SyncDir(dir)
}
