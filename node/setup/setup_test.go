package setup_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
	"casehub/node/setup"
)

// maker notes what it was asked for.
type maker struct {
	plans    []setup.Plan
	finished int
	refuse   error
}

func words() []string {
	all := make([]string, 24)
	for i := range all {
		all[i] = fmt.Sprintf("word%02d", i+1)
	}
	return all
}

func (m *maker) Begin(_ context.Context, p setup.Plan) ([]string, error) {
	if m.refuse != nil {
		return nil, m.refuse
	}
	m.plans = append(m.plans, p)
	return words(), nil
}

func (m *maker) Finish(context.Context) error { m.finished++; return nil }

// visitor is a browser at the pages of a first run.
type visitor struct {
	t     *testing.T
	at    string
	c     *http.Client
	token string
	site  http.Handler // what answers at that address
}

func visit(t *testing.T, m *maker) (*visitor, func() string) {
	t.Helper()
	catalog, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	var code string
	site := setup.NewSite(setup.Options{Site: web.Options{Name: "casehub", Catalog: catalog}, PrintCode: func(c string) { code = c }, Maker: m, Now: time.Now})
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	v := newVisitor(t, server.URL)
	v.site = site
	return v, func() string { return code }
}

func newVisitor(t *testing.T, at string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, at: at, c: &http.Client{Jar: jar}}
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

func (v *visitor) read(r *http.Response, err error) (int, string, string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer r.Body.Close()
	var b strings.Builder
	if _, err := fmt.Fprint(&b, readAll(v.t, r)); err != nil {
		v.t.Fatal(err)
	}
	if found := formToken.FindStringSubmatch(b.String()); found != nil {
		v.token = found[1]
	}
	return r.StatusCode, r.Request.URL.Path, b.String()
}

func readAll(t *testing.T, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

func (v *visitor) get(path string) (int, string, string) {
	v.t.Helper()
	return v.read(v.c.Get(v.at + path))
}

func (v *visitor) post(path string, form url.Values) (int, string, string) {
	v.t.Helper()
	form.Set("form_token", v.token)
	return v.read(v.c.PostForm(v.at+path, form))
}

func described() url.Values {
	return url.Values{
		"organisation": {"Example Trust"}, "language": {"es"}, "offices": {"Mountain View; East\n\n  River  \n"},
		"director": {"N. Example"}, "login": {"N.Example"}, "password": {"four words in a row"}, "again": {"four words in a row"},
	}
}

// wanted answers the words that a page asks for.
func wanted(page string) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="word-(\d+)"`).FindAllStringSubmatch(page, -1) {
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		form.Set("word-"+m[1], " "+strings.ToUpper(words()[n-1])+" ")
	}
	return form
}

// TestTheCookieIsBoundToThisHostOnTLS: the session of the first run has the name that
// browsers keep to this very host, begins with the code and ends with the set-up.
func TestTheCookieIsBoundToThisHostOnTLS(t *testing.T) {
	plain, code := visit(t, &maker{})
	server := httptest.NewTLSServer(plain.site)
	t.Cleanup(server.Close)
	v := newVisitor(t, server.URL)
	v.c.Transport = server.Client().Transport
	held := func() bool {
		return slices.ContainsFunc(v.c.Jar.Cookies(must(t, server.URL)), func(c *http.Cookie) bool { return c.Name == "__Host-casehub_setup" })
	}
	v.get("/")
	if _, path, _ := v.post("/setup/code", url.Values{"code": {code()}}); path != "/setup" || !held() {
		t.Fatalf("the code led to %s, with the cookie: %t", path, held())
	}
	v.post("/setup", described())
	_, _, page := v.get("/setup/confirm")
	if v.post("/setup/confirm", wanted(page)); held() {
		t.Error("the session outlives the set-up")
	}
}

func must(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAFirstRunMakesTheNodeThatWasDescribed(t *testing.T) {
	m := &maker{}
	v, code := visit(t, m)
	v.get("/")
	if _, path, _ := v.post("/setup/code", url.Values{"code": {strings.ToLower(code())}}); path != "/setup" {
		t.Fatalf("the right code led to %s", path)
	}
	_, path, page := v.post("/setup", described())
	if path != "/setup/recovery" || !strings.Contains(page, "word01") || !strings.Contains(page, "word24") {
		t.Fatalf("after the description: %s", path)
	}
	_, _, page = v.get("/setup/confirm")
	form := wanted(page)
	if len(form) != 3 {
		t.Fatalf("%d words are asked for", len(form))
	}
	if m.finished != 0 {
		t.Fatal("the node stood before the words were typed back")
	}
	v.post("/setup/confirm", form)
	if m.finished != 1 || len(m.plans) != 1 {
		t.Fatalf("finished %d times, begun %d times", m.finished, len(m.plans))
	}
	p := m.plans[0]
	if p.Organisation != "Example Trust" || p.Language != "es" || p.Director.Login != "n.example" || p.Director.Office != "Mountain View" || p.Director.Password != "four words in a row" {
		t.Error("the plan is not what was typed")
	}
	if len(p.Offices) != 2 || p.Offices[0] != (setup.Office{Name: "Mountain View", Region: "East"}) || p.Offices[1] != (setup.Office{Name: "River"}) {
		t.Errorf("offices %v", p.Offices)
	}
}

func TestNobodyGetsInWithoutTheCode(t *testing.T) {
	m := &maker{}
	v, code := visit(t, m)
	for _, path := range []string{"/setup", "/setup/recovery", "/setup/confirm"} {
		if status, _, _ := v.get(path); status != http.StatusForbidden {
			t.Errorf("GET %s without the code: %d", path, status)
		}
	}
	v.get("/")
	first := code()
	for range 5 {
		if status, _, _ := v.post("/setup/code", url.Values{"code": {"AAAA-AAAA"}}); status != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong code: %d", status)
		}
	}
	if code() == first {
		t.Error("five guesses did not make a new code")
	}
	if _, path, _ := v.post("/setup/code", url.Values{"code": {first}}); path == "/setup" {
		t.Error("the old code still opens")
	}
	if status, _, _ := v.post("/setup", described()); status != http.StatusForbidden || len(m.plans) != 0 {
		t.Errorf("a description without the code: %d", status)
	}
}

// A code is for one browser: the next one needs the code that is printed then.
func TestACodeOpensOnce(t *testing.T) {
	v, code := visit(t, &maker{})
	v.get("/")
	first := code()
	v.post("/setup/code", url.Values{"code": {first}})
	other := newVisitor(t, v.at)
	other.get("/")
	if _, path, _ := other.post("/setup/code", url.Values{"code": {first}}); path == "/setup" {
		t.Fatal("the code opened twice")
	}
	if _, path, _ := other.post("/setup/code", url.Values{"code": {code()}}); path != "/setup" {
		t.Fatal("the new code does not open")
	}
	if status, _, _ := v.get("/setup"); status != http.StatusForbidden {
		t.Errorf("the session before goes on: %d", status)
	}
}

func TestAWrongDescriptionSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		field, value, want string
	}{
		"no organisation":    {"organisation", " ", "name of the organisation"},
		"no office":          {"offices", "\n ;\n", "at least one office"},
		"an office twice":    {"offices", "River\nriver; East", "stands here twice"},
		"a long office":      {"offices", strings.Repeat("x", 121), "at most 120"},
		"no director":        {"director", "", "type your name"},
		"a login of spaces":  {"login", "N Example", "small letters"},
		"another password":   {"again", "four words in a raw", "not the same"},
		"no such language":   {"language", "tlh", "one of the languages"},
		"a long director":    {"director", strings.Repeat("y", 121), "at most 120"},
		"offices beyond all": {"offices", manyOffices(501), "at most 500"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &maker{}
			v, code := visit(t, m)
			v.get("/?lang=en")
			v.post("/setup/code", url.Values{"code": {code()}})
			form := described()
			form.Set(c.field, c.value)
			status, _, page := v.post("/setup", form)
			if status != http.StatusUnprocessableEntity || !strings.Contains(page, c.want) {
				t.Errorf("status %d, want 422 and %q", status, c.want)
			}
			if strings.Contains(page, "four words in a row") {
				t.Error("the password came back in the page")
			}
			if c.field != "organisation" && !strings.Contains(page, "Example Trust") {
				t.Error("what was typed is lost")
			}
			if len(m.plans) != 0 {
				t.Error("a node was begun")
			}
		})
	}
}

func manyOffices(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Office %d\n", i)
	}
	return b.String()
}

func TestWhatTheMakerRefusesStandsAtItsField(t *testing.T) {
	m := &maker{refuse: errs.New(errs.Invalid, "setup.login-wrong").On("login")}
	v, code := visit(t, m)
	v.get("/?lang=en")
	v.post("/setup/code", url.Values{"code": {code()}})
	status, _, page := v.post("/setup", described())
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "field-error") {
		t.Errorf("status %d", status)
	}
}

func TestWrongWordsSetNothingUp(t *testing.T) {
	m := &maker{}
	v, code := visit(t, m)
	v.get("/?lang=en")
	v.post("/setup/code", url.Values{"code": {code()}})
	v.post("/setup", described())
	_, _, page := v.get("/setup/confirm")
	form := wanted(page)
	for name := range form {
		form.Set(name, "guess")
		break
	}
	status, _, page := v.post("/setup/confirm", form)
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "not the words") || m.finished != 0 {
		t.Errorf("status %d, finished %d", status, m.finished)
	}
	if strings.Contains(page, "word01") {
		t.Error("the page that asks tells the words")
	}
}
