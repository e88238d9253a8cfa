package egress

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"

	"github.com/nats-io/nkeys"
)

// Purposes of the node's keys. One key never serves two.
const (
	purposeRelease   = "release"
	purposeTransport = "transport"
)

// keys are the node's keys, held in memory once the database is open.
type keys struct {
	release   ed25519.PrivateKey
	releaseID uint32
	transport nkeys.KeyPair
}

// String hides the keys.
func (keys) String() string { return "keys(hidden)" }

// Enrolment is what a hub needs to know of an office before it can accept its
// releases. It holds public keys only.
type Enrolment struct {
	OrgUnit uint32
	// ReleaseKey checks the office's signatures; KeyID counts re-enrolments.
	ReleaseKey ed25519.PublicKey
	KeyID      uint32
	// TransportKey is the broker user, a public nkey that begins with U.
	TransportKey string
}

// Enrolment returns the office's public keys.
func (g *Gate) Enrolment() (Enrolment, error) {
	user, err := g.keys.transport.PublicKey()
	if err != nil {
		return Enrolment{}, fmt.Errorf("reading the transport key: %w", err)
	}
	return Enrolment{
		OrgUnit: g.office.OrgUnit, ReleaseKey: g.keys.release.Public().(ed25519.PublicKey),
		KeyID: g.keys.releaseID, TransportKey: user,
	}, nil
}

// loadKeys reads the node's keys and makes those that are missing.
func loadKeys(db *sqlite.DB) (keys, error) {
	var k keys
	err := db.Tx(context.Background(), func(tx *sqlite.Tx) error {
		seed, id, err := keyOf(tx, purposeRelease)
		if err != nil {
			return err
		}
		k.release, k.releaseID = ed25519.NewKeyFromSeed(seed), id
		if seed, _, err = keyOf(tx, purposeTransport); err != nil {
			return err
		}
		k.transport, err = nkeys.FromRawSeed(nkeys.PrefixByteUser, seed)
		return err
	})
	if err != nil {
		return keys{}, fmt.Errorf("loading the node's keys: %w", err)
	}
	return k, nil
}

func keyOf(tx *sqlite.Tx, purpose string) ([]byte, uint32, error) {
	seed, id, err := selectKey(context.Background(), tx, purpose)
	if !errors.Is(err, sql.ErrNoRows) {
		return seed, id, err
	}
	seed = make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: it ends the program instead
	return seed, 1, insertKey(context.Background(), tx, purpose, 1, seed)
}
