package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"casehub/internal/errs"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// ErrRolledBack reports a database that is not what left this office: the hub spoke of
// a release that is not in it, or of another one of that number, whether that counts
// there or waits; or the hub no longer speaks of one that this database has its receipt
// for.
var ErrRolledBack = errs.New(errs.Conflict, "egress.rolled-back")

// VerifyReceipts compares every receipt that the hub has signed for this office
// with the releases of the database, and returns how many it compared. It fails
// with ErrRolledBack at the first that is not there, with ErrNoHub when no hub
// is set up, with ErrKeyUnknown when it does not know the office's keys, and
// otherwise when the hub cannot be asked.
func (g *Gate) VerifyReceipts(ctx context.Context) (int, error) {
	if g.link == nil {
		return 0, ErrNoHub
	}
	compared, heard := 0, map[uint32]bool{}
	err := g.everyWord(ctx, func(r *releasev1.Receipt) error {
		n, _, err := g.compare(ctx, []*releasev1.Receipt{r}, heard)
		compared += n
		return err
	})
	if err != nil {
		return compared, err
	}
	return compared, g.covered(ctx, heard)
}

// everyWord asks the hub for all receipts of the office, in their order, and hands on
// each that is the hub's word. It fails with ErrReceipt at the first that is not.
func (g *Gate) everyWord(ctx context.Context, hears func(*releasev1.Receipt) error) error {
	conn, err := g.hub()
	if err != nil {
		return err
	}
	defer conn.Close()
	for after := uint32(0); ; {
		resp, err := g.since(ctx, conn, after)
		if err != nil {
			return err
		}
		last := after
		for _, r := range resp.GetReceipts() {
			if release.VerifyReceipt(g.link.ReceiptKey, r) != nil || r.GetOrgUnit() != g.office.OrgUnit {
				return fmt.Errorf("release %d: %w", r.GetSequence(), ErrReceipt)
			}
			if err := hears(r); err != nil {
				return err
			}
			last = max(last, r.GetSequence())
		}
		if !resp.GetMore() || last <= after {
			return nil
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
		own, err := selectDigest(ctx, g.db, r.GetSequence())
		switch {
		case errors.Is(err, sqlite.ErrNoRows), err == nil && !bytes.Equal(own, r.GetReleaseDigest()):
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
