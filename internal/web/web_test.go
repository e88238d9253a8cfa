package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/locale"
)

const pageTemplate = `
{{define "home"}}<h1>{{.}}</h1><p>{{number 12345}} {{month 202603}} {{lang}}</p>{{end}}
{{define "home-title"}}Home of {{.}}{{end}}
{{define "edit"}}<form method="post" action="/edit">{{csrf}}<input name="note" value="{{.}}"></form>{{end}}
{{define "broken"}}{{.Nothing.Here}}{{end}}`

// open makes a site with one page of each kind.
func open(t *testing.T, change ...func(*Options)) *Site {
	t.Helper()
	c, err := locale.Load(Locale())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Name: "casehub · Test", Catalog: c, Nav: []NavItem{{Key: "error.home", Path: "/"}}}
	for _, f := range change {
		f(&o)
	}
	s := NewSite(o)
	p := s.Pages(fstest.MapFS{"x/home.html": {Data: []byte(pageTemplate)}})
	s.Handle("GET /{$}", Anyone, func(w http.ResponseWriter, r *http.Request) error {
		return p.Page(w, r, http.StatusOK, "home", "a <place>")
	})
	s.Handle("GET /edit", Anyone, func(w http.ResponseWriter, r *http.Request) error {
		return p.Page(w, r, http.StatusOK, "edit", "")
	})
	s.Handle("POST /edit", Anyone, func(w http.ResponseWriter, r *http.Request) error {
		if r.PostFormValue("note") == "" {
			return p.Block(w, r, http.StatusUnprocessableEntity, "edit", "")
		}
		Say(w, r, "kit.next")
		return GoTo(w, r, "/")
	})
	s.Handle("GET /broken", Anyone, func(w http.ResponseWriter, r *http.Request) error {
		return p.Page(w, r, http.StatusOK, "broken", struct{}{})
	})
	s.Handle("GET /panic", Anyone, func(http.ResponseWriter, *http.Request) error { panic("Nomsa Dlamini") })
	s.Handle("GET /fail/{kind}", Anyone, func(_ http.ResponseWriter, r *http.Request) error {
		var kind errs.Kind
		fmt.Sscan(r.PathValue("kind"), &kind) //nolint:errcheck // the test's own path
		return fmt.Errorf("doing something: %w", errs.New(kind, "error.no-page"))
	})
	return s
}

func get(s http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAPageStandsInTheLayoutAndAFragmentDoesNot(t *testing.T) {
	s := open(t)
	whole := get(s, "/").Body.String()
	for _, want := range []string{"<title>Home of a &lt;place&gt; · casehub · Test</title>", "<h1>a &lt;place&gt;</h1>", "12,345 March 2026 en", `<main id="main"`} {
		if !strings.Contains(whole, want) {
			t.Errorf("the page lacks %q:\n%s", want, whole)
		}
	}
	if got := get(s, "/", "HX-Request", "true").Body.String(); strings.Contains(got, "<html") || !strings.Contains(got, "<h1>") {
		t.Errorf("htmx got %q, want the block alone", got)
	}
	if got := get(s, "/", "HX-Request", "true", "HX-Boosted", "true").Body.String(); !strings.Contains(got, "<html") {
		t.Error("a boosted link got a fragment, want the page")
	}
}

func TestTheLanguageIsAskedChosenOrPreferred(t *testing.T) {
	s := open(t)
	for _, row := range []struct{ path, cookie, accept, want string }{
		{"/", "", "", "en"},
		{"/", "", "es-MX,en;q=0.5", "es"},
		{"/", "casehub_language=en", "es", "en"},
		{"/?lang=es", "casehub_language=en", "en", "es"},
		{"/?lang=xx", "", "fr", "en"},
	} {
		w := get(s, row.path, "Cookie", row.cookie, "Accept-Language", row.accept)
		if got := w.Header().Get("Content-Language"); got != row.want {
			t.Errorf("%+v: language %q", row, got)
		}
		if !strings.Contains(w.Body.String(), `<html lang="`+row.want+`" dir="ltr"`) {
			t.Errorf("%+v: the page does not say its language", row)
		}
	}
}

func TestReadersAtOnceGetTheirOwnLanguage(t *testing.T) {
	s := open(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			want := []string{"en", "es"}[i%2]
			for range 10 {
				if body := get(s, "/?lang="+want).Body.String(); !strings.Contains(body, `<html lang="`+want) || !strings.Contains(body, " "+want+"</p>") {
					t.Errorf("a reader of %q got another's page", want)
				}
			}
		})
	}
	all.Wait()
}

func TestEveryAnswerIsHardened(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/", "/nothing", "/panic", "/assets/nothing.css", s.assets.addresses["kit.css"]} {
		h := get(s, path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: the policy lets inline code run", path)
		}
	}
	if got := get(s, "/").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page may be cached: %q", got)
	}
}

func TestAForeignHostIsTurnedAway(t *testing.T) {
	s := open(t)
	for host, want := range map[string]int{
		"localhost:8400": 200, "127.0.0.1:1": 200, "[::1]:8400": 200, "LOCALHOST": 200,
		"evil.example": 421, "localhost.evil.example": 421, "": 421, "127.0.0.1.nip.io:80": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
	}
}

var tokenInPage = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// pageToken opens the form and returns its token and cookie.
func pageToken(t *testing.T, s *Site) (string, string) {
	t.Helper()
	w := get(s, "/edit")
	m := tokenInPage.FindStringSubmatch(w.Body.String())
	for _, c := range w.Result().Cookies() {
		if c.Name == tokenCookie && m != nil {
			return m[1], c.Name + "=" + c.Value
		}
	}
	t.Fatal("the form has no token or no cookie")
	return "", ""
}

func post(s *Site, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/edit", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestOnlyOurOwnFormsChangeSomething(t *testing.T) {
	s := open(t)
	tok, cookie := pageToken(t, s)
	other, _ := pageToken(t, s)
	good := url.Values{"note": {"x"}, tokenField: {tok}}
	for _, row := range []struct {
		name   string
		form   url.Values
		header []string
		want   int
	}{
		{"our form", good, []string{"Cookie", cookie}, 303},
		{"our form in a new browser", good, []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, 303},
		{"htmx sends the token in a header", url.Values{"note": {"x"}}, []string{"Cookie", cookie, "X-Form-Token", tok}, 303},
		{"no token, no headers: an old browser led here", url.Values{"note": {"x"}}, []string{"Cookie", cookie}, 403},
		{"no token", url.Values{"note": {"x"}}, []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, 403},
		{"a token of somebody else", url.Values{"note": {"x"}, tokenField: {other}}, []string{"Cookie", cookie}, 403},
		{"no cookie", good, nil, 403},
		{"another site", good, []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 403},
		{"another origin", good, []string{"Cookie", cookie, "Origin", "https://evil.example"}, 403},
		{"garbage", url.Values{"note": {"x"}, tokenField: {"§"}}, []string{"Cookie", cookie}, 403},
	} {
		if got := post(s, row.form, row.header...); got.Code != row.want {
			t.Errorf("%s: %d, want %d", row.name, got.Code, row.want)
		}
	}
}

func TestATokenLooksDifferentEachTime(t *testing.T) {
	tok := token{1, 2, 3}
	if a, b := tok.masked(), tok.masked(); a == b || !tok.matches(a) || !tok.matches(b) {
		t.Fatal("masked tokens are equal, or do not match")
	}
}

func TestAFormTooLargeIsRefused(t *testing.T) {
	s := open(t, func(o *Options) { o.MaxForm, o.MaxUpload = 200, 2000 })
	tok, cookie := pageToken(t, s)
	form := url.Values{"note": {strings.Repeat("x", 300)}, tokenField: {tok}}
	if got := post(s, form, "Cookie", cookie).Code; got != 422 {
		t.Errorf("a form above the limit: %d, want 422", got)
	}
	for size, want := range map[int]int{500: 303, 3000: 422} {
		body, kind := upload(t, tok, size)
		r := httptest.NewRequest(http.MethodPost, "http://localhost/edit", body)
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a file of %d bytes: %d, want %d", size, w.Code, want)
		}
	}
}

// upload is a form with a file before its token, as a browser sends fields in
// the order of the page.
func upload(t *testing.T, tok string, size int) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("file", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(make([]byte, size))
	if err := errors.Join(err, m.WriteField(tokenField, tok), m.WriteField("note", "x"), m.Close()); err != nil {
		t.Fatal(err)
	}
	return &b, m.FormDataContentType()
}

func TestAFormThatDoesNotHoldComesBack(t *testing.T) {
	s := open(t)
	tok, cookie := pageToken(t, s)
	w := post(s, url.Values{tokenField: {tok}}, "Cookie", cookie)
	if w.Code != 422 || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("without JavaScript: %d %.40q, want 422 and a page", w.Code, w.Body)
	}
	w = post(s, url.Values{tokenField: {tok}}, "Cookie", cookie, "HX-Request", "true")
	if w.Code != 422 || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("with htmx: %d %.40q, want 422 and the form alone", w.Code, w.Body)
	}
}

func TestKindsBecomeStatusesAndCalmPages(t *testing.T) {
	s := open(t)
	for kind, want := range map[errs.Kind]int{
		errs.Internal: 500, errs.Invalid: 422, errs.NotFound: 404, errs.Conflict: 409, errs.Forbidden: 403, errs.Unavailable: 503,
	} {
		w := get(s, fmt.Sprint("/fail/", int(kind)))
		if w.Code != want || !strings.Contains(w.Body.String(), "There is no page at this address.") {
			t.Errorf("kind %d: %d, want %d and the message", kind, w.Code, want)
		}
	}
	if w := get(s, "/broken"); w.Code != 500 || strings.Contains(w.Body.String(), "Nothing") {
		t.Errorf("a template that fails: %d %s", w.Code, w.Body)
	}
	if w := get(s, "/nothing"); w.Code != 404 {
		t.Errorf("an unknown path: %d", w.Code)
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost/preferences", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("a wrong method: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestAPanicIsLoggedWithoutItsValue(t *testing.T) {
	var log bytes.Buffer
	s := open(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w := get(s, "/panic")
	if w.Code != 500 || strings.Contains(w.Body.String(), "Nomsa") {
		t.Errorf("the page: %d %s", w.Code, w.Body)
	}
	if got := log.String(); strings.Contains(got, "Nomsa") || !strings.Contains(got, "type=string") || !strings.Contains(got, "web_test.go") {
		t.Errorf("the log: %s", got)
	}
}

func TestAReaderIsSentOnWithinTheSite(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/cases/C-1?x=//y": true,
		"": false, "cases": false, "//evil.example": false, "/\\evil.example": false, "https://evil.example": false, "/\t/evil.example": false,
	} {
		if got := local(path); got != want {
			t.Errorf("local(%q) = %v", path, got)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/edit", nil)
	r.Header.Set("HX-Request", "true")
	if err := GoTo(w, r, "/done"); err != nil || w.Header().Get("HX-Redirect") != "/done" || w.Code != 204 {
		t.Errorf("htmx: %v %d %v", err, w.Code, w.Header())
	}
	if err := GoTo(w, r, "//evil.example"); err == nil {
		t.Error("led to another site")
	}
}

func TestANoticeIsSaidOnce(t *testing.T) {
	s := open(t)
	tok, cookie := pageToken(t, s)
	w := post(s, url.Values{"note": {"x"}, tokenField: {tok}}, "Cookie", cookie)
	var notice string
	for _, c := range w.Result().Cookies() {
		if c.Name == noticeCookie {
			notice = c.Name + "=" + c.Value
		}
	}
	next := get(s, "/", "Cookie", notice)
	if !strings.Contains(next.Body.String(), `role="status"`) {
		t.Error("the next page does not say it")
	}
	if got := next.Header().Values("Set-Cookie"); !strings.Contains(strings.Join(got, "\n"), noticeCookie+"=; Path=/; Max-Age=0") {
		t.Errorf("the notice is not forgotten: %q", got)
	}
	if got := get(s, "/", "Cookie", noticeCookie+"=<b>made-up</b>"); strings.Contains(got.Body.String(), `role="status"`) {
		t.Error("a notice that no catalogue has was shown")
	}
}

func TestPreferencesAreKept(t *testing.T) {
	s := open(t)
	tok, cookie := pageToken(t, s)
	form := url.Values{tokenField: {tok}, "language": {"es"}, "theme": {"dark"}, "back": {"//evil.example"}}
	r := httptest.NewRequest(http.MethodPost, "http://localhost/preferences", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Fatalf("%d to %q, want the start", w.Code, w.Header().Get("Location"))
	}
	page := get(s, "/", "Cookie", "casehub_language=es; casehub_theme=dark").Body.String()
	if !strings.Contains(page, `<html lang="es" dir="ltr" data-theme="dark">`) {
		t.Error("the choice does not hold on the next page")
	}
}

func TestTheActorIsWhoTheOptionsSay(t *testing.T) {
	s := open(t, func(o *Options) {
		o.Actor = func(*http.Request) actor.Actor { return actor.Actor{Kind: actor.Person, ID: "P-1"} }
	})
	s.Handle("GET /who", Anyone, func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, Actor(r).String())
		return err
	})
	if got := get(s, "/who").Body.String(); got != "person:P-1" {
		t.Errorf("actor %q", got)
	}
}

func TestAFormThatIsNotSafeDoesNotStart(t *testing.T) {
	for text, bad := range map[string]bool{
		`<form method="post" action="/x"><input name="a"></form>`:                                      true,
		`<form action="/x" hx-post="/x"><input name="a"></form>`:                                       true,
		`<FORM METHOD=POST></FORM>`:                                                                    true,
		`<form method="post">{{csrf}}</form><form method="post"></form>`:                               true,
		`<form method="post"><input type="file" name="a">{{csrf}}</form>`:                              true,
		`<form action="/x"><select name="a"></select></form>`:                                          true,
		`<form method="get">{{csrf}}</form>`:                                                           true,
		`<form method="get"><input name="q"></form>`:                                                   true,
		`<form method="get"><input type="search" name="q"></form>`:                                     true,
		`<form method="get"><textarea name="q"></textarea></form>`:                                     true,
		`<form method="get">{{template "field" .Name}}</form>`:                                         true,
		`<input type="search" name="q" hx-get="/clients">`:                                             true,
		`<form method="post" action="/x">{{csrf}}<input type="file" name="a"></form>`:                  false,
		`<form hx-post="/x">{{csrf}}<input name="a"></form>`:                                           false,
		`<form method="get" action="/x"></form>`:                                                       false,
		`<form method="get"><select name="a"></select><input type="hidden" name="b" value="1"></form>`: false,
		`<form method="get"><input type="month" name="a"></form>`:                                      false,
		`<a href="/x" hx-get="/x">a</a>`:                                                               false,
	} {
		if got := safe(text) != nil; got != bad {
			t.Errorf("%s: refused %v", text, got)
		}
	}
}

func TestARouteWithoutARuleIsRefused(t *testing.T) {
	s := open(t)
	defer func() {
		if recover() == nil {
			t.Error("a route without a rule was registered")
		}
	}()
	s.Handle("GET /open", "", func(http.ResponseWriter, *http.Request) error { return nil })
}

// The guard may keep a form or lead elsewhere, so it is asked of the page that
// somebody went to and of no other.
func TestTheBarAsksWhatChangesNothing(t *testing.T) {
	var guarded []Need
	var asked []string
	s := open(t, func(o *Options) {
		o.Nav = []NavItem{{Key: "kit.skip", Path: "/mine", Needs: []Need{SignedIn}}, {Key: "kit.theme", Path: "/cases", Needs: []Need{"cases.read", "cases.open"}}}
		o.Guard = func(_ *http.Request, n Need) error { guarded = append(guarded, n); return nil }
		o.Reaches = func(_ *http.Request, path string, n Need) bool {
			asked = append(asked, path+" "+string(n))
			return path == "/mine"
		}
	})
	pages := s.Pages(fstest.MapFS{"x/case.html": {Data: []byte(`{{define "case"}}<h1>Case</h1>{{end}}`)}})
	s.Handle("GET /cases/{id}", "cases.edit", func(w http.ResponseWriter, r *http.Request) error {
		return pages.Page(w, r, http.StatusOK, "case", nil)
	})
	w := get(s, "/cases/7")
	if want := []Need{"cases.edit"}; !slices.Equal(guarded, want) {
		t.Errorf("the guard was asked %v, want %v", guarded, want)
	}
	if want := []string{"/mine signed-in", "/cases cases.read", "/cases cases.open"}; !slices.Equal(asked, want) {
		t.Errorf("the bar asked %v, want %v", asked, want)
	}
	if bar := w.Body.String(); !strings.Contains(bar, `href="/mine"`) || strings.Contains(bar, `href="/cases"`) {
		t.Error("the bar shows what it was not told to")
	}
}

func TestTheGuardStandsBeforeEveryRouteWithANeed(t *testing.T) {
	asked := map[Need]int{}
	s := open(t, func(o *Options) {
		o.Guard = func(_ *http.Request, n Need) error {
			asked[n]++
			return errs.New(errs.Forbidden, "error.foreign-form")
		}
	})
	before := len(s.Routes())
	reached := func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusOK); return nil }
	s.Handle("GET /free", Anyone, reached)
	s.Handle("GET /mine", SignedIn, reached)
	s.Handle("GET /cases", "cases.read", reached)
	for path, want := range map[string]int{"/free": http.StatusOK, "/mine": http.StatusForbidden, "/cases": http.StatusForbidden} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		if w.Code != want {
			t.Errorf("%s answered %d, want %d", path, w.Code, want)
		}
	}
	if asked[Anyone] != 0 || asked[SignedIn] != 1 || asked["cases.read"] != 1 {
		t.Errorf("the guard was asked %v", asked)
	}
	if n := len(s.Routes()) - before; n != 3 {
		t.Errorf("%d more routes are listed, want three", n)
	}
}
