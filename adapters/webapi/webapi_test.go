package webapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/internal/errs"
)

const secret = "Token canary"

// serve starts a server and returns a client of it that does not sleep.
func serve(t *testing.T, h http.HandlerFunc) (*Client, *[]time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return clientOf(t, s.URL)
}

func clientOf(t *testing.T, address string) (*Client, *[]time.Duration) {
	t.Helper()
	c, err := New(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.Authorise("Authorization", secret)
	var paused []time.Duration
	c.pause = func(ctx context.Context, d time.Duration) error {
		paused = append(paused, d)
		return ctx.Err()
	}
	return c, &paused
}

func TestOnlyHTTPSOrThisMachine(t *testing.T) {
	for address, want := range map[string]error{
		"https://kf.example.org":                nil,
		"https://kf.example.org/kobo/":          nil,
		"http://127.0.0.1:8000":                 nil,
		"http://[::1]:8000":                     nil,
		"http://localhost":                      nil,
		"http://kf.example.org":                 adapters.ErrInsecure,
		"http://127.0.0.1.example.org":          adapters.ErrInsecure,
		"ftp://kf.example.org":                  adapters.ErrInsecure,
		"https://user:canary@kf.example.org":    adapters.ErrSettings,
		"https://kf.example.org/?token=canary":  adapters.ErrSettings,
		"kf.example.org":                        adapters.ErrSettings,
		"https://":                              adapters.ErrSettings,
		"":                                      adapters.ErrSettings,
		"https://kf.example.org\n.evil.example": adapters.ErrSettings,
	} {
		if _, err := New(address); !errors.Is(err, want) || want == nil && err != nil || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
}

func TestTheSecretGoesNowhereElse(t *testing.T) {
	var stolen atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen.Add(1) }))
	defer thief.Close()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inside" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		if r.URL.Path == "/there" {
			fmt.Fprint(w, r.Header.Get("Authorization"))
			return
		}
		http.Redirect(w, r, thief.URL+"/?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
	})
	if a, err := c.Get(t.Context(), Ask{Path: "/inside"}); err != nil || string(a.Body) != secret {
		t.Errorf("a redirect within the server: %q, %v", a.Body, err)
	}
	for _, ask := range []Ask{{Path: "/x"}, {Path: "/x", Query: url.Values{"q": {"canary"}}}, {Path: "/x", Body: map[string]string{"a": "canary"}}} {
		_, err := c.Get(t.Context(), ask)
		if !errors.Is(err, adapters.ErrElsewhere) || strings.Contains(fmt.Sprint(err), "canary") {
			t.Errorf("a redirect to another server: %v", err)
		}
	}
	if b, err := c.Open(t.Context(), Ask{Path: "/x"}); !errors.Is(err, adapters.ErrElsewhere) {
		t.Errorf("a document of another server: %v, %v", b, err)
	}
	if stolen.Load() != 0 {
		t.Errorf("the other server was asked %d times", stolen.Load())
	}
	q, err := Next(thief.URL + "/elsewhere?cursor=a%3D1")
	if err != nil || q.Encode() != "cursor=a%3D1" {
		t.Errorf("of a link %v, %v", q, err)
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	for code, want := range map[int]error{429: nil, 502: nil, 503: nil, 504: nil, 500: adapters.ErrAnswer, 400: adapters.ErrAnswer, 401: adapters.ErrSignIn, 403: adapters.ErrSignIn, 404: adapters.ErrMissing} {
		n := 0
		c, paused := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if n++; n < tries {
				w.Header().Set("Retry-After", "7")
				http.Error(w, "canary", code)
			}
		})
		_, err := c.Get(t.Context(), Ask{Path: "/"})
		if !errors.Is(err, want) || want == nil && (err != nil || len(*paused) != tries-1 || (*paused)[0] < 7*time.Second) {
			t.Errorf("%d: %v after %v, want %v", code, err, *paused, want)
		}
		if want != nil && n != 1 {
			t.Errorf("%d was asked %d times", code, n)
		}
	}
}

func TestAServerThatIsAskedTooOftenIsLeftAlone(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		head map[string]string
		want time.Duration
	}{
		"nothing":             {nil, window},
		"seconds":             {map[string]string{"Retry-After": "31", "X-RateLimit-Reset": "99"}, 31 * time.Second},
		"a time":              {map[string]string{"Retry-After": now.Add(40 * time.Second).Format(http.TimeFormat)}, 40 * time.Second},
		"a count anew":        {map[string]string{"RateLimit-Reset": "33"}, 33 * time.Second},
		"a count anew at":     {map[string]string{"X-RateLimit-Reset": strconv.FormatInt(now.Unix()+55, 10)}, 55 * time.Second},
		"a time that is over": {map[string]string{"X-RateLimit-Reset": strconv.FormatInt(now.Unix()-55, 10)}, window},
		"no number":           {map[string]string{"Retry-After": "soon", "RateLimit-Reset": "-4"}, window},
	} {
		n := 0
		c, paused := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			if n++; n > 1 {
				return
			}
			for name, v := range row.head {
				w.Header().Set(name, v)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		})
		if _, err := c.Get(t.Context(), Ask{Path: "/"}); err != nil || len(*paused) != 1 || (*paused)[0] != row.want {
			t.Errorf("%s: %v after %v, want %v", name, err, *paused, row.want)
		}
	}
}

func TestAServerThatStaysBusyIsGivenUp(t *testing.T) {
	n := 0
	c, paused := serve(t, func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(http.StatusServiceUnavailable) })
	if _, err := c.Get(t.Context(), Ask{Path: "/"}); !errors.Is(err, adapters.ErrUnreachable) || n != tries || len(*paused) != tries-1 {
		t.Errorf("%v after %d tries and %v", err, n, *paused)
	}
	c, paused = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if _, err := c.Get(t.Context(), Ask{Path: "/"}); !errors.Is(err, adapters.ErrUnreachable) || len(*paused) != 0 {
		t.Errorf("%v after %v", err, *paused)
	}
	c, _ = clientOf(t, "http://127.0.0.1:1")
	if _, err := c.Get(t.Context(), Ask{Path: "/canary"}); !errors.Is(err, adapters.ErrUnreachable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestALargePageIsHalved(t *testing.T) {
	var asked []int
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		asked = append(asked, limit)
		switch {
		case limit > 300:
			w.WriteHeader(http.StatusGatewayTimeout)
		case limit > 100:
			_, _ = io.CopyN(w, zeros{}, MaxPage+1)
		default:
			fmt.Fprint(w, "[]")
		}
	})
	limit := 1000
	a, err := c.Page(t.Context(), &limit, func(n int) Ask { return Ask{Path: "/", Query: url.Values{"limit": {strconv.Itoa(n)}}} })
	if err != nil || string(a.Body) != "[]" || limit != 62 {
		t.Errorf("%q, %v, limit %d, asked %v", a.Body, err, limit, asked)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAnEndlessAnswerIsRefused(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range MaxPage/1024 + 2 {
			_, _ = z.Write(make([]byte, 1024))
		}
		_ = z.Close()
	})
	if _, err := c.Get(t.Context(), Ask{Path: "/"}); !errors.Is(err, adapters.ErrTooLarge) {
		t.Errorf("an answer that unpacks to too much: %v", err)
	}
	c, _ = serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, zeros{}) })
	b, err := c.Open(t.Context(), Ask{Path: "/", Max: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, b)
	if !errors.Is(err, adapters.ErrTooLarge) || n > 1<<20 {
		t.Errorf("an endless document gave %d bytes, %v", n, err)
	}
	_ = b.Close()
}

// A server that gives a byte now and then, and no end, is not waited for.
func TestAnAnswerThatTricklesIsGivenUp(t *testing.T) {
	c, paused := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	c.patient = 50 * time.Millisecond
	if _, err := c.Get(t.Context(), Ask{Path: "/"}); !errors.Is(err, adapters.ErrUnreachable) || len(*paused) != 0 {
		t.Errorf("%v after %v", err, *paused)
	}
	b, err := c.Open(t.Context(), Ask{Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, b); !errors.Is(err, adapters.ErrUnreachable) {
		t.Errorf("a document: %v", err)
	}
	_ = b.Close()
}

func TestABrokenConnectionIsAskedAgain(t *testing.T) {
	n := 0
	c, paused := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "half")
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "whole")
	})
	if a, err := c.Get(t.Context(), Ask{Path: "/"}); err != nil || string(a.Body) != "whole" || len(*paused) != 1 {
		t.Errorf("%q, %v after %v", a.Body, err, *paused)
	}
}

func TestAskingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Get(ctx, Ask{Path: "/"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPathsAreEscaped(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) })
	c.base.Path = "/root"
	a, err := c.Get(t.Context(), Ask{Path: Path("a/b", "uuid:1", "ñ ?.jpg")})
	if want := "/root/a%2Fb/uuid:1/%C3%B1%20%3F.jpg"; err != nil || string(a.Body) != want {
		t.Errorf("%q, %v, want %q", a.Body, err, want)
	}
}

func TestSecretsAreElsewhere(t *testing.T) {
	t.Setenv("CASEHUB_SOURCE_TOKEN", " abc \n")
	t.Setenv("CASEHUB_SOURCE_EMPTY", "")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("def\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	long, longer := file+"-long", file+"-longer"
	for name, size := range map[string]int{long: 16 << 10, longer: 16<<10 + 1} {
		if err := os.WriteFile(name, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for s, want := range map[Secret]string{{Env: "CASEHUB_SOURCE_TOKEN"}: "abc", {File: file}: "def", {File: long}: strings.Repeat("x", 16<<10)} {
		if got, err := s.Read("token"); err != nil || got != want {
			t.Errorf("%v: %q, %v", s, got, err)
		}
	}
	for s, want := range map[Secret]error{
		{}: adapters.ErrSettings, {Env: "a", File: "b"}: adapters.ErrSettings,
		{Env: "CASEHUB_SOURCE_EMPTY"}: adapters.ErrSecret, {Env: "CASEHUB_SOURCE_NONE"}: adapters.ErrSecret,
		{Env: "CASEHUB_KEY"}: adapters.ErrSecretName, {Env: "HOME"}: adapters.ErrSecretName, {Env: "CASEHUB_SOURCE_"}: adapters.ErrSecretName,
		{File: file + "x"}: adapters.ErrSecret, {File: longer}: adapters.ErrSecret, {File: filepath.Dir(file)}: adapters.ErrSecret,
	} {
		if _, err := s.Read("token"); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", s, err, want)
		}
	}
}

func TestASecretGoesWhereItsKeeperSays(t *testing.T) {
	t.Setenv("CASEHUB_SOURCE_TOKEN", "canary")
	file := filepath.Join(t.TempDir(), "token")
	for _, name := range []string{file, file + ".host"} {
		if err := os.WriteFile(name, []byte("canary\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for hosts, want := range map[string]map[string]error{
		"":                                    {"https://a.example": nil, "https://b.example:8443": nil},
		"a.example":                           {"https://a.example": nil, "https://a.example:443": nil, "https://a.example:80": ErrSecretHost, "https://A.example/root": nil, "https://b.example": ErrSecretHost, "https://a.example:8443": ErrSecretHost, "https://a.example.evil.example": ErrSecretHost, "https://evil.example/a.example": ErrSecretHost},
		" c.example:8443\n\tb.example ":       {"https://b.example": nil, "https://c.example:8443": nil, "https://c.example": ErrSecretHost},
		"a.example:443":                       {"https://a.example": nil, "https://a.example:443": nil, "https://a.example:4443": ErrSecretHost, "https://b.example": ErrSecretHost},
		"127.0.0.1 [::1]:80":                  {"http://127.0.0.1:80": nil, "http://127.0.0.1:443": ErrSecretHost, "http://[::1]": nil, "https://[::1]": ErrSecretHost},
		"https://a.example is no name of one": {"https://a.example": ErrSecretHost},
	} {
		t.Setenv("CASEHUB_SOURCE_TOKEN_HOST", hosts)
		if err := os.WriteFile(file+".host", []byte(hosts), 0o600); err != nil {
			t.Fatal(err)
		}
		for address, want := range want {
			c, _ := clientOf(t, address)
			for _, s := range []Secret{{Env: "CASEHUB_SOURCE_TOKEN"}, {File: file}} {
				got, err := s.ReadFor("token", c)
				if !errors.Is(err, want) || (got == "canary") != (want == nil) || err != nil && strings.Contains(err.Error(), "canary") {
					t.Errorf("%v for %q sent to %s: %v, want %v", s, hosts, address, err, want)
				}
			}
		}
	}
	c, _ := clientOf(t, "https://a.example")
	if err := os.Remove(file + ".host"); err != nil {
		t.Fatal(err)
	}
	if got, err := (Secret{File: file}).ReadFor("token", c); err != nil || got != "canary" {
		t.Errorf("where nobody says for what: %v", err)
	}
	if err := os.Mkdir(file+".host", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := (Secret{File: file}).ReadFor("token", c); !errors.Is(err, adapters.ErrSecret) {
		t.Errorf("where what says it cannot be read: %v", err)
	}
	if _, err := (Secret{Env: "HOME"}).ReadFor("token", c); !errors.Is(err, adapters.ErrSecretName) {
		t.Errorf("a variable that is no source's: %v", err)
	}
}

// On Windows several names open one file: what says whose secret it is would be looked for
// beside another name and not be found. No system reads a secret by such a name.
func TestASecretHasOneFileName(t *testing.T) {
	c, _ := clientOf(t, "https://a.example")
	dir := t.TempDir()
	for name, refused := range map[string]bool{
		"token.": true, "token ": true, "token. .": true, "token::$DATA": true, "token:": true, "KOBOTO~1": true, "KOBOTO~12.TXT": true,
		"token": false, "a token.txt": false, "token~": false, "a~b": false, ".token": false,
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("canary"), 0o600); err != nil && !refused {
			t.Fatal(err)
		}
		got, err := (Secret{File: file}).ReadFor("token", c)
		if errors.Is(err, adapters.ErrSettings) != refused || (got == "canary") == refused || err != nil && !refused {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, want := range map[string]bool{
		`C:\secrets\token`: true, `c:token`: true, `C:\secrets~1\token`: true, `C:\secrets\token::$DATA`: false, `C:\secrets\token\`: false, `C:\secrets\token\.`: false,
		`C:\secrets\TOKEN~1`: false, `1:token`: false, `C:`: false, "secrets/token/": false, "": true,
	} {
		if got := isPlain(name); got != want {
			t.Errorf("%q is plain: %t, want %t", name, got, want)
		}
	}
}

func TestSettingsAreReadStrictly(t *testing.T) {
	var s struct {
		URL  string `json:"url"`
		Page int    `json:"page"`
	}
	if err := Decode([]byte(`{"url":"x","page":3}`), &s); err != nil || s.Page != 3 {
		t.Errorf("%v, %v", s, err)
	}
	for text, want := range map[string]string{`{"urll":"x"}`: "urll", `{"page":"x"}`: "page", `[`: "source"} {
		if err := Decode([]byte(text), &s); !errors.Is(err, adapters.ErrSettings) || errs.As(err).Args()["setting"] != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}
