package access_test

import (
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/node/access"
	"casehub/node/access/accesstest"
)

// Forms offer the people of where their reader acts, and for a wall also who sees
// the case from elsewhere; nobody is offered themselves for one.
func TestFormsOfferWhoIsInReach(t *testing.T) {
	h := open(t)
	chief := h.staff(t, "chief", "supervisor", "north")
	region := accesstest.Hire(t, h.db, "region", "")
	accesstest.Own(t, h.db, "regional", "cases.assign", "region", "")
	accesstest.Appoint(t, h.db, "region", "regional", "north")
	h.staff(t, "near", "paralegal", "north")
	h.staff(t, "valley", "paralegal", "south")
	h.staff(t, "shore", "paralegal", "coast")
	accesstest.Hire(t, h.db, "visits", "coast")
	accesstest.Appoint(t, h.db, "visits", "lawyer", "north")
	mate := h.staff(t, "mate", "paralegal", "coast")
	accesstest.Own(t, h.db, "lead", "cases.assign", "team", "")
	accesstest.Appoint(t, h.db, "mate", "lead", "")
	accesstest.Team(t, h.db, "team", "mate", "valley")
	for who, want := range map[actor.Actor]string{
		accesstest.Director:               "chief mate miriam near region shore valley visits",
		chief:                             "chief near region visits",
		region:                            "chief near region valley visits",
		mate:                              "mate valley",
		{Kind: actor.Person, ID: "shore"}: "",
	} {
		all, err := h.gate.Within(t.Context(), who, "cases.assign")
		if got := names(all); err != nil || got != want {
			t.Errorf("%s is offered %q, %v, want %q", who.ID, got, err, want)
		}
	}
	c := h.file(t, "walls", "north", "shore", wages)
	all, err := h.gate.ShutOut(t.Context(), chief, c)
	if got := names(all); err != nil || got != "miriam near region shore visits" {
		t.Errorf("for a wall %q, %v", got, err)
	}
}

func names(all []access.Member) string {
	var ids []string
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}
