package node

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"casehub/node/access/accesstest"
	"casehub/node/cases"
	"casehub/node/clients"
)

var tokenInput = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// browserOf opens a person's browser on the pages of a node.
func browserOf(t *testing.T, n *Node, person string) *visitor {
	t.Helper()
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, pages: as(t, n, site, person), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	return v
}

// A paralegal steps back from a case: it is gone from their pages, the director
// is told who has to be replaced, and only the director lets them in again.
func TestSomebodyStepsBackFromACase(t *testing.T) {
	n, director := visit(t)
	first := boss(t, n)
	thandi := accesstest.Hire(t, n.DB, "thandi", seatOf(t, n))
	accesstest.Appoint(t, n.DB, thandi.ID, "paralegal", "")
	k, err := n.Clients.Create(t.Context(), thandi, clients.Client{Surname: "Botha", ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Cases.Open(t.Context(), thandi, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-10-01"})
	if err != nil {
		t.Fatal(err)
	}
	page, v := "/cases/"+string(c.ID), browserOf(t, n, thandi.ID)
	if got := v.get(page); !strings.Contains(got.body, "I am involved myself") || strings.Contains(got.body, "Raise a wall") {
		t.Errorf("the page of the case (%d) does not offer to step back, or more", got.status)
	}
	if got := v.post(page+"/conflict", "note", "my cousin"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Choose a reason.") || !strings.Contains(got.body, "my cousin") {
		t.Errorf("without a reason: %d", got.status)
	}
	if got := v.post(page+"/conflict", "reason", "related", "note", "my cousin"); got.status != http.StatusSeeOther || got.to != "/cases" {
		t.Fatalf("stepping back: %d to %s", got.status, got.to)
	}
	if got := v.get("/cases"); !strings.Contains(got.body, "You have stepped back from the case.") || strings.Contains(got.body, c.Reference) {
		t.Error("the list says nothing of it, or still has the case")
	}
	for _, path := range []string{page, page + "/conflict", page + "/walls", "/clients/" + string(k.ID)} {
		if got := v.get(path); got.status != http.StatusNotFound && got.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	home := director.get("/").body
	for _, word := range []string{"Stepped back from a case", c.Reference, "thandi", "Still responsible: give it to somebody else"} {
		if !strings.Contains(home, word) {
			t.Errorf("the director's first page does not say %q", word)
		}
	}
	walls := director.get(page + "/walls").body
	if !strings.Contains(walls, "Raised against themselves") || !strings.Contains(walls, "my cousin") {
		t.Error("the walls do not say whose wall it is")
	}
	if got := director.get("/audit").body; !strings.Contains(got, "Stepped back for a conflict of interest") {
		t.Error("the audit does not say it")
	}
	all, err := n.Walls.Walls(t.Context(), first, string(c.ID))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d walls, %v", len(all), err)
	}
	if got := v.post("/walls/" + all[0].ID + "/end"); got.status != http.StatusForbidden && got.status != http.StatusNotFound {
		t.Errorf("letting oneself in again: %d", got.status)
	}
	if got := director.post("/walls/" + all[0].ID + "/end"); got.status != http.StatusSeeOther {
		t.Errorf("the director ends the wall: %d", got.status)
	}
	if got := v.get(page); got.status != http.StatusOK {
		t.Errorf("let in again: %d", got.status)
	}
	if strings.Contains(director.get("/").body, "Stepped back from a case") {
		t.Error("the first page still tells of it")
	}
	if got := director.post(page+"/conflict", "reason", "conflict"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Make somebody else a director first") {
		t.Errorf("the only director steps back: %d", got.status)
	}
}
