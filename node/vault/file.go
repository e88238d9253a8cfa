package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
)

// format names the form of the key file.
const format = "casehub-vault/1"

// Bounds of a key file: whoever may write one must not be able to make reading
// it costly.
const (
	maxFile   = 1 << 20
	maxSlots  = 2000
	maxFormer = 64
)

// file is the content of vault.json. A value of it is never changed in place.
type file struct {
	Format     string   `json:"format"`
	Generation int      `json:"generation"` // master keys so far, from 1
	Revision   int      `json:"revision"`   // changes of the file so far, from 1
	Salt       []byte   `json:"salt"`       // 32 random bytes
	Argon      Params   `json:"argon2id"`
	Slots      []slot   `json:"slots"`
	Former     [][]byte `json:"former"` // earlier master keys under this one, newest first
	MAC        []byte   `json:"mac"`    // HMAC-SHA-256 over the file with an empty code
}

// slot is the master key under one secret.
type slot struct {
	ID     SlotID `json:"id"`
	Kind   Kind   `json:"kind"`
	Sealed []byte `json:"sealed"`
	// Public is the X25519 key of the recovery words, in their slot alone.
	Public []byte `json:"public,omitempty"`
}

// encode returns the one form in which f is written.
func (f file) encode() []byte {
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		panic("vault: writing the key file: " + err.Error()) // plain values alone
	}
	return append(b, '\n')
}

// code returns what MAC must be under a master key.
func (f file) code(master Key) []byte {
	f.MAC = nil
	key := derive(master[:], nil, filePurpose)
	h := hmac.New(sha256.New, key[:])
	h.Write(f.encode())
	return h.Sum(nil)
}

// signed returns f with the code of a master key.
func (f file) signed(master Key) file {
	f.MAC = f.code(master)
	return f
}

// genuine reports whether the file was written by who had the master key.
func (f file) genuine(master Key) bool { return hmac.Equal(f.MAC, f.code(master)) }

// parse reads a key file. It takes exactly the bytes that encode gives, so that
// a file has no bit that could differ unnoticed. It fails with ErrDamaged, or
// with ErrWeak for a cost outside the bounds.
func parse(b []byte, weak bool) (file, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || !f.sound() || !bytes.Equal(f.encode(), b) {
		return file{}, ErrDamaged
	}
	if err := f.Argon.check(weak); err != nil {
		return file{}, err
	}
	return f, nil
}

// sound checks the shape of what was read.
func (f file) sound() bool {
	if f.Format != format || f.Generation < 1 || f.Revision < 1 || len(f.Salt) != 32 || len(f.MAC) != sha256.Size {
		return false
	}
	if len(f.Slots) == 0 || len(f.Slots) > maxSlots || len(f.Former) > maxFormer {
		return false
	}
	ids := map[SlotID]bool{}
	for _, s := range f.Slots {
		if !s.sound() || ids[s.ID] {
			return false
		}
		ids[s.ID] = true
	}
	for _, s := range f.Former {
		if len(s) != sealedKey {
			return false
		}
	}
	return true
}

// sealedKey is the length of a wrapped key: nonce, key, tag.
const sealedKey = 24 + 32 + 16

func (s slot) sound() bool {
	if len(s.ID) != slotIDLength || len(s.Sealed) != sealedKey {
		return false
	}
	switch s.Kind {
	case Recovery:
		return len(s.Public) == 32
	case Password, KeyFile:
		return len(s.Public) == 0
	}
	return false
}

// read reads the key file at path. It fails with ErrMissing, ErrDamaged or
// ErrWeak.
func read(path string, weak bool) (file, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return file{}, ErrMissing
	}
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return file{}, err
	}
	if len(b) > maxFile {
		return file{}, ErrDamaged
	}
	return parse(b, weak)
}
