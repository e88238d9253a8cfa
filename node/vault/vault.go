// Package vault keeps the keys of a node: one random master key, the slots that
// open it, and what is derived from it or kept under it.
//
// The key file, vault.json, holds the master key once for each slot: a slot for
// each person's password, one for the recovery words, and at most one for a key
// file. The file names nobody. It carries a code made with the master key, so
// whoever unseals notices a slot or a setting that somebody else put in. A slot
// is also the only proof of a password: there is no second hash of it anywhere.
//
// The master key lives in memory from Unseal to Seal. Everything else comes from
// it by Derive and is never stored: the database's key, the key of the case
// keys, the backup's. CaseKeys keeps a key for each case, Files the encrypted
// attachments under them. Rekey changes the master key, and with it the database.
//
// The file's form is in file.go, slots in slots.go, recovery words in words.go,
// shares of them in shares.go, case keys in casekeys.go and sql.go, attachments
// in files.go, and the change of the master key in rekey.go and recover.go.
package vault

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"casehub/internal/disk"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
)

// Errors that the outside tells apart.
var (
	// ErrSealed reports an operation that needs the master key.
	ErrSealed = errs.New(errs.Unavailable, "vault.sealed")
	// ErrWrongSecret reports a password, words or a key that open no slot.
	ErrWrongSecret = errs.New(errs.Forbidden, "vault.wrong-secret")
	// ErrMissing reports that there is no key file.
	ErrMissing = errs.New(errs.NotFound, "vault.missing")
	// ErrExists reports a key file where a new one was to be made.
	ErrExists = errs.New(errs.Conflict, "vault.exists")
	// ErrDamaged reports a key file that is not as a node writes it.
	ErrDamaged = errs.New(errs.Conflict, "vault.damaged")
	// ErrTampered reports a key file that opens and was changed by somebody who
	// does not have the master key, or is older than one already seen.
	ErrTampered = errs.New(errs.Conflict, "vault.tampered")
	// ErrWeak reports a cost of passwords below what a node accepts, or above
	// what a computer can bear.
	ErrWeak = errs.New(errs.Invalid, "vault.weak")
	// ErrNoSlot reports a slot that is not there.
	ErrNoSlot = errs.New(errs.NotFound, "vault.no-slot")
	// ErrBusy reports another process that works on the same files.
	ErrBusy = errs.New(errs.Conflict, "vault.busy")
	// ErrDiskFull reports too little room on the disk. Nothing was changed.
	ErrDiskFull = errs.New(errs.Unavailable, "vault.disk-full")
)

// Key is 32 secret bytes. It never shows itself.
type Key [32]byte

// hidden is what every secret shows of itself.
const hidden = "key(hidden)"

// String hides the key.
func (Key) String() string { return hidden }

// GoString hides the key.
func (Key) GoString() string { return hidden }

// Format hides the key under every verb.
func (Key) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the key.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText hides the key.
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Vault is the key file of one node, sealed or open. It is safe for use by
// several goroutines.
type Vault struct {
	path string
	weak bool
	turn chan struct{} // a place for each computation of a password at one time
	took func() func() // nil outside tests: hears a place taken and given back

	writing sync.Mutex // one change of the file at a time
	mu      sync.RWMutex
	file    file
	master  *Key // nil while sealed

	free    func(dir string) (int64, error) // the room on the disk
	between func(step string)               // nil outside tests: hears each step before it is taken
}

// Format shows nothing of a vault but that it is one.
func (v *Vault) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("vault")) }

// LogValue shows nothing of a vault but that it is one.
func (v *Vault) LogValue() slog.Value { return slog.StringValue("vault") }

// MarshalJSON shows nothing of a vault but that it is one.
func (v *Vault) MarshalJSON() ([]byte, error) { return []byte(`"vault"`), nil }

// Option changes how a vault is opened.
type Option func(*Vault)

// AllowWeak accepts passwords that cost next to nothing to try. It is for tests
// alone: no setting of a program leads to it.
func AllowWeak() Option { return func(v *Vault) { v.weak = true } }

func newVault(path string, options []Option) *Vault {
	v := &Vault{path: path, turn: make(chan struct{}, atOnce), free: disk.Free}
	for _, o := range options {
		o(v)
	}
	return v
}

// Sealed reports whether the master key is away.
func (v *Vault) Sealed() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.master == nil
}

// Seal wipes the master key. Keys that were derived and databases that are open
// stay with those who hold them.
func (v *Vault) Seal() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.master != nil {
		clear(v.master[:])
		v.master = nil
	}
}

// Path returns where the key file is.
func (v *Vault) Path() string { return v.path }

// Generation counts the master keys of this node, from 1.
func (v *Vault) Generation() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.file.Generation
}

// Revision counts the changes of the key file, over all generations. Who
// remembers the last one outside the file notices an older copy put back.
func (v *Vault) Revision() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.file.Revision
}

// DatabaseKey returns the key of the node's database. It fails with ErrSealed.
func (v *Vault) DatabaseKey() (sqlite.Key, error) {
	k, err := v.Derive("casehub/database/v1")
	return sqlite.Key(k), err
}

// Derive returns the key for a purpose, for example "casehub/backup/v1". Keys of
// different purposes tell nothing of each other. It fails with ErrSealed.
func (v *Vault) Derive(purpose string) (Key, error) {
	m, err := v.open()
	if err != nil {
		return Key{}, err
	}
	defer clear(m[:])
	return derive(m[:], nil, purpose), nil
}

// Former returns the keys of a purpose under the master keys before this one,
// the newest first: for reading what was encrypted before a re-key. It fails
// with ErrSealed.
func (v *Vault) Former(purpose string) ([]Key, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.master == nil {
		return nil, ErrSealed
	}
	var keys []Key
	for _, sealed := range v.file.Former {
		old, ok := unwrap(derive(v.master[:], nil, formerPurpose), sealed, "former", "")
		if !ok {
			return nil, ErrTampered
		}
		keys = append(keys, derive(old[:], nil, purpose))
		clear(old[:])
	}
	return keys, nil
}

// open returns a copy of the master key.
func (v *Vault) open() (Key, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.master == nil {
		return Key{}, ErrSealed
	}
	return *v.master, nil
}

// step tells a test that a step comes next.
func (v *Vault) step(name string) {
	if v.between != nil {
		v.between(name)
	}
}

// wait takes one of the places for costly computations.
func (v *Vault) wait(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case v.turn <- struct{}{}:
		if v.took != nil {
			back := v.took()
			return func() { back(); <-v.turn }, nil
		}
		return func() { <-v.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
