package audit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
	"casehub/node/audit"
	nodelocale "casehub/node/locale"
	"casehub/node/migrations"
)

// records plays the areas behind the audit: some records are hidden, and of all
// others the narrative is withheld.
type records map[string]audit.Sight

func (r records) Sights(_ context.Context, _ actor.Actor, ids []string) (map[string]audit.Sight, error) {
	all := map[string]audit.Sight{}
	for _, id := range ids {
		all[id] = r[id]
	}
	return all, nil
}

func (r records) Find(_ context.Context, _ actor.Actor, reference string) (string, error) {
	for id, s := range r {
		if s.Label == reference && !s.Hidden {
			return id, nil
		}
	}
	return "", audit.ErrSubject
}

func (r records) Looked(context.Context, actor.Actor, []string) error { return nil }

func (r records) Names(context.Context, []string) (map[string]string, error) {
	return map[string]string{"miriam": "Miriam Botha"}, nil
}

func (r records) Staff(context.Context) ([]audit.Member, error) {
	return []audit.Member{{ID: "miriam", Name: "Miriam Botha"}}, nil
}

var office = records{
	"case-a": {Label: "C-AAAA", Path: "/cases/case-a", Contact: true, Finance: true, Sensitive: true},
	"case-s": {Label: "C-SSSS", Path: "/cases/case-s", Finance: true},
	"walled": {Label: "C-WALL", Hidden: true},
	"client": {Label: "K-BBBB", Path: "/clients/client", Contact: true, Narrative: true, Finance: true, Sensitive: true},
}

func site(t *testing.T, db *sqlite.DB) http.Handler {
	t.Helper()
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := web.NewSite(web.Options{Name: "casehub", Catalog: c, Zone: time.UTC, Actor: func(*http.Request) actor.Actor { return miriam }, Hosts: []string{"127.0.0.1", "localhost", "example.com"}})
	audit.Routes(s, audit.NewLog(db, office), codelist.National(), time.UTC)
	return s
}

// filled is an audit with something of everything.
func filled(t *testing.T) *sqlite.DB {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	within := func(at time.Time, action, subject, in string, changes ...audit.Change) {
		err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
			return audit.RecordWithin(t.Context(), tx, at, miriam, action, subject, in, changes...)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	record(t, db, start, "client.created", "client", audit.Field("surname", "", "Nkosi"), audit.Field("sex", "", "female"), audit.Field("birth_date", "", "1981-02-03"))
	record(t, db, start.Add(time.Hour), "case.retyped", "case-a", audit.Field("case_type", 1101, 1401), audit.Field("summary", "", "secret-words"))
	within(start.Add(2*time.Hour), "recovery.recorded", "recovery", "case-a", audit.Field("amount", "", "125050 ZAR"))
	record(t, db, start.Add(3*time.Hour), "case.opened", "walled", audit.Field("other_party", "", "walled-words"))
	within(start.Add(3*time.Hour), "referral.recorded", "referral", "walled", audit.Field("note", "", "walled-words"))
	record(t, db, start.Add(30*time.Hour), "case.read", "case-a")
	record(t, db, start.Add(31*time.Hour), "import.finished", "import-1")
	return db
}

// ask asks for a page and returns its status and text.
func ask(t *testing.T, h http.Handler, address string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

func TestThePageTellsWhatChanged(t *testing.T) {
	_, page := ask(t, site(t, filled(t)), "/audit?lang=en")
	for _, want := range []string{
		"Miriam Botha", "Client registered", "Nkosi", "Female", "3 February 1981", "Case type changed", "C-AAAA", `href="/cases/case-a"`,
		"Amount recorded", "1,250.50", "Looked at", "not for your position",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"secret-words", "walled-words", "C-WALL", "Referral recorded", "[audit"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
}

// What a value points to is named, or hidden with its record; nobody reads an
// identifier or a key.
func TestValuesAreNamed(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	record(t, db, start, "case.opened", "case-a", audit.Field("client_id", "", "client"), audit.Field("responsible_id", "", "miriam"))
	record(t, db, start, "case.updated", "case-a", audit.Field("client_id", "client", "walled"))
	record(t, db, start, "position.given", "miriam", audit.Field("positions", "", "paralegal"))
	record(t, db, start, "role.added", "reception", audit.Field("grants", "", "cases.read office contact\nclients.register own"))
	record(t, db, start, "document.added", "d", audit.Field("document_type", "", "application/pdf"), audit.Field("document_size", 0, 8_192))
	record(t, db, start, "client.updated", "client", audit.Field("language", "", "xh"))
	_, page := ask(t, site(t, db), "/audit?lang=en")
	_, entries, _ := strings.Cut(page, `aria-label="Entries"`)
	for _, want := range []string{">Kind of file<", ">PDF<", ">Size<", ">8 KB<", ">isiXhosa<", ">K-BBBB<", ">–<", ">Paralegal<", "Read cases: the office, contact\nRegister clients: own cases"} {
		if !strings.Contains(entries, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"C-WALL", ">walled<", ">client<", "paralegal", "cases.read", "application/pdf", "8192", ">xh<"} {
		if strings.Contains(entries, never) {
			t.Errorf("the page says %q", never)
		}
	}
}

// A value has the class that it has on the page of its case: amounts stay on a
// sensitive case, and neither its outcome nor what somebody noted beside an
// amount does.
func TestAValueHasTheClassOfItsField(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	outcome := codelist.National().List(codelist.Outcomes).Leaves()[0]
	record(t, db, start, "recovery.recorded", "case-s", audit.Field("outcome", 0, outcome.Code),
		audit.Field("recovery_note", "", "noted-words"), audit.Field("amount", "", "125050 ZAR"))
	_, page := ask(t, site(t, db), "/audit?lang=en")
	_, entries, _ := strings.Cut(page, `aria-label="Entries"`)
	if !strings.Contains(entries, "1,250.50") {
		t.Error("the amount is withheld")
	}
	for _, never := range []string{"noted-words", codelist.National().Label(outcome.Code, "en")} {
		if strings.Contains(entries, never) {
			t.Errorf("the page says %q", never)
		}
	}
}

func TestThePageIsNarrowed(t *testing.T) {
	h := site(t, filled(t))
	all := []string{"Client registered", "Case type changed", "Amount recorded", "Looked at", "Import"}
	for address, want := range map[string]string{
		"/audit": "01234", "/audit?group=clients": "0", "/audit?group=cases": "12", "/audit?group=reading": "3", "/audit?group=program": "4",
		"/audit?group=staff": "", "/audit?group=nothing": "01234", "/audit?who=miriam": "01234", "/audit?who=sipho": "",
		"/audit?about=case-a": "123", "/audit?about=walled": "", "/audit?from=2026-03-03": "34", "/audit?until=2026-03-02": "012",
		"/audit?from=2026-03-03&until=2026-03-02": "", "/audit?about=case-a&until=2026-03-02&group=cases": "12",
	} {
		status, page := ask(t, h, address)
		_, body, _ := strings.Cut(page, `aria-label="Entries"`)
		got := ""
		for i, words := range all {
			if strings.Contains(body, "<b>"+words) {
				got += fmt.Sprint(i)
			}
		}
		if status != http.StatusOK || got != want {
			t.Errorf("%s shows %q, want %q (status %d)", address, got, want, status)
		}
	}
	for address, want := range map[string]int{"/audit?from=soon": 422, "/audit?after=x": 422, "/audit?after=AAAAAAAAAAAAAAAAAAAAAA": 422} {
		if status, _ := ask(t, h, address); status != want {
			t.Errorf("%s: status %d, want %d", address, status, want)
		}
	}
}

// What a reader sees is the same whether or not there are entries that are kept
// from them: the pages, their number, and no mark that two pages share.
func TestHiddenEntriesLeaveNoTrace(t *testing.T) {
	const shown = 95
	visit := func(hidden int) (pages []string, next []string) {
		db := sqlitetest.Open(t, migrations.FS)
		for i := range shown {
			for range hidden {
				record(t, db, start.Add(time.Duration(i)*time.Minute), "case.updated", "walled")
			}
			record(t, db, start.Add(time.Duration(i)*time.Minute), "case.updated", "case-a")
		}
		h, address := site(t, db), "/audit?lang=en"
		for address != "" {
			_, page := ask(t, h, address)
			address = ""
			if m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page); m != nil {
				address = m[1]
				page = strings.Replace(page, m[1], "NEXT", 1)
				next = append(next, m[1])
			}
			page = regexp.MustCompile(`[\w-]{80,}`).ReplaceAllString(page, "TOKEN")
			page = regexp.MustCompile(`after=[\w-]+`).ReplaceAllString(page, "")
			pages = append(pages, page)
		}
		return pages, next
	}
	without, marks := visit(0)
	with, _ := visit(7)
	if len(without) != 3 || len(with) != len(without) {
		t.Fatalf("%d pages without hidden entries, %d with", len(without), len(with))
	}
	for i := range without {
		if without[i] != with[i] {
			t.Errorf("page %d tells that something is hidden", i+1)
		}
	}
	for _, m := range marks {
		if regexp.MustCompile(`after=\d{1,6}$`).MatchString(m) {
			t.Errorf("the mark %s is a number", m)
		}
	}
}

// A reference that was typed is found and leaves the address; one that the
// reader may not see is answered like one that does not exist.
func TestAReferenceStaysOutOfTheAddress(t *testing.T) {
	h := site(t, filled(t))
	for reference, want := range map[string]int{"C-AAAA": http.StatusSeeOther, "C-WALL": 422, "C-NONE": 422, "": http.StatusSeeOther} {
		status, place, body := post(t, h, url.Values{"reference": {reference}, "group": {"cases"}})
		if status != want || strings.Contains(place, reference) && reference != "" {
			t.Errorf("%q: status %d, on to %s", reference, status, place)
		}
		if status == 422 && !strings.Contains(body, "No case or client that you may see") {
			t.Errorf("%q: the page does not say that there is none", reference)
		}
		if reference == "C-AAAA" && place != "/audit?about=case-a&group=cases" {
			t.Errorf("on to %s", place)
		}
	}
}

// post sends the form with the token of a page.
func post(t *testing.T, h http.Handler, form url.Values) (status int, place, body string) {
	t.Helper()
	get := httptest.NewRecorder()
	h.ServeHTTP(get, httptest.NewRequest(http.MethodGet, "/audit", nil))
	m := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(get.Body.String())
	form.Set("form_token", m[1])
	r := httptest.NewRequest(http.MethodPost, "/audit", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range get.Result().Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func TestErasedValuesAreSaidToBeErased(t *testing.T) {
	db := filled(t)
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return audit.Erase(t.Context(), tx, start, miriam, "client") })
	if err != nil {
		t.Fatal(err)
	}
	_, page := ask(t, site(t, db), "/audit?lang=en&about=client")
	if !strings.Contains(page, "erased") || strings.Contains(page, "Nkosi") {
		t.Error("the page does not say that the values are gone")
	}
}

func TestThePageInABrowser(t *testing.T) {
	h := site(t, filled(t))
	webtest.Open(t).Check(t, h, "/audit?group=staff", "/audit?from=soon", "/audit")
}
