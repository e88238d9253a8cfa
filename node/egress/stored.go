package egress

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"

	"casehub/internal/release"
	"casehub/internal/sqlite"
)

// VerifyStored opens every release in a database, checks the signature with the key
// of the office that it names, and follows the chain from the first. It needs no gate: a
// backup is held against it. It returns how many hold, which is also the
// sequence of the last, and fails with ErrBytesChanged or ErrChainBroken.
func VerifyStored(ctx context.Context, q sqlite.Querier) (int, error) {
	list, err := selectAllSealed(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("reading the releases: %w", err)
	}
	if len(list) == 0 {
		return 0, nil
	}
	all, err := storedKeys(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("reading the keys of the releases: %w", err)
	}
	if _, ok := newest(all, purposeRelease); !ok {
		return 0, fmt.Errorf("the key of the releases is missing: %w", ErrChainBroken)
	}
	return followChain(list, publicOf(all), 0)
}

// storedKeys reads the keys of a database of any age.
func storedKeys(ctx context.Context, q sqlite.Querier) ([]nodeKey, error) {
	numbered, err := numbersKeys(ctx, q)
	if err != nil {
		return nil, err
	}
	if !numbered {
		return selectKeysOfOnce(ctx, q)
	}
	return selectKeys(ctx, q)
}

// followChain opens stored releases by the keys that they name, and checks that they
// follow one another from the first, all of one office unless that is 0.
func followChain(list []outgoing, public map[uint32]ed25519.PublicKey, orgUnit uint32) (int, error) {
	var previous []byte
	for i, row := range list {
		o, err := openStored(row, public)
		if err == nil && orgUnit != 0 && o.Release.GetOrgUnit() != orgUnit {
			err = ErrBytesChanged
		}
		if err != nil {
			return 0, fmt.Errorf("release %d: %w", row.sequence, err)
		}
		if int(row.sequence) != i+1 || !bytes.Equal(o.Release.GetPreviousDigest(), previous) {
			return 0, fmt.Errorf("release %d: %w", row.sequence, ErrChainBroken)
		}
		previous = row.digest
	}
	return len(list), nil
}

// openStored opens a release as it was sealed: its structure, its digest, its number
// and the signature of the key that it names, which must be among those given. It
// fails with ErrBytesChanged.
func openStored(row outgoing, public map[uint32]ed25519.PublicKey) (*release.Opened, error) {
	o, err := release.Open(row.sealed)
	if err != nil {
		return nil, ErrBytesChanged
	}
	id := o.Sealed.GetKeyId()
	if o.Verify(public[id], id) != nil || !bytes.Equal(o.Digest[:], row.digest) || o.Release.GetSequence() != row.sequence {
		return nil, ErrBytesChanged
	}
	return o, nil
}
