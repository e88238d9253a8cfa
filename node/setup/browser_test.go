package setup_test

import (
	"net/http"
	"net/url"
	"testing"

	"casehub/internal/web/webtest"
)

// as answers every request as if it came from whoever typed the code.
func (v *visitor) as() http.Handler {
	v.t.Helper()
	at, err := url.Parse(v.at)
	if err != nil {
		v.t.Fatal(err)
	}
	kept := v.c.Jar.Cookies(at)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Cookie")
		for _, c := range kept {
			r.AddCookie(c)
		}
		v.site.ServeHTTP(w, r)
	})
}

// TestPagesHoldInABrowser looks at every page of a first run, in its order.
func TestPagesHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	v, code := visit(t, &maker{})
	b.Check(t, v.site, "/")
	v.get("/")
	leads := func(step string, form url.Values, want string) {
		t.Helper()
		if status, path, _ := v.post(step, form); status != http.StatusOK || path != want {
			t.Fatalf("%s: status %d at %s, want %s", step, status, path, want)
		}
		b.Check(t, v.as(), want)
	}
	leads("/setup/code", url.Values{"code": {code()}}, "/setup")
	leads("/setup", described(), "/setup/recovery")
	_, _, page := v.get("/setup/confirm")
	if len(wanted(page)) == 0 {
		t.Fatal("no word is asked for")
	}
	b.Check(t, v.as(), "/setup/confirm")
}
