package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// ErrRolledBack reports a database that is older than what left this office: the
// hub signed for a release that is not in it, or for another one of that number.
var ErrRolledBack = errors.New("the database is older than what left this office")

// VerifyReceipts compares every receipt that the hub has signed for this office
// with the releases of the database, and returns how many it compared. It fails
// with ErrRolledBack at the first that is not there, with ErrNoHub when no hub
// is set up, with ErrKeyUnknown when it does not know the office's keys, and
// otherwise when the hub cannot be asked.
func (g *Gate) VerifyReceipts(ctx context.Context) (int, error) {
	if g.link == nil {
		return 0, ErrNoHub
	}
	conn, err := g.hub()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	compared, after := 0, uint32(0)
	for {
		resp, err := g.since(ctx, conn, after)
		if err != nil {
			return compared, err
		}
		n, last, err := g.compare(ctx, resp.GetReceipts())
		compared += n
		if err != nil || !resp.GetMore() || last <= after {
			return compared, err
		}
		after = last
	}
}

// compare looks for the releases of receipts that count. It returns how many
// those were, and the highest sequence.
func (g *Gate) compare(ctx context.Context, receipts []*releasev1.Receipt) (n int, last uint32, err error) {
	for _, r := range receipts {
		last = max(last, r.GetSequence())
		if release.VerifyReceipt(g.link.ReceiptKey, r) != nil || r.GetOrgUnit() != g.office.OrgUnit {
			return n, last, fmt.Errorf("release %d: %w", r.GetSequence(), ErrReceipt)
		}
		if !counts(r.GetStatus()) {
			continue
		}
		own, err := selectRelease(ctx, g.db, r.GetSequence())
		switch {
		case errors.Is(err, sqlite.ErrNoRows), err == nil && !bytes.Equal(own.Digest, r.GetReleaseDigest()):
			return n, last, fmt.Errorf("release %d: %w", r.GetSequence(), ErrRolledBack)
		case err != nil:
			return n, last, fmt.Errorf("reading release %d: %w", r.GetSequence(), err)
		}
		n++
	}
	return n, last, nil
}
