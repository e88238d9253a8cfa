package ledger

import (
	"fmt"
	"testing"
)

// meet records an activity with participants and returns its identifier.
func (o *office) meet(kind, people int, day string) string {
	o.t.Helper()
	o.n++
	id := fmt.Sprintf("A%05d", o.n)
	o.exec(`INSERT INTO activities (id, kind, held_on, participants, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 0, 0)`, id, kind, day, people)
	return id
}

// participantsOf are the groups of one measure.
func participantsOf(groups []Group) string {
	var some []Group
	for _, g := range groups {
		if g.DataSet == 11 {
			some = append(some, g)
		}
	}
	return shown(some)
}

// TestAnActivityIsOneWhateverWasTakenBackOfIt: an activity that was published with
// ten participants, and turned out to have had eight, is no fifth beside four others:
// of it there is less than nothing in the next group.
func TestAnActivityIsOneWhateverWasTakenBackOfIt(t *testing.T) {
	o := newOffice(t)
	var last string
	for range 5 {
		last = o.meet(10101, 10, "2026-01-10")
	}
	if got := participantsOf(o.close(1, 202601)); got != "1/10101=50@202601" {
		t.Fatalf("the first month published %q", got)
	}
	o.exec(`UPDATE activities SET participants = 8 WHERE id = ?1`, last)
	for range 4 {
		o.meet(10101, 10, "2026-02-10")
	}
	if got := participantsOf(o.close(2, 202602)); got != "" {
		t.Errorf("four activities and a correction published %q", got)
	}
	o.meet(10101, 10, "2026-03-10")
	if got := participantsOf(o.close(3, 202603)); got != "1/10101=48@202602" {
		t.Errorf("five activities and a correction published %q", got)
	}
}

// TestACorrectedActivityHidesNobody: four activities that turned out to have had one
// participant more add four, so that a fifth one would be told beside them. They are
// counted with five others.
func TestACorrectedActivityHidesNobody(t *testing.T) {
	o := newOffice(t)
	var ten []string
	for range 5 {
		ten = append(ten, o.meet(10101, 10, "2026-01-10"))
	}
	if got := participantsOf(o.close(1, 202601)); got != "1/10101=50@202601" {
		t.Fatalf("the first month published %q", got)
	}
	for _, id := range ten[:4] {
		o.exec(`UPDATE activities SET participants = 11 WHERE id = ?1`, id)
	}
	for _, people := range []int{37, 10, 10, 10} {
		o.meet(10101, people, "2026-02-10")
	}
	if got := participantsOf(o.close(2, 202602)); got != "" {
		t.Errorf("four corrections and four activities published %q", got)
	}
	o.meet(10101, 10, "2026-03-10")
	if got := participantsOf(o.close(3, 202603)); got != "1/10101=81@202602" {
		t.Errorf("four corrections and five activities published %q", got)
	}
}
