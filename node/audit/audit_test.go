package audit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/audit"
	"casehub/node/migrations"
)

var (
	miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}
	start  = time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)
)

func TestOfReturnsTheNewestFirst(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	record(t, db, start, "case.opened", "A")
	record(t, db, start.Add(time.Hour), "case.opened", "B")
	record(t, db, start.Add(2*time.Hour), "case.closed", "A")
	got, err := audit.Of(t.Context(), db, "A", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []audit.Entry{
		{Seq: 3, At: start.Add(2 * time.Hour), Actor: "person:miriam", Action: "case.closed", Subject: "A"},
		{Seq: 1, At: start, Actor: "person:miriam", Action: "case.opened", Subject: "A"},
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
		change := audit.Field("summary", "", "x")
		return errors.Join(audit.Record(t.Context(), tx, time.Now(), miriam, "case.opened", "A", change), failed)
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if got, err := audit.Of(t.Context(), db, "A", 10); err != nil || len(got) != 0 {
		t.Errorf("%d entries of a transaction that failed, %v", len(got), err)
	}
	record(t, db, start, "case.opened", "A")
	holds(t, db)
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, audit.Field("surname", "Nkosi", "Dlamini"), "surname", "Nkosi", "Dlamini")
}

func TestDiffKeepsWhatDiffers(t *testing.T) {
	got := audit.Diff(
		audit.Field("surname", "Nkosi", "Nkosi"), audit.Field("case_type", uint32(0), 1101),
		audit.Field("amount", int64(-80), 0), audit.Field("birth_date", "", ""),
	)
	want := []audit.Change{{Field: "case_type", New: "1101"}, {Field: "amount", Old: "-80"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Looking at a case again within five minutes is one reading, for each person
// and each case; a clock that was set back hides none.
func TestReadingsAreTakenTogether(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	sipho := actor.Actor{Kind: actor.Person, ID: "sipho"}
	for _, r := range []struct {
		who     actor.Actor
		id      string
		after   time.Duration
		entries int
	}{
		{miriam, "A", 0, 1},
		{miriam, "A", 4 * time.Minute, 1},
		{sipho, "A", 4 * time.Minute, 2},
		{miriam, "B", 4 * time.Minute, 3},
		{miriam, "A", 5 * time.Minute, 4},
		{miriam, "A", 9 * time.Minute, 4},
		{miriam, "A", -time.Hour, 5},
	} {
		if err := audit.Read(t.Context(), db, start.Add(r.after), r.who, r.id); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT count(*) FROM audit WHERE action = 'case.read'`); n != r.entries {
			t.Errorf("%s read %s after %v: %d entries, want %d", r.who.ID, r.id, r.after, n, r.entries)
		}
	}
	holds(t, db)
}

// What an office recorded before there was a chain is chained at the first
// start, in its order, and once.
func TestOldEntriesAreChainedOnce(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	for i, seq := range []int{2, 5, 9} {
		exec(t, db, `INSERT INTO audit_unchained (seq, at, actor, action, subject, within) VALUES (@seq, @at, 'person:a', 'referral.recorded', 'R', 'C')`,
			sqlite.Args{"seq": seq, "at": start.UnixMilli() + int64(i)})
	}
	for range 2 {
		if err := audit.Chain(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if head := holds(t, db); head.Seq != 3 {
			t.Fatalf("the chain ends at %d", head.Seq)
		}
	}
	got, err := audit.Of(t.Context(), db, "R", 1)
	want := []audit.Entry{{Seq: 3, At: start.Add(2 * time.Millisecond), Actor: "person:a", Action: "referral.recorded", Subject: "R", Within: "C"}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	record(t, db, start, "case.opened", "A")
	holds(t, db)
}

// Two parts of a program that record at once make one chain.
func TestEntriesOfManyMakeOneChain(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	done := make(chan error)
	for i := range 4 {
		go func() {
			var err error
			for range 10 {
				err = errors.Join(err, db.Tx(t.Context(), func(tx *sqlite.Tx) error {
					return audit.Record(t.Context(), tx, start, miriam, "case.opened", fmt.Sprint(i), audit.Field("summary", "", "x"))
				}))
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if head := holds(t, db); head.Seq != 40 {
		t.Errorf("%d entries", head.Seq)
	}
}

func BenchmarkRecord(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	for _, fields := range []int{0, 4} {
		changes := make([]audit.Change, fields)
		for i := range changes {
			changes[i] = audit.Field(fmt.Sprint("field", i), "before", "after")
		}
		b.Run(fmt.Sprint(fields, " fields"), func(b *testing.B) {
			err := db.Tx(b.Context(), func(tx *sqlite.Tx) error {
				for b.Loop() {
					if err := audit.Record(b.Context(), tx, start, miriam, "case.opened", "A", changes...); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

func record(t *testing.T, db *sqlite.DB, at time.Time, action, subject string, changes ...audit.Change) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return audit.Record(t.Context(), tx, at, miriam, action, subject, changes...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, db *sqlite.DB, noted ...audit.Head) audit.Head {
	t.Helper()
	head, err := audit.Verify(t.Context(), db, noted...)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func exec(t *testing.T, db *sqlite.DB, statement string, args sqlite.Args) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement, args); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, db *sqlite.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
