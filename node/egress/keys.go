package egress

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"casehub/internal/errs"
	"casehub/internal/sqlite"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Purposes of the node's keys. One key never serves two.
const (
	purposeRelease   = "release"
	purposeTransport = "transport"
)

// ErrKeyUnknown reports a hub that does not know the keys of this office, or not the
// new ones yet. Releases wait.
var ErrKeyUnknown = errs.New(errs.Unavailable, "egress.key-unknown")

// keys are the node's keys, held in memory once the database is open.
type keys struct {
	release   ed25519.PrivateKey
	releaseID uint32
	transport nkeys.KeyPair
	// public are the keys that releases were ever signed with, by their numbers.
	public map[uint32]ed25519.PublicKey
}

// String hides the keys.
func (keys) String() string { return "keys(hidden)" }

// nodeKey is one key as it is stored.
type nodeKey struct {
	purpose string
	id      uint32
	seed    []byte            // nil once another took its place
	public  ed25519.PublicKey // its own, or what the seed gives
	knownAt time.Time         // when the hub first answered to it; zero before
}

// signs reports whether the key is the newest of its purpose.
func (k nodeKey) signs() bool { return k.seed != nil }

// String hides the key.
func (nodeKey) String() string { return "nodeKey(hidden)" }

// newest returns the key of a purpose that signs.
func newest(all []nodeKey, purpose string) (nodeKey, bool) {
	for _, k := range all {
		if k.purpose == purpose && k.signs() {
			return k, true
		}
	}
	return nodeKey{}, false
}

// publicOf returns every key that releases were ever signed with.
func publicOf(all []nodeKey) map[uint32]ed25519.PublicKey {
	public := map[uint32]ed25519.PublicKey{}
	for _, k := range all {
		if k.purpose == purposeRelease {
			public[k.id] = k.public
		}
	}
	return public
}

// Enrolment is what a hub needs to know of an office before it can accept its
// releases. It holds public keys only.
type Enrolment struct {
	OrgUnit uint32
	// ReleaseKey checks the office's signatures; KeyID counts its keys.
	ReleaseKey ed25519.PublicKey
	KeyID      uint32
	// TransportKey is the broker user, a public nkey that begins with U.
	TransportKey string
}

// Enrolment returns the office's newest public keys.
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

// Enrolments returns the public keys that the hub was not given yet, in the order in
// which it takes them, and the newest in any case. A hub that never answered takes
// the newest alone. All returns every key that the office ever had.
func (g *Gate) Enrolments(ctx context.Context, all bool) ([]Enrolment, error) {
	stored, err := selectKeys(ctx, g.db)
	if err != nil {
		return nil, fmt.Errorf("reading the node's keys: %w", err)
	}
	known, users := uint32(0), map[uint32]string{}
	for _, k := range stored {
		switch {
		case k.purpose == purposeTransport:
			if users[k.id], err = userOf(k.public); err != nil {
				return nil, err
			}
		case !k.knownAt.IsZero():
			known = max(known, k.id)
		}
	}
	var list []Enrolment
	for _, k := range stored {
		if k.purpose == purposeRelease && (all || k.signs() || known > 0 && k.id > known) {
			list = append(list, Enrolment{OrgUnit: g.office.OrgUnit, ReleaseKey: k.public, KeyID: k.id, TransportKey: users[k.id]})
		}
	}
	return list, nil
}

func userOf(public ed25519.PublicKey) (string, error) {
	user, err := nkeys.Encode(nkeys.PrefixByteUser, public)
	if err != nil {
		return "", fmt.Errorf("reading a transport key: %w", err)
	}
	return string(user), nil
}

// NewKey returns the number of the office's newest key when it took the place of
// another and the hub does not know it yet; else 0. Without a hub it is 0.
func (g *Gate) NewKey(ctx context.Context) (uint32, error) {
	if g.link == nil || g.keys.releaseID == 1 {
		return 0, nil
	}
	known, err := selectKnown(ctx, g.db, g.keys.releaseID)
	if err != nil || known {
		return 0, err
	}
	return g.keys.releaseID, nil
}

// answered notes that the hub answered to the newest key.
func (g *Gate) answered(ctx context.Context) error {
	known, err := selectKnown(ctx, g.db, g.keys.releaseID)
	if err != nil || known {
		return err
	}
	return noteKnown(ctx, g.db, g.keys.releaseID, g.now())
}

// stranger returns ErrKeyUnknown for the failure of a hub that does not know who
// asks, and every other failure as it is.
func stranger(err error) error {
	if errors.Is(err, nats.ErrAuthorization) || status.Code(err) == codes.Unauthenticated {
		return ErrKeyUnknown
	}
	return err
}

// loadKeys reads the node's keys and makes those that are missing.
func loadKeys(db *sqlite.DB) (keys, error) {
	var k keys
	err := db.Tx(context.Background(), func(tx *sqlite.Tx) error {
		all, err := selectKeys(context.Background(), tx)
		if err != nil {
			return err
		}
		for _, purpose := range []string{purposeRelease, purposeTransport} {
			if _, ok := newest(all, purpose); ok {
				continue
			}
			made := makeKey(purpose, 1)
			if err := insertKey(context.Background(), tx, made); err != nil {
				return err
			}
			all = append(all, made)
		}
		signer, _ := newest(all, purposeRelease)
		user, _ := newest(all, purposeTransport)
		k = keys{release: ed25519.NewKeyFromSeed(signer.seed), releaseID: signer.id, public: publicOf(all)}
		k.transport, err = nkeys.FromRawSeed(nkeys.PrefixByteUser, user.seed)
		return err
	})
	if err != nil {
		return keys{}, fmt.Errorf("loading the node's keys: %w", err)
	}
	return k, nil
}

// derive fills in the public key that the seed gives.
func (k *nodeKey) derive() error {
	if len(k.seed) != ed25519.SeedSize {
		return errors.New("a key of the node has another length")
	}
	k.public = ed25519.NewKeyFromSeed(k.seed).Public().(ed25519.PublicKey)
	return nil
}

// makeKey makes a key by the system's random numbers.
func makeKey(purpose string, id uint32) nodeKey {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: it ends the program instead
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	return nodeKey{purpose: purpose, id: id, seed: seed, public: public}
}
