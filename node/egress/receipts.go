package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/release"
	"casehub/internal/sqlite"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc"
)

// ErrReceipt reports a receipt that is not the hub's word on this office's
// release. It changes nothing.
var ErrReceipt = errors.New("a receipt does not hold")

// awaitReceipts fetches receipts again and again, more slowly each time, until
// nothing in the outbox is without the hub's word or patience is over. It
// returns how many releases left the outbox.
func (g *Gate) awaitReceipts(ctx context.Context, patience time.Duration) (int, error) {
	conn, err := g.hub()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	total, pause := 0, 20*time.Millisecond
	for deadline := time.Now().Add(patience); ; pause = min(2*pause, 2*time.Second) {
		n, err := g.fetchReceipts(ctx, conn)
		total += n
		if err != nil {
			return total, err
		}
		unknown, err := countUnanswered(ctx, g.db)
		if err != nil || unknown == 0 || time.Now().After(deadline) {
			return total, err
		}
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// fetchReceipts asks the hub for the receipts of the oldest release in the
// outbox and those after it.
func (g *Gate) fetchReceipts(ctx context.Context, conn *grpc.ClientConn) (int, error) {
	after, err := selectReceiptedUpTo(ctx, g.db)
	if err != nil {
		return 0, err
	}
	total := 0
	for more := true; more; {
		resp, err := g.since(ctx, conn, after)
		if err == nil {
			err = g.answered(ctx)
		}
		if err != nil {
			return total, err
		}
		n, last, err := g.takeIn(ctx, resp.GetReceipts())
		total += n
		if err != nil {
			return total, err
		}
		more = resp.GetMore() && last > after
		after = last
	}
	return total, nil
}

// since asks the hub for receipts after a sequence, at most as many as fit into
// one answer.
func (g *Gate) since(ctx context.Context, conn *grpc.ClientConn, after uint32) (*hubv1.ReceiptsSinceResponse, error) {
	q := &hubv1.ReceiptsSinceRequest{OrgUnit: g.office.OrgUnit, AfterSequence: after, KeyId: g.keys.releaseID}
	if err := release.SignSince(g.keys.release, q); err != nil {
		return nil, err
	}
	call, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	resp, err := hubv1.NewReceiptsClient(conn).Since(call, q)
	if err != nil {
		return nil, fmt.Errorf("asking the hub: %w", stranger(err))
	}
	return resp, nil
}

// takeIn checks receipts and stores them. It returns how many releases left the
// outbox and the highest sequence there was a receipt for. One that does not
// hold is reported and keeps no other from being taken in.
func (g *Gate) takeIn(ctx context.Context, receipts []*releasev1.Receipt) (emptied int, last uint32, err error) {
	for _, r := range receipts {
		done, failed := g.believe(ctx, r)
		if failed != nil && !errors.Is(failed, ErrReceipt) {
			return emptied, last, failed
		}
		err = errors.Join(err, failed)
		if done {
			emptied++
		}
		last = max(last, r.GetSequence())
	}
	return emptied, last, err
}

// believe checks one receipt: the hub's signature, this office, and the digest
// of the very release that was sealed. Only an accepted or duplicate one empties
// the outbox (invariant I11); any other is kept as the hub's word.
func (g *Gate) believe(ctx context.Context, r *releasev1.Receipt) (emptied bool, err error) {
	if release.VerifyReceipt(g.link.ReceiptKey, r) != nil || r.GetOrgUnit() != g.office.OrgUnit {
		return false, fmt.Errorf("release %d: %w", r.GetSequence(), ErrReceipt)
	}
	b, err := release.Encode(r)
	if err != nil {
		return false, err
	}
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if lost, err := isLost(ctx, tx, r); err != nil || lost {
			return err
		}
		own, err := selectRelease(ctx, tx, r.GetSequence())
		if err != nil || !bytes.Equal(own.Digest, r.GetReleaseDigest()) {
			return errors.Join(fmt.Errorf("release %d: %w", r.GetSequence(), ErrReceipt), err)
		}
		if !own.ReceiptedAt.IsZero() {
			return nil
		}
		emptied = counts(r.GetStatus())
		return storeReceipt(ctx, tx, r, b, emptied, g.now())
	})
	return emptied, err
}

// counts reports whether a status says that the release is in the hub's ledger.
func counts(s releasev1.ReceiptStatus) bool {
	return s == releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED || s == releasev1.ReceiptStatus_RECEIPT_STATUS_DUPLICATE
}
