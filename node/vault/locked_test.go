package vault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
)

func TestALockedKeyOpensByItsPasswordAlone(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
	file, err := LockKey(key, "four words in a row")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, key.Seed()) {
		t.Error("the key stands in the file")
	}
	if got, err := UnlockKey(file, "four words in a row"); err != nil || !got.Equal(key) {
		t.Errorf("opened: %v", err)
	}
	if _, err := UnlockKey(file, "four other words"); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("another password: %v, want ErrWrongSecret", err)
	}
	for _, broken := range [][]byte{nil, file[:len(file)/2], []byte("a photograph")} {
		if _, err := UnlockKey(broken, "four words in a row"); !errors.Is(err, ErrNoLockedKey) {
			t.Errorf("%d bytes: %v, want ErrNoLockedKey", len(broken), err)
		}
	}
}
