package ingest

import (
	"errors"
	"testing"

	"casehub/internal/errs"

	"github.com/google/go-cmp/cmp"
)

var decision = Decision{Who: "thandi", Reason: "the old laptop was put back; its copy is switched off"}

// letGoOn resumes an office and gives the receipts that follow, as the hub does
// once it is told.
func (b *bench) letGoOn(t *testing.T, orgUnit uint32) {
	t.Helper()
	if err := Resume(t.Context(), b.db, orgUnit, decision, clock()); err != nil {
		t.Fatal(err)
	}
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantHeld(t *testing.T, orgUnit uint32, want bool) {
	t.Helper()
	o, err := b.reg.Office(t.Context(), orgUnit)
	if err != nil || o.Held() != want {
		t.Errorf("office %d held %v, %v; want %v", orgUnit, o.Held(), err, want)
	}
}

// wantDerivable checks that what is stored follows from the kept bytes and the
// decisions.
func (b *bench) wantDerivable(t *testing.T) {
	t.Helper()
	c, err := Rebuild(t.Context(), b.db, b.reg, false, clock())
	if err != nil || !c.Equal() {
		t.Errorf("what is stored does not follow: %+v, %v", c, err)
	}
}

func TestAHeldOfficeGoesOnWhenAPersonSaysSo(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	b.arrive(t, 1, a.months(t, 2, 2)...)
	other := a.seal(t, forgery(a))
	b.arrive(t, 1, other, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 3, waits, officeHeld)
	counted := b.total(t)
	b.letGoOn(t, 1)
	b.wantHeld(t, 1, false)
	b.wantReceipt(t, 1, 3, accepted, noReason)
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 4, accepted, noReason)
	if n := b.number(t, `SELECT count(*) FROM releases WHERE status = 'counted'`); n != 4 || b.total(t) <= counted {
		t.Errorf("%d releases count, want all four of the chain that was counted", n)
	}
	if n := b.number(t, `SELECT count(*) FROM alarms WHERE resumption IS NULL`); n != 0 {
		t.Errorf("%d alarms are open", n)
	}
	if n := b.number(t, `SELECT count(*) FROM resumptions WHERE who = $1 AND reason = $2`, decision.Who, decision.Reason); n != 1 {
		t.Errorf("%d decisions are kept, want 1", n)
	}
	b.wantDerivable(t)
}

// The copy of the office sends its release again; a person has seen that one.
func TestAForkThatAPersonHasSeenHoldsNothingAgain(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	b.arrive(t, 1, a.months(t, 2, 2)...)
	other := a.seal(t, forgery(a))
	b.arrive(t, 1, other)
	b.letGoOn(t, 1)
	b.arrive(t, 1, other)
	b.wantHeld(t, 1, false)
	third := forgery(a)
	third.Tables[0].Groups[0].Value++
	b.arrive(t, 1, a.seal(t, third))
	b.wantHeld(t, 1, true)
	b.wantDerivable(t)
	b.letGoOn(t, 1)
	b.wantHeld(t, 1, false)
	b.wantDerivable(t)
}

// Nothing counted yet under the number that came twice: what follows the chain
// takes it, whichever came first.
func TestOfTwoThatWaitedTheOneThatFollowsCounts(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	first := a.publish(t, a.draft(2))
	wrong := a.draft(3)
	wrong.PreviousDigest = make([]byte, 32)
	right := a.draft(2)
	twin := a.draft(1)
	b.arrive(t, 1, a.seal(t, wrong), a.seal(t, right), a.seal(t, twin), first)
	b.wantHeld(t, 1, true)
	b.letGoOn(t, 1)
	b.wantHeld(t, 1, false)
	b.wantReceipt(t, 1, 1, accepted, noReason)
	a.publish(t, right)
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 3, accepted, noReason)
	if n := b.number(t, `SELECT count(*) FROM facts WHERE sequence = 2`); n != 2 {
		t.Errorf("%d facts under the number that came twice, want the 2 of the release that follows", n)
	}
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE reason = $1`, int(chainBroken)); n != 1 {
		t.Errorf("%d refusals, want 1", n)
	}
	if n := b.number(t, `SELECT count(*) FROM forks`); n != 1 {
		t.Errorf("%d forks are kept, want the twin alone", n)
	}
	b.wantDerivable(t)
}

func TestOnlyAHeldOfficeGoesOnAndOnlyForAReason(t *testing.T) {
	b := newBench(t, 1)
	if err := Resume(t.Context(), b.db, 1, decision, clock()); !errors.Is(err, ErrNotHeld) {
		t.Errorf("an office in order: %v, want ErrNotHeld", err)
	}
	for _, reason := range []string{"", "  ", "one\ntwo", string(make([]byte, 501))} {
		err := Resume(t.Context(), b.db, 1, Decision{Who: "thandi", Reason: reason}, clock())
		if e := errs.As(err); e == nil || e.Field() != "reason" {
			t.Errorf("reason %q: %v, want it blamed", reason, err)
		}
	}
}

// A word that a release waits can come late, after a decision made it count.
func TestWhatCountsDoesNotWaitAgain(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	b.arrive(t, 1, a.months(t, 1, 1)...)
	before := b.state(t)
	late := word{orgUnit: 1, sequence: 1, digest: [32]byte(a.head), status: waits, reason: gap}
	if err := b.speak(t.Context(), []word{late}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, b.state(t)); d != "" {
		t.Errorf("a late word changed something (-before +after):\n%s", d)
	}
}

// Words that are owed are looked for while the intake works: what it says
// meanwhile is newer.
func TestAWordThatIsOwedDoesNotReplaceANewerOne(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	out, err := b.commit(t.Context(), []message{b.message(1, a.publish(t, a.draft(1))), b.message(1, a.seal(t, forgery(a)))})
	if err != nil {
		t.Fatal(err)
	}
	owed, err := unspoken(t.Context(), b.db)
	if err != nil || len(owed) != 1 {
		t.Fatalf("%d words are owed, %v; want that release 1 counts", len(owed), err)
	}
	if err := b.speak(t.Context(), out.words); err != nil {
		t.Fatal(err)
	}
	all, err := b.sign(owed)
	if err != nil {
		t.Fatal(err)
	}
	if err := settleReceipts(t.Context(), b.db, all, clock()); err != nil {
		t.Fatal(err)
	}
	b.wantReceipt(t, 1, 1, forked, isFork)
}
