package cases_test

import (
	"errors"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/node/access"
	"casehub/node/access/accesstest"
)

// Nobody is given a case that they could not open, and the refusal is the same for
// somebody behind a wall and for somebody without a position for any case.
func TestACaseIsAssignedToWhoOpensIt(t *testing.T) {
	b := office(t)
	accesstest.Office(t, b.db, "north", "")
	accesstest.Office(t, b.db, "south", "")
	chief := hire(t, b, "chief", "supervisor", "north")
	hire(t, b, "near", "paralegal", "north")
	hire(t, b, "walled", "paralegal", "north")
	hire(t, b, "clerk", "", "north")
	hire(t, b, "far", "paralegal", "south")
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	if err := b.Assign(t.Context(), miriam, c.ID, 1, "", "north"); err != nil {
		t.Fatal(err)
	}
	gate := accesstest.Gate(t, b.db, clock)
	if _, err := access.NewService(b.db, gate, clock).Raise(t.Context(), miriam, access.Wall{CaseID: string(c.ID), PersonID: "walled", Reason: access.Related}); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, person := range []string{"walled", "clerk", "far", "stranger"} {
		err := b.Assign(t.Context(), chief, c.ID, 2, person, "north")
		var e *errs.Error
		if !errors.As(err, &e) || e.Field() != "responsible" {
			t.Errorf("%s is given the case: %v", person, err)
		} else {
			said[person] = err.Error()
		}
	}
	if said["walled"] != said["clerk"] || said["far"] != said["stranger"] {
		t.Errorf("the refusals tell people apart: %q", said)
	}
	if got := b.read(t, c.ID); got.Responsible != "" || got.Version != 2 {
		t.Errorf("a refusal changed the case: %q, version %d", got.Responsible, got.Version)
	}
	if err := b.Assign(t.Context(), miriam, c.ID, 2, "walled", ""); err == nil {
		t.Error("a director gives a case to somebody behind a wall")
	}
	if err := b.Assign(t.Context(), chief, c.ID, 2, "near", "north"); err != nil {
		t.Errorf("somebody who opens the case: %v", err)
	}
}

// Whoever shut themselves out stays responsible until somebody else is chosen, and
// the office can change meanwhile.
func TestAWalledHolderIsNoHindrance(t *testing.T) {
	b := office(t)
	accesstest.Office(t, b.db, "north", "")
	near := hire(t, b, "near", "paralegal", "north")
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	if err := b.Assign(t.Context(), miriam, c.ID, 1, "near", ""); err != nil {
		t.Fatal(err)
	}
	gate := accesstest.Gate(t, b.db, clock)
	if err := access.NewService(b.db, gate, clock).StepBack(t.Context(), near, access.Wall{CaseID: string(c.ID), Reason: access.Related}); err != nil {
		t.Fatal(err)
	}
	if err := b.Assign(t.Context(), miriam, c.ID, 2, "near", "north"); err != nil {
		t.Errorf("the office of a case whose holder stepped back: %v", err)
	}
}

func hire(t *testing.T, b bench, id, role, office string) actor.Actor {
	t.Helper()
	who := accesstest.Hire(t, b.db, id, office)
	if role != "" {
		accesstest.Appoint(t, b.db, id, role, "")
	}
	return who
}

func clock() time.Time { return noon }
