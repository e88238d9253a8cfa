package vault

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
)

// SlotID names a slot of the key file: 16 hex digits, random.
type SlotID string

const slotIDLength = 16

// Kind says what opens a slot.
type Kind string

// The kinds of slots. There is one slot of Recovery, at most one of KeyFile.
const (
	Password Kind = "password"
	Recovery Kind = "recovery"
	KeyFile  Kind = "key-file"
)

// Slot is what may be told of a slot.
type Slot struct {
	ID   SlotID
	Kind Kind
}

// Slots lists the slots of the file, in no order that means anything. The file
// need not be unsealed.
func (v *Vault) Slots() []Slot {
	v.mu.RLock()
	defer v.mu.RUnlock()
	var all []Slot
	for _, s := range v.file.Slots {
		all = append(all, Slot{s.ID, s.Kind})
	}
	return all
}

func newSlotID() SlotID {
	b := make([]byte, slotIDLength/2)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return SlotID(hex.EncodeToString(b))
}

// newSlot wraps the master key under a secret.
func newSlot(kind Kind, secret, master Key) slot {
	id := newSlotID()
	return slot{ID: id, Kind: kind, Sealed: wrap(slotKey(kind, secret), master, string(kind), string(id))}
}

func slotKey(kind Kind, secret Key) Key {
	return derive(secret[:], nil, "casehub/vault-slot/"+string(kind)+"/v1")
}

// openSlot tries a secret on every slot of its kind, also after one has opened:
// the time does not tell which.
func openSlot(f file, kind Kind, secret Key) (id SlotID, master Key, err error) {
	key := slotKey(kind, secret)
	defer clear(key[:])
	found := false
	for _, s := range f.Slots {
		if s.Kind != kind {
			continue
		}
		if m, ok := unwrap(key, s.Sealed, string(kind), string(s.ID)); ok {
			id, master, found = s.ID, m, true
		}
	}
	if !found {
		return "", Key{}, ErrWrongSecret
	}
	return id, master, nil
}

// CheckPassword tells whose slot a login and a password open, without changing
// anything: it is the proof of a password. At most two are computed at one time;
// others wait until ctx ends. It fails with ErrWrongSecret and ErrSealed.
func (v *Vault) CheckPassword(ctx context.Context, login, password string) (SlotID, error) {
	v.mu.RLock()
	f, sealed := v.file, v.master == nil
	v.mu.RUnlock()
	if sealed {
		return "", ErrSealed
	}
	secret, err := v.stretch(ctx, f, login, password)
	if err != nil {
		return "", err
	}
	defer clear(secret[:])
	id, master, err := openSlot(f, Password, secret)
	clear(master[:])
	return id, err
}

// AddPassword makes a slot for a login with its password. What a password must
// be like is for those who keep the logins. It fails with ErrSealed.
func (v *Vault) AddPassword(ctx context.Context, login, password string) (SlotID, error) {
	return v.ReplacePassword(ctx, "", login, password)
}

// ReplacePassword makes a slot for a login with its password and removes the
// slot old in the same step; "" removes none, and one that is gone is no error.
// It fails with ErrSealed.
func (v *Vault) ReplacePassword(ctx context.Context, old SlotID, login, password string) (SlotID, error) {
	v.mu.RLock()
	f := v.file
	v.mu.RUnlock()
	if v.Sealed() {
		return "", ErrSealed
	}
	secret, err := v.stretch(ctx, f, login, password)
	if err != nil {
		return "", err
	}
	defer clear(secret[:])
	var id SlotID
	err = v.change(ctx, func(now *file, master Key) error {
		if now.Generation != f.Generation { // the salt is another since
			return ErrBusy
		}
		now.Slots = slices.DeleteFunc(now.Slots, func(s slot) bool { return s.ID == old && s.Kind == Password })
		s := newSlot(Password, secret, master)
		now.Slots, id = append(now.Slots, s), s.ID
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// RemoveSlot removes the slot of a password or of the key file. The recovery
// slot is only ever replaced. It fails with ErrSealed and ErrNoSlot. Whoever kept
// an older copy of the key file and knows the password has the master key
// still: against that there is Rekey.
func (v *Vault) RemoveSlot(ctx context.Context, id SlotID) error {
	return v.change(ctx, func(now *file, _ Key) error {
		before := len(now.Slots)
		now.Slots = slices.DeleteFunc(now.Slots, func(s slot) bool { return s.ID == id && s.Kind != Recovery })
		if len(now.Slots) == before {
			return ErrNoSlot
		}
		return nil
	})
}

// NewRecovery replaces the recovery words. The words before open nothing any
// more but older copies of the key file, and backups made until now.
func (v *Vault) NewRecovery(ctx context.Context) (Words, error) {
	words := NewWords()
	if err := v.SetRecovery(ctx, words); err != nil {
		return Words{}, err
	}
	return words, nil
}

// SetRecovery is NewRecovery for words that were made by NewWords, and perhaps
// shown, before: then no moment of a power cut can leave words that nobody saw.
func (v *Vault) SetRecovery(ctx context.Context, words Words) error {
	return v.change(ctx, func(now *file, master Key) error {
		now.Slots = slices.DeleteFunc(now.Slots, func(s slot) bool { return s.Kind == Recovery })
		now.Slots = append(now.Slots, words.slot(master))
		return nil
	})
}
