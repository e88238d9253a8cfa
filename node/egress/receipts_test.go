package egress

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// hubKey signs receipts in tests.
var hubKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))

// receipted is an office with three sealed releases and the key of its hub.
func receipted(t *testing.T) *Gate {
	t.Helper()
	g, _ := newOffice(t)
	g.link = &Link{ReceiptKey: hubKey.Public().(ed25519.PublicKey)}
	for _, m := range []civil.Month{202607, 202608, 202609} {
		if _, err := g.Close(t.Context(), actor.Node(), m); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// receipt is the hub's signed word on one of the office's releases.
func receipt(t *testing.T, g *Gate, sequence uint32, status releasev1.ReceiptStatus, change func(*releasev1.Receipt)) *releasev1.Receipt {
	t.Helper()
	r, err := selectRelease(t.Context(), g.db, sequence)
	if err != nil {
		t.Fatal(err)
	}
	word := &releasev1.Receipt{OrgUnit: orgUnit, Sequence: sequence, ReleaseDigest: bytes.Clone(r.Digest), Status: status, HubLedgerCount: uint64(sequence)}
	if change != nil {
		change(word)
	}
	if err := release.SignReceipt(hubKey, word); err != nil {
		t.Fatal(err)
	}
	return word
}

func left(t *testing.T, g *Gate) int {
	t.Helper()
	n, err := countOutbox(t.Context(), g.db)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestOnlyAReceiptThatCountsEmptiesTheOutbox is invariant I11.
func TestOnlyAReceiptThatCountsEmptiesTheOutbox(t *testing.T) {
	g := receipted(t)
	for status, want := range map[releasev1.ReceiptStatus]bool{
		releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING: false,
		releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED: false,
		releasev1.ReceiptStatus_RECEIPT_STATUS_FORK:    false,
	} {
		if emptied, err := g.believe(t.Context(), receipt(t, g, 1, status, nil)); err != nil || emptied != want {
			t.Errorf("%s: emptied %v, %v", status, emptied, err)
		}
	}
	for i, status := range []releasev1.ReceiptStatus{releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED, releasev1.ReceiptStatus_RECEIPT_STATUS_DUPLICATE} {
		if emptied, err := g.believe(t.Context(), receipt(t, g, uint32(i+1), status, nil)); err != nil || !emptied {
			t.Errorf("%s: emptied %v, %v", status, emptied, err)
		}
	}
	if n := left(t, g); n != 1 {
		t.Errorf("%d releases left, want the third", n)
	}
	if emptied, err := g.believe(t.Context(), receipt(t, g, 1, releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED, nil)); err != nil || emptied {
		t.Errorf("a later refusal: emptied %v, %v", emptied, err)
	}
	if r, err := selectRelease(t.Context(), g.db, 1); err != nil || r.State() != "receipted" {
		t.Errorf("the first release is %s (%v), want receipted", r.State(), err)
	}
}

func TestFalseReceiptsChangeNothing(t *testing.T) {
	g := receipted(t)
	accepted := releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED
	forged := receipt(t, g, 1, accepted, nil)
	forged.HubLedgerCount = 99
	for name, r := range map[string]*releasev1.Receipt{
		"changed after signing": forged,
		"another office":        receipt(t, g, 1, accepted, func(r *releasev1.Receipt) { r.OrgUnit = 8 }),
		"another release":       receipt(t, g, 1, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest[0] ^= 1 }),
		"no such number":        receipt(t, g, 1, accepted, func(r *releasev1.Receipt) { r.Sequence = 50 }),
	} {
		if emptied, err := g.believe(t.Context(), r); !errors.Is(err, ErrReceipt) || emptied {
			t.Errorf("%s: emptied %v, %v, want ErrReceipt", name, emptied, err)
		}
	}
	if n := left(t, g); n != 3 {
		t.Errorf("%d releases left, want 3", n)
	}
}

func TestAFalseReceiptKeepsNoOtherBack(t *testing.T) {
	g := receipted(t)
	accepted := releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED
	emptied, last, err := g.takeIn(t.Context(), []*releasev1.Receipt{
		receipt(t, g, 1, accepted, nil),
		receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest[0] ^= 1 }),
		receipt(t, g, 3, accepted, nil),
	})
	if emptied != 2 || last != 3 || !errors.Is(err, ErrReceipt) {
		t.Errorf("emptied %d up to %d, %v, want 2 up to 3 and ErrReceipt", emptied, last, err)
	}
}
