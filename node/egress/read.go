package egress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/errs"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// ErrNotFound reports a number that no release bears.
var ErrNotFound = errs.New(errs.NotFound, "egress.release-unknown")

// Releases lists every release ever sealed, the newest first.
func (g *Gate) Releases(ctx context.Context) ([]Release, error) {
	list, err := selectReleases(ctx, g.db)
	if err != nil {
		return nil, fmt.Errorf("reading the releases: %w", err)
	}
	return list, nil
}

// Sent returns a release with the very numbers that left, read from the sealed
// bytes, and those bytes. It fails with ErrNotFound.
func (g *Gate) Sent(ctx context.Context, sequence uint32) (Release, *releasev1.Release, []byte, error) {
	r, err := selectRelease(ctx, g.db, sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return Release{}, nil, nil, ErrNotFound
	}
	if err != nil {
		return Release{}, nil, nil, fmt.Errorf("reading release %d: %w", sequence, err)
	}
	sealed, err := selectSealed(ctx, g.db, sequence)
	if err != nil {
		return Release{}, nil, nil, fmt.Errorf("reading release %d: %w", sequence, err)
	}
	o, err := release.Open(sealed)
	if err != nil {
		return Release{}, nil, nil, fmt.Errorf("release %d: %w", sequence, ErrBytesChanged)
	}
	return r, o.Release, sealed, nil
}
