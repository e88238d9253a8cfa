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

// ErrRolledBack reports a database that is not what left this office: the hub spoke of
// a release that is not in it, or of another one of that number, whether that counts
// there or waits; or the hub no longer speaks of one that this database has its receipt
// for.
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
	heard := map[uint32]bool{}
	for {
		resp, err := g.since(ctx, conn, after)
		if err != nil {
			return compared, err
		}
		n, last, err := g.compare(ctx, resp.GetReceipts(), heard)
		compared += n
		if err != nil {
			return compared, err
		}
		if !resp.GetMore() || last <= after {
			return compared, g.covered(ctx, heard)
		}
		after = last
	}
}

// covered reports ErrRolledBack when a release that left the outbox by its receipt is
// none of those that the hub speaks of now.
func (g *Gate) covered(ctx context.Context, heard map[uint32]bool) error {
	receipted, err := selectReceipted(ctx, g.db)
	if err != nil {
		return fmt.Errorf("reading the receipts: %w", err)
	}
	for _, sequence := range receipted {
		if !heard[sequence] {
			return fmt.Errorf("release %d, of which the hub says nothing now: %w", sequence, ErrRolledBack)
		}
	}
	return nil
}

// compare looks for the releases of receipts, and notes in heard those that count. It
// returns how many those were, and the highest sequence. What waits at the hub, is
// kept there beside another or was refused is in its hands like what counts: it gives a
// word only on what this office's key signed.
func (g *Gate) compare(ctx context.Context, receipts []*releasev1.Receipt, heard map[uint32]bool) (n int, last uint32, err error) {
	for _, r := range receipts {
		last = max(last, r.GetSequence())
		if release.VerifyReceipt(g.link.ReceiptKey, r) != nil || r.GetOrgUnit() != g.office.OrgUnit {
			return n, last, fmt.Errorf("release %d: %w", r.GetSequence(), ErrReceipt)
		}
		own, err := selectRelease(ctx, g.db, r.GetSequence())
		switch {
		case errors.Is(err, sqlite.ErrNoRows), err == nil && !bytes.Equal(own.Digest, r.GetReleaseDigest()):
			return n, last, fmt.Errorf("release %d: %w", r.GetSequence(), ErrRolledBack)
		case err != nil:
			return n, last, fmt.Errorf("reading release %d: %w", r.GetSequence(), err)
		}
		if counts(r.GetStatus()) {
			heard[r.GetSequence()] = true
			n++
		}
	}
	return n, last, nil
}
