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

func TestASecondPersonDecides(t *testing.T) {
	h := open(t)
	other := h.staff(t, "other", "director", "north")
	clerk := h.staff(t, "clerk", "paralegal", "north")
	for _, c := range []struct {
		who, captured actor.Actor
		want          error
	}{
		{other, accesstest.Director, nil}, {other, other, access.ErrOwnWork}, {other, actor.Actor{}, access.ErrOwnWork}, {clerk, other, access.ErrForbidden},
	} {
		if err := h.gate.Seconds(t.Context(), h.db, c.who, "retention.erase", c.captured); !errors.Is(err, c.want) {
			t.Errorf("%s decides on work of %q: %v, want %v", c.who.ID, c.captured.ID, err, c.want)
		}
	}
}
