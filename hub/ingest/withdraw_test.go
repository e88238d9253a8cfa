package ingest

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// onlyUpTo is what the office said by telephone of its newest release.
func (a *author) onlyUpTo() *Own {
	return &Own{Sequence: a.next - 1, Mark: release.Mark(a.head)}
}

// renewUpTo gives the office the author's keys and withdraws what the author does not
// know.
func (b *bench) renewUpTo(t testing.TB, a *author, own *Own, resume bool) Renewed {
	t.Helper()
	if own != nil {
		own.Withdraw = b.number(t, `SELECT counted_sequence FROM chains WHERE org_unit = $1`, a.orgUnit) - int(own.Sequence)
	}
	done, err := Renew(t.Context(), b.db, Renewal{Keys: a.keys(t), Resume: resume, Own: own}, decision, clock())
	if err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	return done
}

// figures are the standings, facts and chain of a hub, without what it says of them.
func (b *bench) figures(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(b.state(t), func(line string) bool { return line[:4] == "word" })
}

// A thief sends two releases in the office's name before the office has new keys. The
// office says which was its last, and everything is as if the thief had never been.
func TestWhatAThiefSentBeforeTheRenewalIsWithdrawn(t *testing.T) {
	b, without := newBench(t, 1), newBench(t, 1)
	old := b.offices[1]
	months := old.months(t, 3, 2)
	b.arrive(t, 1, months...)
	without.arrive(t, 1, months...)
	thief := *old
	stolen := [][]byte{thief.publish(t, thief.draft(3)), thief.publish(t, thief.draft(1))}
	b.arrive(t, 1, stolen...)
	if b.total(t) == without.total(t) {
		t.Fatal("the thief changed no total")
	}
	own := old.renewed(t)
	if done := b.renewUpTo(t, own, own.onlyUpTo(), false); done != (Renewed{Last: 3, Withdrawn: 2}) {
		t.Errorf("%+v, want two releases withdrawn after the third", done)
	}
	without.renew(t, own, false)
	if got, want := b.figures(t), without.figures(t); !slices.Equal(got, want) {
		t.Errorf("the hub has\n%q\nand without the thief\n%q", got, want)
	}
	b.wantRefusals(t, keyReplaced, 2)
	if n := b.number(t, `SELECT count(*) FROM receipts WHERE sequence > 3`); n != 0 {
		t.Errorf("%d receipts are left on what was withdrawn", n)
	}
	for i, want := range stolen {
		var got []byte
		if err := b.db.QueryRow(t.Context(), `SELECT sealed FROM withdrawn WHERE sequence = $1`, 4+i).Scan(&got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the evidence of release %d is gone or changed: %v", 4+i, err)
		}
	}
	b.wantDerivable(t)

	b.arrive(t, 1, stolen...)
	b.wantHeld(t, 1, false)
	next := own.publish(t, own.draft(2))
	b.arrive(t, 1, next)
	without.arrive(t, 1, next)
	b.wantReceipt(t, 1, 4, accepted, noReason)
	if got, want := b.figures(t), without.figures(t); !slices.Equal(got, want) {
		t.Errorf("the office's next release: the hub has\n%q\nand without the thief\n%q", got, want)
	}
	b.wantDerivable(t)
}

// Nothing that the office sent is its own but by its mark: a number alone could be the
// thief's release.
func TestAnotherMarkWithdrawsNothing(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	b.arrive(t, 1, old.months(t, 2, 2)...)
	thief := *old
	b.arrive(t, 1, thief.publish(t, thief.draft(3)))
	own := old.renewed(t)
	before := b.state(t)
	for name, c := range map[string]struct {
		own  Own
		want error
	}{
		"the thief's number": {Own{3, release.Mark(old.head), 0}, ErrOwnMark},
		"no mark":            {Own{2, "", 1}, ErrOwnMark},
		"half a mark":        {Own{2, release.Mark(old.head)[:9], 1}, ErrOwnMark},
		"a later one":        {Own{4, release.Mark(old.head), 0}, ErrOwnMissing},
		"none, with a mark":  {Own{0, release.Mark(old.head), 3}, ErrOwnMark},
		"none, unconfirmed":  {Own{0, "", 0}, ErrWithdraw},
		"none, too few":      {Own{0, "", 2}, ErrWithdraw},
		"one, unconfirmed":   {Own{2, release.Mark(old.head), 0}, ErrWithdraw},
		"one, too many":      {Own{2, release.Mark(old.head), 3}, ErrWithdraw},
	} {
		_, err := Renew(t.Context(), b.db, Renewal{Keys: own.keys(t), Own: &c.own}, decision, clock())
		if c.want == nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := b.number(t, `SELECT count(*) FROM office_keys`); n != 1 || !slices.Equal(before, b.state(t)) {
		t.Error("something changed all the same")
	}
	if done := b.renewUpTo(t, own, &Own{}, false); done != (Renewed{Withdrawn: 3}) {
		t.Errorf("%+v, want all three withdrawn from an office that sent none", done)
	}
	if n := b.number(t, `SELECT count(*) FROM releases`); n != 0 || b.total(t) != 0 {
		t.Errorf("%d releases count %d", n, b.total(t))
	}
	b.wantDerivable(t)
}

// A thief's VOID takes back nothing once it is withdrawn, and its months are free.
func TestAWithdrawnVoidTookNothingBack(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	b.arrive(t, 1, old.publish(t, old.draft(2)), old.publish(t, old.draft(3)), old.publish(t, old.void(1)))
	total := b.total(t)
	thief := *old
	late := thief.void(2)
	b.arrive(t, 1, thief.publish(t, late))
	year := thief.draft(1)
	year.Period += 200
	b.arrive(t, 1, thief.publish(t, year))
	own := old.renewed(t)
	b.renewUpTo(t, own, own.onlyUpTo(), false)
	if got := b.total(t); got != total {
		t.Errorf("the total is %d, want %d as before the thief", got, total)
	}
	if n := b.number(t, `SELECT count(*) FROM releases WHERE status = 'voided'`); n != 1 {
		t.Errorf("%d releases are taken back, want the one that the office took back", n)
	}
	b.arrive(t, 1, own.publish(t, own.draft(2)))
	b.wantReceipt(t, 1, 4, accepted, noReason)
	b.wantDerivable(t)
}

// The office's own release came second, as a fork, and holds the office: it is not the
// thief's any more, and comes again under the new key.
func TestAnOwnReleaseThatCameSecondTakesItsPlace(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	b.arrive(t, 1, old.months(t, 2, 2)...)
	thief := *old
	b.arrive(t, 1, thief.publish(t, thief.draft(3)), thief.publish(t, thief.draft(1)))
	own := old.renewed(t)
	mine, known := own.draft(2), own.onlyUpTo()
	b.arrive(t, 1, old.seal(t, mine), thief.publish(t, thief.draft(1)))
	b.wantHeld(t, 1, true)
	if _, err := Renew(t.Context(), b.db, Renewal{Keys: own.keys(t), Own: known}, decision, clock()); !errors.Is(err, ErrHeld) {
		t.Fatalf("%v, want ErrHeld", err)
	}
	if done := b.renewUpTo(t, own, known, true); done != (Renewed{Last: 2, Withdrawn: 2, Dropped: 2, Resumed: true}) {
		t.Errorf("%+v, want two withdrawn, and the fork and what waited dropped", done)
	}
	b.wantDerivable(t)
	b.arrive(t, 1, own.publish(t, mine))
	b.wantReceipt(t, 1, 3, accepted, noReason)
	b.wantDerivable(t)
}

// The hub committed a thief's release and was about to speak when the keys changed: a
// word on what is withdrawn is not given, and one that was is taken back.
func TestNothingIsSaidOfWhatIsWithdrawn(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	b.arrive(t, 1, old.months(t, 1, 2)...)
	thief := *old
	out, err := b.commit(t.Context(), []message{b.message(1, thief.publish(t, thief.draft(3)))})
	if err != nil {
		t.Fatal(err)
	}
	own := old.renewed(t)
	b.renewUpTo(t, own, own.onlyUpTo(), false)
	if err := b.speak(t.Context(), out.words); err != nil {
		t.Fatal(err)
	}
	if n := b.number(t, `SELECT count(*) FROM receipts WHERE sequence = 2`); n != 0 {
		t.Error("the hub gave a receipt for what was withdrawn")
	}
	if _, err := b.db.Exec(t.Context(), `
INSERT INTO receipts (org_unit, sequence, digest, status, reason, ledger_count, signature, issued_at)
VALUES (1, 2, $1, 1, 0, 2, '', now())`, thief.head); err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	if n := b.number(t, `SELECT count(*) FROM receipts WHERE sequence = 2`); n != 0 {
		t.Error("a receipt for what was withdrawn stays")
	}
}

// Evidence that somebody changed, put in or took away does not follow.
func TestARebuildHoldsTheEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		broken bool
	}{
		"taken away":   {`DELETE FROM withdrawn`, false},
		"of no theft":  {`UPDATE renewals SET withdrew = NULL`, false},
		"another byte": {`UPDATE withdrawn SET sealed = set_byte(sealed, octet_length(sealed) - 1, get_byte(sealed, octet_length(sealed) - 1) # 1)`, true},
	} {
		b := newBench(t, 1)
		old := b.offices[1]
		b.arrive(t, 1, old.months(t, 1, 2)...)
		thief := *old
		b.arrive(t, 1, thief.publish(t, thief.draft(3)))
		own := old.renewed(t)
		b.renewUpTo(t, own, own.onlyUpTo(), false)
		b.wantDerivable(t)
		if _, err := b.db.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		got, err := Rebuild(t.Context(), b.db, b.reg, false, clock())
		if err != nil || got.Equal() || (got.Broken > 0) != c.broken {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// forgedMonths are a thief's releases after the office's last.
func (a *author) forgedMonths(t testing.TB, n int) [][]byte {
	t.Helper()
	thief := *a
	return thief.months(t, n, len(codelist.National().List(codelist.CaseTypes).Leaves())%7+1)
}

// The keys change twice, and each time something is withdrawn, also of one number.
func TestWithdrawnTwice(t *testing.T) {
	b, without := newBench(t, 1), newBench(t, 1)
	a := b.offices[1]
	for range 2 {
		own := a.months(t, 2, 2)
		b.arrive(t, 1, own...)
		without.arrive(t, 1, own...)
		b.arrive(t, 1, a.forgedMonths(t, 3)...)
		a = a.renewed(t)
		b.renewUpTo(t, a, a.onlyUpTo(), false)
		without.renew(t, a, false)
		b.wantDerivable(t)
	}
	if got, want := b.figures(t), without.figures(t); !slices.Equal(got, want) {
		t.Errorf("the hub has\n%q\nand without the thief\n%q", got, want)
	}
	if n := b.number(t, `SELECT count(*) FROM withdrawn`); n != 6 {
		t.Errorf("%d releases are kept as evidence, want 6", n)
	}
	if got := b.receipt(t, 1, 4).GetStatus(); got != releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED {
		t.Errorf("the office's own release after the first theft: %v", got)
	}
}
