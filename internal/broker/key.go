package broker

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"casehub/internal/pki"

	"github.com/nats-io/nkeys"
)

// Key is the key pair of the hub's own connections.
type Key struct {
	pair nkeys.KeyPair
}

// OpenKey reads the key whose seed is in a file, and makes it on the first call.
func OpenKey(path string) (Key, error) {
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newKey(path)
	}
	if err != nil {
		return Key{}, fmt.Errorf("reading the broker key: %w", err)
	}
	pair, err := nkeys.FromSeed(bytes.TrimSpace(seed))
	if err != nil {
		return Key{}, errors.New("reading the broker key: the file holds no seed")
	}
	return Key{pair}, nil
}

func newKey(path string) (Key, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return Key{}, fmt.Errorf("making the broker key: %w", err)
	}
	seed, err := pair.Seed()
	if err == nil {
		err = pki.WriteNew(path, seed, 0o600)
	}
	if err != nil {
		return Key{}, fmt.Errorf("making the broker key: %w", err)
	}
	return Key{pair}, nil
}

// Public returns the public nkey.
func (k Key) Public() (string, error) { return k.pair.PublicKey() }
