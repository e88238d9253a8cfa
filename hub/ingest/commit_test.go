package ingest

import (
	"testing"

	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/google/go-cmp/cmp"
)

func TestAReleaseCountsAndIsReceipted(t *testing.T) {
	b := newBench(t, 1)
	b.arrive(t, 1, b.offices[1].months(t, 3, 4)...)
	for s := range uint32(3) {
		b.wantReceipt(t, 1, s+1, accepted, noReason)
	}
	if n := b.number(t, `SELECT count(*) FROM facts`); n != 12 {
		t.Errorf("%d facts, want 12", n)
	}
	if got := b.receipt(t, 1, 3).GetHubLedgerCount(); got != 3 {
		t.Errorf("the ledger counts %d releases, want 3", got)
	}
}

func TestAnEmptyReleaseCountsToo(t *testing.T) {
	b := newBench(t, 1)
	b.arrive(t, 1, b.offices[1].months(t, 2, 0)...)
	b.wantReceipt(t, 1, 2, accepted, noReason)
	if n := b.total(t); n != 0 {
		t.Errorf("total %d, want 0", n)
	}
}

func TestTheSameBytesAgainAreADuplicate(t *testing.T) {
	b := newBench(t, 1)
	all := b.offices[1].months(t, 2, 3)
	b.arrive(t, 1, all...)
	want := b.state(t)
	b.arrive(t, 1, all[0])
	b.wantReceipt(t, 1, 1, duplicate, noReason)
	b.wantReceipt(t, 1, 2, accepted, noReason)
	if d := cmp.Diff(want, b.state(t)); d != "" {
		t.Errorf("a duplicate changed something (-before +after):\n%s", d)
	}
}

// The stream hands a message out again when its acknowledgement was lost.
func TestAMessageHandedOutAgainChangesNoRow(t *testing.T) {
	b := newBench(t, 1, 2)
	var all []message
	for _, data := range b.offices[1].months(t, 5, 3)[1:] { // the first is missing
		all = append(all, b.message(1, data))
	}
	for _, data := range b.offices[2].months(t, 3, 3) {
		all = append(all, b.message(2, data))
	}
	all = append(all, b.message(2, []byte("garbage")), b.message(2, b.offices[2].seal(t, forgery(b.offices[2]))))
	b.take(t, all...)
	before := b.number(t, written)
	b.take(t, all...)
	if after := b.number(t, written); after != before {
		t.Errorf("%d rows were written again", after-before)
	}
	if n := b.number(t, `SELECT count(*) FROM alarms`); n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
}

// written counts the row versions ever made in this database's tables, the
// running transaction excepted. xmin tells versions apart.
const written = `
SELECT (sum(('x' || substr(md5(v), 1, 8))::bit(32)::bigint) % 2147483647)::integer
FROM (
    SELECT concat('r', org_unit, sequence, xmin) AS v FROM releases
    UNION ALL SELECT concat('f', org_unit, sequence, category_option, xmin) FROM facts
    UNION ALL SELECT concat('c', org_unit, xmin) FROM chains
    UNION ALL SELECT concat('p', org_unit, sequence, xmin) FROM receipts
    UNION ALL SELECT concat('k', org_unit, sequence, xmin) FROM forks
    UNION ALL SELECT concat('d', org_unit, digest, xmin) FROM refusals
) versions`

func TestAGapWaitsAndThenCounts(t *testing.T) {
	b := newBench(t, 1)
	all := b.offices[1].months(t, 4, 2)
	b.arrive(t, 1, all[0], all[2], all[3])
	b.wantReceipt(t, 1, 1, accepted, noReason)
	b.wantReceipt(t, 1, 3, waits, gap)
	b.wantReceipt(t, 1, 4, waits, gap)
	if n := b.number(t, `SELECT count(*) FROM releases WHERE status = 'counted'`); n != 1 {
		t.Errorf("%d releases count, want 1", n)
	}
	b.arrive(t, 1, all[2]) // again, while it waits: not a duplicate, which would empty the outbox
	b.wantReceipt(t, 1, 3, waits, gap)
	b.arrive(t, 1, all[1])
	for s := range uint32(4) {
		b.wantReceipt(t, 1, s+1, accepted, noReason)
	}
	if n := b.number(t, `SELECT count(*) FROM releases WHERE status = 'counted'`); n != 4 {
		t.Errorf("%d releases count, want 4", n)
	}
}

func TestAForkIsKeptAndHoldsTheOffice(t *testing.T) {
	b := newBench(t, 1, 2)
	a := b.offices[1]
	all := a.months(t, 2, 2)
	b.arrive(t, 1, all...)
	total := b.total(t)
	other := forgery(a)
	b.arrive(t, 1, a.seal(t, other))
	b.wantReceipt(t, 1, 2, forked, isFork)
	if n := b.total(t); n != total {
		t.Errorf("total %d, want %d as before the fork", n, total)
	}
	if n := b.number(t, `SELECT count(*) FROM forks f JOIN alarms a USING (org_unit, sequence, digest)`); n != 1 {
		t.Errorf("%d forks kept with an alarm, want 1", n)
	}
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 3, waits, officeHeld)
	o, err := b.reg.Office(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Held() {
		t.Error("the office is not held")
	}
	b.arrive(t, 2, b.offices[2].months(t, 1, 2)...)
	b.wantReceipt(t, 2, 1, accepted, noReason)
}

func TestAReleaseThatDoesNotFollowIsRefused(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	first := a.publish(t, a.draft(2))
	wrong := a.draft(2)
	wrong.PreviousDigest = make([]byte, 32)
	b.arrive(t, 1, first, a.seal(t, wrong))
	b.wantReceipt(t, 1, 2, refused, chainBroken)
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 2, accepted, noReason)
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE reason = $1`, int(chainBroken)); n != 1 {
		t.Errorf("%d refusals, want 1", n)
	}
}

func TestAReleaseThatWaitedAndDoesNotFollowIsRefused(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	first := a.publish(t, a.draft(2))
	wrong := a.draft(3)
	wrong.PreviousDigest = make([]byte, 32)
	b.arrive(t, 1, a.seal(t, wrong))
	b.wantReceipt(t, 1, 2, waits, gap)
	b.arrive(t, 1, first)
	b.wantReceipt(t, 1, 1, accepted, noReason)
	b.wantReceipt(t, 1, 2, refused, chainBroken)
	if n := b.number(t, `SELECT count(*) FROM facts WHERE sequence = 2`); n != 0 {
		t.Errorf("%d facts of the refused release are left", n)
	}
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 2, accepted, noReason)
}

func TestAVoidTakesAWholeReleaseBack(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	all := a.months(t, 2, 3)
	b.arrive(t, 1, all[0])
	first := b.total(t)
	b.arrive(t, 1, all[1], a.publish(t, a.void(2)))
	if n := b.total(t); n != first {
		t.Errorf("total %d after the void, want %d", n, first)
	}
	b.wantReceipt(t, 1, 3, accepted, noReason)
	b.arrive(t, 1, a.publish(t, a.void(3))) // nothing is in a void
	if n := b.total(t); n != first {
		t.Errorf("total %d after a void of the void, want %d", n, first)
	}
	b.arrive(t, 1, all[1])
	b.wantReceipt(t, 1, 2, duplicate, noReason)
	if n := b.total(t); n != first {
		t.Errorf("total %d after the voided release came again, want %d", n, first)
	}
}

// A refusal must not shadow the word that a release counts: the node would
// never empty its outbox.
func TestARefusalDoesNotReplaceAReceipt(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	good := a.draft(2)
	bad := a.draft(2)
	bad.Tables[0].Groups[0].CategoryOption = 99999
	bad.Tables[0].Groups = bad.Tables[0].Groups[:1]
	sealedGood, sealedBad := a.seal(t, good), a.seal(t, bad)
	b.arrive(t, 1, sealedBad)
	b.wantReceipt(t, 1, 1, refused, invalid)
	b.arrive(t, 1, sealedGood)
	b.wantReceipt(t, 1, 1, accepted, noReason)
	b.arrive(t, 1, sealedBad)
	b.wantReceipt(t, 1, 1, accepted, noReason)
}

func TestAHubKilledBeforeItsReceiptsGivesThemLater(t *testing.T) {
	b := newBench(t, 1)
	all := b.offices[1].months(t, 3, 1)
	b.arrive(t, 1, all[1], all[2]) // two wait and know it
	last := b.message(1, all[0])
	if _, err := b.commit(t.Context(), []message{last}); err != nil { // and here the hub is killed
		t.Fatal(err)
	}
	b.wantReceipt(t, 1, 3, waits, gap)
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for s := range uint32(3) {
		b.wantReceipt(t, 1, s+1, accepted, noReason)
	}
}

func TestOfficesDoNotTouchEachOther(t *testing.T) {
	b := newBench(t, 1, 2)
	x, y := b.offices[1].months(t, 6, 3), b.offices[2].months(t, 6, 3)
	var batch []message
	for i := range x {
		batch = append(batch, b.message(1, x[i]), b.message(2, y[5-i]))
	}
	b.take(t, batch...)
	for s := range uint32(6) {
		b.wantReceipt(t, 1, s+1, accepted, noReason)
		b.wantReceipt(t, 2, s+1, accepted, noReason)
	}
	b.arrive(t, 1, y[0]) // another office's release on this one's subject
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE org_unit = 1 AND reason = $1`, int(unknownOffice)); n != 1 {
		t.Errorf("%d refusals, want 1", n)
	}
}

// forgery returns a release with the author's last number and other contents.
func forgery(a *author) *releasev1.Release {
	r := a.draft(1)
	r.Sequence--
	r.PreviousDigest = make([]byte, 32)
	if r.Sequence == 1 {
		r.PreviousDigest = nil
	}
	r.Tables[0].Groups[0].Value = release.MinSensitiveGroup + 1
	return r
}
