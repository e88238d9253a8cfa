package ledger

import (
	"context"
	"fmt"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// void takes a release back.
func (o *office) void(sequence, voids uint32) {
	o.t.Helper()
	o.tx(func(tx *sqlite.Tx) error { return o.ledger.Void(context.Background(), tx, sequence, voids) })
}

// TestWhatFellCountsPeopleAsTheyAreKnownNow: two of five clients turned out to be
// one while their cases stood in a group. Four people are no group.
func TestWhatFellCountsPeopleAsTheyAreKnownNow(t *testing.T) {
	o := newOffice(t)
	for i := range 5 {
		o.open(client(i), dismissal, "2026-07-02")
	}
	if got := o.close(1, 202607); len(got) != 1 {
		t.Fatalf("groups = %+v, want one to fall", got)
	}
	o.exec(`UPDATE clients SET id_number = '8001015009087' WHERE id IN (?1, ?2)`, client(0), client(1))
	o.close(2, 202608)
	o.void(3, 1)
	if got := o.close(4, 202609); len(got) != 0 {
		t.Errorf("groups = %+v of four people", got)
	}
}

// TestWhatFellAndWasPublishedElsewhereIsNeverCounted is rule D11 for a release that
// is taken back because another system had published its month.
func TestWhatFellAndWasPublishedElsewhereIsNeverCounted(t *testing.T) {
	o := newOffice(t)
	for i := range 6 {
		o.open(client(i), dismissal, "2026-07-02")
	}
	o.close(1, 202607)
	o.tx(func(tx *sqlite.Tx) error {
		return o.ledger.Elsewhere(context.Background(), tx, 1, 202607, "somebody", time.Unix(0, 0))
	})
	o.void(2, 1)
	if got := o.close(3, 202608); len(got) != 0 {
		t.Errorf("groups = %+v, want what another system published to stay", got)
	}
	if got := fmt.Sprint(o.text(`SELECT DISTINCT state || ' ' || reason FROM ledger_events`)); got != "[withdrawn elsewhere]" {
		t.Errorf("events = %s", got)
	}
}

// TestTheBlockNeedsNewPeopleNetOfWhatIsTakenBack: six wait, one of them is taken back
// in "other", and one is in the block: four are beside it.
func TestTheBlockNeedsNewPeopleNetOfWhatIsTakenBack(t *testing.T) {
	list := listOf(t, "oo oo oo")
	shares := cases(t, "1101:2 1201:2 1301:2")
	block := []Share{{Code: 1102, Person: shares[0].Person, Value: 1}}
	for i := range 5 {
		block = append(block, Share{Code: 1102, Person: fmt.Sprint("B", i), Value: 1})
	}
	table := Table{List: list, Period: civil.Month(202609), Limits: National(), Shares: shares, Block: block}
	if got := Choose(table); len(got) != 1 || !got[0].Block {
		t.Fatalf("choices = %+v, want the block beside five new people", got)
	}
	table.Entries = []Entry{{Key: Key{Other, list.Code}, Person: shares[5].Person, Value: -1}}
	if got := Choose(table); len(got) != 1 || got[0].Block {
		t.Errorf("choices = %+v, want no block beside four new people", got)
	}
}
