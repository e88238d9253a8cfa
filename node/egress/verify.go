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
	list, err := selectAllSealed(ctx, g.db)
	if err != nil {
		return 0, fmt.Errorf("reading the releases: %w", err)
	}
	var previous []byte
	for i, r := range list {
		p, err := g.permitFor(r)
		if err != nil {
			return 0, err
		}
		o, err := release.Open(p.sealed)
		if err != nil {
			return 0, err
		}
		if int(r.sequence) != i+1 || !bytes.Equal(o.Release.GetPreviousDigest(), previous) {
			return 0, fmt.Errorf("release %d: %w", r.sequence, ErrChainBroken)
		}
		previous = r.digest
	}
	return len(list), nil
}
