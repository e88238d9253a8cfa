package ingest

import (
	"testing"
	"time"

	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// An office releases each month once and in order, so nothing can be put beside
// what it published for a month already.
func TestAMonthIsReleasedOnce(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	b.arrive(t, 1, a.months(t, 3, 2)...)
	for name, back := range map[string]uint32{"the same month": 1, "an earlier one": 3} {
		again := a.draft(2)
		again.Period -= back
		for _, g := range again.GetTables()[0].GetGroups() {
			g.FromPeriod = again.Period
		}
		b.arrive(t, 1, a.seal(t, again))
		if got := b.receipt(t, 1, 4); got.GetStatus() != refused || got.GetReasonCode() != invalid {
			t.Errorf("%s: %v %v, want it refused as invalid", name, got.GetStatus(), got.GetReasonCode())
		}
	}
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE reason = $1`, int(invalid)); n != 2 {
		t.Errorf("%d refusals, want 2", n)
	}
	b.arrive(t, 1, a.publish(t, a.void(2)))
	b.wantReceipt(t, 1, 4, accepted, noReason)
	b.arrive(t, 1, a.publish(t, a.draft(2)))
	b.wantReceipt(t, 1, 5, accepted, noReason)
	if n := b.number(t, `SELECT count(*) FROM releases`); n != 5 {
		t.Errorf("%d releases are kept, want 5", n)
	}
	b.wantDerivable(t)
}

// It waited for an earlier one, and is about a month that this one closed.
func TestAMonthThatWaitedIsReleasedOnceToo(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	first := a.publish(t, a.draft(2))
	again := a.draft(2)
	again.Period--
	for _, g := range again.GetTables()[0].GetGroups() {
		g.FromPeriod = again.Period
	}
	b.arrive(t, 1, a.seal(t, again), first)
	b.wantReceipt(t, 1, 1, accepted, noReason)
	b.wantReceipt(t, 1, 2, refused, invalid)
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE reason = $1`, int(invalid)); n != 1 {
		t.Errorf("%d refusals, want 1", n)
	}
	if n := b.number(t, `SELECT count(*) FROM facts WHERE sequence = 2`); n != 0 {
		t.Errorf("%d facts of the refused release are left", n)
	}
	b.wantDerivable(t)
}

func TestAMonthThatIsNotOverIsRefused(t *testing.T) {
	b := newBench(t, 1)
	a := b.offices[1]
	r := a.draft(0)
	r.Period = 202602
	sealed := a.seal(t, r)
	for now, want := range map[string]releasev1.ReasonCode{
		"2026-02-27T23:59:59Z": invalid, // more than a day before the month ends
		"2026-02-28T00:00:00Z": noReason,
		"2026-03-09T08:00:00Z": noReason,
		"1970-01-01T00:00:00Z": invalid,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		m := check(release.Subject(1), sealed, b.reg, b.reg.CodesOf, at)
		if m.reason != want || (m.ours != nil) != (want == invalid) {
			t.Errorf("at %s: %v, want %v with a receipt for a refusal", now, m.reason, want)
		}
	}
}
