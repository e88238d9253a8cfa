package node

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/node/cases"
	"casehub/node/finance"
	"casehub/node/referrals"
)

func TestACaseComesBackAsTyped(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Nkosi", "given_names", "Nolwazi")
	v.says(v.get("/cases/new?client="+strings.TrimPrefix(k, "/clients/")), http.StatusOK,
		"Nolwazi Nkosi", `<optgroup label="Violence and abuse">`, `value="2026-10-20"`, `max="2026-10-20"`)
	c := v.opens(k, "other_party", "Kleinfontein Farms", "summary", "first line\r\nsecond line")
	got := caseOf(t, n, c)
	want := cases.Case{
		ID: got.ID, Reference: got.Reference, ClientID: clientOf(t, n, k).ID, Type: 1102, Status: cases.Open, OpenedOn: "2026-10-01",
		OtherParty: "Kleinfontein Farms", Summary: "first line\nsecond line", CreatedAt: got.CreatedAt, UpdatedAt: got.UpdatedAt, Version: 1,
		OfficeID: seatOf(t, n), Responsible: director(t, n),
	}
	type plain cases.Case
	if d := cmp.Diff(plain(want), plain(got)); d != "" {
		t.Error(d)
	}
	v.says(v.get(c), http.StatusOK, "The case was opened.", "Unpaid wages", "Nolwazi Nkosi", "Kleinfontein Farms", "second line", "1 October 2026", "Case opened")
	v.says(v.get(c+"?lang=es"), http.StatusOK, "Salarios impagos", "1 de octubre de 2026", "Caso abierto")
	v.says(v.get(k+"?lang=en"), http.StatusOK, "Cases of this client", got.Reference, "Unpaid wages")

	v.says(v.get(c+"/edit"), http.StatusOK, `value="1102" selected`, "Kleinfontein Farms")
	v.follows(v.post(c, "version", "1", "case_type", "1401", "opened_on", "2026-10-02", "summary", "more"), c)
	v.says(v.get(c), http.StatusOK, "The case was saved.", "Domestic violence", "2 October 2026", "Case type changed")
}

func TestACaseThatDoesNotHoldNamesEveryField(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Nkosi")
	bad := []string{"case_type", "", "opened_on", "2026-10-21", "other_party", strings.Repeat("x", 301), "summary", "what was typed"}
	a := v.post("/cases", append(bad, "client", strings.TrimPrefix(k, "/clients/"))...)
	v.says(a, http.StatusUnprocessableEntity, "what was typed", "Nkosi", "Choose a case type from the list.", "The day of opening lies in the future.", "at most 300")
	v.says(v.post("/cases", append(bad, "client", "nobody")...), http.StatusNotFound)
	c := v.opens(k)
	v.says(v.post(c, append(bad, "version", "1")...), http.StatusUnprocessableEntity, "what was typed", "Choose a case type", caseOf(t, n, c).Reference)
	if got := caseOf(t, n, c); got.Version != 1 {
		t.Errorf("version %d was saved", got.Version)
	}
}

// The way back from a page about a case names the case.
func TestTheWayBackNamesTheCase(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	link := `<a href="` + c + `">` + caseOf(t, n, c).Reference + `</a>`
	for _, page := range []string{"/walls", "/conflict", "/referrals/new", "/recoveries/new"} {
		v.says(v.get(c+page), http.StatusOK, link)
	}
	v.says(v.post(c+"/walls", "person", ""), http.StatusUnprocessableEntity, link)
}

func TestALostSaveOfACaseLosesNoText(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	v.follows(v.post(c, "version", "1", "case_type", "1101", "opened_on", "2026-10-01", "summary", "theirs"), c)
	a := v.post(c, "version", "1", "case_type", "1102", "opened_on", "2026-10-01", "summary", "mine")
	v.says(a, http.StatusConflict, "Somebody else saved this case meanwhile", ">mine<", "<b>theirs</b>", "<b>Unfair dismissal</b>", `name="version" value="2"`)
	v.follows(v.post(c, "version", "2", "case_type", "1102", "opened_on", "2026-10-01", "summary", "mine"), c)
	if got := caseOf(t, n, c); got.Summary != "mine" || got.Version != 3 {
		t.Errorf("version %d holds %q", got.Version, got.Summary)
	}
}

func TestACaseIsClosedAndOpenedAgain(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	for _, bad := range []struct{ on, outcome, says string }{
		{"2026-10-10", "", "Choose how the case ended."},
		{"", "5101", "Enter the day of closing."},
		{"2026-09-30", "5101", "A case cannot be closed before it was opened."},
		{"2026-10-21", "5101", "The day of closing lies in the future."},
		{"2026-10-10", "1101", "Choose an outcome from the list."},
		{"tomorrow", "5101", "This is not a day of the calendar."},
	} {
		a := v.post(c+"/close", "version", "1", "closed_on", bad.on, "outcome", bad.outcome)
		v.says(a, http.StatusUnprocessableEntity, "<!doctype html>", bad.says, "Unpaid wages")
	}
	v.htmx = true
	part := v.post(c+"/close", "version", "1", "closed_on", "2026-10-11", "outcome", "")
	v.says(part, http.StatusUnprocessableEntity, "Choose how the case ended.", `value="2026-10-11"`, `id="close"`)
	v.silent(part, "<!doctype html>", "<h1")
	v.htmx = false

	v.follows(v.post(c+"/close", "version", "1", "closed_on", "2026-10-10", "outcome", "5101"), c)
	if got := caseOf(t, n, c); got.Status != cases.Closed || got.ClosedOn != "2026-10-10" || got.Outcome != 5101 {
		t.Errorf("%s on %s with %d", got.Status, got.ClosedOn, got.Outcome)
	}
	v.says(v.get(c), http.StatusOK, "The case was closed.", "Settled in full", "10 October 2026", "Open again")
	v.says(v.post(c+"/close", "version", "2", "closed_on", "2026-10-10", "outcome", "5101"), http.StatusConflict, "This case is closed already.")
	v.follows(v.post(c+"/reopen", "version", "2"), c)
	v.says(v.get(c), http.StatusOK, "The case is open again.", "Close this case")
	v.says(v.post(c+"/reopen", "version", "3"), http.StatusConflict, "This case is open already.")
}

func TestALostClosingKeepsWhatWasChosen(t *testing.T) {
	_, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	v.follows(v.post(c, "version", "1", "case_type", "1101", "opened_on", "2026-10-01"), c)
	a := v.post(c+"/close", "version", "1", "closed_on", "2026-10-11", "outcome", "5102")
	v.says(a, http.StatusConflict, "Somebody else saved this case meanwhile", `value="2026-10-11"`, `value="5102" selected`, `name="version" value="2"`)
}

func TestCasesAreNarrowed(t *testing.T) {
	n, v := visit(t)
	nkosi, zulu := v.register("surname", "Nkosi"), v.register("surname", "Zulu")
	wages, farm := v.opens(nkosi), v.opens(zulu, "case_type", "1701", "other_party", "Kleinfontein Farms")
	v.follows(v.post(wages+"/close", "version", "1", "closed_on", "2026-10-10", "outcome", "5101"), wages)
	one, two := caseOf(t, n, wages).Reference, caseOf(t, n, farm).Reference
	for name, c := range map[string]struct {
		page      answer
		has, lack string
	}{
		"closed":           {v.get("/cases?status=closed"), one, two},
		"open by the form": {v.post("/cases/search", "status", "open"), two, one},
		"category":         {v.get("/cases?type=1700"), two, one},
		"leaf":             {v.post("/cases/search", "type", "1102"), one, two},
		"other party":      {v.post("/cases/search", "search", "kleinf"), two, one},
		"client":           {v.post("/cases/search", "search", "nkos"), one, two},
	} {
		if !strings.Contains(c.page.body, c.has) || strings.Contains(c.page.body, c.lack) {
			t.Errorf("%s: shows the wrong cases", name)
		}
	}
	v.says(v.post("/cases/search", "search", "nkos", "status", "open"), http.StatusOK, "No case found")
	v.htmx = true
	v.silent(v.post("/cases/search", "search", "nkos"), "<!doctype html>", "<h1")
	v.silent(v.post("/cases/new", "search", "nkos"), "<!doctype html>", "Zulu")
}

func TestAReferralComesBackAsTyped(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	v.says(v.get(c), http.StatusOK, "Not referred anywhere yet.")
	v.says(v.get(c+"/referrals/new"), http.StatusOK, "<!doctype html>", `<optgroup label="Legal help">`, `min="2026-10-01"`)
	a := v.post(c+"/referrals", "destination", "", "referred_on", "2026-09-01", "note", "what was typed")
	v.says(a, http.StatusUnprocessableEntity, "Choose a destination from the list.", "what was typed")
	v.says(v.post(c+"/referrals", "destination", "3203", "referred_on", "2026-09-01"), http.StatusUnprocessableEntity, "before the case was opened")

	v.follows(v.post(c+"/referrals", "destination", "3203", "referred_on", "2026-10-05", "note", "ask for Thandi"), c)
	v.says(v.get(c), http.StatusOK, "The referral was recorded.", "Labour dispute tribunal", "5 October 2026", "ask for Thandi")
	all, _, err := n.Referrals.OfCase(t.Context(), boss(t, n), caseOf(t, n, c).ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d referrals, %v", len(all), err)
	}
	r := "/referrals/" + string(all[0].ID)
	v.says(v.get(r+"/edit"), http.StatusOK, `value="3203" selected`, "ask for Thandi")
	v.follows(v.post(r, "version", "1", "destination", "3204", "referred_on", "2026-10-05", "note", "theirs"), c)
	lost := v.post(r, "version", "1", "destination", "3203", "referred_on", "2026-10-06", "note", "mine")
	v.says(lost, http.StatusConflict, "Somebody else saved this meanwhile", ">mine<", "<b>theirs</b>", "<b>Rental housing tribunal</b>", "<b>2026-10-05</b>", `value="2"`)
	v.says(v.post(r, "version", "2", "destination", "3203", "referred_on", "2026-10-21"), http.StatusUnprocessableEntity, "lies in the future")
	got, err := n.Referrals.ByID(t.Context(), boss(t, n), referrals.ID(all[0].ID))
	if err != nil || got.Note != "theirs" || got.Destination != 3204 {
		t.Errorf("saved %d, %v", got.Destination, err)
	}
	v.htmx = true
	v.silent(v.get(c+"/referrals/new"), "<!doctype html>", "<h1")
	v.silent(v.post(c+"/referrals", "destination", ""), "<!doctype html>", "<h1")
}

// Whoever refers a client is told first what the client agreed to.
func TestAReferralAsksForConsentFirst(t *testing.T) {
	_, v := visit(t)
	k := v.register("surname", "Nkosi")
	form := v.opens(k) + "/referrals/new"
	warning := "Do not tell the other organisation about the client yet"
	v.says(v.get(form), http.StatusOK, warning, "was not asked", `href="`+k+`/consents?purpose=referral"`)
	answer := func(answer, on string) {
		v.follows(v.post(k+"/consents", "purpose", "referral", "answer", answer, "answered_on", on, "manner", "orally"), k)
	}
	answer("given", "2026-03-01")
	v.says(v.get(form), http.StatusOK, warning, "has run out")
	answer("given", "2026-10-10")
	v.silent(v.get(form), warning)
	answer("withdrawn", "2026-10-11")
	v.says(v.get(form), http.StatusOK, warning, "does not agree")
	v.htmx = true
	v.says(v.post(strings.TrimSuffix(form, "/new"), "destination", ""), http.StatusUnprocessableEntity, warning)
}

func TestAnAmountComesBackAsTyped(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	v.says(v.get(c+"/recoveries/new"), http.StatusOK, `value="ZAR"`, `<optgroup label="Work">`)
	bad := v.post(c+"/recoveries", "kind", "", "received_on", "2026-10-21", "amount", "1,250", "currency", "zar", "note", "what was typed")
	v.says(bad, http.StatusUnprocessableEntity, "This is not clear as an amount.", "Choose a kind from the list.", "lies in the future", "what was typed", `value="1,250"`, `value="zar"`)
	v.says(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-05", "amount", "-5", "currency", "ZAR"), http.StatusUnprocessableEntity, "takes back more than the case has")

	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-05", "amount", "1 250,50", "currency", "ZAR", "note", "first half"), c)
	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-06", "amount", "-250.50", "currency", "zar"), c)
	v.says(v.get(c), http.StatusOK, "The amount was recorded.", "Wages and notice pay", "R\u00a01,250.50", "−R\u00a0250.50", "R\u00a01,000.00", "first half")
	all, _, err := n.Finance.OfCase(t.Context(), boss(t, n), caseOf(t, n, c).ID)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d amounts, %v", len(all), err)
	}
	r := "/recoveries/" + string(all[1].ID)
	v.says(v.get(r+"/edit"), http.StatusOK, `value="1250.50"`)
	v.follows(v.post(r, "version", "1", "kind", "4101", "received_on", "2026-10-05", "amount", "2000", "currency", "ZAR"), c)
	lost := v.post(r, "version", "1", "kind", "4102", "received_on", "2026-10-05", "amount", "3000", "currency", "ZAR")
	v.says(lost, http.StatusConflict, "Somebody else saved this meanwhile", `value="3000"`, "<b>2000.00</b>", "<b>Wages and notice pay</b>")
	got, _, err := n.Finance.ByID(t.Context(), boss(t, n), finance.ID(all[1].ID))
	if err != nil || got.Amount != 200000 {
		t.Errorf("saved %d, %v", got.Amount, err)
	}
}

func TestAnOfficeElsewhereHasItsOwnCurrency(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Currency: "RWF"})
	pages := asDirector(t, n)
	v := &visitor{t: t, pages: pages, cookies: map[string]string{}}
	v.token = between(t, v.get("/").body, `name="form_token" value="`, `"`)
	c := v.opens(v.register("surname", "Uwase"))
	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-05", "amount", "125 000", "currency", "RWF"), c)
	v.says(v.get(c), http.StatusOK, "FRw\u00a0125,000")
}
