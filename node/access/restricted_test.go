package access_test

import (
	"errors"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/access/accesstest"
)

// restrict makes a client and the client's cases wait for erasure.
func (h *house) restrict(t *testing.T, client string) {
	t.Helper()
	h.exec(t, `UPDATE clients SET restricted = 1 WHERE id = @id`, sqlite.Args{"id": client})
	h.exec(t, `UPDATE cases SET restricted = 1 WHERE client_id = @id`, sqlite.Args{"id": client})
}

// What waits for its erasure is in nobody's list, is opened to a person by a
// reason, for its time, and is known to those who may give one.
func TestWhatIsRestrictedIsHidden(t *testing.T) {
	h := open(t)
	boss := h.staff(t, "boss", "supervisor", "north")
	clerk := h.staff(t, "clerk", "paralegal", "north")
	h.file(t, "a", "north", "clerk", wages)
	h.file(t, "b", "north", "clerk", wages)
	h.client(t, "alone", "north", "clerk")
	h.restrict(t, "k-a")
	h.restrict(t, "alone")
	for _, who := range []actor.Actor{accesstest.Director, boss, clerk} {
		h.sees(t, who, "cases.read", "b")
		if got := h.clients(t, who, "clients.read"); got != "k-b" {
			t.Errorf("%s sees the clients %q", who.ID, got)
		}
		if err := h.gate.Case(t.Context(), h.db, who, "cases.read", "a"); !errors.Is(err, access.ErrNoCase) {
			t.Errorf("%s asks for the case: %v", who.ID, err)
		}
	}
	if got := h.clients(t, boss, "clients.restricted"); got != "alone k-a k-b" {
		t.Errorf("the supervisor may open %q", got)
	}
	if err := h.gate.Restricted(t.Context(), h.db, boss, "k-a"); err != nil {
		t.Error(err)
	}
	if err := h.gate.Restricted(t.Context(), h.db, clerk, "k-a"); !errors.Is(err, access.ErrNoClient) {
		t.Errorf("a paralegal: %v", err)
	}
	h.exec(t, `
INSERT INTO restriction_openings (id, client_id, person_id, reason, begun_at, ends_at)
VALUES ('o', 'k-a', 'boss', 'a court asks', @begun, @ends)`, sqlite.Args{"begun": h.now.UnixMilli(), "ends": h.now.Add(time.Hour).UnixMilli()})
	h.sees(t, boss, "cases.read", "a b")
	h.sees(t, clerk, "cases.read", "b")
	h.now = h.now.Add(time.Hour)
	h.sees(t, boss, "cases.read", "b")
}

// A wall holds before what is restricted too, and an emergency does not open it.
func TestRestrictedBehindAWallAndInAnEmergency(t *testing.T) {
	h := open(t)
	boss := h.staff(t, "boss", "supervisor", "north")
	h.file(t, "a", "north", "", wages)
	h.file(t, "far", "south", "", wages)
	h.wall(t, "a", "boss", "")
	h.restrict(t, "k-a")
	h.restrict(t, "k-far")
	h.exec(t, `
INSERT INTO emergencies (id, case_id, person_id, reason, begun_at, ends_at)
VALUES ('e', 'far', 'boss', 'court today', @begun, @ends)`, sqlite.Args{"begun": h.now.UnixMilli(), "ends": h.now.Add(time.Hour).UnixMilli()})
	h.sees(t, boss, "cases.read", "")
	if got := h.clients(t, boss, "clients.restricted"); got != "" {
		t.Errorf("behind a wall the supervisor may open %q", got)
	}
}

// An erasure is approved by somebody else, who sees the client with every case and
// with nothing withheld: a supervisor too. Nobody else is told that there is one.
func TestASecondPersonDecides(t *testing.T) {
	h := open(t)
	other := h.staff(t, "other", "director", "north")
	walled := h.staff(t, "walled", "director", "north")
	boss := h.staff(t, "boss", "supervisor", "north")
	far := h.staff(t, "far", "supervisor", "south")
	clerk := h.staff(t, "clerk", "paralegal", "north")
	accesstest.Own(t, h.db, "tidier", "retention.erase", "organisation", "contact narrative finance")
	accesstest.Own(t, h.db, "tidier", "clients.restricted", "organisation", "contact narrative finance sensitive")
	accesstest.Own(t, h.db, "tidier", "clients.read", "organisation", "")
	tidier := h.staff(t, "tidy", "tidier", "north")
	h.file(t, "a", "north", "", violence)
	h.wall(t, "a", "walled", "")
	h.restrict(t, "k-a")
	nobody, stranger := actor.Actor{}, actor.Actor{Kind: actor.Person, ID: "stranger"}
	for _, c := range []struct {
		who, captured actor.Actor
		want          error
	}{
		{other, accesstest.Director, nil},
		{other, other, access.ErrOwnWork},
		{other, nobody, access.ErrOwnWork},
		{boss, other, nil},
		{boss, boss, access.ErrOwnWork},
		{walled, other, access.ErrNoClient},
		{walled, walled, access.ErrNoClient},
		{far, other, access.ErrNoClient},
		{clerk, other, access.ErrNoClient},
		{tidier, other, access.ErrForbidden},
		{stranger, other, access.ErrNoClient},
	} {
		if err := h.gate.ApproveWhole(t.Context(), h.db, c.who, "retention.erase", "k-a", c.captured); !errors.Is(err, c.want) {
			t.Errorf("%s decides on work of %q: %v, want %v", c.who.ID, c.captured.ID, err, c.want)
		}
	}
	for captured, want := range map[actor.Actor]string{other: "boss miriam ", boss: "miriam other ", accesstest.Director: "boss other "} {
		all, err := h.gate.Approvers(t.Context(), "retention.erase", "k-a", captured)
		got := ""
		for _, m := range all {
			got += m.ID + " "
		}
		if got != want || err != nil {
			t.Errorf("work of %s is approved by %q, %v, want %q", captured.ID, got, err, want)
		}
	}
	h.file(t, "b", "south", "", wages)
	h.exec(t, `UPDATE cases SET client_id = 'k-a' WHERE id = 'b'`, nil)
	for who, want := range map[actor.Actor]error{other: nil, boss: access.ErrNoClient, far: access.ErrNoClient} {
		if err := h.gate.Whole(t.Context(), h.db, who, "retention.read", "k-a"); !errors.Is(err, want) {
			t.Errorf("with a case of another office %s: %v, want %v", who.ID, err, want)
		}
	}
}
