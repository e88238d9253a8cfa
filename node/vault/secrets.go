package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"casehub/internal/text"
)

// atOnce is how many passwords are computed at one time: each takes all of
// Params.MemoryKiB.
const atOnce = 2

// Purposes of the vault's own keys.
const (
	filePurpose   = "casehub/vault-file/v1"
	formerPurpose = "casehub/vault-former/v1"
)

// Params is what one try of a password costs, by Argon2id.
type Params struct {
	MemoryKiB uint32 `json:"memory_kib"`
	Passes    uint32 `json:"passes"`
	Lanes     uint8  `json:"lanes"`
}

// Standard is the cost that a new vault takes when it is given none.
var Standard = Params{MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}

// ceiling is what a file may ask of a computer at most.
var ceiling = Params{MemoryKiB: 512 << 10, Passes: 16, Lanes: 16}

// check refuses a cost that protects too little, unless weak, or that no office
// computer should be asked for.
func (p Params) check(weak bool) error {
	floor := Params{MemoryKiB: Standard.MemoryKiB, Passes: Standard.Passes, Lanes: 1}
	if weak {
		floor = Params{MemoryKiB: 8, Passes: 1, Lanes: 1}
	}
	within := p.MemoryKiB >= floor.MemoryKiB && p.Passes >= floor.Passes && p.Lanes >= floor.Lanes &&
		p.MemoryKiB <= ceiling.MemoryKiB && p.Passes <= ceiling.Passes && p.Lanes <= ceiling.Lanes
	if !within {
		return ErrWeak
	}
	return nil
}

// stretch turns a password into a key. The salt is the file's with the login, so
// that one computation serves all slots and the file needs no logins. It waits
// for its turn and fails when ctx ends before that.
func (v *Vault) stretch(ctx context.Context, f file, login, password string) (Key, error) {
	done, err := v.wait(ctx)
	if err != nil {
		return Key{}, err
	}
	defer done()
	salt := sha256.Sum256(append(append([]byte{}, f.Salt...), strings.ToLower(text.Clean(login))...))
	secret := []byte(password)
	out := argon2.IDKey(secret, salt[:], f.Argon.Passes, f.Argon.MemoryKiB, f.Argon.Lanes, 32)
	clear(secret)
	defer clear(out)
	return Key(out), nil
}

// derive returns the key that secret gives for a purpose.
func derive(secret, salt []byte, purpose string) Key {
	out, err := hkdf.Key(sha256.New, secret, salt, purpose, 32)
	if err != nil {
		panic("vault: deriving a key: " + err.Error()) // lengths are constant and allowed
	}
	defer clear(out)
	return Key(out)
}

// wrap encrypts a key under another, bound to what it is for.
func wrap(under, inner Key, kind, id string) []byte {
	return sealBytes(under, inner[:], bound(kind, id))
}

// unwrap reverses wrap.
func unwrap(under Key, sealed []byte, kind, id string) (Key, bool) {
	plain, ok := openBytes(under, sealed, bound(kind, id))
	if !ok || len(plain) != len(Key{}) {
		return Key{}, false
	}
	defer clear(plain)
	return Key(plain), true
}

// sealBytes encrypts with XChaCha20-Poly1305 and a random nonce in front.
func sealBytes(key Key, plain, about []byte) []byte {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic("vault: " + err.Error()) // the key has the right length
	}
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(out) // never fails: it ends the program instead
	return aead.Seal(out, out, plain, about)
}

func openBytes(key Key, sealed, about []byte) ([]byte, bool) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, false
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], about)
	return plain, err == nil
}

// bound joins words so that no other words give the same bytes.
func bound(words ...string) []byte {
	var out []byte
	for _, w := range words {
		out = binary.BigEndian.AppendUint32(out, uint32(len(w)))
		out = append(out, w...)
	}
	return out
}

// randomKey makes a key.
func randomKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails: it ends the program instead
	return k
}
