package node

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"casehub/node/cases"
	"casehub/node/clients"
)

// visitor is somebody with a browser: cookies, the token of the forms, and no
// JavaScript.
type visitor struct {
	t       *testing.T
	pages   http.Handler
	cookies map[string]string
	token   string
	htmx    bool
}

// answer is a page as the visitor got it.
type answer struct {
	status int
	to     string // where a redirect leads
	body   string
}

// visit opens a node and its first page.
func visit(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC"})
	pages := asDirector(t, n)
	v := &visitor{t: t, pages: pages, cookies: map[string]string{}}
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(v.get("/").body)[1]
	return n, v
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	return v.send(httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
}

// post sends a form; fields are pairs of a name and a value.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	f := url.Values{"form_token": {v.token}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

func (v *visitor) send(r *http.Request) answer {
	v.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if v.htmx {
		r.Header.Set("HX-Request", "true")
	}
	w := httptest.NewRecorder()
	v.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookies[c.Name] = c.Value
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		v.t.Fatal(err)
	}
	to := w.Header().Get("Location") + w.Header().Get("HX-Redirect")
	return answer{status: w.Code, to: to, body: string(body)}
}

// follows checks that a form held and led on, and returns where to.
func (v *visitor) follows(a answer, prefix string) string {
	v.t.Helper()
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.to, prefix) {
		v.t.Fatalf("status %d, led to %q, want %s…; it said %q", a.status, a.to, prefix, faults(a.body))
	}
	return a.to
}

// faults returns what a page says is wrong.
func faults(body string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`class="field-error"[^>]*>([^<]*)<`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

// says checks a status and that the page holds every text.
func (v *visitor) says(a answer, status int, texts ...string) {
	v.t.Helper()
	if a.status != status {
		v.t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			v.t.Errorf("the page lacks %q", text)
		}
	}
	for _, raw := range regexp.MustCompile(`\[[a-z]+\.[a-z-]+\]`).FindAllString(a.body, -1) {
		v.t.Errorf("the page shows the key %s", raw)
	}
}

// silent checks that the page holds none of the texts.
func (v *visitor) silent(a answer, texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			v.t.Errorf("the page holds %q", text)
		}
	}
}

// register records a client by the form and returns the address of its page.
func (v *visitor) register(fields ...string) string {
	v.t.Helper()
	return v.follows(v.post("/clients", append([]string{"contact_safety", "safe"}, fields...)...), "/clients/")
}

// opens opens a case of unpaid wages by the form and returns its address.
func (v *visitor) opens(client string, fields ...string) string {
	v.t.Helper()
	first := []string{"client", strings.TrimPrefix(client, "/clients/"), "case_type", "1102", "opened_on", "2026-10-01"}
	return v.follows(v.post("/cases", append(first, fields...)...), "/cases/")
}

func TestTheFirstPageSaysWhereToBegin(t *testing.T) {
	_, v := visit(t)
	a := v.get("/")
	v.says(a, http.StatusOK, "Start with your first client", `href="/clients/new"`)
	v.silent(a, "tile-figure")
	v.says(v.get("/clients"), http.StatusOK, "No clients yet")
	v.says(v.get("/cases"), http.StatusOK, "No cases yet")
	v.says(v.get("/cases/new"), http.StatusOK, "Who is the case for?")
}

func TestTheFirstPageCountsTheMonth(t *testing.T) {
	_, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	v.follows(v.post(c+"/referrals", "destination", "3203", "referred_on", "2026-10-02"), c)
	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-02", "amount", "1 250,50", "currency", "ZAR"), c)
	a := v.get("/")
	v.says(a, http.StatusOK, "20 October 2026", "Changed last", c, ">1,251<", "ZAR", `<a href="/cases?status=open">1</a>`)
	v.says(v.get("/?lang=es"), http.StatusOK, "20 de octubre de 2026", "Últimos cambios", ">1.251<")
}

func TestUnknownAddressesAreCalmPages(t *testing.T) {
	_, v := visit(t)
	for _, path := range []string{"/clients/x", "/clients/x/edit", "/cases/x", "/cases/x/edit", "/cases/new?client=x", "/cases/x/referrals/new", "/cases/x/recoveries/new", "/referrals/x/edit", "/recoveries/x/edit"} {
		v.says(v.get(path), http.StatusNotFound, "by that address")
	}
	for _, path := range []string{"/clients/x", "/cases/x", "/cases/x/close", "/cases/x/reopen", "/cases/x/referrals", "/cases/x/recoveries", "/referrals/x", "/recoveries/x"} {
		v.says(v.post(path, "version", "1"), http.StatusNotFound, "by that address")
	}
	v.says(v.get("/clients?after=nonsense"), http.StatusUnprocessableEntity, "first page")
	v.says(v.get("/cases?after=nonsense"), http.StatusUnprocessableEntity, "first page")
}

// What somebody is called, lives at or searches for is in no address that a
// browser would keep.
func TestNoAddressHoldsAName(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Canary", "given_names", "Nolwazi", "phones", "082 555 0101", "address", "12 Main Road")
	c := v.opens(k, "other_party", "Canary Farms", "summary", "Canary was sent away")
	for i := range 40 {
		v.register("surname", "Canary", "given_names", fmt.Sprint("Child", i))
	}
	for range 40 {
		v.opens(k)
	}
	for _, a := range []answer{
		v.get("/"), v.get("/clients"), v.post("/clients/search", "search", "Canary"), v.get(k), v.get(k + "/edit"),
		v.get("/cases"), v.post("/cases/search", "search", "Canary"), v.get(c), v.get(c + "/edit"), v.post("/cases/new", "search", "Canary"),
		v.post("/clients", "surname", "Canary", "contact_safety", "x"),
	} {
		for _, m := range regexp.MustCompile(`(?:href|action|hx-get|hx-post)="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			if regexp.MustCompile(`(?i)canary|nolwazi|main.?road|082.?555`).MatchString(m[1]) {
				t.Errorf("an address holds what a client is called: a page of %d bytes", len(a.body))
			}
		}
	}
	if total, err := n.Clients.Count(t.Context(), boss(t, n)); err != nil || total != 41 {
		t.Errorf("%d clients, %v", total, err)
	}
}

// A search comes by a form alone: a name in an address finds nobody.
func TestAnAddressDoesNotSearch(t *testing.T) {
	_, v := visit(t)
	k := v.register("surname", "Nkosi")
	v.register("surname", "Zulu")
	v.opens(k)
	v.says(v.get("/clients?search=Nkosi"), http.StatusOK, "Zulu")
	v.says(v.get("/cases?search=Zulu"), http.StatusOK, "Nkosi")
}

const hostile = `"><script>alert(1)</script>{{.}}<img src=x onerror=alert(2)>`

func TestNothingTypedBecomesMarkup(t *testing.T) {
	_, v := visit(t)
	k := v.register("surname", hostile, "given_names", hostile, "id_number", hostile, "phones", hostile, "address", hostile, "notes", hostile)
	c := v.opens(k, "other_party", hostile, "summary", hostile)
	v.follows(v.post(c+"/referrals", "destination", "3203", "referred_on", "2026-10-02", "note", hostile), c)
	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-02", "amount", "5", "currency", "ZAR", "note", hostile), c)
	for _, a := range []answer{
		v.get("/"), v.get("/clients"), v.get(k), v.get(k + "/edit"), v.get("/cases"), v.get(c), v.get(c + "/edit"), v.get("/cases/new"),
		v.post("/clients/search", "search", hostile), v.post("/cases/search", "search", hostile, "status", hostile, "type", hostile), v.post("/cases/new", "search", hostile),
		v.post("/clients", "surname", hostile, "sex", hostile, "language", hostile, "contact_safety", hostile, "birth_date", hostile, "birth_precision", hostile),
		v.post(c, "version", hostile, "case_type", hostile, "opened_on", hostile, "summary", hostile),
		v.post(c+"/close", "version", "1", "closed_on", hostile, "outcome", hostile),
		v.post(c+"/referrals", "destination", hostile, "referred_on", hostile, "note", hostile),
		v.post(c+"/recoveries", "kind", hostile, "received_on", hostile, "amount", hostile, "currency", hostile),
	} {
		v.silent(a, "<script>alert", "<img")
		if a.status == http.StatusInternalServerError {
			t.Errorf("a page failed")
		}
	}
}

func clientOf(t *testing.T, n *Node, path string) clients.Client {
	t.Helper()
	c, _, err := n.Clients.ByID(t.Context(), boss(t, n), clients.ID(strings.TrimPrefix(path, "/clients/")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func caseOf(t *testing.T, n *Node, path string) cases.Case {
	t.Helper()
	c, _, err := n.Cases.ByID(t.Context(), boss(t, n), cases.ID(strings.TrimPrefix(path, "/cases/")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
