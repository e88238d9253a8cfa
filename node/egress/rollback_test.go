package egress

import (
	"bytes"
	"errors"
	"testing"

	releasev1 "casehub/proto/casehub/release/v1"
)

const accepted = releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED

// An older copy of the database that was put back lacks a release for which the
// hub has signed, or made another one under its number since.
func TestAnOlderDatabaseIsFoundByTheReceipts(t *testing.T) {
	g := receipted(t)
	words := []*releasev1.Receipt{receipt(t, g, 1, accepted, nil), receipt(t, g, 2, accepted, nil), receipt(t, g, 3, accepted, nil)}
	if n, last, err := g.compare(t.Context(), words, map[uint32]bool{}); n != 3 || last != 3 || err != nil {
		t.Fatalf("%d receipts up to %d, %v", n, last, err)
	}
	other := receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest = bytes.Repeat([]byte{1}, 32) })
	if _, _, err := g.compare(t.Context(), []*releasev1.Receipt{words[0], other}, map[uint32]bool{}); !errors.Is(err, ErrRolledBack) {
		t.Errorf("another release under the number: %v", err)
	}
	for _, statement := range []string{
		`DROP TRIGGER releases_stay`, `DROP TRIGGER outbox_waits_for_its_receipt`,
		`DELETE FROM outbox WHERE sequence = 3`, `DELETE FROM releases WHERE sequence = 3`,
	} {
		if _, err := g.db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := g.compare(t.Context(), words, map[uint32]bool{}); !errors.Is(err, ErrRolledBack) {
		t.Errorf("a release that is gone: %v", err)
	}
}

// TestWhateverTheHubHasOfAnotherDatabaseTells: also what waits there, is kept beside
// another or was refused was sent by this office, and is with those who could subtract.
func TestWhateverTheHubHasOfAnotherDatabaseTells(t *testing.T) {
	g := receipted(t)
	for _, status := range []releasev1.ReceiptStatus{
		releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING, releasev1.ReceiptStatus_RECEIPT_STATUS_FORK, releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED,
		releasev1.ReceiptStatus_RECEIPT_STATUS_DUPLICATE,
	} {
		for name, change := range map[string]func(*releasev1.Receipt){
			"another release": func(r *releasev1.Receipt) { r.ReleaseDigest = bytes.Repeat([]byte{1}, 32) },
			"a later one":     func(r *releasev1.Receipt) { r.Sequence = 9 },
		} {
			words := []*releasev1.Receipt{receipt(t, g, 3, status, change)}
			if _, _, err := g.compare(t.Context(), words, map[uint32]bool{}); !errors.Is(err, ErrRolledBack) {
				t.Errorf("%s, %v: %v, want ErrRolledBack", name, status, err)
			}
		}
		own := []*releasev1.Receipt{receipt(t, g, 3, status, nil)}
		if _, _, err := g.compare(t.Context(), own, map[uint32]bool{}); err != nil {
			t.Errorf("the very release, %v: %v", status, err)
		}
	}
}

// TestAHubThatForgetsAReceiptIsFound: a hub that leaves out what it signed for would
// let an older database pass. What this one has a receipt for has to be among its words.
func TestAHubThatForgetsAReceiptIsFound(t *testing.T) {
	g := receipted(t)
	w := &words{receipts: []*releasev1.Receipt{receipt(t, g, 1, accepted, nil), receipt(t, g, 2, accepted, nil)}}
	serveWords(t, g, w)
	if _, err := g.believe(t.Context(), w.receipts[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := g.believe(t.Context(), w.receipts[1]); err != nil {
		t.Fatal(err)
	}
	if n, err := g.VerifyReceipts(t.Context()); n != 2 || err != nil {
		t.Fatalf("with its words: %d, %v", n, err)
	}
	w.receipts = w.receipts[:1]
	if _, err := g.VerifyReceipts(t.Context()); !errors.Is(err, ErrRolledBack) {
		t.Errorf("without one of them: %v, want ErrRolledBack", err)
	}
}

// A word that is not the hub's says nothing of the database.
func TestOnlyTheHubsWordTellsOfAnOlderDatabase(t *testing.T) {
	g := receipted(t)
	forged := receipt(t, g, 1, accepted, nil)
	forged.ReleaseDigest = bytes.Repeat([]byte{1}, 32)
	if _, _, err := g.compare(t.Context(), []*releasev1.Receipt{forged}, map[uint32]bool{}); !errors.Is(err, ErrReceipt) {
		t.Errorf("a forged receipt: %v", err)
	}
	g.link = nil
	if _, err := g.VerifyReceipts(t.Context()); !errors.Is(err, ErrNoHub) {
		t.Errorf("without a hub: %v", err)
	}
}
