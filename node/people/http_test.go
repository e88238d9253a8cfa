package people

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
)

// browser is somebody with cookies and no JavaScript.
type browser struct {
	t       testing.TB
	pages   http.Handler
	cookies map[string]string
	token   string
	source  string
	htmx    string // page that htmx asks from, "" for no htmx
}

// handler puts the pages together as the node does, with a page of another area.
func (o *office) handler() http.Handler {
	o.t.Helper()
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		o.t.Fatal(err)
	}
	site := web.NewSite(web.Options{
		Name: "casehub · Test", Catalog: catalog, Log: slog.New(slog.DiscardHandler), Actor: Actor, Guard: o.Guard, Reaches: o.Reaches,
		Nav: []web.NavItem{{Key: "nav.home", Path: "/", Needs: []web.Need{web.SignedIn}}, {Key: "people.title", Path: "/people", Needs: []web.Need{readPeople}}, {Key: "people.organisation", Path: "/organisation", Needs: []web.Need{manageOrganisation}}, {Key: "people.roles", Path: "/roles", Needs: []web.Need{manageRoles}}, {Key: "people.account", Path: "/account", Needs: []web.Need{web.SignedIn}}},
	})
	Routes(site, o.Service)
	site.Handle("GET /{$}", web.SignedIn, func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "the first page")
		return err
	})
	site.Handle("GET /cases/{id}", "cases.read", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "the case")
		return err
	})
	site.Handle("POST /cases/{id}", "cases.close", func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, "closed with "+r.PostFormValue("outcome"))
		return err
	})
	return o.Recognise(site)
}

func (o *office) browser(pages http.Handler) *browser {
	o.t.Helper()
	b := &browser{t: o.t, pages: pages, cookies: map[string]string{}, source: "10.0.0.7"}
	b.token = formToken(b.get("/sign-in").body)
	return b
}

// formToken returns the token that the forms of a page carry.
func formToken(body string) string {
	return regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(body)[1]
}

// page is an answer as a browser gets it.
type page struct {
	status   int
	to, body string
}

func (b *browser) get(path string) page {
	return b.send(httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
}

func (b *browser) post(path string, fields ...string) page {
	f := url.Values{"form_token": {b.token}}
	for i := 0; i < len(fields); i += 2 {
		f.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

func (b *browser) send(r *http.Request) page {
	b.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.RemoteAddr = b.source + ":4711"
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/144.0")
	if b.htmx != "" {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", "http://localhost"+b.htmx)
	}
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	to := w.Header().Get("Location")
	if to == "" {
		to = w.Header().Get("HX-Redirect")
	}
	if strings.Contains(w.Body.String(), "]</") && strings.Contains(w.Body.String(), "[people.") {
		b.t.Errorf("%s lacks a message: %s", r.URL.Path, w.Body.String())
	}
	return page{w.Code, to, w.Body.String()}
}

// enrolled gives the director a second factor, so that pages open.
func (o *office) enrolled() {
	o.t.Helper()
	if err := o.RequireFactors(o.t.Context(), o.who(), nil); err != nil {
		o.t.Fatal(err)
	}
}

func (b *browser) signIn(login, password string) page {
	return b.post("/sign-in", "login", login, "password", password, "back", "/cases/7")
}

func TestAReaderIsLedToTheDoorAndBack(t *testing.T) {
	o := begin(t)
	o.enrolled()
	b := o.browser(o.handler())
	if p := b.get("/cases/7?tab=2"); p.status != http.StatusSeeOther || p.to != "/sign-in?back=%2Fcases%2F7%3Ftab%3D2" {
		t.Fatalf("without a session: %d to %s", p.status, p.to)
	}
	if p := b.signIn("miriam", "not the password"); p.status != http.StatusUnprocessableEntity || strings.Contains(p.body, "not the password") {
		t.Fatalf("a wrong password: %d", p.status)
	}
	if p := b.signIn("Miriam ", directorsPassword); p.status != http.StatusSeeOther || p.to != "/cases/7" {
		t.Fatalf("signing in: %d to %s", p.status, p.to)
	}
	if p := b.get("/cases/7"); p.body != "the case" {
		t.Fatalf("the case: %d %s", p.status, p.body)
	}
	if p := b.get("/sign-in"); p.to != "/" {
		t.Errorf("the door of somebody who is in leads to %q", p.to)
	}
	before := b.cookies[sessionCookie]
	if p := b.post("/sign-out"); p.to != "/sign-in" {
		t.Errorf("signing out leads to %q", p.to)
	}
	b.cookies[sessionCookie] = before
	if p := b.get("/cases/7"); p.status != http.StatusSeeOther {
		t.Errorf("the old cookie opens still: %d", p.status)
	}
}

func TestTheDoorLeadsToNoOtherSite(t *testing.T) {
	o := begin(t)
	o.enrolled()
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/sign-in?back=/x", "javascript:alert(1)"} {
		b := o.browser(o.handler())
		if p := b.post("/sign-in", "login", "miriam", "password", directorsPassword, "back", back); p.to != "/" {
			t.Errorf("%s leads to %q", back, p.to)
		}
	}
}

func TestAnIdleSessionLocksAndKeepsWhatWasTyped(t *testing.T) {
	o := begin(t)
	o.enrolled()
	b := o.browser(o.handler())
	b.signIn("miriam", directorsPassword)
	locked := b.cookies[sessionCookie]
	o.clock.pass(9 * time.Minute)
	if p := b.get("/cases/7"); p.body != "the case" {
		t.Fatalf("after nine minutes: %d", p.status)
	}
	o.clock.pass(10 * time.Minute)
	b.htmx = "/cases/7"
	if p := b.post("/cases/7/", "x", "1"); p.status == http.StatusOK {
		t.Errorf("an unknown address answered %d", p.status)
	}
	p := b.post("/cases/7", "outcome", "won <b>", "note", "")
	if p.to != "/locked?back=%2Fcases%2F7" {
		t.Fatalf("a form from a locked session goes to %q", p.to)
	}
	b.htmx = ""
	if p := b.get(p.to); !strings.Contains(p.body, "Miriam Dlamini") || !strings.Contains(p.body, "kept") {
		t.Fatalf("the page of the lock: %s", p.body)
	}
	if p := b.post("/locked", "current", "wrong", "back", "/cases/7"); p.status != http.StatusUnprocessableEntity {
		t.Fatalf("a wrong password: %d", p.status)
	}
	p = b.post("/locked", "current", directorsPassword, "back", "/cases/7")
	if p.to != "/resume?back=%2Fcases%2F7" {
		t.Fatalf("unlocking leads to %q", p.to)
	}
	if b.cookies[sessionCookie] == locked {
		t.Error("the token is the same after unlocking")
	}
	if p := b.get(p.to); !strings.Contains(p.body, "won &lt;b&gt;") || !strings.Contains(p.body, `action="/cases/7"`) {
		t.Fatalf("what was typed is gone: %s", p.body)
	}
	if p := b.post("/cases/7", "outcome", "won <b>"); p.body != "closed with won <b>" {
		t.Fatalf("sending it: %s", p.body)
	}
	if p := b.get("/resume"); p.to != "/" {
		t.Errorf("the form is still there: %d", p.status)
	}
}

// TestOnlyCaseworkIsKept sends forms as somebody can who sits down at a locked
// computer: its owner is not offered to send them.
func TestOnlyCaseworkIsKept(t *testing.T) {
	k := newKept()
	for path, want := range map[string]bool{
		"/cases/7": true, "/cases": true, "/cases/7/close": true, "/cases/7/referrals": true, "/clients/4": true, "/clients": true,
		"/clients/4/consents": true, "/referrals/3": true, "/recoveries/3": true, "/documents/3": true,
		"/people/9/positions": false, "/people": false, "/people/9/confirm/password": false, "/roles": false, "/roles/2": false,
		"/organisation": false, "/organisation/teams/1": false, "/cases/7/walls": false, "/cases/7/conflict": false, "/walls/5/end": false, "/cases/7/assign": false,
		"/emergency": false, "/account/password": false, "/keys/change": false, "/backups/places": false, "/retention/rules": false,
		"/clients/4/erasure": false, "/clients/4/own-data": false, "/erasures/4/approve": false, "/restricted": false, "/preferences": false,
	} {
		if got := k.keep("miriam", path, url.Values{"role": {"director"}}); got != want {
			t.Errorf("%s is kept: %t, want %t", path, got, want)
		}
	}
}

// TestAButtonIsNotKept presses buttons on a page that locked meanwhile.
func TestAButtonIsNotKept(t *testing.T) {
	o := begin(t)
	o.enrolled()
	b := o.browser(o.handler())
	b.signIn("miriam", directorsPassword)
	o.clock.pass(10 * time.Minute)
	b.post("/lock")
	b.post("/account/password", "current", "something secret", "password", "x", "again", "x")
	b.post("/people/"+string(o.director)+"/confirm/sessions", "back", "/people")
	if p := b.post("/locked", "current", directorsPassword, "back", "/people"); p.to != "/people" {
		t.Errorf("unlocking leads to %q", p.to)
	}
}

// TestAFormIsKeptForItsAuthorAlone signs somebody else in after a session ended
// with a form.
func TestAFormIsKeptForItsAuthorAlone(t *testing.T) {
	o := begin(t)
	o.enrolled()
	_, password := o.settled("sipho")
	pages := o.handler()
	b := o.browser(pages)
	b.signIn("miriam", directorsPassword)
	o.clock.pass(sessionLife)
	if p := b.post("/cases/7", "outcome", "secret words"); !strings.HasPrefix(p.to, "/sign-in") {
		t.Fatalf("after twelve hours: %q", p.to)
	}
	other := o.browser(pages)
	if p := other.signIn("sipho", password); p.to != "/cases/7" {
		t.Fatalf("somebody else goes to %q", p.to)
	}
	if p := other.get("/resume"); strings.Contains(p.body, "secret words") {
		t.Error("somebody else sees the form")
	}
	if p := b.signIn("miriam", directorsPassword); !strings.HasPrefix(p.to, "/resume") {
		t.Fatalf("the author goes to %q", p.to)
	}
	if p := b.post("/resume/discard", "back", "/"); p.to != "/" {
		t.Errorf("throwing it away leads to %q", p.to)
	}
	if p := b.get("/resume"); strings.Contains(p.body, "secret words") {
		t.Error("the form is still there")
	}
}

func TestAOneTimePasswordOpensOnePage(t *testing.T) {
	o := begin(t)
	_, temporary := o.add("lerato")
	b := o.browser(o.handler())
	b.signIn("lerato", temporary)
	for _, path := range []string{"/", "/cases/7", "/account", "/people"} {
		if p := b.get(path); p.to != "/account/password" {
			t.Errorf("%s: %d to %q", path, p.status, p.to)
		}
	}
	if p := b.post("/account/password", "current", temporary, "password", "four calm words here", "again", "four calm words there"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("two passwords that differ: %d", p.status)
	}
	if p := b.post("/account/password", "current", temporary, "password", "lerato lerato", "again", "lerato lerato"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("an obvious password: %d", p.status)
	}
	if p := b.post("/account/password", "current", temporary, "password", "four calm words here", "again", "four calm words here"); p.to != "/" {
		t.Fatalf("a good one: %d %s", p.status, p.body)
	}
	if p := b.get("/cases/7"); p.body != "the case" {
		t.Errorf("afterwards: %d", p.status)
	}
}

func TestARoleThatNeedsAFactorOpensNothingBefore(t *testing.T) {
	o := begin(t)
	b := o.browser(o.handler())
	b.signIn("miriam", directorsPassword)
	for _, path := range []string{"/", "/cases/7", "/account", "/people", "/organisation"} {
		if p := b.get(path); p.to != "/account/factors" {
			t.Errorf("%s: %d to %q", path, p.status, p.to)
		}
	}
	for _, path := range []string{"/account/factors", "/account/authenticator", "/account/passkeys/new"} {
		p := b.get(path)
		if p.status != http.StatusOK {
			t.Errorf("%s: %d", path, p.status)
		}
		if strings.Contains(p.body, `<nav class="nav"`) {
			t.Errorf("%s: the bar shows what cannot be reached", path)
		}
	}
}

// The form of a role has dozens of actions: each stands once, in a group that is
// folded away and says how much of it is allowed.
func TestTheFormOfARoleIsFolded(t *testing.T) {
	o := begin(t)
	o.enrolled()
	b := o.browser(o.handler())
	b.signIn("miriam", directorsPassword)
	if p := b.post("/roles", "name", "Reception", "reach:cases.read", "office", "class:cases.read", "contact", "reach:cases.close", "own"); p.to != "/roles" {
		t.Fatalf("adding a role: %d %s", p.status, p.body)
	}
	own := must(o.Roles(t.Context()))(t)[0].ID
	page := b.get("/roles/" + own).body
	folded := page
	for strings.Contains(folded, "<details") {
		before, rest, _ := strings.Cut(folded, "<details")
		_, after, _ := strings.Cut(rest, "</details>")
		folded = before + after
	}
	if strings.Contains(folded, `name="reach:`) || strings.Contains(page, "<details open") {
		t.Error("actions stand outside what is folded")
	}
	for _, action := range o.words.Actions {
		if n := strings.Count(page, `name="reach:`+action+`"`); n != 1 {
			t.Errorf("%s stands there %d times", action, n)
		}
	}
	if !strings.Contains(page, "2 of 2 allowed") || !strings.Contains(page, "0 of 4 allowed") {
		t.Error("the groups do not say how much is allowed")
	}
}

func TestWhoMayNotManageSeesNoPageOfIt(t *testing.T) {
	o := begin(t)
	id, password := o.settled("sipho")
	o.rights[id.Actor()] = []string{"people.read"}
	b := o.browser(o.handler())
	b.signIn("sipho", password)
	for path, want := range map[string]int{
		"/people": 200, "/account": 200, "/people/new": 403, "/people/" + string(o.director): 403, "/organisation": 403, "/roles": 403, "/roles/new": 403,
	} {
		if p := b.get(path); p.status != want {
			t.Errorf("%s: %d, want %d", path, p.status, want)
		}
	}
	if p := b.get("/people"); strings.Contains(p.body, "/people/new") {
		t.Error("the list offers what is refused")
	}
}
