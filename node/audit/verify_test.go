package audit

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

// triggers are what somebody with the open database removes first.
var triggers = []string{
	"audit_keeps_entries", "audit_loses_nothing", "audit_has_no_gap", "audit_values_are_erased_or_kept", "audit_values_stay",
	"audit_values_come_with_their_entry", "audit_head_goes_forward", "audit_head_stays",
}

// forged opens a database with a chain of six entries, two values in the third
// and in the fifth, from which every guard is removed.
func forged(t *testing.T) *sqlite.DB {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	who := actor.Actor{Kind: actor.Person, ID: "miriam"}
	for i := range 6 {
		var changes []Change
		if i == 2 || i == 4 {
			changes = []Change{Field("opened_on", "2026-03-01", "2026-03-02"), Field("summary", "", "sent away")}
		}
		err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			return RecordWithin(t.Context(), tx, time.UnixMilli(int64(1000*i)), who, "case.updated", fmt.Sprint("case-", i), "within", changes...)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Verify(t.Context(), db); err != nil {
		t.Fatalf("before anything was forged: %v", err)
	}
	for _, name := range triggers {
		do(t, db, `DROP TRIGGER `+name)
	}
	do(t, db, `PRAGMA foreign_keys = off`)
	return db
}

func do(t *testing.T, db *sqlite.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement, nil); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Whatever is changed behind the program's back is found, and named by the
// first entry that does not hold.
func TestForgeryIsFoundAndNamed(t *testing.T) {
	for name, f := range map[string]struct {
		forge []string
		seq   int64
		fault Fault
	}{
		"time":                  {[]string{`UPDATE audit SET at = at + 1 WHERE seq = 4`}, 4, Altered},
		"actor":                 {[]string{`UPDATE audit SET actor = 'person:sipho' WHERE seq = 4`}, 4, Altered},
		"action":                {[]string{`UPDATE audit SET action = 'case.read' WHERE seq = 1`}, 1, Altered},
		"subject":               {[]string{`UPDATE audit SET subject = 'x' WHERE seq = 6`}, 6, Altered},
		"within":                {[]string{`UPDATE audit SET within = '' WHERE seq = 2`}, 2, Altered},
		"moved between columns": {[]string{`UPDATE audit SET subject = subject || within, within = '' WHERE seq = 2`}, 2, Altered},
		"changes":               {[]string{`UPDATE audit SET changes = x'' WHERE seq = 3`}, 3, Altered},
		"one bit of changes":    {[]string{`UPDATE audit SET changes = (SELECT changes FROM audit WHERE seq = 5) WHERE seq = 3`}, 3, Altered},
		"hash":                  {[]string{`UPDATE audit SET hash = zeroblob(32) WHERE seq = 4`}, 4, Altered},
		"format":                {[]string{`UPDATE audit SET format = 2 WHERE seq = 4`}, 4, Unknown},
		"number":                {[]string{`UPDATE audit SET seq = 9 WHERE seq = 6`}, 6, Missing},
		"first removed":         {[]string{`DELETE FROM audit WHERE seq = 1`}, 1, Missing},
		"one removed":           {[]string{`DELETE FROM audit WHERE seq = 4`}, 4, Missing},
		"removed and closed up": {[]string{`DELETE FROM audit WHERE seq = 4`, `UPDATE audit SET seq = seq - 1 WHERE seq = 5`, `UPDATE audit SET seq = seq - 1 WHERE seq = 6`}, 4, Altered},
		"one put before":        {[]string{`INSERT INTO audit SELECT 0, format, at, actor, action, subject, within, changes, hash FROM audit WHERE seq = 1`}, 1, Missing},
		"two swapped": {[]string{
			`UPDATE audit SET seq = 99 WHERE seq = 1`, `UPDATE audit SET seq = 1 WHERE seq = 2`, `UPDATE audit SET seq = 2 WHERE seq = 99`,
		}, 1, Altered},
		"tail cut":    {[]string{`DELETE FROM audit WHERE seq > 4`, `DELETE FROM audit_values WHERE seq > 4`}, 5, Missing},
		"all cut":     {[]string{`DELETE FROM audit`, `DELETE FROM audit_values`}, 1, Missing},
		"one added":   {[]string{`INSERT INTO audit SELECT 7, format, at, actor, action, subject, within, changes, hash FROM audit WHERE seq = 6`}, 7, Altered},
		"head back":   {[]string{`UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)`}, 5, Beyond},
		"head's hash": {[]string{`UPDATE audit_head SET hash = zeroblob(32)`}, 6, Altered},
		"another key": {[]string{`UPDATE audit_head SET key = zeroblob(32)`}, 1, Altered},
		"old value":   {[]string{`UPDATE audit_values SET old = '2026-02-01' WHERE seq = 3 AND n = 0`}, 3, ValueAltered},
		"new value":   {[]string{`UPDATE audit_values SET new = 'stayed' WHERE seq = 5 AND n = 1`}, 5, ValueAltered},
		"salt":        {[]string{`UPDATE audit_values SET salt = zeroblob(16) WHERE seq = 5 AND n = 1`}, 5, ValueAltered},
		"field":       {[]string{`UPDATE audit_values SET field = 'notes' WHERE seq = 5 AND n = 1`}, 5, ValueMissing},
		"value gone":  {[]string{`DELETE FROM audit_values WHERE seq = 3 AND n = 1`}, 3, ValueMissing},
		"values gone": {[]string{`DELETE FROM audit_values WHERE seq = 3`}, 3, ValueMissing},
		"value added": {[]string{`INSERT INTO audit_values SELECT seq, 2, field, old, new, salt FROM audit_values WHERE seq = 3 AND n = 1`}, 3, ValueMissing},
		"value moved": {[]string{`UPDATE audit_values SET seq = 4 WHERE seq = 3`}, 3, ValueMissing},
		"stray value": {[]string{`INSERT INTO audit_values SELECT 77, n, field, old, new, salt FROM audit_values WHERE seq = 3`}, 77, ValueMissing},
		"values swapped": {[]string{
			`UPDATE audit_values SET old = '2026-03-05', new = (SELECT new FROM audit_values WHERE seq = 5 AND n = 0),
				salt = (SELECT salt FROM audit_values WHERE seq = 5 AND n = 0) WHERE seq = 3 AND n = 0`,
		}, 3, ValueAltered},
		"erased without a word": {[]string{`UPDATE audit_values SET old = NULL, new = NULL, salt = NULL WHERE seq = 3`}, 3, ValueErased},
	} {
		t.Run(name, func(t *testing.T) {
			db := forged(t)
			for _, s := range f.forge {
				do(t, db, s)
			}
			named(t, db, f.seq, f.fault)
		})
	}
}

// named fails t unless Verify names that entry with that fault.
func named(t *testing.T, db *sqlite.DB, seq int64, fault Fault, noted ...Head) {
	t.Helper()
	_, err := Verify(t.Context(), db, noted...)
	var b *Broken
	if !errors.As(err, &b) || *b != (Broken{seq, fault}) {
		t.Errorf("found %v, want entry %d: %s", err, seq, fault)
	}
}

// rechain writes the chain anew with a key, as somebody would who changed the
// fourth entry.
func rechain(t *testing.T, db *sqlite.DB, k key) {
	t.Helper()
	do(t, db, `UPDATE audit SET actor = 'person:sipho' WHERE seq = 4`)
	var before Head
	var all []stored
	err := everything(t.Context(), db, func(s stored) error {
		if len(all) == 0 || all[len(all)-1].Seq != s.Seq {
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		h := Hash(s.hash)
		if s.Seq >= 4 {
			h = link(k, before.Hash, s.Entry, s.changes)
			do(t, db, fmt.Sprintf(`UPDATE audit SET hash = x'%x' WHERE seq = %d`, h[:], s.Seq))
		}
		before = Head{s.Seq, h}
	}
	do(t, db, fmt.Sprintf(`UPDATE audit_head SET hash = x'%x'`, before.Hash[:]))
}

func TestChainWrittenAnewWithAnotherKeyIsFound(t *testing.T) {
	db := forged(t)
	rechain(t, db, key{1})
	named(t, db, 4, Altered)
}

// Somebody who has the key of the chain too can write it anew, and is found
// beside a head that was noted elsewhere: at the first noted entry behind the
// change.
func TestChainWrittenAnewIsFoundByANotedHead(t *testing.T) {
	db := forged(t)
	heads := make([]Head, 7)
	for seq := range heads[1:] {
		heads[seq+1] = headAt(t, db, seq+1)
	}
	k, _, err := selectHead(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	rechain(t, db, k)
	if _, err := Verify(t.Context(), db, heads[1], heads[3]); err != nil {
		t.Fatalf("without a head behind the change nothing can be known: %v", err)
	}
	named(t, db, 5, Rewritten, heads[5])
	named(t, db, 4, Rewritten, heads[6], heads[4])
}

// A tail that was cut with its head shows beside a head that was noted.
func TestTailCutWithItsHeadIsFoundByANotedHead(t *testing.T) {
	db := forged(t)
	noted := headAt(t, db, 6)
	do(t, db, `DELETE FROM audit WHERE seq > 4`)
	do(t, db, `DELETE FROM audit_values WHERE seq > 4`)
	do(t, db, `UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)`)
	if _, err := Verify(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	named(t, db, 5, Missing, noted)
}

func headAt(t *testing.T, db *sqlite.DB, seq int) Head {
	t.Helper()
	var b []byte
	if err := db.QueryRow(t.Context(), `SELECT hash FROM audit WHERE seq = @seq`, sqlite.Args{"seq": seq}).Scan(&b); err != nil {
		t.Fatal(err)
	}
	return Head{int64(seq), Hash(b)}
}

// Erasing a record leaves none of its values and a chain that holds; the values
// of others stay.
func TestErasedValuesLeaveTheChainWhole(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	who := actor.Actor{Kind: actor.Person, ID: "miriam"}
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(
			Record(t.Context(), tx, time.UnixMilli(1), who, "case.opened", "A", Field("summary", "", "canary-1")),
			RecordWithin(t.Context(), tx, time.UnixMilli(2), who, "referral.recorded", "R", "A", Field("note", "", "canary-2")),
			Record(t.Context(), tx, time.UnixMilli(3), who, "case.opened", "B", Field("summary", "", "kept")),
			Erase(t.Context(), tx, time.UnixMilli(4), who, "A"),
			Erase(t.Context(), tx, time.UnixMilli(5), who, "A"),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	head, err := Verify(t.Context(), db)
	if err != nil || head.Seq != 5 {
		t.Fatalf("%d entries, %v", head.Seq, err)
	}
	var kept []string
	err = everything(t.Context(), db, func(s stored) error {
		if s.new.Valid {
			kept = append(kept, s.new.String)
		}
		return nil
	})
	if err != nil || len(kept) != 1 || kept[0] != "kept" {
		t.Errorf("%d values are left, %v", len(kept), err)
	}
}

// The commitment says nothing without the salt: two entries with one value
// commit to it differently.
func TestCommitmentsAreSalted(t *testing.T) {
	db := forged(t)
	var a, b []byte
	if err := db.QueryRow(t.Context(), `SELECT (SELECT changes FROM audit WHERE seq = 3), (SELECT changes FROM audit WHERE seq = 5)`, nil).Scan(&a, &b); err != nil {
		t.Fatal(err)
	}
	if len(a) == 0 || string(a) == string(b) {
		t.Error("the same values have the same commitments")
	}
}

func BenchmarkVerify(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	const entries = 20_000
	err := db.Tx(b.Context(), func(tx *sqlite.Tx) error {
		for i := range entries {
			if err := Record(b.Context(), tx, time.UnixMilli(int64(i)), actor.Node(), "case.updated", "A", Field("summary", "before", "after")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Verify(b.Context(), db); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
