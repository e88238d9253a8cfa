package egress

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/migrations"
	releasev1 "casehub/proto/casehub/release/v1"
)

// restore says in the audit that a database was put back, as backup.Restore does.
func restore(t *testing.T, g *Gate) {
	t.Helper()
	must(t, g.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return audit.Record(t.Context(), tx, g.now(), actor.Node(), "backup.restored", "1")
	}))
}

// markOf is what the hub reads out of a release.
func markOf(t *testing.T, g *Gate, sequence uint32) string {
	t.Helper()
	digest, err := selectDigest(t.Context(), g.db, sequence)
	must(t, err)
	return hex.EncodeToString(digest[:4])
}

// TestAfterARestoreAPersonSaysWhatLeftLast: until then nothing is drafted, sealed or
// sent, also where the hub has not a word against it.
func TestAfterARestoreAPersonSaysWhatLeftLast(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-07-02")
	closing(t, g, 202607, 202608)
	d, err := g.Make(t.Context(), actor.Node(), Wanted{Period: 202609})
	must(t, err)
	_, err = g.Check(t.Context(), checker, d.ID, d.Digest)
	must(t, err)
	if err := g.Resume(t.Context(), approver, Told{}); !errors.Is(err, ErrNotPaused) {
		t.Errorf("nobody waits: %v", err)
	}
	restore(t, g)
	serveWords(t, g, &words{})
	waits := func(name string) {
		t.Helper()
		if s, err := g.Sync(t.Context(), 0); !errors.Is(err, ErrPaused) || s.Sent != 0 {
			t.Errorf("%s: sending: %+v, %v", name, s, err)
		}
		if _, err := g.Approve(t.Context(), approver, d.ID, d.Digest); !errors.Is(err, ErrPaused) && !errors.Is(err, ErrDraftMoved) {
			t.Errorf("%s: sealing: %v", name, err)
		}
		if n := sealedCount(t, db); n != 2 {
			t.Errorf("%s: %d releases", name, n)
		}
	}
	waits("after the restore")
	for name, c := range map[string]struct {
		who  actor.Actor
		told Told
		want error
	}{
		"who may not":      {checker, Told{2, markOf(t, g, 2), 202608}, access.ErrForbidden},
		"the program":      {actor.Node(), Told{2, markOf(t, g, 2), 202608}, access.ErrForbidden},
		"the wrong mark":   {approver, Told{2, markOf(t, g, 1), 202608}, errToldMark},
		"a short mark":     {approver, Told{2, markOf(t, g, 2)[:6], 202608}, errToldMark},
		"no mark":          {approver, Told{2, "", 202608}, errToldMark},
		"more than is had": {approver, Told{3, "00000000", 202609}, ErrWithheld},
	} {
		if err := g.Resume(t.Context(), c.who, c.told); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		waits(name)
	}
	if p, yes, err := g.Paused(t.Context()); !yes || err != nil || p.Found || !p.At.Equal(now) {
		t.Errorf("pause %+v, %v, %v", p, yes, err)
	}
	must(t, g.Resume(t.Context(), approver, Told{2, release.Mark(opened(t, db, 2).Digest[:]), 202608}))
	if _, err := g.Seal(t.Context(), actor.Node(), d.ID); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := g.Sync(t.Context(), 0); errors.Is(err, ErrPaused) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTheHubsWordStandsAboveWhatWasTold: a number that is less than what the hub signed
// for, a receipt that is here, and another content under a number.
func TestTheHubsWordStandsAboveWhatWasTold(t *testing.T) {
	g := receipted(t)
	w := &words{receipts: []*releasev1.Receipt{receipt(t, g, 1, accepted, nil), receipt(t, g, 2, accepted, nil)}}
	serveWords(t, g, w)
	restore(t, g)
	if err := g.Resume(t.Context(), approver, Told{Sequence: 1, Mark: markOf(t, g, 1)}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("less than the hub signed for: %v", err)
	}
	_, err := g.believe(t.Context(), w.receipts[1])
	must(t, err)
	w.receipts = nil
	if err := g.Resume(t.Context(), approver, Told{Sequence: 1, Mark: markOf(t, g, 1)}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("less than a receipt that is here: %v", err)
	}
	w.receipts = []*releasev1.Receipt{receipt(t, g, 2, accepted, func(r *releasev1.Receipt) { r.ReleaseDigest = make([]byte, 32) })}
	if err := g.Resume(t.Context(), approver, Told{Sequence: 3, Mark: markOf(t, g, 3)}); !errors.Is(err, ErrRolledBack) {
		t.Errorf("another content: %v", err)
	}
	if _, yes, err := g.Paused(t.Context()); !yes || err != nil {
		t.Errorf("it does not wait any more: %v", err)
	}
	w.receipts = nil
	g.link = nil
	if err := g.Resume(t.Context(), approver, Told{Sequence: 3, Mark: markOf(t, g, 3)}); err != nil {
		t.Errorf("without a hub, by telephone: %v", err)
	}
}

// lostOffice is an office whose database was put back from before its second release;
// the third left, too. It returns the database that is gone beside it.
func lostOffice(t *testing.T) (back *Gate, gone *sqlite.DB) {
	t.Helper()
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-06-02")
	openCases(t, db, 40, 43, 1102, "2026-06-02")
	closing(t, g, 202606)
	before := filepath.Join(t.TempDir(), "node.db")
	must(t, db.Copy(t.Context(), before, sqlitetest.Key))
	again := func(db *sqlite.DB) {
		openCases(t, db, 10, 19, 1101, "2026-07-02")
		openCases(t, db, 43, 46, 1102, "2026-07-02")
		openCases(t, db, 20, 29, 1101, "2026-08-02")
	}
	again(db)
	closing(t, g, 202607, 202608)
	var all []*releasev1.Receipt
	for n := range uint32(3) {
		all = append(all, receipt(t, g, n+1, accepted, nil))
	}
	old := sqlitetest.OpenAt(t, before, migrations.FS)
	back = newGate(t, old, nil)
	serveWords(t, back, &words{receipts: all})
	restore(t, back)
	again(old) // what was on paper is entered once more
	openCases(t, old, 30, 33, 1101, "2026-08-09")
	return back, db
}

// twice counts the records that left from both databases after the first release.
func twice(t *testing.T, back, gone *sqlite.DB) (n int) {
	t.Helper()
	const left = `
SELECT DISTINCT e.source_id
FROM ledger_events e
JOIN ledger_groups g ON g.id = e.group_id
WHERE g.sequence > 1`
	seen := map[string]bool{}
	for i, db := range []*sqlite.DB{gone, back} {
		rows, err := db.Query(t.Context(), left, nil)
		must(t, err)
		for rows.Next() {
			var id string
			must(t, rows.Scan(&id))
			if seen[id] && i == 1 {
				n++
			}
			seen[id] = true
		}
		must(t, rows.Close())
	}
	return n
}

// TestInvariantI16WhatWasLostLeavesNoSecondTime: the office goes on after the releases
// that left from the database that is gone, with the next number, in their chain, and
// without a case that can have been in them.
func TestInvariantI16WhatWasLostLeavesNoSecondTime(t *testing.T) {
	back, gone := lostOffice(t)
	mark := markOf(t, &Gate{db: gone}, 3)
	if err := back.Resume(t.Context(), approver, Told{3, mark, 202609 + 1}); !errors.Is(err, errToldMonth) {
		t.Errorf("a month that has not ended: %v", err)
	}
	if err := back.Resume(t.Context(), approver, Told{3, "12345678", 202608}); !errors.Is(err, errToldMark) {
		t.Errorf("another mark: %v", err)
	}
	// The month was misheard; they can reach to September.
	must(t, back.Resume(t.Context(), approver, Told{3, mark, 202606}))
	openCases(t, back.db, 50, 60, 1101, "2026-10-02")
	back.now = func() time.Time { return now.AddDate(0, 1, 0) }
	next, err := back.Next(t.Context(), 202601)
	if err != nil || next != 202610 {
		t.Fatalf("next comes %d, %v", next, err)
	}
	r, err := back.Close(t.Context(), actor.Node(), next)
	must(t, err)
	o := opened(t, back.db, r.Sequence)
	if r.Sequence != 4 || hex.EncodeToString(o.Release.GetPreviousDigest()[:4]) != mark {
		t.Errorf("release %d follows %x, want the fourth after %s", r.Sequence, o.Release.GetPreviousDigest(), mark)
	}
	if v := o.Release.GetTables()[0].GetGroups()[0].GetValue(); v != 10 {
		t.Errorf("it says %d, want the ten of October", v)
	}
	if n := twice(t, back.db, gone); n != 0 {
		t.Errorf("%d cases left twice", n)
	}
	if n, err := back.VerifyReleases(t.Context()); n != 4 || err != nil {
		t.Errorf("the chain: %d, %v", n, err)
	}
	if n, err := back.VerifyReceipts(t.Context()); n != 3 || err != nil {
		t.Errorf("the receipts: %d, %v", n, err)
	}
	if _, err := back.fetch(t); err != nil {
		t.Errorf("receipts of what was lost: %v", err)
	}
	for _, statement := range []string{
		`UPDATE releases_lost SET digest = zeroblob(32)`, `DELETE FROM releases_lost`,
		`INSERT INTO releases_lost (sequence, digest, period, noted_at) VALUES (4, zeroblob(32), 202609, 0)`,
		`UPDATE release_pauses SET ended_at = NULL, told = NULL`, `DELETE FROM release_pauses`,
	} {
		if _, err := back.db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("the database takes %s", statement)
		}
	}
}

// fetch asks for receipts once.
func (g *Gate) fetch(t *testing.T) (int, error) {
	t.Helper()
	conn, err := g.hub()
	must(t, err)
	defer conn.Close()
	return g.fetchReceipts(t.Context(), conn)
}

// TestWithoutAWordTheSameCasesWouldLeaveTwice is its red: the month is closed anew, as
// by a program that asks nobody.
func TestWithoutAWordTheSameCasesWouldLeaveTwice(t *testing.T) {
	back, gone := lostOffice(t)
	_, err := back.db.Exec(t.Context(), `UPDATE release_pauses SET ended_at = 1, told = 1`, nil)
	must(t, err)
	closing(t, back, 202607, 202608)
	if n := twice(t, back.db, gone); n < 10 {
		t.Errorf("only %d cases left twice", n)
	}
}

// TestWhatTheHubHasOfAnotherDatabasePausesToo: a file that was copied back by hand.
func TestWhatTheHubHasOfAnotherDatabasePausesToo(t *testing.T) {
	g := receipted(t)
	serveWords(t, g, &words{receipts: []*releasev1.Receipt{receipt(t, g, 3, accepted, func(r *releasev1.Receipt) { r.Sequence = 9 })}})
	if _, err := g.Sync(t.Context(), 0); !errors.Is(err, ErrRolledBack) {
		t.Fatalf("%v, want ErrRolledBack", err)
	}
	if p, yes, err := g.Paused(t.Context()); !yes || !p.Found || err != nil {
		t.Errorf("pause %+v, %v, %v", p, yes, err)
	}
	if _, err := g.Make(t.Context(), actor.Node(), Wanted{Period: 202609}); !errors.Is(err, ErrPaused) {
		t.Errorf("a draft: %v", err)
	}
}

// TestALaterWordIsGivenUpInEveryMeasure, also in one of which an earlier month was noted
// and that no plan has.
func TestALaterWordIsGivenUpInEveryMeasure(t *testing.T) {
	_, db := newOffice(t)
	for set, through := range map[int]int{77: 202601, 78: 202612} {
		_, err := db.Exec(t.Context(), `INSERT INTO ledger_elsewhere (data_set, through, by, at) VALUES (@set, @through, 'x', 0)`, sqlite.Args{"set": set, "through": through})
		must(t, err)
	}
	must(t, db.Tx(t.Context(), func(tx *sqlite.Tx) error { return elsewhereToo(t.Context(), tx, 202608, now) }))
	for set, want := range map[int]int{76: 202608, 77: 202608, 78: 202612} {
		var got int
		must(t, db.QueryRow(t.Context(), `SELECT through FROM ledger_elsewhere WHERE data_set = @set`, sqlite.Args{"set": set}).Scan(&got))
		if got != want {
			t.Errorf("measure %d: through %d, want %d", set, got, want)
		}
	}
}

// TestWhatDoesNotCountAtTheHubIsNoLink: nothing follows a release that the hub refused,
// keeps beside another or lets wait; nothing is noted, and everything goes on waiting.
func TestWhatDoesNotCountAtTheHubIsNoLink(t *testing.T) {
	for _, status := range []releasev1.ReceiptStatus{
		releasev1.ReceiptStatus_RECEIPT_STATUS_FORK, releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED, releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING,
	} {
		back, gone := lostOffice(t)
		whole := &Gate{db: gone}
		serveWords(t, back, &words{receipts: []*releasev1.Receipt{
			receipt(t, whole, 1, accepted, nil), receipt(t, whole, 2, accepted, nil), receipt(t, whole, 3, status, nil),
		}})
		if err := back.Resume(t.Context(), approver, Told{3, markOf(t, whole, 3), 202608}); !errors.Is(err, ErrUncounted) {
			t.Errorf("%v: %v, want ErrUncounted", status, err)
		}
		var n int
		must(t, back.db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM releases_lost) + (SELECT count(*) FROM ledger_elsewhere)`, nil).Scan(&n))
		if _, yes, err := back.Paused(t.Context()); n != 0 || !yes || err != nil {
			t.Errorf("%v: %d rows are written, it waits: %v, %v", status, n, yes, err)
		}
	}
}

// TestWhatWasHandedOutAndForgottenLeavesNoSecondTime: a draft was handed out between the
// backup and the restore, and the hub has no more than this database. One case more is
// found in the month; the file less the next draft would be that case.
func TestWhatWasHandedOutAndForgottenLeavesNoSecondTime(t *testing.T) {
	for name, c := range map[string]struct {
		afar, lone bool
		want       uint64
	}{
		"two in the office":           {false, false, 10},
		"somebody from afar":          {true, false, 0},
		"one alone, and nobody known": {false, true, 0},
	} {
		l, db := newLone(t)
		if c.afar {
			l.enrol(t)
		}
		if !c.lone {
			l.staff = crew{}
		}
		restore(t, l.Gate)
		openCases(t, db, 9, 10, 1101, "2026-09-03")
		who := approver
		if c.lone {
			who = l.someone
		}
		must(t, l.Resume(t.Context(), who, Told{}))
		d, err := l.Make(t.Context(), actor.Node(), Wanted{Period: 202609})
		must(t, err)
		m, err := d.Message()
		must(t, err)
		var n uint64
		for _, table := range m.GetTables() {
			for _, g := range table.GetGroups() {
				n += uint64(g.GetValue())
			}
		}
		if n != c.want {
			t.Errorf("%s: the draft says %d, want %d", name, n, c.want)
		}
	}
}

// TestOnOnePersonsWordNothingIsHandedOut: the hub is asked before, and what it says
// against the word stops everything again.
func TestOnOnePersonsWordNothingIsHandedOut(t *testing.T) {
	l, db := newLone(t)
	restore(t, l.Gate)
	must(t, l.Resume(t.Context(), l.someone, Told{}))
	l.at = l.at.AddDate(0, 1, 0)
	openCases(t, db, 20, 29, 1101, "2026-10-02")
	d, err := l.Make(t.Context(), actor.Node(), Wanted{Period: 202610})
	must(t, err)
	d, err = l.Check(t.Context(), l.someone, d.ID, d.Digest)
	must(t, err)
	hand := func() error { return l.HandOut(t.Context(), l.someone, d.ID, d.Digest) }
	if err := hand(); !errors.Is(err, ErrUnasked) {
		t.Errorf("without a hub: %v, want ErrUnasked", err)
	}
	w := &words{}
	serveWords(t, l.Gate, w)
	must(t, hand())

	other := receipted(t)
	w.receipts = []*releasev1.Receipt{receipt(t, other, 1, accepted, nil)}
	must(t, l.Discard(t.Context(), l.someone, d.ID))
	d, err = l.Make(t.Context(), actor.Node(), Wanted{Period: 202610})
	must(t, err)
	d, err = l.Check(t.Context(), l.someone, d.ID, d.Digest)
	must(t, err)
	if err := hand(); !errors.Is(err, ErrUnasked) || !errors.Is(err, ErrRolledBack) {
		t.Errorf("against the hub's word: %v", err)
	}
	if p, yes, err := l.Paused(t.Context()); !yes || !p.Found || err != nil {
		t.Errorf("pause %+v, %v, %v", p, yes, err)
	}
}
