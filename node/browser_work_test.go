package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/web/webtest"
	"casehub/node/clients"
	"casehub/node/retention"
)

// worked records what an office does beside its cases, through the pages alone, and
// returns the pages to look at.
func worked(t *testing.T, n *Node, v *visitor) []string {
	t.Helper()
	client, open, closed := seeded(v)
	id := strings.TrimPrefix(client, "/clients/")
	v.follows(v.post(client+"/consultations", "case_type", "1401", "held_on", "2026-10-05", "service", "6102", "note", "Asked what a protection order is."), client)
	v.follows(v.post(open+"/services", "kind", "6201", "given_on", "2026-10-06"), open)
	v.follows(v.post("/turn-aways", "why", "8201", "came_on", "2026-10-05", "note", "A woman with a letter from the bank"), "/turn-aways")
	v.follows(v.post("/turn-aways?client="+id, "why", "8204", "came_on", "2026-10-05"), client)
	v.follows(v.post("/activities", "kind", "10102", "held_on", "2026-10-05", "place", "Kleinfontein hall", "participants", "64"), "/activities")
	v.follows(v.post(open+"/complaints", "institution", "9201", "filed_on", "2026-10-06", "progress", "received", "number", "77/2026", "note", "No docket was opened."), open)
	v.follows(v.post(closed+"/survey", "rating", "11104", "answered_on", "2026-10-11", "cost", "good", "pace", "poor", "comment", "They were kind, and it took long."), closed)
	if _, err := n.DB.Exec(t.Context(), `UPDATE cases SET created_at = unixepoch('2026-09-10') * 1000`, nil); err != nil {
		t.Fatal(err)
	}
	v.follows(v.post("/quality", "month", "202609", "size", "5"), "/quality")
	pages := []string{client, open, closed, closed + "/survey", client + "/consultations/new", open + "/complaints/new", "/turn-aways/new", "/activities/new", "/quality/new"}
	for path, query := range map[string]string{
		"/consultations/%s": "SELECT id FROM consultations", "/consultations/%s/edit": "SELECT id FROM consultations", "/consultations/%s/remove": "SELECT id FROM consultations",
		"/services/%s/edit": "SELECT id FROM services", "/complaints/%s/edit": "SELECT id FROM complaints", "/quality/%s": "SELECT id FROM quality_checks",
		"/referrals/%s/edit": "SELECT id FROM referrals",
	} {
		var id string
		if err := n.DB.QueryRow(t.Context(), query+` LIMIT 1`, nil).Scan(&id); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, fmt.Sprintf(path, id))
	}
	return pages
}

// lists are the lists of what an office does beside its cases.
var lists = []string{"/consultations", "/turn-aways", "/complaints", "/activities", "/surveys", "/quality"}

func TestOtherWorkHoldsInABrowser(t *testing.T) {
	b := webtest.Open(t)
	n, v := visit(t)
	b.Check(t, v.pages, lists...) // where nothing is yet
	b.Check(t, v.pages, append(worked(t, n, v), lists...)...)
}

// TestOtherWorkIsListedAndNarrowed: what was recorded stands in its list and on the page
// of its case or client, a filter leaves out what it does not name, and what is deleted
// for a reason is gone.
func TestOtherWorkIsListedAndNarrowed(t *testing.T) {
	n, v := visit(t)
	pages := worked(t, n, v)
	client, open, closed := pages[0], pages[1], pages[2]
	v.says(v.get(client), http.StatusOK, "Asked what a protection order is.", "Domestic violence", "Advice on rights and steps", "Conflict of interest")
	v.says(v.get(open), http.StatusOK, "Letter or telephone call to the other party", "Police oversight body", "Receipt confirmed", "77/2026", "What became of it?")
	v.says(v.get(closed), http.StatusOK, "4 Good", "They were kind, and it took long.")
	for list, word := range map[string]string{
		"/consultations?case_type=1401&from=2026-10-05": "Domestic violence", "/turn-aways?why=8201": "A woman with a letter", "/complaints?progress=received": "Police oversight body",
		"/activities?kind=10102": "Kleinfontein hall", "/surveys?rating=11104": "it took long", "/quality?month=202609": "Not checked yet",
	} {
		v.says(v.get(list), http.StatusOK, word, `aria-current="page"`)
	}
	for _, list := range []string{"/consultations?case_type=1101", "/turn-aways?until=2026-10-04", "/complaints?progress=closed", "/activities?from=2026-10-06", "/surveys?rating=11301", "/quality?result=12101"} {
		v.says(v.get(list), http.StatusOK, "Nothing fits what you chose")
	}

	v.says(v.get("/"), http.StatusOK, "Complaints without an answer", `<a href="/complaints?progress=unanswered">1</a>`, "Drawn files to check", `<a href="/quality?result=unchecked">2</a>`)
	v.says(v.get("/complaints?progress=unanswered"), http.StatusOK, "Police oversight body", `<option value="unanswered" selected>`)
	v.says(v.get("/quality?result=unchecked"), http.StatusOK, "Not checked yet", `<option value="unchecked" selected>`)
	for _, done := range []string{`UPDATE complaints SET progress = 'answered', outcome = 'upheld', answered_on = '2026-10-08'`, `UPDATE quality_checks SET result = 12101, checked_on = '2026-10-08'`} {
		if _, err := n.DB.Exec(t.Context(), done, nil); err != nil {
			t.Fatal(err)
		}
	}
	if a := v.get("/"); strings.Contains(a.body, "unanswered") || strings.Contains(a.body, "unchecked") {
		t.Error("the first page still says that something waits")
	}
	for _, list := range []string{"/complaints?progress=unanswered", "/quality?result=unchecked"} {
		v.says(v.get(list), http.StatusOK, "Nothing fits what you chose")
	}

	var referral, consultation string
	if err := n.DB.QueryRow(t.Context(), `SELECT (SELECT id FROM referrals), (SELECT id FROM consultations)`, nil).Scan(&referral, &consultation); err != nil {
		t.Fatal(err)
	}
	v.follows(v.post("/referrals/"+referral, "version", "1", "destination", "3203", "referred_on", "2026-10-05", "result", "7101", "result_on", "2026-10-10"), open)
	v.says(v.get(open), http.StatusOK, "Helped there")
	v.says(v.post("/consultations/"+consultation+"/remove", "reason", "written down twice"), http.StatusConflict, "Delete those first")
	v.says(v.post("/consultations/"+consultation, "version", "0", "case_type", "1102", "held_on", "2026-10-05"), http.StatusConflict, "Somebody else saved this meanwhile", "Domestic violence")
	v.says(v.post("/turn-aways", "came_on", "2030-01-01"), http.StatusUnprocessableEntity, "Choose a reason from the list.")
}

// TestAClientGetsWhatWasRecordedBesideCases: the own data of a client has everything
// that is kept about them, also what belongs to no case.
func TestAClientGetsWhatWasRecordedBesideCases(t *testing.T) {
	n, v := visit(t)
	id := clients.ID(strings.TrimPrefix(worked(t, n, v)[0], "/clients/"))
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	miriam := actor.Actor{Kind: actor.Person, ID: director(t, n)}
	o, err := n.exporter(site).Gather(t.Context(), miriam, id, "en", retention.Choice{Notes: true, Why: "she asked for all of it"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{
		"Domestic violence", "Asked what a protection order is.", "Advice on rights and steps", "Letter or telephone call", "Conflict of interest",
		"Police oversight body", "77/2026", "No docket was opened.", "4 Good", "They were kind, and it took long.",
	} {
		if !strings.Contains(string(b), word) {
			t.Errorf("the client does not get %q", word)
		}
	}
	if strings.Contains(string(b), "letter from the bank") {
		t.Error("the client gets what is of somebody else")
	}
}
