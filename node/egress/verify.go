package egress

import (
	"context"
	"errors"
	"fmt"
)

// ErrChainBroken reports stored releases that do not follow one another.
var ErrChainBroken = errors.New("the chain of releases does not hold")

// VerifyReleases opens every stored release, checks this office's signature, also by
// a key that was replaced since, and follows the chain from the first. It returns the
// number of the last and fails at the first that does not.
func (g *Gate) VerifyReleases(ctx context.Context) (int, error) {
	list, err := selectAllSealed(ctx, g.db)
	if err != nil {
		return 0, fmt.Errorf("reading the releases: %w", err)
	}
	lost, err := selectLost(ctx, g.db)
	if err != nil {
		return 0, fmt.Errorf("reading the lost releases: %w", err)
	}
	return followChain(list, lost, g.keys.public, g.office.OrgUnit)
}
