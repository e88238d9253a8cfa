package node

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/retention"
)

// The audit tells whoever was shut out of a case nothing of it, also when the
// case is erased: on no page, by no filter, and by no number of entries.
func TestTheAuditHidesErasedRecordsFromWhoWasShutOut(t *testing.T) {
	n, _ := visit(t)
	first := boss(t, n)
	second, walled := accesstest.Hire(t, n.DB, "second", ""), accesstest.Hire(t, n.DB, "walled", "")
	for _, who := range []actor.Actor{second, walled} {
		accesstest.Appoint(t, n.DB, who.ID, "director", "")
	}
	k, c := erasable(t, n, first)
	reference := k.Reference
	if _, err := n.Walls.Raise(t.Context(), first, access.Wall{CaseID: string(c.ID), PersonID: walled.ID, Reason: access.Conflict}); err != nil {
		t.Fatal(err)
	}
	before := told(t, n, walled, audit.Filter{})
	r, err := n.Retention.Ask(t.Context(), first, retention.Request{ClientID: string(k.ID), AskedOn: "2026-10-02"})
	if err != nil {
		t.Fatal(err)
	}
	later := retention.NewService(n.Retention.Store, n.Registry, accesstest.Gate(t, n.DB, inTenYears), inTenYears)
	if err := later.Approve(t.Context(), second, r.ID); err != nil {
		t.Fatal(err)
	}
	var of []string
	for _, e := range told(t, n, first, audit.Filter{}) {
		if e.Subject == string(c.ID) || e.Subject == string(k.ID) {
			of = append(of, e.Action)
		}
	}
	for _, action := range []string{"wall.raised", "case.opened", "client.created", "erasure.requested", "audit.erased"} {
		if !slices.Contains(of, action) {
			t.Errorf("the other director is not told of %s", action)
		}
	}
	if after := told(t, n, walled, audit.Filter{}); len(after) != len(before) {
		t.Errorf("%d entries after the erasure, %d before it", len(after), len(before))
	}
	for name, f := range map[string]audit.Filter{
		"of the case": {About: string(c.ID)}, "of the client": {About: string(k.ID)}, "of cases": {Group: "cases"}, "of clients": {Group: "clients"},
	} {
		if got := told(t, n, walled, f); len(got) != 0 {
			t.Errorf("%s: %d entries", name, len(got))
		}
	}
	for _, e := range told(t, n, walled, audit.Filter{Group: "staff"}) {
		if strings.HasPrefix(e.Action, "wall.") {
			t.Errorf("told of %s", e.Action)
		}
	}
	v := browserOf(t, n, walled.ID)
	nothing := plainly(v.get("/audit?about=case-000000000000").body, "case-000000000000")
	for _, id := range []string{string(c.ID), string(k.ID)} {
		if got := plainly(v.get("/audit?about="+url.QueryEscape(id)).body, id); got != nothing {
			t.Errorf("what was erased answers otherwise than what never was: %s", differs(got, nothing))
		}
	}
	for _, page := range []string{"/audit", "/audit?group=staff", "/retention"} {
		body := v.get(page).body
		for _, word := range []string{"Wall raised", reference, string(c.ID)} {
			if strings.Contains(body, word) {
				t.Errorf("%s says %q", page, word)
			}
		}
	}
}

func inTenYears() time.Time { return october().AddDate(10, 0, 0) }

// erasable registers a client with a closed case.
func erasable(t *testing.T, n *Node, who actor.Actor) (clients.Client, cases.Case) {
	t.Helper()
	k, err := n.Clients.Create(t.Context(), who, clients.Client{Surname: "Botha", ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Cases.Open(t.Context(), who, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-10-01"})
	if err == nil {
		err = n.Cases.Close(t.Context(), who, c.ID, c.Version, "2026-10-02", 5201)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}

// told returns all entries of the audit that somebody is shown.
func told(t *testing.T, n *Node, who actor.Actor, f audit.Filter) []audit.Told {
	t.Helper()
	log := audit.NewLog(n.DB, sight{n.DB, n.Access, n.Vault, n.now})
	var all []audit.Told
	for {
		page, err := log.List(t.Context(), who, f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Entries...)
		if page.Next == "" {
			return all
		}
		f.After = page.Next
	}
}
