package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what apps that make codes reckon with
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// served is a node that the real program serves from a folder, and somebody with a
// browser at its pages, who stays signed in when the program begins again.
type served struct {
	t     *testing.T
	dir   string // of node.toml, node.key and data
	env   []string
	exe   string
	cmd   *exec.Cmd
	url   string
	code  string // to set it up, where it asked for one
	said  *notes // what the program wrote in all its lives
	jar   http.CookieJar
	c     *http.Client
	token string
}

// notes are written by a program and read by a test.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

// serveIn prepares an empty folder. Nothing runs before start.
func serveIn(t *testing.T) *served {
	t.Helper()
	exe, err := exec.LookPath("casehub-node")
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, dir: t.TempDir(), exe: exe, said: &notes{}, jar: jar}
	const settings = "data = 'data'\nkey_file = 'node.key'\nlisten = '127.0.0.1:0'\ntimezone = 'UTC'\n"
	if err := os.WriteFile(filepath.Join(s.dir, "node.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// copied is the same node in another folder, as it is on the disk, with the same browser.
func (s *served) copied() *served {
	s.t.Helper()
	to := serveIn(s.t)
	if err := os.RemoveAll(to.dir); err != nil {
		s.t.Fatal(err)
	}
	if err := os.CopyFS(to.dir, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	to.exe, to.env, to.token = s.exe, s.env, s.token
	at, err := url.Parse("http://localhost/")
	if err != nil {
		s.t.Fatal(err)
	}
	to.jar.SetCookies(at, s.jar.Cookies(at))
	return to
}

var (
	opened  = regexp.MustCompile(`open (http://\S+)/$`)
	codeFor = regexp.MustCompile(`code to set it up: (\S+)$`)
)

// start starts the program and waits until it has told where its pages are, and the code
// where it is to be set up.
func (s *served) start() {
	s.t.Helper()
	_, err := os.Stat(filepath.Join(s.dir, "data", "vault.json"))
	isNew := errors.Is(err, os.ErrNotExist)
	s.cmd = exec.Command(s.exe, "serve", "-config", "node.toml")
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = s.dir, append(os.Environ(), s.env...), s.said
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.url, s.code = "", ""
	lines := bufio.NewScanner(out)
	for s.url == "" || isNew && s.code == "" {
		if !lines.Scan() {
			s.t.Fatalf("the program ended: %v\n%s", s.cmd.Wait(), s.said)
		}
		if m := opened.FindStringSubmatch(lines.Text()); m != nil {
			s.url = m[1]
		}
		if m := codeFor.FindStringSubmatch(lines.Text()); m != nil {
			s.code = m[1]
		}
	}
	go func() { _, _ = io.Copy(s.said, out) }()
	s.c = &http.Client{Jar: s.jar, Transport: &http.Transport{}}
}

// kill ends the program as kill -9 does: it gets to do nothing more.
func (s *served) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	s.ended()
}

// stop ends the program as a service manager does.
func (s *served) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	s.ended()
}

func (s *served) ended() {
	_ = s.cmd.Wait()
	s.c.CloseIdleConnections()
	s.cmd = nil
}

// shown is a page as it came after all that led there.
type shown struct {
	status int
	path   string
	body   string
}

var tokenOf = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

func (s *served) answer(r *http.Response, err error) shown {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if m := tokenOf.FindSubmatch(b); m != nil {
		s.token = string(m[1])
	}
	return shown{r.StatusCode, r.Request.URL.Path, string(b)}
}

func (s *served) get(path string) shown {
	s.t.Helper()
	return s.answer(s.c.Get(s.url + path))
}

// post sends a form; fields are pairs of a name and a value.
func (s *served) post(path string, fields ...string) shown {
	s.t.Helper()
	f := url.Values{"form_token": {s.token}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return s.answer(s.c.PostForm(s.url+path, f))
}

// bring sends a file in a form.
func (s *served) bring(path, name string, content io.Reader) (*http.Response, error) {
	s.t.Helper()
	body, to := io.Pipe()
	m := multipart.NewWriter(to)
	go func() {
		err := m.WriteField("form_token", s.token)
		if err == nil {
			var part io.Writer
			if part, err = m.CreateFormFile("file", name); err == nil {
				_, err = io.Copy(part, content)
			}
		}
		_ = to.CloseWithError(errors.Join(err, m.Close()))
	}()
	return s.c.Post(s.url+path, m.FormDataContentType(), body)
}

// holds checks where somebody is and that the page says every text.
func (s *served) holds(a shown, path string, texts ...string) shown {
	s.t.Helper()
	if a.status != http.StatusOK || !strings.HasPrefix(a.path, path) {
		s.t.Fatalf("status %d at %s, want %s: %s", a.status, a.path, path, saidOn(a.body))
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			s.t.Fatalf("%s does not say %q: %s", a.path, text, saidOn(a.body))
		}
	}
	return a
}

// saidOn is the text of a page.
func saidOn(body string) string {
	main := regexp.MustCompile(`(?s)<main.*</main>`).FindString(body)
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, " ")), " ")
}

// setUpByPages does what the first person at a new node does: they set it up with the
// code that the program shows, write the words down, sign in, and add a second factor.
func (s *served) setUpByPages() {
	s.t.Helper()
	s.get("/?lang=en")
	s.holds(s.post("/setup/code", "code", s.code), "/setup")
	page := s.post("/setup", "organisation", "Example Trust", "language", "en", "offices", "Mountain View; East", "director", "N. Example",
		"login", login, "password", password, "again", password).body
	words := regexp.MustCompile(`<li><code>([a-z]+)</code></li>`).FindAllStringSubmatch(page, -1)
	var confirmed []string
	for _, m := range regexp.MustCompile(`name="word-(\d+)"`).FindAllStringSubmatch(s.get("/setup/confirm").body, -1) {
		n := 0
		if _, err := fmt.Sscan(m[1], &n); err != nil || n > len(words) {
			s.t.Fatalf("word %q of %d is asked for", m[1], len(words))
		}
		confirmed = append(confirmed, "word-"+m[1], words[n-1][1])
	}
	s.holds(s.post("/setup/confirm", confirmed...), "/sign-in")
	s.holds(s.post("/sign-in", "login", login, "password", password), "/account/factors")
	page = s.get("/account/authenticator").body
	secret := regexp.MustCompile(`class="secret-code">([A-Z2-7 ]+)<`).FindStringSubmatch(page)
	if secret == nil {
		s.t.Fatalf("no secret is shown: %s", saidOn(page))
	}
	s.holds(s.post("/account/authenticator", "code", codeOf(s.t, secret[1], time.Now()), "current", password), "/account/authenticator")
	s.holds(s.get("/"), "/")
}

// codeOf is what an app shows for a secret (RFC 6238).
func codeOf(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, now.Unix()/30)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// filled returns every input of a page with what it holds, as a browser would send it.
func filled(body string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(version|table)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`<input id="[^"]*" name="([^"]*)" type="text" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`(?s)<select id="[^"]*" name="([^"]*)".*?</select>`).FindAllStringSubmatch(body, -1) {
		value := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(m[0])
		if value == nil {
			value = regexp.MustCompile(`<option value="([^"]*)"`).FindStringSubmatch(m[0])
		}
		all = append(all, m[1], value[1])
	}
	return all
}

// called returns the name of the input with a label.
func (s *served) called(body, label string) string {
	s.t.Helper()
	id := regexp.MustCompile(`<label for="([^"]*)"[^>]*>` + regexp.QuoteMeta(label) + `</label>`).FindStringSubmatch(body)
	if id == nil {
		s.t.Fatalf("no input is called %q: %s", label, saidOn(body))
	}
	name := regexp.MustCompile(`id="` + regexp.QuoteMeta(id[1]) + `" name="([^"]*)"`).FindStringSubmatch(body)
	if name == nil {
		s.t.Fatalf("the input %q has no name", label)
	}
	return name[1]
}
