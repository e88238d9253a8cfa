package node

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hosted is a node that is served, and a browser at its pages.
type hosted struct {
	t     *testing.T
	url   string
	code  chan string
	stop  func()
	c     *http.Client
	token string
}

func host(t *testing.T, c Config) *hosted {
	t.Helper()
	h := &hosted{t: t, code: make(chan string, 8)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	served, err := NewHost(c, quiet(), october, Tell{
		Ready: func(url, _ string) { ready <- url },
		Code:  func(code string) { h.code <- code },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- served.ServeOn(ctx, l) }()
	h.stop = func() {
		cancel()
		h.c.CloseIdleConnections()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	h.url = strings.TrimSuffix(<-ready, "/")
	h.forget()
	return h
}

// forget opens the pages in another browser.
func (h *hosted) forget() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.c = &http.Client{Jar: jar}
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// answer returns the path that a request ended at, and the page.
func (h *hosted) answer(r *http.Response, err error) (string, string) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if found := formToken.FindSubmatch(b); found != nil {
		h.token = string(found[1])
	}
	return r.Request.URL.Path, string(b)
}

func (h *hosted) get(path string) (string, string) {
	h.t.Helper()
	return h.answer(h.c.Get(h.url + path))
}

func (h *hosted) post(path string, form url.Values) (string, string) {
	h.t.Helper()
	form.Set("form_token", h.token)
	return h.answer(h.c.PostForm(h.url+path, form))
}

func (h *hosted) signIn(password string) (string, string) {
	h.t.Helper()
	h.get("/sign-in")
	return h.post("/sign-in", url.Values{"login": {"n.example"}, "password": {password}})
}

func TestANodeLivesFromItsSetUpToTheNextStart(t *testing.T) {
	c := cheap(Config{Data: filepath.Join(t.TempDir(), "data")})
	h := host(t, c)
	h.get("/?lang=en")
	if path, _ := h.post("/setup/code", url.Values{"code": {<-h.code}}); path != "/setup" {
		t.Fatalf("the code led to %s", path)
	}
	_, page := h.post("/setup", url.Values{
		"organisation": {"Example Trust"}, "language": {"en"}, "offices": {"Mountain View; East\nRiver"},
		"director": {"N. Example"}, "login": {"n.example"}, "password": {"four words in a row"}, "again": {"four words in a row"},
	})
	words := regexp.MustCompile(`<li><code>([a-z]+)</code></li>`).FindAllStringSubmatch(page, -1)
	if len(words) != 24 {
		t.Fatalf("%d words are shown", len(words))
	}
	if day := october().Format("2 January 2006"); !strings.Contains(page, day) {
		t.Errorf("the words do not bear the day of the node's clock, %s", day)
	}
	if _, err := os.Stat(filepath.Join(c.Data, vaultName)); err == nil {
		t.Fatal("the node stood before its recovery key was on paper")
	}
	_, page = h.get("/setup/confirm")
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="word-(\d+)"`).FindAllStringSubmatch(page, -1) {
		var n int
		for _, d := range m[1] {
			n = 10*n + int(d-'0')
		}
		form.Set("word-"+m[1], words[n-1][1])
	}
	if path, _ := h.post("/setup/confirm", form); path != "/sign-in" {
		t.Fatalf("after the set-up: %s", path)
	}
	if path, _ := h.signIn("four words in a row"); path != "/account/factors" {
		t.Errorf("the first director was led to %s, want to the second factor", path)
	}
	h.stop()

	h = host(t, c)
	if path, page := h.get("/cases"); path != "/sign-in" || !strings.Contains(page, "unseal-password") {
		t.Fatalf("a started node shows %s, want the page that opens it", path)
	}
	if _, page := h.signIn("four words in a raw"); !strings.Contains(page, "not right") {
		t.Error("a wrong password is not said to be wrong")
	}
	if path, _ := h.signIn("four words in a row"); path != "/account/factors" {
		t.Errorf("one right password led to %s, want through the door", path)
	}
	h.forget()
	if path, page := h.get("/cases"); path != "/sign-in" || strings.Contains(page, "unseal-password") {
		t.Errorf("a second browser at the open node is at %s", path)
	}
	h.stop()
}

// Nobody who reaches the pages of an open node gets in without a session.
func TestAnOpenNodeAsksEverybody(t *testing.T) {
	c := cheap(Config{Data: t.TempDir(), KeyFile: filepath.Join(t.TempDir(), "node.key")})
	if _, err := Create(t.Context(), c, plan(), october); err != nil {
		t.Fatal(err)
	}
	h := host(t, c)
	defer h.stop()
	for _, path := range []string{"/", "/clients", "/cases", "/people", "/organisation", "/audit"} {
		if at, _ := h.get(path); at != "/sign-in" {
			t.Errorf("%s without a session ends at %s", path, at)
		}
	}
}

func TestOtherMachinesAreServedByTLSAlone(t *testing.T) {
	dir := t.TempDir()
	c := cheap(Config{Data: dir, Listen: "0.0.0.0:0", Hosts: []string{"office.example"}})
	h, err := NewHost(c, quiet(), october, Tell{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "loopback until") {
		t.Errorf("a set-up that others can reach: %v", err)
	}
	c.KeyFile = filepath.Join(dir, "node.key")
	if _, err := Create(t.Context(), c, plan(), october); err != nil {
		t.Fatal(err)
	}
	ready := make(chan [2]string, 1)
	h, err = NewHost(c, quiet(), october, Tell{Ready: func(url, print string) { ready <- [2]string{url, print} }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	said := <-ready
	if !strings.HasPrefix(said[0], "https://") || len(said[1]) < 95 {
		t.Fatalf("told %q and fingerprint %q", said[0], said[1])
	}
	_, port, err := net.SplitHostPort(strings.Trim(strings.TrimPrefix(said[0], "https://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Get("http://127.0.0.1:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusBadRequest {
		t.Errorf("a request without TLS: %s", r.Status)
	}
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer secure.CloseIdleConnections()
	r, err = secure.Get("https://127.0.0.1:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK || r.Request.URL.Path != "/sign-in" {
		t.Errorf("a request by TLS: %s at %s", r.Status, r.Request.URL.Path)
	}
}
