// Package pack holds what the national body hands out to nodes: limits, the plan
// with its code lists, and rules in Rego, signed by two of three keys that are
// kept offline. Packs may only tighten what a node has in its program; that is the
// policy's work. Here is decided whose word a pack is, and that it is no older
// than what was seen before.
//
// A pack is a manifest and its contents. The manifest says which pack it is, until
// when it holds, which program understands it, and the SHA-256 of the contents;
// the keys sign the very bytes of the manifest. Roots are a pack too: the three
// keys, signed by two of them and by two of the three before.
//
// The shape follows TUF (names, versions, expiry, thresholds, roots that hand
// over), in a form of our own: there is no repository to mirror and no server that
// signs on its own, packs travel on memory sticks as well, a pack is judged
// together with what the office has published, and what has expired is not
// dropped but goes on being held.
//
// Types are here, the signatures in sign.go, what a node takes in admit.go, what
// may change in the code lists in registry.go.
package pack

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"casehub/internal/civil"
)

// NodeVersion counts what programs understand of packs: a pack asks for the
// smallest that may take it.
const NodeVersion uint32 = 1

const (
	// MaxBytes is the largest file of a pack.
	MaxBytes = 512 << 10
	// MaxRules is the largest Rego module.
	MaxRules = 64 << 10
	// maxManifest is the largest manifest, maxSignatures how many may stand on it.
	maxManifest   = 4 << 10
	maxSignatures = 8
	maxVersion    = 9999
)

// Names of packs. The office's own begins with "office-".
const (
	National  = "national"
	RootsPack = "roots"
)

// OfficeName is the name of the pack for one office alone.
func OfficeName(orgUnit uint32) string { return "office-" + strconv.FormatUint(uint64(orgUnit), 10) }

var (
	// ErrFormat reports a file that is no pack, or not within its limits.
	ErrFormat = errors.New("the file is no pack of this program's format")
	// ErrSignatures reports fewer than two good signatures by different keys.
	ErrSignatures = errors.New("the pack lacks signatures by two of the three keys")
	// ErrName reports a pack for another use or another office.
	ErrName = errors.New("the pack bears another name")
	// ErrContents reports contents that are not those of the manifest.
	ErrContents = errors.New("the pack's contents are not what was signed")
	// ErrTooNew reports a pack that asks for a newer program.
	ErrTooNew = errors.New("the pack is for a newer version of the program")
	// ErrOlder reports a pack older than one that was seen before.
	ErrOlder = errors.New("a newer pack was taken before")
	// ErrOther reports another pack under a version that was seen before.
	ErrOther = errors.New("another pack of this version was taken before")
	// ErrExpired reports a pack whose time was over when it came.
	ErrExpired = errors.New("the pack's time is over")
	// ErrRoots reports roots that do not follow those that are known.
	ErrRoots = errors.New("the keys do not follow the known ones")
)

// Manifest is what is signed.
type Manifest struct {
	// Format is 1.
	Format int `json:"format"`
	// Name is National, RootsPack or an OfficeName.
	Name    string `json:"name"`
	Version uint32 `json:"version"`
	// Expires is the last day on which the pack is news. After it a node goes on
	// holding it, and pauses sending Grace days later.
	Expires civil.Date `json:"expires"`
	// MinNode is the smallest NodeVersion that understands the pack.
	MinNode uint32 `json:"min_node_version"`
	// SHA256 is that of the contents, in hex, and Size their length.
	SHA256 string `json:"sha256"`
	Size   int    `json:"size"`
}

// Contents is what a pack brings. All of it may be absent.
type Contents struct {
	Limits Limits `json:"limits"`
	// Registry is the plan with its code lists, in the form of internal/codelist.
	// Absent: those that are in force stay.
	Registry json.RawMessage `json:"registry,omitempty"`
	// From is the first month that is counted by Registry.
	From civil.Month `json:"from,omitempty"`
	// Rules is one Rego module of package casehub.egress.
	Rules string `json:"rules,omitempty"`
	// Mixed are tables in which nearly all that leaves may be of one sensitive code
	// (rule D8). It stands in the pack of one office, which works on such matters.
	Mixed []uint32 `json:"mixed,omitempty"`
}

// Limits are parameters that can only tighten; what is absent says nothing.
type Limits struct {
	K          uint32 `json:"k,omitempty"`
	KSensitive uint32 `json:"k_sensitive,omitempty"`
	P          uint32 `json:"p,omitempty"`
	Largest    uint32 `json:"largest,omitempty"`
	// Hold is 3, 6 or 12 months.
	Hold uint32 `json:"hold,omitempty"`
	// DataSets are the tables that may leave; absent is every one of the plan.
	DataSets []uint32 `json:"data_sets,omitempty"`
	// Withheld are codes of which no group leaves.
	Withheld []uint32 `json:"withheld,omitempty"`
}

// check reports limits that no rule could hold.
func (l Limits) check() error {
	switch {
	case l.K > 1000, l.KSensitive > 1000, l.P > 100, len(l.DataSets) > 20, len(l.Withheld) > 1000:
		return fmt.Errorf("%w: a limit is out of range", ErrFormat)
	case l.Hold != 0 && l.Hold != 3 && l.Hold != 6 && l.Hold != 12:
		return fmt.Errorf("%w: hold is 3, 6 or 12 months", ErrFormat)
	}
	return nil
}

// Pack is a file whose signatures and contents hold.
type Pack struct {
	Manifest
	Contents Contents
	// Digest is the SHA-256 of the manifest.
	Digest [32]byte
	// File are the bytes as they came.
	File []byte
}

// Roots are the three keys of which two sign.
type Roots struct {
	Version uint32
	Keys    [3]ed25519.PublicKey
}

// rootsContents is how roots stand in a file.
type rootsContents struct {
	Keys [3][]byte `json:"keys"`
}

// envelope is the form of a file.
type envelope struct {
	Manifest   []byte      `json:"manifest"`
	Contents   []byte      `json:"contents"`
	Signatures []signature `json:"signatures"`
}

// signature is one key's word on the manifest.
type signature struct {
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`
}

// decode reads JSON strictly: no unknown key, nothing behind it.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return ErrFormat
	}
	if d.More() {
		return ErrFormat
	}
	return nil
}
