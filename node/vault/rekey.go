package vault

import (
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

// Rekeying says how the master key is changed.
type Rekeying struct {
	// Login and Password are those of the person who does it. Their slot stays,
	// under its name; the slots of all others go, because their passwords are not
	// known: they get new ones from a director.
	Login, Password string
	// Words are the recovery words from then on. They are made when left out; who
	// makes them with NewWords before can show them first.
	Words Words
	// KeyFile is the path of the key file of an unattended node, which gets a new
	// key; "" leaves no slot for one.
	KeyFile string
	// Databases names the files beside the vault under DatabaseKey. The case keys
	// are always among those that are copied.
	Databases []string
	// Progress hears how many bytes were copied of how many; nil is nobody.
	Progress func(done, total int64)
}

// spare is how much room has to be on the disk beyond the copies.
const spare = 16 << 20

// Rekey gives the node a new master key and everything under it anew: the
// databases, the case keys, the slots. Encrypted files stay as they are, under
// case keys that stay; what is written later gets new case keys.
//
// Nobody may have the databases or the case keys open; they are opened again
// afterwards with the new DatabaseKey. Until the new key file is in its place
// everything is as it was, and every failure leaves it so; from then on everything
// is new. A process that dies in between leaves a state file from which Open
// goes back or on.
//
// It fails with ErrSealed, ErrWrongSecret, ErrBusy and ErrDiskFull.
func (v *Vault) Rekey(ctx context.Context, r Rekeying) (Words, error) {
	unlock, err := v.lock(ctx)
	if err != nil {
		return Words{}, err
	}
	defer unlock()
	c, err := v.plan(ctx, r)
	if err != nil {
		return Words{}, err
	}
	defer c.forget()
	if err := c.prepare(ctx); err != nil {
		return Words{}, errors.Join(err, c.state.back(v.dir(), v.step))
	}
	if err := v.write(c.next); err != nil {
		// Whether the new file is in its place is for the disk to say.
		if settled := settle(v.path, v.weak, v.step); settled != nil || v.generationOnDisk() != c.next.Generation {
			return Words{}, errors.Join(err, settled)
		}
	}
	v.adopt(c)
	if err := c.state.on(v.dir(), v.step); err != nil {
		return Words{}, fmt.Errorf("putting the new databases in place (the next start ends it): %w", err)
	}
	if r.KeyFile != "" {
		v.step("key file")
		if err := writeKeyFile(r.KeyFile, c.fileKey); err != nil {
			return Words{}, err
		}
	}
	return c.words, nil
}

func (v *Vault) dir() string { return filepath.Dir(v.path) }

func (v *Vault) generationOnDisk() int {
	f, err := read(v.path, v.weak)
	if err != nil {
		return 0
	}
	return f.Generation
}

// adopt makes the new master key the one in use.
func (v *Vault) adopt(c *renewal) {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.master[:])
	kept := c.newMaster
	v.file, v.master = c.next, &kept
}

// renewal is one change of the master key under way.
type renewal struct {
	v                    *Vault
	how                  Rekeying
	oldMaster, newMaster Key
	fileKey              Key // of the unattended node, new
	words                Words
	next                 file
	state                state
	total, done          int64 // bytes to copy
}

func (c *renewal) forget() {
	clear(c.oldMaster[:])
	clear(c.newMaster[:])
	clear(c.fileKey[:])
}

// plan checks all that can be checked before anything is written.
func (v *Vault) plan(ctx context.Context, r Rekeying) (*renewal, error) {
	master, err := v.open()
	if err != nil {
		return nil, err
	}
	now, err := v.reread()
	if err != nil {
		return nil, err
	}
	if !now.genuine(master) {
		return nil, ErrTampered
	}
	c := &renewal{v: v, how: r, oldMaster: master, newMaster: randomKey(), fileKey: randomKey(), words: r.Words}
	if c.words == (Words{}) {
		c.words = NewWords()
	}
	if err := c.write(ctx, now); err != nil {
		return nil, err
	}
	return c, c.measure()
}

// write makes the next key file out of the present one.
func (c *renewal) write(ctx context.Context, now file) error {
	secret, err := c.v.stretch(ctx, now, c.how.Login, c.how.Password)
	if err != nil {
		return err
	}
	id, _, err := openSlot(now, Password, secret)
	if err != nil {
		return err
	}
	salt := randomKey()
	c.next = file{Format: format, Generation: now.Generation + 1, Revision: now.Revision + 1, Salt: salt[:], Argon: now.Argon}
	if secret, err = c.v.stretch(ctx, c.next, c.how.Login, c.how.Password); err != nil {
		return err
	}
	defer clear(secret[:])
	own := slot{ID: id, Kind: Password, Sealed: wrap(slotKey(Password, secret), c.newMaster, string(Password), string(id))}
	c.next.Slots = []slot{c.words.slot(c.newMaster), own}
	if c.how.KeyFile != "" {
		c.next.Slots = append(c.next.Slots, newSlot(KeyFile, c.fileKey, c.newMaster))
	}
	if c.next.Former, err = former(now, c.oldMaster, c.newMaster); err != nil {
		return err
	}
	c.next = c.next.signed(c.newMaster)
	return nil
}

// former wraps all earlier master keys under the new one.
func former(now file, old, next Key) ([][]byte, error) {
	under, was := derive(next[:], nil, formerPurpose), derive(old[:], nil, formerPurpose)
	all := [][]byte{wrap(under, old, "former", "")}
	for _, sealed := range now.Former {
		earlier, ok := unwrap(was, sealed, "former", "")
		if !ok {
			return nil, ErrTampered
		}
		all = append(all, wrap(under, earlier, "former", ""))
		clear(earlier[:])
	}
	return all[:min(len(all), maxFormer)], nil
}

// measure lists the files to copy and sees whether there is room for them.
func (c *renewal) measure() error {
	c.state = state{Format: stateFormat, From: c.next.Generation - 1, To: c.next.Generation}
	for _, name := range c.how.Databases {
		if !plainName(name) {
			return fmt.Errorf("%q is not a file beside the key file", name)
		}
		if _, err := os.Stat(filepath.Join(c.v.dir(), name)); err != nil {
			return fmt.Errorf("a database to copy: %w", err)
		}
		c.state.Files = append(c.state.Files, name)
	}
	if _, err := os.Stat(filepath.Join(c.v.dir(), CaseKeysName)); err == nil && !slices.Contains(c.state.Files, CaseKeysName) {
		c.state.Files = append(c.state.Files, CaseKeysName)
	}
	for _, name := range c.state.Files {
		for _, ending := range []string{"", "-wal"} {
			n, err := disk.Size(filepath.Join(c.v.dir(), name+ending))
			if err != nil {
				return err
			}
			c.total += n
		}
	}
	return c.v.room(c.total + c.total/20 + spare)
}

// room fails with ErrDiskFull when fewer than need bytes may be written.
func (v *Vault) room(need int64) error {
	free, err := v.free(v.dir())
	if errors.Is(err, disk.ErrFree) {
		return nil // the copies will tell
	}
	if err != nil {
		return fmt.Errorf("asking for the room on the disk: %w", err)
	}
	if free < need {
		return ErrDiskFull
	}
	return nil
}

// prepare writes everything that is new beside what is in use.
func (c *renewal) prepare(ctx context.Context) error {
	if err := c.state.write(c.v.dir(), c.v.between); err != nil {
		return err
	}
	for _, name := range c.state.Files {
		c.v.step("copy " + name)
		if err := c.copy(ctx, name); err != nil {
			return err
		}
	}
	c.v.step("sync the copies")
	if err := disk.SyncDir(c.v.dir()); err != nil {
		return err
	}
	if c.how.KeyFile == "" {
		return nil
	}
	c.v.step("both keys")
	return c.bothKeys()
}

// bothKeys puts the new key beside the one that opens the present file, so that
// an unattended node starts whichever of the two files is in its place.
func (c *renewal) bothKeys() error {
	keys, err := ReadKeyFile(c.how.KeyFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	now, err := read(c.v.path, c.v.weak)
	if err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k Key) bool {
		_, _, err := openSlot(now, KeyFile, k)
		return err != nil
	})
	return writeKeyFile(c.how.KeyFile, append(keys, c.fileKey)...)
}

// copy copies one database under its new key, holds the copy against it, and
// brings it to the disk.
func (c *renewal) copy(ctx context.Context, name string) error {
	path := filepath.Join(c.v.dir(), name)
	size, err := disk.Size(path)
	if err != nil {
		return err
	}
	purpose := "casehub/database/v1"
	if name == CaseKeysName {
		purpose = caseKeysPurpose
	}
	was, will := derive(c.oldMaster[:], nil, purpose), derive(c.newMaster[:], nil, purpose)
	stop := c.watch(path+copied, size)
	err = sqlite.CopyClosed(ctx, path, sqlite.Key(was), path+copied, sqlite.Key(will))
	stop()
	switch {
	case errors.Is(err, sqlite.ErrLocked):
		return ErrBusy
	case errors.Is(err, sqlite.ErrFull), disk.Full(err), err != nil && ctx.Err() == nil && c.v.room(size) != nil:
		return ErrDiskFull // some systems tell it by another error
	case err != nil:
		return fmt.Errorf("copying %s under the new key: %w", name, err)
	}
	c.done += size
	c.tell(0)
	c.v.step("sync " + name)
	return disk.SyncFile(path + copied)
}

func (c *renewal) tell(more int64) {
	if c.how.Progress != nil {
		c.how.Progress(min(c.done+more, c.total), c.total)
	}
}

// watch tells how a copy grows until stop is called.
func (c *renewal) watch(path string, size int64) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				if n, err := disk.Size(path); err == nil {
					c.tell(min(n, size))
				}
			}
		}
	}()
	return func() { close(quit); <-ended }
}
