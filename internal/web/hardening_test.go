package web

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestThePolicyNamesWhatItLets holds each directive: a missing one falls back
// to what browsers think best, and form-action, base-uri and frame-ancestors
// fall back to everything.
func TestThePolicyNamesWhatItLets(t *testing.T) {
	got := map[string]string{}
	for d := range strings.SplitSeq(get(open(t), "/").Header().Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		if _, twice := got[name]; twice {
			t.Errorf("%s stands twice, and only the first counts", name)
		}
		got[name] = value
	}
	for name, want := range map[string]string{
		"default-src": "'self'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "font-src": "'self'",
		"img-src": "'self' data:", "object-src": "'none'", "frame-src": "'none'", "worker-src": "'none'",
		"base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
		"require-trusted-types-for": "'script'", "trusted-types": "default",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for name, value := range got {
		if strings.Contains(value, "unsafe") || strings.Contains(value, "*") || strings.Contains(value, "http") {
			t.Errorf("%s lets in too much: %s", name, value)
		}
	}
}

// ask asks under a host with headers, with a good token when it posts.
func ask(t *testing.T, s *Site, method, host string, header map[string]string) int {
	t.Helper()
	tok, cookie := pageToken(t, s)
	form := url.Values{"note": {"x"}, tokenField: {tok}}
	r := httptest.NewRequest(method, "http://localhost/edit", strings.NewReader(form.Encode()))
	r.Host = host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

// TestAHostilePageGetsNothing plays pages of other origins, each with all that
// their browser would send along, and a name of theirs that leads to this
// machine.
func TestAHostilePageGetsNothing(t *testing.T) {
	s := open(t)
	fetch := func(site, mode, place string) map[string]string {
		return map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": place}
	}
	from := func(origin string) map[string]string { return map[string]string{"Origin": origin} }
	rows := []struct {
		name, method, host string
		header             map[string]string
		want               int
	}{
		{"a link that a person follows", "GET", "localhost", fetch("cross-site", "navigate", "document"), 200},
		{"an address that a person types", "GET", "localhost", fetch("none", "navigate", "document"), 200},
		{"our own page", "GET", "localhost", fetch("same-origin", "cors", "empty"), 200},
		{"our own form", "POST", "localhost", fetch("same-origin", "navigate", "document"), 303},
		{"our own form in an old browser", "POST", "localhost:8480", from("http://localhost:8480"), 303},

		{"a script of another site", "GET", "localhost", fetch("cross-site", "no-cors", "script"), 403},
		{"a picture of another site", "GET", "localhost", fetch("cross-site", "no-cors", "image"), 403},
		{"a fetch of another site", "GET", "localhost", fetch("cross-site", "cors", "empty"), 403},
		{"a frame of another site", "GET", "localhost", fetch("cross-site", "navigate", "iframe"), 403},
		{"a probe of another site", "HEAD", "localhost", fetch("cross-site", "no-cors", "empty"), 403},
		{"another program on this machine", "GET", "localhost", fetch("same-site", "cors", "empty"), 403},
		{"a form of another site", "POST", "localhost", fetch("cross-site", "navigate", "document"), 403},
		{"a form of another program on this machine", "POST", "localhost", fetch("same-site", "navigate", "document"), 403},
		{"a form of another port in an old browser", "POST", "localhost:8480", from("http://localhost:9999"), 403},
		{"a form of a page without origin", "POST", "localhost", from("null"), 403},
		{"a form of a name that ends like ours", "POST", "localhost", from("http://evil-localhost"), 403},
		{"another method", "DELETE", "localhost", fetch("cross-site", "cors", "empty"), 403},
		{"a rebound name", "GET", "evil.example:8480", fetch("same-origin", "cors", "empty"), 421},
		{"a form of a rebound name", "POST", "evil.example:8480", map[string]string{"Origin": "http://evil.example:8480", "Sec-Fetch-Site": "same-origin"}, 421},
		{"a rebound address", "GET", "0.0.0.0:8480", nil, 421},
		{"a number for an address", "GET", "2130706433", nil, 421},
		{"a name with a dot behind", "GET", "evil.example.", nil, 421},
	}
	for _, row := range rows {
		if got := ask(t, s, row.method, row.host, row.header); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}

// TestALinkElsewhereChangesNothing: a page of another site may lead here in any
// language, and the next page is as it was.
func TestALinkElsewhereChangesNothing(t *testing.T) {
	s := open(t)
	for site, kept := range map[string]bool{"": true, "none": true, "same-origin": true, "same-site": false, "cross-site": false} {
		w := get(s, "/?lang=es", "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
		if got := strings.Contains(strings.Join(w.Header().Values("Set-Cookie"), "\n"), languageCookie); got != kept || w.Code != 200 {
			t.Errorf("from %q: %d, kept %v", site, w.Code, got)
		}
	}
}

// secure asks as a browser on TLS does.
func secure(s http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://localhost"+path, strings.NewReader(body))
	r.TLS = &tls.ConnectionState{}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestEveryCookieIsBoundToThisHostOnTLS(t *testing.T) {
	s := open(t)
	page := secure(s, http.MethodGet, "/edit?lang=es", "")
	m := tokenInPage.FindStringSubmatch(page.Body.String())
	var jar string
	for _, c := range page.Result().Cookies() {
		jar += c.Name + "=" + c.Value + "; "
	}
	form := url.Values{tokenField: {m[1]}, "note": {"x"}, "theme": {"dark"}, "language": {"es"}, "back": {"/"}}.Encode()
	saved := secure(s, http.MethodPost, "/edit", form, "Cookie", jar)
	chosen := secure(s, http.MethodPost, preferencesPath, form, "Cookie", jar)
	if saved.Code != 303 || chosen.Code != 303 {
		t.Fatalf("%d and %d", saved.Code, chosen.Code)
	}
	seen := map[string]bool{}
	for _, w := range []*httptest.ResponseRecorder{page, saved, chosen} {
		for _, c := range w.Result().Cookies() {
			seen[c.Name] = true
			strict := c.SameSite == http.SameSiteStrictMode || c.Name == securePrefix+tokenCookie && c.SameSite == http.SameSiteLaxMode
			if !strings.HasPrefix(c.Name, securePrefix) || !c.Secure || !c.HttpOnly || !strict || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %s", c)
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("looked at %v, want four kinds", seen)
	}
}

// TestAPlantedCookieCountsForNothing: a page in the clear under the same name
// can set any cookie that has no prefix.
func TestAPlantedCookieCountsForNothing(t *testing.T) {
	s := open(t)
	tok, planted := pageToken(t, s)
	form := url.Values{tokenField: {tok}, "note": {"x"}}.Encode()
	if w := secure(s, http.MethodPost, "/edit", form, "Cookie", planted); w.Code != 403 {
		t.Errorf("a token planted in the clear: %d, want 403", w.Code)
	}
	if w := secure(s, http.MethodGet, "/", "", "Cookie", languageCookie+"=es"); w.Header().Get("Content-Language") != "en" {
		t.Error("a language planted in the clear was taken")
	}
}

func TestForgettingLeavesNothingOfAPerson(t *testing.T) {
	w := httptest.NewRecorder()
	Forget(w)
	if got := w.Header().Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) || !strings.Contains(got, `"storage"`) {
		t.Errorf("Clear-Site-Data: %s", got)
	}
	gone := map[string]bool{}
	for _, c := range w.Result().Cookies() {
		gone[c.Name] = c.MaxAge < 0 && c.Value == "" && c.Secure == strings.HasPrefix(c.Name, securePrefix)
	}
	for _, name := range []string{tokenCookie, noticeCookie} {
		if !gone[name] || !gone[securePrefix+name] {
			t.Errorf("%s stays: %v", name, gone)
		}
	}
}

// TestNothingIsKeptByACache asks for every kind of answer there is.
func TestNothingIsKeptByACache(t *testing.T) {
	s := open(t)
	s.Handle("GET /plain", Anyone, func(w http.ResponseWriter, _ *http.Request) error {
		http.Error(w, "no", http.StatusTeapot)
		return nil
	})
	paths := []string{"/", "/edit", "/nothing", "/panic", "/broken", "/plain", "/preferences", "/assets/none.css", "/assets/", "//", "/a/../edit"}
	for kind := range 6 {
		paths = append(paths, fmt.Sprint("/fail/", kind))
	}
	for _, p := range paths {
		if got := get(s, p); got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s (%d) may be kept: %q", p, got.Code, got.Header().Get("Cache-Control"))
		}
	}
	for name, p := range s.assets.addresses {
		if !strings.Contains(p, "-") || get(s, p).Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s is not kept for ever under a name of its content", name)
		}
		if w := get(s, assetPath+name); w.Code != 404 {
			t.Errorf("%s is served under a name that stays: %d", name, w.Code)
		}
	}
}

// TestNoLogHoldsWhatAPersonSent puts a name wherever a request has room for it
// and makes the site fail in every way it can.
func TestNoLogHoldsWhatAPersonSent(t *testing.T) {
	const name = "Dlamini"
	var log bytes.Buffer
	s := open(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s.Handle("POST /fails/{id}", Anyone, func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("saving: %w", errors.New("the disk is full"))
	})
	s.Handle("POST /panics/{id}", Anyone, func(_ http.ResponseWriter, r *http.Request) error { panic(r.PostForm) })
	tok, cookie := pageToken(t, s)
	form := url.Values{tokenField: {tok}, "note": {name}}.Encode()
	for _, path := range []string{"/fails/", "/panics/", "/nothing/", "/edit/"} {
		for _, token := range []string{cookie, ""} {
			r := httptest.NewRequest(http.MethodPost, "http://localhost"+path+name+"?q="+name, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", token+"; x="+name)
			r.Header.Set("User-Agent", name)
			r.Header.Set("Referer", "http://localhost/"+name)
			s.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	if got := log.String(); strings.Contains(got, name) || strings.Contains(got, tok) || strings.Contains(got, strings.TrimPrefix(cookie, tokenCookie+"=")) {
		t.Errorf("the log: %s", got)
	}
	if got := strings.Count(log.String(), "\n"); got != 2 {
		t.Errorf("%d lines were looked at, want a failure and a panic:\n%s", got, log.String())
	}
}
