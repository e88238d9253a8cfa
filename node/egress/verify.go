package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"casehub/internal/release"
)

// ErrChainBroken reports stored releases that do not follow one another.
var ErrChainBroken = errors.New("the chain of releases does not hold")

// VerifyReleases opens every stored release, checks this office's signature and
// follows the chain from the first. It returns how many hold and fails at the
// first that does not.
func (g *Gate) VerifyReleases(ctx context.Context) (int, error) {
	list, err := selectReleases(ctx, g.db)
	if err != nil {
		return 0, fmt.Errorf("reading the releases: %w", err)
	}
	var previous []byte
	for i := len(list) - 1; i >= 0; i-- {
		r := list[i]
		sealed, err := selectSealed(ctx, g.db, r.Sequence)
		if err != nil {
			return 0, fmt.Errorf("reading release %d: %w", r.Sequence, err)
		}
		p, err := g.permitFor(outgoing{sequence: r.Sequence, sealed: sealed, digest: r.Digest})
		if err != nil {
			return 0, err
		}
		o, err := release.Open(p.sealed)
		if err != nil {
			return 0, err
		}
		if int(r.Sequence) != len(list)-i || !bytes.Equal(o.Release.GetPreviousDigest(), previous) {
			return 0, fmt.Errorf("release %d: %w", r.Sequence, ErrChainBroken)
		}
		previous = r.Digest
	}
	return len(list), nil
}
