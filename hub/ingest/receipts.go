package ingest

import (
	"context"
	"fmt"

	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// maxReceipts is the most receipts in one answer.
const maxReceipts = 500

// speak signs the words and keeps them as receipts.
func (in *Ingest) speak(ctx context.Context, words []word) error {
	words = newest(words)
	if len(words) == 0 {
		return nil
	}
	all, err := in.sign(words)
	if err != nil {
		return err
	}
	if err := upsertReceipts(ctx, in.db, all, in.now()); err != nil {
		return fmt.Errorf("keeping %d receipts: %w", len(all), err)
	}
	return nil
}

func (in *Ingest) sign(words []word) ([]signed, error) {
	all := make([]signed, len(words))
	for i, w := range words {
		r := w.receipt()
		if err := release.SignReceipt(in.key, r); err != nil {
			return nil, fmt.Errorf("signing a receipt: %w", err)
		}
		all[i] = signed{w, r.GetSignature()}
	}
	return all, nil
}

// newest leaves one word on each release: the last, but no refusal after
// another word.
func newest(words []word) []word {
	type key struct{ orgUnit, sequence uint32 }
	at := map[key]int{}
	var all []word
	for _, w := range words {
		k := key{w.orgUnit, w.sequence}
		i, ok := at[k]
		switch {
		case !ok:
			at[k] = len(all)
			all = append(all, w)
		case w.status != refused || all[i].status == refused || all[i].digest == w.digest && all[i].status == waits:
			all[i] = w
		}
	}
	return all
}

// receipt returns the word as a message, without a signature.
func (w word) receipt() *releasev1.Receipt {
	return &releasev1.Receipt{
		OrgUnit: w.orgUnit, Sequence: w.sequence, ReleaseDigest: w.digest[:],
		Status: w.status, ReasonCode: w.reason, HubLedgerCount: uint64(w.count),
	}
}

// CatchUp gives the words that are owed: those that a hub killed between a commit
// and its receipts did not give, and those that follow from Resume. A word that
// the intake gives meanwhile stays. One on what was withdrawn just then is taken back.
func (in *Ingest) CatchUp(ctx context.Context) error {
	if err := dropUnfounded(ctx, in.db); err != nil {
		return fmt.Errorf("looking for receipts on what was withdrawn: %w", err)
	}
	words, err := unspoken(ctx, in.db)
	if err != nil {
		return fmt.Errorf("looking for receipts that are owed: %w", err)
	}
	if len(words) == 0 {
		return nil
	}
	all, err := in.sign(words)
	if err != nil {
		return err
	}
	if err := settleReceipts(ctx, in.db, all, in.now()); err != nil {
		return fmt.Errorf("keeping %d receipts that were owed: %w", len(all), err)
	}
	return nil
}

// Receipts returns the hub's newest word on each of an office's releases after a
// sequence, ascending, at most 500, and whether there are more.
func (in *Ingest) Receipts(ctx context.Context, orgUnit, after uint32) ([]*releasev1.Receipt, bool, error) {
	all, err := receiptsSince(ctx, in.db, orgUnit, after, maxReceipts+1)
	if err != nil {
		return nil, false, fmt.Errorf("reading the receipts of office %d: %w", orgUnit, err)
	}
	more := len(all) > maxReceipts
	if more {
		all = all[:maxReceipts]
	}
	receipts := make([]*releasev1.Receipt, len(all))
	for i, s := range all {
		receipts[i] = s.receipt()
		receipts[i].Signature = s.signature
	}
	return receipts, more, nil
}
