package vault

import (
	"context"
)

// UnsealPassword opens the vault by a person's password and returns the slot. On
// an open vault it only checks. It fails with ErrWrongSecret and ErrTampered.
func (v *Vault) UnsealPassword(ctx context.Context, login, password string) (SlotID, error) {
	f, err := v.reread()
	if err != nil {
		return "", err
	}
	secret, err := v.stretch(ctx, f, login, password)
	if err != nil {
		return "", err
	}
	defer clear(secret[:])
	return v.unseal(f, Password, secret)
}

// UnsealRecovery opens the vault by the recovery words. It fails with
// ErrWrongSecret and ErrTampered.
func (v *Vault) UnsealRecovery(words Words) error {
	f, err := v.reread()
	if err != nil {
		return err
	}
	_, err = v.unseal(f, Recovery, words.entropy)
	return err
}

// UnsealKey opens the vault by the key of a key file. It fails with
// ErrWrongSecret and ErrTampered.
func (v *Vault) UnsealKey(key Key) error {
	f, err := v.reread()
	if err != nil {
		return err
	}
	_, err = v.unseal(f, KeyFile, key)
	return err
}

// reread reads the file again: another process may have changed a slot. It is held
// against what was seen before it was read: a change meanwhile makes it no older.
func (v *Vault) reread() (file, error) {
	v.mu.RLock()
	seen := v.file
	v.mu.RUnlock()
	f, err := read(v.path, v.weak)
	if err != nil {
		return file{}, err
	}
	return f, f.notBehind(seen)
}

// notBehind refuses a file that goes back behind one that this process has seen.
func (f file) notBehind(seen file) error {
	if f.Generation < seen.Generation || f.Revision < seen.Revision {
		return ErrTampered
	}
	return nil
}

// unseal takes the master key out of the slot that the secret opens.
func (v *Vault) unseal(f file, kind Kind, secret Key) (SlotID, error) {
	id, master, err := openSlot(f, kind, secret)
	if err != nil {
		return "", err
	}
	defer clear(master[:])
	if !f.genuine(master) {
		return "", ErrTampered
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if f.notBehind(v.file) != nil { // it was changed while the slot was opened, which may be gone
		if f, id, err = v.again(kind, secret, master); err != nil {
			return "", err
		}
	}
	if v.master != nil && f.Generation == v.file.Generation {
		v.file = f
		return id, nil
	}
	if v.master != nil { // another process has changed the master key under an open node
		return "", ErrBusy
	}
	kept := master
	v.file, v.master = f, &kept
	return id, nil
}

// again opens a slot in the file as it is now; nobody changes what this process
// knows of it meanwhile.
func (v *Vault) again(kind Kind, secret, want Key) (file, SlotID, error) {
	f, err := read(v.path, v.weak)
	if err != nil {
		return file{}, "", err
	}
	if err := f.notBehind(v.file); err != nil {
		return file{}, "", err
	}
	id, master, err := openSlot(f, kind, secret)
	if err != nil {
		return file{}, "", err
	}
	defer clear(master[:])
	if master != want || !f.genuine(master) {
		return file{}, "", ErrTampered
	}
	return f, id, nil
}
