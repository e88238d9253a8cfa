package egress

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/release"
	"casehub/internal/sqlite"
)

// VerifyStored opens every release in a database, checks the signature with the
// office's key in it, and follows the chain from the first. It needs no gate: a
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
	seed, id, err := selectKey(ctx, q, purposeRelease)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(seed) != ed25519.SeedSize {
		return 0, fmt.Errorf("the key of the releases is missing: %w", ErrChainBroken)
	}
	if err != nil {
		return 0, fmt.Errorf("reading the key of the releases: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	defer clear(key)
	var previous []byte
	for i, r := range list {
		o, err := release.Open(r.sealed)
		if err != nil || o.Verify(key.Public().(ed25519.PublicKey), id) != nil || !bytes.Equal(o.Digest[:], r.digest) || o.Release.GetSequence() != r.sequence {
			return 0, fmt.Errorf("release %d: %w", r.sequence, ErrBytesChanged)
		}
		if int(r.sequence) != i+1 || !bytes.Equal(o.Release.GetPreviousDigest(), previous) {
			return 0, fmt.Errorf("release %d: %w", r.sequence, ErrChainBroken)
		}
		previous = r.digest
	}
	return len(list), nil
}
