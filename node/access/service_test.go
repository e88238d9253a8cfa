package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/node/access"
	"casehub/node/access/accesstest"
)

func day(s string) civil.Date { return civil.Date(s) }

func TestAWallShutsOut(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	h.file(t, "c1", "north", "sup", wages)
	h.file(t, "c2", "north", "", wages)
	w := h.wall(t, "c1", "sup", "")
	for _, action := range []string{"cases.read", "cases.edit", "cases.wall", "figures.read"} {
		if got := h.listed(t, sup, action); got != "c2" {
			t.Errorf("%s: %q", action, got)
		}
	}
	h.sees(t, sup, "cases.read", "c2")
	if _, err := h.svc.End(t.Context(), sup, w.ID); !errors.Is(err, access.ErrNoWall) {
		t.Errorf("the walled person ends the wall: %v", err)
	}
	if _, err := h.svc.Raise(t.Context(), sup, access.Wall{CaseID: "c1", PersonID: "miriam", Reason: access.Dispute}); !errors.Is(err, access.ErrNoCase) {
		t.Errorf("the walled person raises a wall there: %v", err)
	}
	if _, err := h.svc.Walls(t.Context(), sup, "c1"); !errors.Is(err, access.ErrNoCase) {
		t.Errorf("the walled person reads the walls: %v", err)
	}
	if id, err := h.svc.End(t.Context(), accesstest.Director, w.ID); err != nil || id != "c1" {
		t.Fatal(id, err)
	}
	h.sees(t, sup, "cases.read", "c1 c2")
	if _, err := h.svc.End(t.Context(), accesstest.Director, w.ID); !errors.Is(err, access.ErrWallEnded) {
		t.Errorf("ending twice: %v", err)
	}
	all, err := h.svc.Walls(t.Context(), accesstest.Director, "c1")
	if err != nil || len(all) != 1 || all[0].EndedBy != "miriam" || all[0].RaisedBy != "miriam" || all[0].EndedAt.IsZero() {
		t.Errorf("an ended wall stays on record: %+v, %v", all, err)
	}
}

func TestAWallEndsWithItsDay(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	h.file(t, "c1", "north", "", wages)
	h.wall(t, "c1", "sup", "2026-03-03")
	h.sees(t, sup, "cases.read", "")
	h.now = noon.AddDate(0, 0, 1)
	h.sees(t, sup, "cases.read", "")
	h.now = noon.AddDate(0, 0, 2)
	h.sees(t, sup, "cases.read", "c1")
	h.wall(t, "c1", "sup", "2026-04-01")
	h.sees(t, sup, "cases.read", "")
}

func TestWallsThatDoNotHold(t *testing.T) {
	h := open(t)
	h.staff(t, "sup", "supervisor", "north")
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "par", wages)
	h.wall(t, "c1", "sup", "")
	for name, c := range map[string]struct {
		who  actor.Actor
		wall access.Wall
		want string
	}{
		"against oneself":  {accesstest.Director, access.Wall{PersonID: "miriam", Reason: access.Related}, "access.wall-self (person)"},
		"against nobody":   {accesstest.Director, access.Wall{PersonID: "nobody", Reason: access.Related}, "access.wall-person (person)"},
		"against no name":  {accesstest.Director, access.Wall{Reason: access.Related}, "access.wall-person (person)"},
		"a second time":    {accesstest.Director, access.Wall{PersonID: "sup", Reason: access.Related}, "access.wall-stands (person)"},
		"without a reason": {accesstest.Director, access.Wall{PersonID: "par"}, "access.wall-reason-missing (reason)"},
		"until yesterday":  {accesstest.Director, access.Wall{PersonID: "par", Reason: access.Other, Until: "2026-03-01"}, "access.wall-until-past (until)"},
		"until some day":   {accesstest.Director, access.Wall{PersonID: "par", Reason: access.Other, Until: "soon"}, "civil.date (until)"},
		"a long note":      {accesstest.Director, access.Wall{PersonID: "par", Reason: access.Other, Note: strings.Repeat("x", 2001)}, "text.too-long (note)"},
		"by a paralegal":   {par, access.Wall{PersonID: "miriam", Reason: access.Other}, "access.forbidden"},
	} {
		c.wall.CaseID = "c1"
		if _, err := h.svc.Raise(t.Context(), c.who, c.wall); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestAnEmergencyOpensForReading(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "", violence)
	h.file(t, "c2", "south", "", wages)
	const why = "she is at the door and in danger"
	if _, err := h.svc.Declare(t.Context(), par, "C-C1", "now"); err == nil || errs.KindOf(err) != errs.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	id, err := h.svc.Declare(t.Context(), par, " c-c1 ", why)
	if err != nil || id != "c1" {
		t.Fatal(id, err)
	}
	h.sees(t, par, "cases.read", "c1")
	h.sees(t, par, "cases.edit", "")
	h.sees(t, par, "figures.read", "")
	if got, err := h.gate.Classes(t.Context(), h.db, par, "c1"); err != nil || !got.All() {
		t.Errorf("classes %+v, %v", got, err)
	}
	if got := h.clients(t, par, "clients.read"); got != "k-c1" {
		t.Errorf("clients %q", got)
	}
	if _, err := h.svc.Declare(t.Context(), par, "C-C2", why); err == nil || !strings.Contains(err.Error(), "access.emergency-no-case") {
		t.Errorf("beyond the reach: %v", err)
	}
	if again, err := h.svc.Declare(t.Context(), par, "C-C1", why); err != nil || again != "c1" {
		t.Errorf("declaring twice: %s, %v", again, err)
	}
	h.now = noon.Add(4*time.Hour - time.Second)
	h.sees(t, par, "cases.read", "c1")
	h.now = noon.Add(4 * time.Hour)
	h.sees(t, par, "cases.read", "")
}

func TestAnEmergencyEndsWithThePosition(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "", wages)
	if _, err := h.svc.Declare(t.Context(), par, "C-C1", "the deadline is today"); err != nil {
		t.Fatal(err)
	}
	h.exec(t, `DELETE FROM positions WHERE person_id = 'par'`, nil)
	h.sees(t, par, "cases.read", "")
}

func TestNoEmergencyGoesThroughAWall(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "", wages)
	const why = "the deadline is today"
	h.wall(t, "c1", "par", "")
	_, walled := h.svc.Declare(t.Context(), par, "C-C1", why)
	_, absent := h.svc.Declare(t.Context(), par, "C-NOTHING", why)
	if walled == nil || !errors.Is(walled, absent) || walled.Error() != absent.Error() {
		t.Errorf("walled: %v, absent: %v", walled, absent)
	}
	h.file(t, "c2", "north", "", wages)
	if _, err := h.svc.Declare(t.Context(), par, "C-C2", why); err != nil {
		t.Fatal(err)
	}
	h.sees(t, par, "cases.read", "c2")
	h.wall(t, "c2", "par", "")
	h.sees(t, par, "cases.read", "")
}

func TestNobodyTakesNoteOfTheirOwnEmergency(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "", wages)
	if _, err := h.svc.Declare(t.Context(), par, "C-C1", "the deadline is today"); err != nil {
		t.Fatal(err)
	}
	id := h.ids(t, `SELECT id FROM emergencies`, access.Filter{})
	if err := h.svc.See(t.Context(), par, id); errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Forbidden {
		t.Errorf("one's own: %v", err)
	}
	accesstest.Hire(t, h.db, "chief", "north")
	accesstest.Appoint(t, h.db, "chief", "director", "")
	h.wall(t, "c1", "chief", "")
	if err := h.svc.See(t.Context(), actor.Actor{Kind: actor.Person, ID: "chief"}, id); !errors.Is(err, access.ErrNoEmergency) {
		t.Errorf("a walled director: %v", err)
	}
	if err := h.svc.See(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if got := h.ids(t, `SELECT seen_by FROM emergencies`, access.Filter{}); got != "miriam" {
		t.Errorf("seen by %q", got)
	}
}

// Whoever could shut the last director out of a case would be watched by nobody.
func TestADirectorAlwaysSeesTheCase(t *testing.T) {
	h := open(t)
	boss := h.staff(t, "supervisor", "supervisor", "north")
	h.staff(t, "second", "director", "north")
	h.file(t, "a", "north", "supervisor", 1102)
	raise := func(person string) error {
		_, err := h.svc.Raise(t.Context(), boss, access.Wall{CaseID: "a", PersonID: person, Reason: access.Conflict})
		return err
	}
	if err := raise("second"); err != nil {
		t.Fatalf("a wall against one of two directors: %v", err)
	}
	if err := raise(accesstest.Director.ID); err == nil || errs.As(err).Field() != "person" {
		t.Errorf("a wall against the last director who sees the case: %v, want a refusal", err)
	}
	h.exec(t, `UPDATE walls SET until = '2020-01-01'`, nil)
	if err := raise(accesstest.Director.ID); err != nil {
		t.Errorf("after the first wall ended: %v", err)
	}
}

// Who sees a case steps back from it by themselves: nothing of it is left to
// them, and only somebody else lets them in again.
func TestWhoStepsBackSeesNothingMore(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	reader := h.staff(t, "reader", "auditor", "")
	h.staff(t, "second", "director", "")
	h.file(t, "c1", "north", "sup", wages)
	h.file(t, "far", "south", "", wages)
	step := func(who actor.Actor, id string) error {
		return h.svc.StepBack(t.Context(), who, access.Wall{CaseID: id, Reason: access.Related, Note: "my cousin", Until: "2026-03-03", PersonID: "second"})
	}
	if err := h.svc.StepBack(t.Context(), sup, access.Wall{CaseID: "c1"}); errs.As(err).Field() != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	if err := step(sup, "far"); !errors.Is(err, access.ErrNoCase) {
		t.Errorf("from a case that one does not see: %v", err)
	}
	if err := step(actor.Node(), "c1"); err == nil {
		t.Error("the program steps back")
	}
	for _, who := range []actor.Actor{sup, reader, accesstest.Director} {
		if err := step(who, "c1"); err != nil {
			t.Fatalf("%s: %v", who.ID, err)
		}
		if err := step(who, "c1"); !errors.Is(err, access.ErrNoCase) {
			t.Errorf("%s, twice: %v", who.ID, err)
		}
		if got := h.listed(t, who, "cases.read"); strings.Contains(got, "c1") {
			t.Errorf("%s still sees %q", who.ID, got)
		}
	}
	second := actor.Actor{Kind: actor.Person, ID: "second"}
	h.sees(t, second, "cases.read", "c1 far")
	if err := step(second, "c1"); errs.As(err).Field() != "reason" {
		t.Errorf("the last director who sees the case: %v", err)
	}
	h.sees(t, second, "cases.read", "c1 far")
	all, err := h.svc.Walls(t.Context(), second, "c1")
	if err != nil || len(all) != 3 {
		t.Fatalf("%d walls, %v", len(all), err)
	}
	for _, w := range all {
		if !w.Own() || w.Until != "" || w.Note != "my cousin" {
			t.Errorf("a wall of %s by %s until %q", w.PersonID, w.RaisedBy, w.Until)
		}
		if _, err := h.svc.End(t.Context(), actor.Actor{Kind: actor.Person, ID: w.PersonID}, w.ID); err == nil {
			t.Errorf("%s lets themselves in again", w.PersonID)
		}
	}
	if got := h.ids(t, `SELECT DISTINCT action FROM audit WHERE subject = 'c1' AND action LIKE 'wall.%'`, access.Filter{}); got != "wall.declared" {
		t.Errorf("the audit says %q", got)
	}
}
