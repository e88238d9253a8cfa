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

// TestAnActivityThatLeftInARestHidesNobodyAsALeaf: four activities left in a rest with a
// fifth. They turned out to have had one participant more, and stand under their kind with
// one other: who knows the fifth of the rest would know the participants of the other,
// within the four that they guess. They are counted with five others.
func TestAnActivityThatLeftInARestHidesNobodyAsALeaf(t *testing.T) {
	o := newOffice(t)
	var four []string
	for range 4 {
		four = append(four, o.meet(10101, 10, "2026-01-10"))
	}
	o.meet(10102, 10, "2026-02-10")
	o.close(1, 202601)
	o.close(2, 202602)
	if got := participantsOf(o.close(3, 202603)); got != "2/10100=50@202601" {
		t.Fatalf("the quarter published %q", got)
	}
	for _, id := range four {
		o.exec(`UPDATE activities SET participants = 11 WHERE id = ?1`, id)
	}
	o.meet(10101, 37, "2026-04-10")
	if got := participantsOf(o.close(4, 202604)); got != "" {
		t.Errorf("one activity beside four that left before published %q", got)
	}
	for range 4 {
		o.meet(10101, 10, "2026-05-10")
	}
	if got := participantsOf(o.close(5, 202605)); got != "1/10101=121@202604" {
		t.Errorf("five activities beside four that left before published %q", got)
	}
}

// TestACorrectedActivityHidesNobodyInARest, be it of its own kind or of another one.
func TestACorrectedActivityHidesNobodyInARest(t *testing.T) {
	o := newOffice(t)
	var four []string
	for range 4 {
		four = append(four, o.meet(10101, 10, "2026-01-10"))
	}
	o.meet(10101, 10, "2026-01-10")
	if got := participantsOf(o.close(1, 202601)); got != "1/10101=50@202601" {
		t.Fatalf("the first month published %q", got)
	}
	for _, id := range four {
		o.exec(`UPDATE activities SET kind = 10102 WHERE id = ?1`, id)
	}
	o.meet(10103, 37, "2026-02-10")
	o.close(2, 202602)
	if got := participantsOf(o.close(3, 202603)); got != "" {
		t.Errorf("one activity beside four that left before published %q", got)
	}
	for _, kind := range []int{10102, 10103, 10104, 10105} {
		o.meet(kind, 10, "2026-05-10")
	}
	o.close(4, 202604)
	o.close(5, 202605)
	if got := participantsOf(o.close(6, 202606)); got != "2/10100=117@202601" {
		t.Errorf("five activities beside four that left before published %q", got)
	}
}
