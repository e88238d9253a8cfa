package audit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/audit"
	"casehub/node/migrations"
)

var miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}

func TestOfReturnsTheNewestFirst(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	at := time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)
	record(t, db, at, "case.opened", "A")
	record(t, db, at.Add(time.Hour), "case.opened", "B")
	record(t, db, at.Add(2*time.Hour), "case.closed", "A")
	got, err := audit.Of(t.Context(), db, "A", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []audit.Entry{
		{Seq: 3, At: at.Add(2 * time.Hour), Actor: "person:miriam", Action: "case.closed", Subject: "A"},
		{Seq: 1, At: at, Actor: "person:miriam", Action: "case.opened", Subject: "A"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err = audit.Of(t.Context(), db, "A", 1); err != nil || len(got) != 1 {
		t.Errorf("limit 1 gave %d entries, %v", len(got), err)
	}
}

func TestAnEntryGoesWithItsTransaction(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	failed := errors.New("failed")
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(audit.Record(t.Context(), tx, time.Now(), miriam, "case.opened", "A"), failed)
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if got, err := audit.Of(t.Context(), db, "A", 10); err != nil || len(got) != 0 {
		t.Errorf("%d entries of a transaction that failed, %v", len(got), err)
	}
}

func record(t *testing.T, db *sqlite.DB, at time.Time, action, subject string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return audit.Record(t.Context(), tx, at, miriam, action, subject)
	})
	if err != nil {
		t.Fatal(err)
	}
}
