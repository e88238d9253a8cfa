// Package store puts backups where they are kept: into a folder, which may be a
// USB disk, or into an S3-compatible store. It is the second way out of a node,
// and only ciphertext goes it: a store takes a Sealed and nothing else, and a
// Sealed is made by the age writer, or is a signed Manifest of numbers and
// hashes. Nothing outside the encryption names an office or a person.
//
// A place is claimed once by a node, with a marker that holds a random
// identifier. Where the marker is missing nothing is written: an empty folder
// where a disk is mounted at other times is no place for backups. Nothing that
// stands is ever written over.
//
// What may be stored is in sealed.go and manifest.go, folders in folder.go,
// S3-compatible stores in s3.go.
package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"casehub/internal/errs"
)

// Errors of a place, each with its sentence.
var (
	// ErrGone reports a place that cannot be reached: a disk that is not plugged
	// in, a folder that is not there, a server that does not answer.
	ErrGone = errs.New(errs.Unavailable, "backup.place-gone")
	// ErrUnclaimed reports a place without a marker.
	ErrUnclaimed = errs.New(errs.Conflict, "backup.place-unclaimed")
	// ErrForeign reports a place that another node has claimed.
	ErrForeign = errs.New(errs.Conflict, "backup.place-foreign")
	// ErrFull reports a place without room.
	ErrFull = errs.New(errs.Unavailable, "backup.place-full")
	// ErrRefused reports a place that does not let us in.
	ErrRefused = errs.New(errs.Forbidden, "backup.place-refused")
	// ErrFailed reports a place that failed in some other way.
	ErrFailed = errs.New(errs.Unavailable, "backup.place-failed")
	// ErrExists reports a name that is taken.
	ErrExists = errs.New(errs.Conflict, "backup.name-taken")
	// ErrMissing reports a name that nothing bears.
	ErrMissing = errs.New(errs.NotFound, "backup.file-missing")
)

// ID names a node to its backups: 32 random hex digits. It says nothing else.
type ID string

// NewID makes an identifier.
func NewID() ID {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return ID(hex.EncodeToString(raw))
}

// Store is a place for backups. Those who write say who they are each time.
type Store interface {
	// Claim puts the marker of a node into a place that has none. It fails with
	// ErrForeign. Claiming again is no error.
	Claim(ctx context.Context, id ID) error
	// Ready fails with ErrGone, ErrUnclaimed or ErrForeign unless the node may
	// write here.
	Ready(ctx context.Context, id ID) error
	// Put stores what is sealed under a new name, whole or not at all. It fails
	// with ErrExists, ErrFull and what Ready fails with.
	Put(ctx context.Context, id ID, name Name, s *Sealed) error
	// Remove removes a file. One that is not there is no error.
	Remove(ctx context.Context, id ID, name Name) error
	// Sweep removes what a Put left that was broken off.
	Sweep(ctx context.Context, id ID) error
	// List returns the files of all backups here, in no order.
	List(ctx context.Context) ([]Object, error)
	// Get opens a file for reading. The caller closes it. It fails with ErrMissing.
	Get(ctx context.Context, name Name) (io.ReadCloser, error)
	// Free returns how many bytes may be written, or disk.ErrFree.
	Free(ctx context.Context) (int64, error)
}

// Object is one stored file.
type Object struct {
	Name Name
	Size int64
}

// Kind is which file of a backup it is.
type Kind int

// The files of a backup.
const (
	Main         Kind = iota // database and attachments
	Keys                     // case keys and erasure journal, kept for a short time
	ManifestFile             // sequence, sizes, hashes, signature
)

// Name names a file of a backup by its number.
type Name struct {
	Sequence int
	Kind     Kind
}

var endings = map[Kind]string{Main: ".tar.age", Keys: ".tar.age", ManifestFile: ".json"}

// String returns the file's name, "backup-000042.tar.age".
func (n Name) String() string {
	front := "backup"
	if n.Kind == Keys {
		front = "keys"
	}
	return fmt.Sprintf("%s-%06d%s", front, n.Sequence, endings[n.Kind])
}

var namePattern = regexp.MustCompile(`^(backup|keys)-([0-9]{6,9})(\.tar\.age|\.json)$`)

// ParseName reads a file's name.
func ParseName(s string) (Name, bool) {
	m := namePattern.FindStringSubmatch(s)
	if m == nil {
		return Name{}, false
	}
	sequence, err := strconv.Atoi(m[2])
	n := Name{Sequence: sequence}
	switch {
	case m[1] == "keys":
		n.Kind = Keys
	case m[3] == ".json":
		n.Kind = ManifestFile
	}
	return n, err == nil && sequence > 0 && n.String() == s
}

const (
	// MarkerName is the file by which a place is claimed.
	MarkerName   = "casehub-backups.json"
	markerFormat = "casehub-backups/1"
	markerLimit  = 4096
)

// marker is the content of the file that claims a place.
type marker struct {
	Format string `json:"format"`
	ID     ID     `json:"id"`
}

func (m marker) encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic("store: " + err.Error()) // two plain texts
	}
	return append(b, '\n')
}

// belongs reads a marker. It fails with ErrForeign when it is not of this node,
// and so when it cannot be read: better no backup than one over another's.
func belongs(r io.Reader, id ID) error {
	b, err := io.ReadAll(io.LimitReader(r, markerLimit))
	if err != nil {
		return err
	}
	var m marker
	if json.Unmarshal([]byte(strings.TrimSpace(string(b))), &m) != nil || m.Format != markerFormat || m.ID != id || id == "" {
		return ErrForeign
	}
	return nil
}
