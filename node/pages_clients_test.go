package node

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/sqlite"
	"casehub/node/clients"
)

func TestAClientComesBackAsTyped(t *testing.T) {
	n, v := visit(t)
	fields := []string{
		"surname", " Nkosi ", "given_names", "Nolwazi", "birth_date", "1980-05-17", "birth_precision", "month", "sex", "female",
		"id_number", "8005010123087", "phones", "082 555 0101\r\n083 555 0102", "contact_safety", "unsafe", "address", "12 Main Road",
		"language", "zu", "notes", "comes on Tuesdays",
	}
	k := v.register(fields...)
	got := clientOf(t, n, k)
	want := clients.Client{
		ID: got.ID, Reference: got.Reference, Surname: "Nkosi", GivenNames: "Nolwazi", BirthDate: "1980-05-01", BirthPrecision: clients.Month,
		Sex: clients.Female, IDNumber: "8005010123087", Phones: "082 555 0101\n083 555 0102", ContactSafety: clients.Unsafe,
		Address: "12 Main Road", Language: "zu", Notes: "comes on Tuesdays", CreatedAt: got.CreatedAt, UpdatedAt: got.UpdatedAt, Version: 1,
		OfficeID: seatOf(t, n), RegisteredBy: director(t, n),
	}
	type plain clients.Client
	if d := cmp.Diff(plain(want), plain(got)); d != "" {
		t.Error(d)
	}
	v.says(v.get(k), http.StatusOK, "The client was registered.", "Nolwazi Nkosi", "May 1980", "isiZulu", "8005010123087", "comes on Tuesdays", "Client registered")
	v.silent(v.get(k), "The client was registered.")
	edit := v.get(k + "/edit")
	v.says(edit, http.StatusOK, `value="1980-05-01"`, `value="month" selected`, `value="unsafe" checked`, `value="zu" selected`, "083 555 0102")

	v.follows(v.post(k, append(fields, "version", "1", "surname", "Nkosi-Zulu")...), k)
	v.says(v.get(k), http.StatusOK, "The client was saved.", "Nolwazi Nkosi-Zulu", "Client changed")
}

func TestUnsafeContactComesFirst(t *testing.T) {
	_, v := visit(t)
	k := v.register("surname", "Nkosi", "phones", "082 555 0101", "address", "12 Main Road", "contact_safety", "unsafe")
	c := v.opens(k)
	page := v.get(k)
	v.says(page, http.StatusOK, "Do not contact this client")
	for _, private := range []string{"082 555 0101", "12 Main Road"} {
		warned, shown := strings.Index(page.body, "Do not contact this client"), strings.Index(page.body, private)
		if shown < warned || !strings.Contains(page.body[:shown], "<details><summary>Show telephone and address") {
			t.Error("a telephone number or address stands open or before the warning")
		}
	}
	v.says(v.get(c), http.StatusOK, "Do not contact this client")
	for _, list := range []string{"/clients", "/cases", "/cases/new"} {
		v.says(v.get(list), http.StatusOK, "Not safe")
	}
	safe := v.register("surname", "Zulu", "phones", "082 555 0109")
	v.silent(v.get(safe), "Do not contact this client", "Show telephone and address")
}

func TestAClientNeedsNoNameOnPages(t *testing.T) {
	n, v := visit(t)
	k := v.register()
	v.says(v.get(k), http.StatusOK, "No name given", clientOf(t, n, k).Reference)
	v.says(v.get("/clients?lang=es"), http.StatusOK, "Sin nombre")
}

func TestAFormThatDoesNotHoldNamesEveryFieldAndKeepsTheText(t *testing.T) {
	n, v := visit(t)
	bad := []string{
		"surname", strings.Repeat("N", 201), "given_names", "Nolwazi", "birth_date", "2027-01-01", "birth_precision", "day",
		"contact_safety", "perhaps", "notes", "what was typed",
	}
	a := v.post("/clients", bad...)
	v.says(a, http.StatusUnprocessableEntity, `value="Nolwazi"`, `value="2027-01-01"`, "what was typed", `aria-invalid="true"`, `data-keep="typed"`)
	want := []string{"This is too long. It may have at most 200 characters.", "The date of birth lies in the future.", "Choose one of the answers."}
	if d := cmp.Diff(want, faults(a.body)); d != "" {
		t.Error(d)
	}
	if total, err := n.Clients.Count(t.Context(), boss(t, n)); err != nil || total != 0 {
		t.Errorf("%d clients were kept, %v", total, err)
	}
	k := v.register("surname", "Nkosi")
	v.says(v.post(k, append(bad, "version", "1")...), http.StatusUnprocessableEntity, "what was typed", "at most 200", clientOf(t, n, k).Reference)
}

func TestPossibleDuplicatesAreShownAndNeverMerged(t *testing.T) {
	n, v := visit(t)
	first := v.register("surname", "Nkosi", "given_names", "Nolwazi", "birth_date", "1980-05-01", "birth_precision", "day")
	again := []string{"surname", "NKOSI", "given_names", "Nolwazi", "birth_date", "1980-05-01", "birth_precision", "day", "contact_safety", "safe", "notes", "second visit"}
	a := v.post("/clients", again...)
	v.says(a, http.StatusUnprocessableEntity, "Is it one of these?", first, "second visit", `name="anyway"`)
	if total, err := n.Clients.Count(t.Context(), boss(t, n)); err != nil || total != 1 {
		t.Fatalf("%d clients, %v", total, err)
	}
	second := v.follows(v.post("/clients", append(again, "anyway", "yes")...), "/clients/")
	if second == first || clientOf(t, n, first).Version != 1 {
		t.Error("the first client was touched")
	}
}

func TestALostSaveOfAClientLosesNoText(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Nkosi", "sex", "female", "notes", "before")
	v.follows(v.post(k, "version", "1", "surname", "Nkosi", "sex", "female", "contact_safety", "unsafe", "notes", "theirs"), k)
	a := v.post(k, "version", "1", "surname", "Nkosi", "sex", "male", "contact_safety", "safe", "notes", "mine")
	v.says(a, http.StatusConflict, "Somebody else saved this client meanwhile", ">mine<", "<b>theirs</b>", "<b>Female</b>", "<b>Not safe</b>", `name="version" value="2"`)
	if c := clientOf(t, n, k); c.Notes != "theirs" {
		t.Errorf("saved %q", c.Notes)
	}
	v.follows(v.post(k, "version", "2", "surname", "Nkosi", "sex", "male", "contact_safety", "unsafe", "notes", "mine and theirs"), k)
	if c := clientOf(t, n, k); c.Notes != "mine and theirs" || c.Version != 3 {
		t.Errorf("version %d holds %q", c.Version, c.Notes)
	}
}

func TestASaveKeepsWhatTheImportBrought(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Nkosi")
	c := clientOf(t, n, k)
	c.Legacy = `{"Farm":"Kleinfontein","Rooms":3}`
	if err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error { return clients.Replace(t.Context(), tx, c) }); err != nil {
		t.Fatal(err)
	}
	v.says(v.get(k), http.StatusOK, "From the import", "Farm", "Kleinfontein", "Rooms")
	v.follows(v.post(k, "version", "2", "surname", "Zulu", "contact_safety", "safe"), k)
	if got := clientOf(t, n, k).Legacy; got != c.Legacy {
		t.Errorf("kept %d bytes of %d", len(got), len(c.Legacy))
	}
}

func TestClientsAreFoundAsSomebodyTypes(t *testing.T) {
	_, v := visit(t)
	v.register("surname", "Nkósi", "phones", "082 555 0101")
	v.register("surname", "Zulu")
	whole := v.post("/clients/search", "search", "nkos")
	v.says(whole, http.StatusOK, "<!doctype html>", "Nkósi", `value="nkos"`)
	v.silent(whole, "Zulu")
	v.says(v.post("/clients/search", "search", "0825550101"), http.StatusOK, "Nkósi")
	v.says(v.post("/clients/search", "search", `" OR *`), http.StatusOK, "Nobody found")
	v.htmx = true
	part := v.post("/clients/search", "search", "nkos")
	v.says(part, http.StatusOK, `id="client-lines"`, "Nkósi")
	v.silent(part, "<!doctype html>", "<h1", "Zulu")
}

func TestPagesOfClientsFollowEachOther(t *testing.T) {
	_, v := visit(t)
	for i := range clients.PageSize + 3 {
		v.register("surname", fmt.Sprintf("Nkosi%02d", i))
	}
	first := v.get("/clients")
	v.says(first, http.StatusOK, "33 clients", "Next page")
	next := between(t, first.body, `rel="next" href="`, `"`)
	second := v.get(strings.ReplaceAll(next, "&amp;", "&"))
	v.says(second, http.StatusOK, "Nkosi30", "Nkosi32", "Back to the first page")
	v.silent(second, "Nkosi29", "Next page")

	found := v.post("/clients/search", "search", "nkosi")
	after := between(t, found.body, `name="after" value="`, `"`)
	rest := v.post("/clients/search", "search", "nkosi", "after", after)
	v.says(rest, http.StatusOK, "Nkosi30", "Nkosi32")
	v.silent(rest, "Nkosi29")
}

// between returns the text of a page between two marks.
func between(t *testing.T, body, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, from)
	text, _, end := strings.Cut(rest, to)
	if !ok || !end {
		t.Fatalf("the page lacks %q", from)
	}
	return text
}
