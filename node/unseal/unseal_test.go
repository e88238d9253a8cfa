package unseal

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
	s.site = NewSite(web.Options{Name: "casehub", Catalog: catalog}, s.opener, func() time.Time { return s.now })
	return s
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// try types a password from an address.
func (s *sealed) try(from, password string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.tryAs(from, "n.example", password)
}

func (s *sealed) tryAs(from, login, password string) *httptest.ResponseRecorder {
	s.t.Helper()
	first := httptest.NewRecorder()
	s.site.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "http://localhost/sign-in", nil))
	form := url.Values{"form_token": {formToken.FindStringSubmatch(first.Body.String())[1]}, "login": {login}, "password": {password}}
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
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != Path {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestWrongPasswordsMakeTheirSourceWaitAndNoOther(t *testing.T) {
	s := newSealed(t)
	for range 5 {
		if w := s.try("10.0.0.9", "guess"); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "guess") {
			t.Fatalf("a wrong password: %d", w.Code)
		}
	}
	tried := s.opener.tried
	if w := s.try("10.0.0.9", "four words in a row"); w.Code != http.StatusTooManyRequests || s.opener.tried != tried {
		t.Fatalf("after five wrong ones: %d, and the password was looked at %d times", w.Code, s.opener.tried-tried)
	}
	if w := s.try("10.0.0.10", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("another machine was shut out: %d", w.Code)
	}
	s.now = s.now.Add(time.Second)
	if w := s.try("10.0.0.9", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("after the wait: %d", w.Code)
	}
}

// Before anybody has signed in at the computer that all share, whoever sits at it
// may spoil one login; nobody else waits for it, and its owner half a minute.
func TestNobodyHoldsTheOfficeOut(t *testing.T) {
	s := newSealed(t)
	for range 60 {
		s.tryAs("127.0.0.1", "somebody.else", "guess")
		s.now = s.now.Add(time.Second)
	}
	if w := s.try("127.0.0.1", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("after guesses at another login: %d", w.Code)
	}
	for range 60 {
		s.tryAs("127.0.0.1", " N.Example", "guess")
		s.now = s.now.Add(time.Second)
	}
	if w := s.try("127.0.0.1", "four words in a row"); w.Code != http.StatusTooManyRequests {
		t.Errorf("the login in capitals is another one: %d", w.Code)
	}
	s.now = s.now.Add(waits.Most)
	if w := s.try("127.0.0.1", "four words in a row"); w.Code != http.StatusTeapot {
		t.Errorf("after half a minute: %d", w.Code)
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
	if s.opener.tried > waits.Free {
		t.Errorf("%d guesses were looked at, want %d at the most", s.opener.tried, waits.Free)
	}
}

// A household has 2^64 addresses; changing them wipes nothing out.
func TestManyAddressesOfANetworkAreOne(t *testing.T) {
	s := newSealed(t)
	for i := range 5 {
		s.try(fmt.Sprintf("2001:db8::%d", i+1), "guess")
	}
	if w := s.try("2001:db8::9", "four words in a row"); w.Code != http.StatusTooManyRequests {
		t.Errorf("another address of the same network: %d, want to wait", w.Code)
	}
}
