package unseal_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
	"casehub/node/unseal"
)

// opener opens with one password.
type opener struct {
	mu              sync.Mutex
	tried, signedIn int
	takes           time.Duration
}

func (o *opener) Unseal(_ context.Context, login, password string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tried++
	if login == "n.example" && password == "four words in a row" {
		return nil
	}
	time.Sleep(o.takes)
	return errs.New(errs.Forbidden, "vault.wrong-secret")
}

func (o *opener) Opened() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.PostFormValue("password") == "four words in a row" {
			o.signedIn++
		}
		w.WriteHeader(http.StatusTeapot)
	})
}

type sealed struct {
	t      *testing.T
	site   *web.Site
	opener *opener
	now    time.Time
}

func newSealed(t *testing.T) *sealed {
	t.Helper()
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := &sealed{t: t, opener: &opener{}, now: time.Unix(1_800_000_000, 0)}
	s.site = unseal.NewSite(web.Options{Catalog: catalog}, s.opener, func() time.Time { return s.now })
	return s
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// try types a password from an address.
func (s *sealed) try(from, password string) *httptest.ResponseRecorder {
	s.t.Helper()
	first := httptest.NewRecorder()
	s.site.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "http://localhost/sign-in", nil))
	form := url.Values{"form_token": {formToken.FindStringSubmatch(first.Body.String())[1]}, "login": {"n.example"}, "password": {password}}
	r := httptest.NewRequest(http.MethodPost, "http://localhost/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = net.JoinHostPort(from, "4711")
	for _, c := range first.Result().Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.site.ServeHTTP(w, r)
	return w
}

func TestTheRightPasswordOpensAndSignsIn(t *testing.T) {
	s := newSealed(t)
	if w := s.try("127.0.0.1", "four words in a row"); w.Code != http.StatusTeapot || s.opener.signedIn != 1 {
		t.Fatalf("status %d, signed in %d times, want the open node's answer to the same request", w.Code, s.opener.signedIn)
	}
}

func TestEveryAddressLeadsToThePage(t *testing.T) {
	s := newSealed(t)
	for _, path := range []string{"/", "/cases", "/cases/4f1c", "/metrics"} {
		w := httptest.NewRecorder()
		s.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != unseal.Path {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestWrongPasswordsMakeTheirSourceWaitAndNoOther(t *testing.T) {
	s := newSealed(t)
	for range 4 {
		if w := s.try("10.0.0.9", "guess"); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "guess") {
			t.Fatalf("a wrong password: %d", w.Code)
		}
	}
	tried := s.opener.tried
	if w := s.try("10.0.0.9", "four words in a row"); w.Code != http.StatusTooManyRequests || s.opener.tried != tried {
		t.Fatalf("after four wrong ones: %d, and the password was looked at %d times", w.Code, s.opener.tried-tried)
	}
	if w := s.try("10.0.0.10", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("another machine was shut out: %d", w.Code)
	}
	s.now = s.now.Add(time.Minute)
	if w := s.try("10.0.0.9", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("after the wait: %d", w.Code)
	}
}

func TestGuessesAtOnceCountAsMany(t *testing.T) {
	s := newSealed(t)
	s.opener.takes = 10 * time.Millisecond
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { s.try("10.0.0.9", "guess") })
	}
	wg.Wait()
	if s.opener.tried != 4 {
		t.Errorf("%d guesses were looked at, want 4", s.opener.tried)
	}
}

// A household has 2^64 addresses; changing them, or trying from very many places,
// wipes nothing out.
func TestManyAddressesForgiveNothing(t *testing.T) {
	s := newSealed(t)
	for i := range 4 {
		s.try(fmt.Sprintf("2001:db8::%d", i+1), "guess")
	}
	if w := s.try("2001:db8::9", "four words in a row"); w.Code != http.StatusTooManyRequests {
		t.Errorf("another address of the same network: %d, want to wait", w.Code)
	}
	s = newSealed(t)
	for range 12 {
		s.try("10.0.0.9", "guess")
		s.now = s.now.Add(time.Minute)
	}
	s.try("10.0.0.9", "guess")
	for i := range 4200 {
		s.try(fmt.Sprintf("10.1.%d.%d", i/250, i%250), "guess")
	}
	if w := s.try("10.0.0.9", "four words in a row"); w.Code != http.StatusTooManyRequests {
		t.Errorf("after tries from many places: %d, want to wait", w.Code)
	}
}

func TestTheWaitNeverPassesAMinute(t *testing.T) {
	s := newSealed(t)
	for range 40 {
		s.try("10.0.0.9", "guess")
		s.now = s.now.Add(time.Minute)
		if w := s.try("10.0.0.9", "guess"); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("after a minute: %d", w.Code)
		}
		s.now = s.now.Add(time.Minute)
	}
}
