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
	if n, last, err := g.compare(t.Context(), words); n != 3 || last != 3 || err != nil {
		t.Fatalf("%d receipts up to %d, %v", n, last, err)
	}
	other := receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest = bytes.Repeat([]byte{1}, 32) })
	if _, _, err := g.compare(t.Context(), []*releasev1.Receipt{words[0], other}); !errors.Is(err, ErrRolledBack) {
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
	if _, _, err := g.compare(t.Context(), words); !errors.Is(err, ErrRolledBack) {
		t.Errorf("a release that is gone: %v", err)
	}
}

// A word that is not the hub's, and one that does not count, say nothing of the
// database.
func TestOnlyTheHubsWordTellsOfAnOlderDatabase(t *testing.T) {
	g := receipted(t)
	refused := receipt(t, g, 1, releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED, func(r *releasev1.Receipt) { r.ReleaseDigest = bytes.Repeat([]byte{1}, 32) })
	if n, _, err := g.compare(t.Context(), []*releasev1.Receipt{refused}); n != 0 || err != nil {
		t.Errorf("a refusal of other bytes: %d, %v", n, err)
	}
	forged := receipt(t, g, 1, accepted, nil)
	forged.ReleaseDigest = bytes.Repeat([]byte{1}, 32)
	if _, _, err := g.compare(t.Context(), []*releasev1.Receipt{forged}); !errors.Is(err, ErrReceipt) {
		t.Errorf("a forged receipt: %v", err)
	}
	g.link = nil
	if _, err := g.VerifyReceipts(t.Context()); !errors.Is(err, ErrNoHub) {
		t.Errorf("without a hub: %v", err)
	}
}
