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
	lost, err := selectLost(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("reading the lost releases: %w", err)
	}
	return followChain(list, lost, publicOf(all), 0)
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
// follow one another from the first, all of one office unless that is 0. Of the lost
// ones among them the digests are known. It returns the number of the last.
func followChain(list []outgoing, lost []Lost, public map[uint32]ed25519.PublicKey, orgUnit uint32) (int, error) {
	var previous []byte
	sequence := 0
	skip := func() {
		for ; len(lost) > 0 && int(lost[0].Sequence) == sequence+1; lost = lost[1:] {
			previous, sequence = lost[0].Digest, sequence+1
		}
	}
	for _, row := range list {
		skip()
		o, err := openStored(row, public)
		if err == nil && orgUnit != 0 && o.Release.GetOrgUnit() != orgUnit {
			err = ErrBytesChanged
		}
		if err != nil {
			return 0, fmt.Errorf("release %d: %w", row.sequence, err)
		}
		if sequence++; int(row.sequence) != sequence || !bytes.Equal(o.Release.GetPreviousDigest(), previous) {
			return 0, fmt.Errorf("release %d: %w", row.sequence, ErrChainBroken)
		}
		previous = row.digest
	}
	if skip(); len(lost) > 0 {
		return 0, fmt.Errorf("release %d: %w", lost[0].Sequence, ErrChainBroken)
	}
	return sequence, nil
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
