package pack

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"casehub/internal/civil"
)

// signContext keeps a signature on a pack from being valid for anything else.
const signContext = "casehub/pack/v1\x00"

// threshold is how many of the three keys sign.
const threshold = 2

// Make returns an unsigned pack. Whoever signs adds a signature with Sign.
func Make(name string, version uint32, expires civil.Date, minNode uint32, c Contents) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("making a pack: %w", err)
	}
	return MakeRaw(name, version, expires, minNode, b)
}

// MakeRoots returns unsigned roots.
func MakeRoots(version uint32, expires civil.Date, keys [3]ed25519.PublicKey) ([]byte, error) {
	var c rootsContents
	for i, k := range keys {
		c.Keys[i] = k
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("making roots: %w", err)
	}
	return MakeRaw(RootsPack, version, expires, 1, b)
}

// MakeRaw is Make for contents that are written already.
func MakeRaw(name string, version uint32, expires civil.Date, minNode uint32, contents []byte) ([]byte, error) {
	sum := sha256.Sum256(contents)
	m := Manifest{
		Format: 1, Name: name, Version: version, Expires: expires, MinNode: minNode, SHA256: hex.EncodeToString(sum[:]), Size: len(contents),
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("making a pack: %w", err)
	}
	return envelope{Manifest: b, Contents: contents, Signatures: []signature{}}.bytes()
}

func (e envelope) bytes() ([]byte, error) {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing a pack: %w", err)
	}
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrFormat, MaxBytes)
	}
	return append(b, '\n'), nil
}

// Sign adds a key's signature to a file; a signature of the same key that is there
// is replaced.
func Sign(file []byte, key ed25519.PrivateKey) ([]byte, error) {
	e, _, err := open(file)
	if err != nil {
		return nil, err
	}
	public := key.Public().(ed25519.PublicKey)
	kept := []signature{}
	for _, s := range e.Signatures {
		if !bytes.Equal(s.Key, public) {
			kept = append(kept, s)
		}
	}
	e.Signatures = append(kept, signature{public, ed25519.Sign(key, signed(e.Manifest))})
	return e.bytes()
}

func signed(manifest []byte) []byte { return append([]byte(signContext), manifest...) }

// open reads a file without believing it.
func open(file []byte) (envelope, Manifest, error) {
	var e envelope
	var m Manifest
	if len(file) > MaxBytes {
		return e, m, fmt.Errorf("%w: more than %d bytes", ErrFormat, MaxBytes)
	}
	if err := decode(file, &e); err != nil {
		return e, m, err
	}
	if len(e.Manifest) > maxManifest || len(e.Signatures) > maxSignatures {
		return e, m, ErrFormat
	}
	if err := decode(e.Manifest, &m); err != nil {
		return e, m, err
	}
	return e, m, m.check()
}

func (m Manifest) check() error {
	_, err := civil.Parse(string(m.Expires))
	if err != nil || m.Format != 1 || m.Name == "" || len(m.Name) > 40 || m.Version == 0 || m.Version > maxVersion || m.MinNode == 0 {
		return fmt.Errorf("%w: the manifest does not hold", ErrFormat)
	}
	return nil
}

// Describe reads the manifest of a file without believing it, and how many
// signatures stand on it. It is for people who look at a file.
func Describe(file []byte) (Manifest, int, error) {
	e, m, err := open(file)
	return m, len(e.Signatures), err
}

// Registry returns the code lists in a file that was believed before, nil for
// none.
func Registry(file []byte) ([]byte, error) {
	e, _, err := open(file)
	if err != nil {
		return nil, err
	}
	var c Contents
	err = decode(e.Contents, &c)
	return c.Registry, err
}

// holds reports whether two of the keys signed the manifest.
func (r Roots) holds(e envelope) bool {
	good := 0
	for _, k := range r.Keys {
		for _, s := range e.Signatures {
			if len(k) == ed25519.PublicKeySize && bytes.Equal(s.Key, k) && ed25519.Verify(k, signed(e.Manifest), s.Signature) {
				good++
				break
			}
		}
	}
	return good >= threshold
}

// believe opens a file that the roots signed under a name, with the contents that
// they signed.
func (r Roots) believe(file []byte, name string) (envelope, Manifest, error) {
	e, m, err := open(file)
	if err != nil {
		return e, m, err
	}
	sum := sha256.Sum256(e.Contents)
	switch {
	case !r.holds(e):
		return e, m, ErrSignatures
	case m.Name != name:
		return e, m, ErrName
	case m.Size != len(e.Contents) || m.SHA256 != hex.EncodeToString(sum[:]):
		return e, m, ErrContents
	case m.MinNode > NodeVersion:
		return e, m, ErrTooNew
	}
	return e, m, nil
}

// Verify opens a pack that was signed by two of the roots under a name. What it
// says of versions and days is left to Admit.
func (r Roots) Verify(file []byte, name string) (Pack, error) {
	e, m, err := r.believe(file, name)
	if err != nil {
		return Pack{}, err
	}
	p := Pack{Manifest: m, Digest: sha256.Sum256(e.Manifest), File: file}
	if err := decode(e.Contents, &p.Contents); err != nil {
		return Pack{}, err
	}
	if len(p.Contents.Rules) > MaxRules {
		return Pack{}, fmt.Errorf("%w: rules of more than %d bytes", ErrFormat, MaxRules)
	}
	if (p.Contents.Registry != nil) != p.Contents.From.Valid() {
		return Pack{}, fmt.Errorf("%w: code lists come with the first month that they count", ErrFormat)
	}
	if len(p.Contents.Mixed) > 0 && name == National {
		return Pack{}, fmt.Errorf("%w: rule D8 is switched off for one office at a time", ErrFormat)
	}
	return p, p.Contents.Limits.check()
}

// FirstRoots opens the roots that a node is given when it is set up: signed by two
// of their own keys.
func FirstRoots(file []byte) (Roots, error) {
	r, err := readRoots(file)
	if err != nil {
		return Roots{}, err
	}
	_, _, err = r.believe(file, RootsPack)
	return r, err
}

// Next opens the roots that follow: signed by two of the old keys and two of the
// new ones, and of the next version.
func (r Roots) Next(file []byte) (Roots, error) {
	if _, _, err := r.believe(file, RootsPack); err != nil {
		return Roots{}, err
	}
	next, err := FirstRoots(file)
	if err == nil && next.Version != r.Version+1 {
		err = ErrRoots
	}
	return next, err
}

// readRoots reads roots without believing them.
func readRoots(file []byte) (Roots, error) {
	e, m, err := open(file)
	if err != nil {
		return Roots{}, err
	}
	var c rootsContents
	if err := decode(e.Contents, &c); err != nil {
		return Roots{}, err
	}
	r := Roots{Version: m.Version}
	for i, k := range c.Keys {
		if len(k) != ed25519.PublicKeySize {
			return Roots{}, fmt.Errorf("%w: a key has another length", ErrFormat)
		}
		for _, before := range c.Keys[:i] {
			if bytes.Equal(before, k) {
				return Roots{}, fmt.Errorf("%w: a key stands twice", ErrFormat)
			}
		}
		r.Keys[i] = k
	}
	return r, nil
}

// Equal reports whether roots are the same keys of the same version.
func (r Roots) Equal(o Roots) bool { return r.Digest() == o.Digest() }

// Digest is the SHA-256 of the version and the keys.
func (r Roots) Digest() [32]byte {
	b := binary.BigEndian.AppendUint32(nil, r.Version)
	for _, k := range r.Keys {
		b = append(b, k...)
	}
	return sha256.Sum256(b)
}
