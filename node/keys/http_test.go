package keys

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
	nodelocale "casehub/node/locale"
	"casehub/node/people"
	"casehub/node/vault"
)

// handler puts the pages together as the node does.
func (o *office) handler() http.Handler {
	o.t.Helper()
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	o.must(err)
	site := web.NewSite(web.Options{
		Name: "casehub · Test", Catalog: catalog, Log: slog.New(slog.DiscardHandler), Actor: people.Actor, Guard: o.people.Guard,
		Nav: []web.NavItem{{Key: "nav.home", Path: "/"}, {Key: "keys.title", Path: "/keys"}},
	})
	people.Routes(site, o.people)
	Routes(site, o.Service)
	return o.people.Recognise(site)
}

// browser is somebody who is signed in, without JavaScript.
type browser struct {
	t       *testing.T
	pages   http.Handler
	cookies map[string]string
	form    string
}

func (o *office) browser(login, password string) *browser {
	o.t.Helper()
	token, _, err := o.people.SignIn(o.t.Context(), people.Try{Login: login, Password: password, From: people.From{Source: "10.0.0.7"}})
	o.must(err)
	b := &browser{t: o.t, pages: o.handler(), cookies: map[string]string{"casehub_session": token}}
	_, page := b.get("/account")
	if m := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(page); m != nil {
		b.form = m[1]
	}
	return b
}

func (b *browser) get(path string) (int, string) {
	return b.send(httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
}

func (b *browser) post(path string, fields ...string) (int, string) {
	f := url.Values{"form_token": {b.form}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// send returns the status and the page, or where a redirect leads.
func (b *browser) send(r *http.Request) (int, string) {
	b.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
	}
	if to := w.Header().Get("Location"); to != "" {
		return w.Code, to
	}
	return w.Code, w.Body.String()
}

var shown = regexp.MustCompile(`<li><code>([^<]+)</code></li>`)

// listed returns the words on a page.
func listed(page string) []string {
	var all []string
	for _, m := range shown.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// answers fills the form that asks for words.
func answers(page string, words []string) []string {
	var fields []string
	for _, m := range regexp.MustCompile(`name="word-(\d+)"`).FindAllStringSubmatch(page, -1) {
		n, _ := strconv.Atoi(m[1])
		fields = append(fields, "word-"+m[1], words[n-1])
	}
	return fields
}

func TestNewWordsCountWhenTheyWereTypedBack(t *testing.T) {
	o := begin(t)
	b := o.browser("miriam", password)
	for _, path := range []string{"/keys/recovery/words", "/keys/recovery/confirm"} {
		if _, to := b.get(path); to != "/keys/recovery" {
			t.Errorf("%s without words leads to %.80s", path, to)
		}
	}
	if status, page := b.post("/keys/recovery", "current", "not the password"); status != http.StatusUnprocessableEntity || len(listed(page)) > 0 {
		t.Fatalf("a wrong password: %d", status)
	}
	if _, to := b.post("/keys/recovery", "current", password); to != "/keys/recovery/words" {
		t.Fatalf("leads to %.80s", to)
	}
	_, page := b.get("/keys/recovery/words")
	words := listed(page)
	if len(words) != 24 {
		t.Fatalf("%d words are shown", len(words))
	}
	_, page = b.get("/keys/recovery/confirm")
	right := answers(page, words)
	wrong := append([]string{}, right...)
	if wrong[3] = "zebra"; right[3] == "zebra" {
		wrong[3] = "zoo"
	}
	status, page := b.post("/keys/recovery/confirm", wrong...)
	if status != http.StatusUnprocessableEntity || strings.Count(page, `aria-invalid="true"`) != 1 || !o.opens(o.words) {
		t.Errorf("a wrong word: %d, or the words of before open nothing any more", status)
	}
	other := o.browser("miriam", password)
	if _, to := other.get("/keys/recovery/words"); to != "/keys/recovery" {
		t.Errorf("another session of the same person sees the words: %.80s", to)
	}
	if _, to := b.post("/keys/recovery/confirm", right...); to != "/keys" {
		t.Errorf("the right words lead to %.80s", to)
	}
	fresh, err := vault.ParseWords(strings.Join(words, " "))
	o.must(err)
	if o.opens(o.words) || !o.opens(fresh) {
		t.Error("the words that were shown are not the ones that open")
	}
	if _, to := b.get("/keys/recovery/words"); to != "/keys/recovery" {
		t.Errorf("the words are shown again: %.80s", to)
	}
}

func TestWordsThatWereDroppedNeverCount(t *testing.T) {
	o := begin(t)
	b := o.browser("miriam", password)
	b.post("/keys/recovery", "current", password)
	_, page := b.get("/keys/recovery/words")
	words := listed(page)
	_, page = b.get("/keys/recovery/confirm")
	b.post("/keys/recovery/drop")
	if _, to := b.post("/keys/recovery/confirm", answers(page, words)...); to != "/keys/recovery" || !o.opens(o.words) {
		t.Errorf("leads to %.80s, or the words of before open nothing", to)
	}
}

func TestSharesAreShownOnceForTheRightWords(t *testing.T) {
	o := begin(t)
	b := o.browser("miriam", password)
	mine := strings.Join(o.words.List("es"), "\n")
	for said, typed := range map[string]string{
		"must be 24": "zebra", "Word 24": strings.Join(append(o.words.List("en")[:23], "casehub"), " "), "do not open this office": strings.Join(vault.NewWords().List("en"), " "),
	} {
		status, page := b.post("/keys/shares", "words", typed)
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, said) || strings.Contains(page, "casehub</textarea>") {
			t.Errorf("%s: %d", said, status)
		}
	}
	status, page := b.post("/keys/shares", "words", mine)
	words := listed(page)
	if status != http.StatusOK || len(words) != 3*29 {
		t.Fatalf("%d, %d words", status, len(words))
	}
	a, err := vault.ParseShare(strings.Join(words[:29], " "))
	o.must(err)
	c, err := vault.ParseShare(strings.Join(words[58:], " "))
	o.must(err)
	if joined, err := vault.Join(a, c); err != nil || joined != o.words {
		t.Errorf("two parts give other words: %v", err)
	}
}

// A form with words that comes to a locked session is not kept to be shown later.
func TestAFormWithWordsIsNotKept(t *testing.T) {
	o := begin(t)
	b := o.browser("miriam", password)
	mine := o.words.List("en")
	o.at = o.at.Add(11 * time.Minute)
	if _, to := b.post("/keys/shares", "words", strings.Join(mine, " ")); !strings.HasPrefix(to, "/locked") {
		t.Fatalf("leads to %.80s", to)
	}
	_, to := b.post("/locked", "password", password, "current", password)
	if _, page := b.get("/resume"); strings.Contains(page, mine[0]+" "+mine[1]) {
		t.Errorf("the words are shown after unlocking (%.80s)", to)
	}
}

func TestStaffWithoutTheRightDoNotComeIn(t *testing.T) {
	o := begin(t)
	temporary, err := o.people.ResetPassword(t.Context(), o.who(), o.paralegal)
	o.must(err)
	token, _, err := o.people.SignIn(t.Context(), people.Try{Login: "sipho", Password: temporary, From: people.From{Source: "10.0.0.7"}})
	o.must(err)
	v, err := o.people.Session(t.Context(), token)
	o.must(err)
	const own = "quiet morning of sipho"
	o.must(o.people.ChangePassword(t.Context(), v, temporary, own))
	b := o.browser("sipho", own)
	for _, path := range []string{"/keys", "/keys/recovery", "/keys/recovery/words", "/keys/recovery/confirm", "/keys/shares"} {
		if status, _ := b.get(path); status != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	for _, path := range []string{"/keys/recovery", "/keys/recovery/confirm", "/keys/recovery/drop", "/keys/shares"} {
		if status, _ := b.post(path, "current", own); status != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, status)
		}
	}
}

// as answers every request as if it came from a browser.
func (b *browser) as() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Cookie", strings.TrimPrefix(r.Header.Get("Cookie")+"; casehub_session="+b.cookies["casehub_session"], "; "))
		b.pages.ServeHTTP(w, r)
	})
}

func TestPagesHoldInABrowser(t *testing.T) {
	open := webtest.Open(t)
	o := begin(t)
	b := o.browser("miriam", password)
	open.Check(t, b.as(), "/keys", "/keys/recovery", "/keys/shares")
	b.post("/keys/recovery", "current", password)
	open.Check(t, b.as(), "/keys/recovery/words", "/keys/recovery/confirm")

	tab := open.Use(t, b.as(), "/keys/shares")
	tab.Type("#keys-words", strings.Join(o.words.List("en"), " "))
	tab.Click(`form[action="/keys/shares"] .primary`)
	tab.Wait(`document.querySelectorAll(".sheet").length === 3`)
	tab.Axe()

	if _, err := o.vault.Rekey(t.Context(), vault.Rekeying{Login: "miriam", Password: password}); err != nil {
		t.Fatal(err)
	}
	o.must(o.Settle(t.Context(), o.who()))
	open.Check(t, o.browser("miriam", password).as(), "/keys", "/people")
}
