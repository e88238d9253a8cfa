package vault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// ErrNoLockedKey reports a file that holds no key that LockKey locked.
var ErrNoLockedKey = errors.New("this file holds no locked key")

// maxLockedKey is the largest file of a locked key, in bytes.
const maxLockedKey = 4096

// LockKey writes the seed of an Ed25519 key that its owner carries, locked by a
// password: a file of the age program, which opens it as well.
func LockKey(key ed25519.PrivateKey, password string) ([]byte, error) {
	r, err := age.NewScryptRecipient(password)
	if err != nil {
		return nil, fmt.Errorf("locking a key: %w", err)
	}
	var file bytes.Buffer
	a := armor.NewWriter(&file)
	w, err := age.Encrypt(a, r)
	if err != nil {
		return nil, fmt.Errorf("locking a key: %w", err)
	}
	_, err = w.Write(key.Seed())
	if err := errors.Join(err, w.Close(), a.Close()); err != nil {
		return nil, fmt.Errorf("locking a key: %w", err)
	}
	return file.Bytes(), nil
}

// UnlockKey reads what LockKey wrote. It fails with ErrWrongSecret and with
// ErrNoLockedKey.
func UnlockKey(file []byte, password string) (ed25519.PrivateKey, error) {
	if len(file) > maxLockedKey || !strings.HasPrefix(string(file), armor.Header) {
		return nil, ErrNoLockedKey
	}
	id, err := age.NewScryptIdentity(password)
	if err != nil {
		return nil, ErrWrongSecret
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(file)), id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, ErrWrongSecret
	}
	if err != nil {
		return nil, ErrNoLockedKey
	}
	seed, err := io.ReadAll(io.LimitReader(r, maxLockedKey))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, ErrNoLockedKey
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
