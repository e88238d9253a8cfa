package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"casehub/internal/disk"
	"casehub/internal/sqlite"
)

// lockName is the file that keeps two processes from changing keys at once.
const lockName = "vault.lock"

// patience is how long a change waits for another process.
const patience = 5 * time.Second

// Create makes a new key file at path with a new master key, and with recovery
// words as the only way in so far. Zero params are Standard. It returns the vault
// unsealed. It fails with ErrExists and with ErrWeak.
func Create(ctx context.Context, path string, p Params, options ...Option) (*Vault, Words, error) {
	v := newVault(path, options)
	if p == (Params{}) {
		p = Standard
	}
	if err := p.check(v.weak); err != nil {
		return nil, Words{}, err
	}
	unlock, err := v.lock(ctx)
	if err != nil {
		return nil, Words{}, err
	}
	defer unlock()
	if _, err := os.Lstat(path); err == nil {
		return nil, Words{}, ErrExists
	}
	words, master := NewWords(), randomKey()
	salt := randomKey()
	f := file{Format: format, Generation: 1, Revision: 1, Salt: salt[:], Argon: p, Slots: []slot{words.slot(master)}}
	f = f.signed(master)
	if err := v.write(f); err != nil {
		return nil, Words{}, err
	}
	v.file, v.master = f, &master
	return v, words, nil
}

// Open reads the key file at path and returns the vault sealed. It first ends or
// takes back a change of the master key that was broken off. It fails with
// ErrMissing, ErrDamaged, ErrWeak and ErrBusy.
func Open(ctx context.Context, path string, options ...Option) (*Vault, error) {
	v := newVault(path, options)
	if _, err := os.Lstat(path); err != nil {
		_, err = read(path, v.weak)
		return nil, err
	}
	unlock, err := v.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := disk.Remove(path + disk.Temporary); err != nil {
		return nil, err
	}
	if err := settle(path, v.weak, v.step); err != nil {
		return nil, err
	}
	f, err := read(path, v.weak)
	if err != nil {
		return nil, err
	}
	v.file = f
	return v, nil
}

// lock keeps other processes and other goroutines from changing the files.
func (v *Vault) lock(ctx context.Context) (unlock func(), err error) {
	v.writing.Lock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		l, err := sqlite.Lock(ctx, filepath.Join(filepath.Dir(v.path), lockName))
		switch {
		case err == nil:
			return func() { _ = l.Unlock(); v.writing.Unlock() }, nil
		case !errors.Is(err, sqlite.ErrLocked):
			v.writing.Unlock()
			if full := v.room(64 << 10); full != nil { // a lock is a small file
				return nil, full
			}
			return nil, fmt.Errorf("locking the key file: %w", err)
		}
		select {
		case <-ctx.Done():
			v.writing.Unlock()
			return nil, ErrBusy
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// change changes the key file: fn gets a copy of the file as it is on the disk.
// It fails with ErrSealed, with ErrTampered, and with what fn returns.
func (v *Vault) change(ctx context.Context, fn func(now *file, master Key) error) error {
	unlock, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	master, err := v.open()
	if err != nil {
		return err
	}
	defer clear(master[:])
	now, err := v.reread()
	if err != nil {
		return err
	}
	if now.Generation != v.Generation() {
		return ErrBusy // another process has changed the master key
	}
	if !now.genuine(master) {
		return ErrTampered
	}
	now.Slots = slices.Clone(now.Slots)
	if err := fn(&now, master); err != nil {
		return err
	}
	now.Revision++
	now = now.signed(master)
	if err := v.write(now); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.file = now
	return nil
}

// Advance counts one more change of the key file, from a number that was counted
// before: after an older file was put back, the file is newer again than all that
// were. It fails with ErrSealed and ErrTampered.
func (v *Vault) Advance(ctx context.Context, from int) error {
	return v.change(ctx, func(now *file, _ Key) error {
		now.Revision = max(now.Revision, from)
		return nil
	})
}

// Mend puts the key file that this vault knows in the place of an older one of its
// own, and reports whether it had to: somebody has put a copy back while the vault
// was open. A newer one, by another process, is taken over. It fails with ErrSealed, and with ErrTampered where
// what stands there is no older copy of ours.
func (v *Vault) Mend(ctx context.Context) (bool, error) {
	unlock, err := v.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	master, err := v.open()
	if err != nil {
		return false, err
	}
	defer clear(master[:])
	there, err := read(v.path, v.weak)
	if err != nil {
		return false, err
	}
	v.mu.RLock()
	own := v.file
	v.mu.RUnlock()
	switch {
	case there.Generation > own.Generation:
		return false, ErrBusy // another process has changed the master key
	case there.Generation == own.Generation && !there.genuine(master):
		return false, ErrTampered
	case there.Generation == own.Generation && there.Revision >= own.Revision:
		v.mu.Lock()
		defer v.mu.Unlock()
		v.file = there
		return false, nil
	}
	return true, v.write(own)
}

// write puts f in place of the key file, after a look at whether it can be read
// again.
func (v *Vault) write(f file) error {
	b := f.encode()
	if again, err := parse(b, v.weak); err != nil || !bytes.Equal(again.MAC, f.MAC) {
		return errors.Join(errors.New("the new key file could not be read again"), err)
	}
	if err := disk.Replace(v.path, b, v.between); err != nil {
		if disk.Full(err) {
			return ErrDiskFull
		}
		return fmt.Errorf("writing the key file: %w", err)
	}
	return nil
}
