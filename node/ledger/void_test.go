package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

func (o *office) takeBack(sequence, voids uint32) error {
	o.t.Helper()
	return o.db.Tx(context.Background(), func(tx *sqlite.Tx) error { return o.ledger.Void(context.Background(), tx, sequence, voids) })
}

// shown writes groups: "1/1101=7@202601" is seven under the leaf 1101 from January.
func shown(groups []Group) string {
	var all []string
	for _, g := range groups {
		all = append(all, fmt.Sprintf("%d/%d=%d@%d", g.Level, g.Code, g.Value, g.From))
	}
	return strings.Join(all, " ")
}

// only keeps the cases opened.
func only(groups []Group) string {
	return shown(slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return g.DataSet != codelist.CasesOpened }))
}

// TestInvariantI12AReleaseThatIsTakenBackCountsForNothing, and what of it is as it
// was leaves again as it was.
func TestInvariantI12AReleaseThatIsTakenBackCountsForNothing(t *testing.T) {
	o := newOffice(t)
	o.cases(7, dismissal, "2026-01-10")
	o.close(1, 202601)
	if err := o.takeBack(2, 1); err != nil {
		t.Fatal(err)
	}
	if sums, err := o.ledger.Published(t.Context(), o.db); err != nil || len(sums) != 0 {
		t.Fatalf("%+v still counts (%v)", sums, err)
	}
	if err := o.takeBack(3, 1); !errors.Is(err, ErrNoRelease) {
		t.Errorf("taken back twice: %v", err)
	}
	o.cases(30, dismissal, "2026-02-10")
	if got := only(o.close(3, 202602)); got != "1/1101=7@202601" {
		t.Fatalf("%s left, want the seven as they were, and the new ones to wait", got)
	}
	if got := only(o.close(4, 202603)); got != "1/1101=30@202601" {
		t.Errorf("%s left, want the others", got)
	}
}

// TestInvariantI14WhatFellAndChangedLeavesInOneBlock: ten cases of which five were
// there twice; never as nine or five, but together with others in "other".
func TestInvariantI14WhatFellAndChangedLeavesInOneBlock(t *testing.T) {
	o := newOffice(t)
	var twice []string
	for i := range 10 {
		id := o.open(client(i), dismissal, "2026-01-10")
		if i > 4 {
			twice = append(twice, id)
		}
	}
	o.close(1, 202601)
	if err := o.takeBack(2, 1); err != nil {
		t.Fatal(err)
	}
	for _, id := range twice {
		o.exec(`DELETE FROM cases WHERE id = ?1`, id)
	}
	o.cases(20, wages, "2026-02-10")
	if got := only(o.close(3, 202602)); got != "1/1102=20@202601" {
		t.Fatalf("%s left, want nothing of what fell", got)
	}
	if got := o.holds(202602, dismissal); got != (Hold{Blocked, 5}) {
		t.Errorf("held by %+v, want the block", got)
	}
	for i, code := range []codelist.Code{1201, 1301, 1302, 1601, 1602, 1701} {
		o.open(client(20+i), code, "2026-03-10")
	}
	if got := only(o.close(4, 202603)); got != "3/1000=11@202601" {
		t.Fatalf("%s left, want six others with the five", got)
	}
}

// TestABlockThatFitsIntoNoGroupLeavesInParts: what is left of one fallen group at once,
// each time beside others.
func TestABlockThatFitsIntoNoGroupLeavesInParts(t *testing.T) {
	o := newOffice(t)
	o.ledger = o.ledger.Within(Limits{Largest: 20})
	for i := range 23 {
		o.open(client(i), []codelist.Code{dismissal, wages}[number(i > 11)], "2026-01-10")
	}
	o.close(1, 202601)
	if err := o.takeBack(2, 1); err != nil {
		t.Fatal(err)
	}
	o.exec(`DELETE FROM cases WHERE id IN ('C00001', 'C00023')`)
	others := []codelist.Code{1201, 1301, 1302, 1601, 1602, 1701}
	for i, code := range others {
		o.open(client(30+i), code, "2026-03-10")
	}
	if got := only(o.close(3, 202603)); got != "3/1000=17@202601" {
		t.Fatalf("%s left, want six others with the eleven that fit", got)
	}
	if got := o.holds(202603, wages); got != (Hold{Blocked, 5}) {
		t.Errorf("the others are held by %+v, want the block", got)
	}
	for i, code := range others {
		o.open(client(40+i), code, "2026-06-10")
	}
	if got := only(o.close(4, 202606)); got != "3/1000=16@202604" {
		t.Fatalf("%s left, want six others with the ten", got)
	}
}

// TestTheBlockLeavesAsWhatItIs: that a case changed since its group fell is known also
// after it left with the block.
func TestTheBlockLeavesAsWhatItIs(t *testing.T) {
	o := newOffice(t)
	for i := range 6 {
		o.open(client(i), dismissal, "2026-01-10")
	}
	o.close(1, 202601)
	if err := o.takeBack(2, 1); err != nil {
		t.Fatal(err)
	}
	o.exec(`UPDATE cases SET case_type = 1102 WHERE id = (SELECT min(id) FROM cases)`)
	for i, code := range []codelist.Code{1201, 1301, 1302, 1601, 1602, 1701} {
		o.open(client(20+i), code, "2026-03-10")
	}
	if got := only(o.close(3, 202603)); got != "3/1000=12@202601" {
		t.Fatalf("%s left, want six others with the six", got)
	}
	if got := o.text(`SELECT reason || ' ' || count(*) FROM ledger_events WHERE block IS NOT NULL AND state = 'published' GROUP BY reason ORDER BY reason`); !slices.Equal(got, []string{" 5", "changed 1"}) {
		t.Errorf("of the block the ledger keeps %q, want one that changed", got)
	}
}

// TestWhatWasTakenBackOfAFallenReleaseIsGivenBack: a correction that a later group
// was net of must not take twice.
func TestWhatWasTakenBackOfAFallenReleaseIsGivenBack(t *testing.T) {
	o := newOffice(t)
	id := o.open(client(0), dismissal, "2026-01-10")
	for i := 1; i < 7; i++ {
		o.open(client(i), dismissal, "2026-01-10")
	}
	o.close(1, 202601)
	o.exec(`DELETE FROM cases WHERE id = ?1`, id)
	for i := 10; i < 18; i++ {
		o.open(client(i), dismissal, "2026-02-10")
	}
	if got := only(o.close(2, 202602)); got != "1/1101=7@202602" {
		t.Fatalf("%s left, want eight without the one taken back", got)
	}
	if err := o.takeBack(3, 1); err != nil {
		t.Fatal(err)
	}
	for i := 20; i < 26; i++ {
		o.open(client(i), dismissal, "2026-03-10")
	}
	// Seven that left in February stand for eight: the one of them that was given
	// back leaves with the six of March.
	if got := value(o.close(4, 202604), dismissal); got != 7 {
		t.Errorf("%d left, want the six and the one given back", got)
	}
}

// TestClosingIsAYearsEnd: the last release takes what would wait for it.
func TestClosingIsAYearsEnd(t *testing.T) {
	o := newOffice(t)
	for i, code := range []codelist.Code{1201, 1301, 1302, 1601, 1602, 1701, violence, violence, 1703, 1704, 1801} {
		o.open(client(i), code, "2026-01-10")
	}
	var groups []Group
	o.tx(func(tx *sqlite.Tx) (err error) {
		if err := o.ledger.Refresh(t.Context(), tx); err != nil {
			return err
		}
		groups, err = o.ledger.Close(t.Context(), tx, 1, 202602, Closing)
		return err
	})
	if got := only(groups); got != "3/1000=11@202601" {
		t.Errorf("%s left, want all in one", got)
	}
}

// TestWhatAnotherSystemPublishedIsNeverCounted is rule D11.
func TestWhatAnotherSystemPublishedIsNeverCounted(t *testing.T) {
	o := newOffice(t)
	o.cases(9, dismissal, "2025-11-10")
	o.refresh()
	elsewhere := func(through civil.Month) error {
		return o.db.Tx(context.Background(), func(tx *sqlite.Tx) error {
			return o.ledger.Elsewhere(context.Background(), tx, codelist.CasesOpened, through, "miriam", time.Time{})
		})
	}
	if err := elsewhere(202512); err != nil {
		t.Fatal(err)
	}
	if err := elsewhere(202511); !errors.Is(err, ErrElsewhere) {
		t.Errorf("an earlier month: %v", err)
	}
	late := o.open(client(20), dismissal, "2025-12-31")
	o.cases(6, dismissal, "2026-01-10")
	if got := only(o.close(1, 202601)); got != "1/1101=6@202601" {
		t.Fatalf("%s left, want the six of January", got)
	}
	o.exec(`UPDATE cases SET opened_on = '2026-02-01' WHERE id = ?1`, late)
	o.cases(7, wages, "2026-02-10")
	o.close(2, 202602)
	if got := o.text(`SELECT state || ' ' || reason FROM ledger_events WHERE source_id = ?1`, late); !slices.Equal(got, []string{"withdrawn elsewhere"}) {
		t.Errorf("a case that another system counted is %v after its day was changed", got)
	}
}

// holds says what holds the cases of a code.
func (o *office) holds(period civil.Month, code codelist.Code) Hold {
	o.t.Helper()
	list, err := o.ledger.Waiting(context.Background(), o.db, period, access.Everything())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, w := range list {
		if w.DataSet == codelist.CasesOpened && w.Code == code {
			return w.Hold
		}
	}
	o.t.Fatalf("nothing waits of %d: %+v", code, list)
	return Hold{}
}

// TestWhatWaitsAfterAQuarterSaysWhy makes the reasons of rests, of "other" and of
// what fell.
func TestWhatWaitsAfterAQuarterSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name   string
		period civil.Month
		code   codelist.Code
		record func(o *office)
		want   Hold
	}{
		{"too few together", 202603, 1101, func(o *office) { o.cases(3, 1101, "2026-01-10") }, Hold{Small, 5}},
		{"a sensitive kind waits for the year", 202603, violence, func(o *office) { o.cases(3, violence, "2026-01-10") }, Hold{YearEnd, 10}},
		{"nearly all of the table", 202603, violence, func(o *office) { o.cases(30, violence, "2026-01-10") }, Hold{Alike, 80}},
		{"corrections come first", 202602, 1101, func(o *office) {
			o.cases(9, 1101, "2026-01-10")
			o.close(1, 202601)
			o.exec(`DELETE FROM cases WHERE rowid < 5`)
			for i := 20; i < 26; i++ {
				o.open(client(i), 1101, "2026-02-10")
			}
		}, Hold{Correction, 5}},
		{"what fell whole", 202602, 1101, func(o *office) {
			o.cases(9, 1101, "2026-01-10")
			o.close(1, 202601)
			if err := o.takeBack(9, 1); err != nil {
				o.t.Fatal(err)
			}
			o.exec(`UPDATE clients SET id_number = 'AA1'`) // all turn out to be one
		}, Hold{Whole, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			c.record(o)
			o.close(2, c.period)
			if got := o.holds(c.period, c.code); got != c.want {
				t.Errorf("held by %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestTheGuardSaysThatItHolds: nine in a category of three would tell that each of
// them has something.
func TestTheGuardSaysThatItHolds(t *testing.T) {
	c := choose(Table{List: listOf(t, "ooo"), Period: 202603, Limits: National(), Shares: cases(t, "1101:4 1102:4 1103:1")}, guards{restHides, feasible})
	for _, code := range []codelist.Code{1101, 1102, 1103} {
		if got := c.held[code]; got != (Hold{Guard, 5}) {
			t.Errorf("%d is held by %+v, want the guard", code, got)
		}
	}
}
