package store

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

// ErrManifest reports a manifest that no node wrote like this, or not this one.
var ErrManifest = errs.New(errs.Conflict, "backup.manifest-wrong")

const (
	manifestFormat = "casehub-backup/1"
	manifestLimit  = 8192
	// signedFor stands before what is signed, so that the signature is of nothing
	// else.
	signedFor = "casehub backup manifest 1\n"
)

// Manifest says of a backup what may be known without any key. The type is
// closed: numbers, a day and hashes.
type Manifest struct {
	Format   string     `json:"format"`
	Sequence int        `json:"sequence"`
	At       civil.Date `json:"at"`
	// Schema is the number of the newest migration, Releases the sequence of the
	// last release in it.
	Schema   int64 `json:"schema"`
	Releases int   `json:"releases"`
	Main     File  `json:"backup"`
	Keys     File  `json:"keys"`
	// Signature is Ed25519 over the manifest without it.
	Signature []byte `json:"signature"`
}

// File is the size and the SHA-256 in hex of a stored file.
type File struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func fileOf(size int64, sum [32]byte) File { return File{size, hex.EncodeToString(sum[:])} }

// FileOf returns a File as a manifest has it.
func FileOf(size int64, sum []byte) File { return File{size, hex.EncodeToString(sum)} }

func (f File) sound() bool {
	raw, err := hex.DecodeString(f.SHA256)
	return err == nil && len(raw) == 32 && f.Size > 0
}

// Sign signs the manifest.
func (m Manifest) Sign(key ed25519.PrivateKey) Manifest {
	m.Format, m.Signature = manifestFormat, nil
	m.Signature = ed25519.Sign(key, m.signed())
	return m
}

// Signed reports whether the owner of a key signed exactly this.
func (m Manifest) Signed(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, m.signed(), m.Signature)
}

func (m Manifest) signed() []byte {
	m.Signature = nil
	return append([]byte(signedFor), m.encode()...)
}

// Sealed returns the manifest as it is stored.
func (m Manifest) Sealed() *Sealed {
	return &Sealed{write: func(w io.Writer) error {
		if len(m.Signature) != ed25519.SignatureSize {
			return ErrManifest
		}
		_, err := w.Write(m.encode())
		return err
	}}
}

func (m Manifest) encode() []byte {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		panic("store: " + err.Error()) // plain values alone
	}
	return append(b, '\n')
}

// ReadManifest reads a stored manifest. It takes exactly the bytes that were
// written, so that no bit of it could differ unnoticed. Who signed it is for the
// caller to ask. It fails with ErrManifest.
func ReadManifest(r io.Reader) (Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, manifestLimit))
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil || !bytes.Equal(m.encode(), b) || !m.sound() {
		return Manifest{}, ErrManifest
	}
	return m, nil
}

func (m Manifest) sound() bool {
	_, err := civil.Parse(string(m.At))
	return err == nil && m.Format == manifestFormat && m.Sequence > 0 && m.Schema >= 0 && m.Releases >= 0 &&
		m.Main.sound() && m.Keys.sound() && len(m.Signature) == ed25519.SignatureSize
}
