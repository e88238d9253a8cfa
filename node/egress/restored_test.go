package egress

import (
	"errors"
	"path/filepath"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"
)

// TestInvariantI16WhatWaitsAtTheHubIsNoDifferenceToSubtract: an office is put back from
// before its last release, which waits at the hub, and closes the same month anew with
// one case more. The two would differ by that case; the second does not leave.
func TestInvariantI16WhatWaitsAtTheHubIsNoDifferenceToSubtract(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-07-02")
	_, err := g.Close(t.Context(), actor.Node(), 202607)
	must(t, err)
	openCases(t, db, 10, 19, 1101, "2026-08-02")
	before := filepath.Join(t.TempDir(), "node.db")
	must(t, db.Copy(t.Context(), before, sqlitetest.Key))
	_, err = g.Close(t.Context(), actor.Node(), 202608)
	must(t, err)
	heard := []*releasev1.Receipt{receipt(t, g, 1, accepted, nil), receipt(t, g, 2, releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING, nil)}
	serveWords(t, g, &words{receipts: heard})
	if _, err := g.VerifyReceipts(t.Context()); err != nil {
		t.Fatalf("the database that sent it: %v", err)
	}

	old := sqlitetest.OpenAt(t, before, migrations.FS)
	back := newGate(t, old, nil)
	back.link = g.link
	openCases(t, old, 20, 21, 1101, "2026-08-03")
	r, err := back.Close(t.Context(), actor.Node(), civil.Month(202608))
	must(t, err)
	if n := sentBy(t, old, r.Sequence).GetTables()[0].GetGroups()[0].GetValue(); n != 10 {
		t.Fatalf("the new release says %d, so that nothing could be subtracted", n)
	}
	if s, err := back.Sync(t.Context(), 0); !errors.Is(err, ErrRolledBack) || s.Sent != 0 {
		t.Errorf("%+v, %v, want ErrRolledBack and nothing sent", s, err)
	}
}
