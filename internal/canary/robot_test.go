package canary

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// robot is somebody who opens every page that a link leads to and sends every form
// that is on one, with a new marker in every field that takes a text.
type robot struct {
	s       *stage
	client  *http.Client
	todo    []string
	opened  map[string]int  // pages of a pattern that were opened
	sent    map[string]int  // forms of a pattern that were sent
	pages   map[string]bool // addresses that were opened
	answers map[int]int     // by status
	held    int             // forms that led on
}

// limits of one robot, for each pattern.
const mostPages, mostForms = 3, 3

// visitor is a robot that nobody knows.
func (s *stage) visitor() *robot {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &robot{
		s: s, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		opened: map[string]int{}, sent: map[string]int{}, pages: map[string]bool{}, answers: map[int]int{},
	}
}

// send sends the form of a page that leads somewhere, with these fields.
func (r *robot) send(page []byte, action string, fields ...string) (status int, to string, answer []byte) {
	r.s.t.Helper()
	for _, f := range formsOf(page) {
		if f.action != action {
			continue
		}
		for i := 0; i < len(fields); i += 2 {
			f.fields.Set(fields[i], fields[i+1])
		}
		return r.submit(f)
	}
	r.s.t.Fatalf("there is no form for %s", action)
	return 0, "", nil
}

// signIn lets a robot in, who mistakes the name at first.
func (s *stage) signIn(login string) *robot {
	s.t.Helper()
	r := s.visitor()
	page := r.get("/sign-in")
	if status, _, _ := r.send(page, "/sign-in", "login", s.g.word("people.login, mistaken"), "password", password); status == http.StatusSeeOther {
		s.t.Fatal("somebody unknown was let in")
	}
	if status, _, _ := r.send(page, "/sign-in", "login", login, "password", password); status != http.StatusSeeOther {
		s.t.Fatalf("signing in: status %d", status)
	}
	return r
}

// begin sets another node up by its pages, as far as the words.
func (s *stage) begin() {
	s.t.Helper()
	c := s.config
	c.Data, c.KeyFile = s.at("begun"), s.at("begun.key")
	stop, code := s.serve(c)
	defer stop()
	r := s.visitor()
	if status, _, _ := r.send(r.get("/"), "/setup/code", "code", code); status != http.StatusSeeOther {
		s.t.Fatalf("the code of the first run: status %d", status)
	}
	page := r.get("/setup")
	status, to := 0, ""
	for _, again := range []string{"another password", password} {
		status, to, _ = r.send(page, "/setup", "login", lower(Marker{Text: s.g.word("people.login")}), "password", password, "again", again)
	}
	if status != http.StatusSeeOther {
		s.t.Fatalf("describing the node: status %d", status)
	}
	r.get(to)
	if status, _, _ := r.send(r.get("/setup/confirm"), "/setup/confirm"); status == http.StatusSeeOther {
		s.t.Error("other words were taken")
	}
}

// unseal opens the node by somebody's password, after a wrong one.
func (s *stage) unseal() {
	s.t.Helper()
	c := s.config
	c.KeyFile = ""
	stop, _ := s.serve(c)
	defer stop()
	r := s.visitor()
	page := r.get("/sign-in")
	r.send(page, "/sign-in", "login", s.g.word("people.login, mistaken"), "password", s.g.word("passwords, wrong"))
	if status, _, _ := r.send(page, "/sign-in", "login", s.login, "password", password); status >= http.StatusBadRequest {
		s.t.Errorf("opening the node: status %d", status)
	}
}

// do sends a request, and notes its address and the headers of the answer.
func (r *robot) do(method, address, kind string, body io.Reader) (status int, to string, page []byte) {
	r.s.t.Helper()
	q, err := http.NewRequestWithContext(r.s.t.Context(), method, strings.TrimSuffix(r.s.base, "/")+address, body)
	if err != nil {
		r.s.t.Fatal(err)
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	answer, err := r.client.Do(q)
	if err != nil {
		r.s.t.Fatalf("%s of %s: %v", method, patternOf(address), err)
	}
	defer answer.Body.Close()
	if page, err = io.ReadAll(answer.Body); err != nil {
		r.s.t.Fatal(err)
	}
	r.answers[answer.StatusCode]++
	if answer.StatusCode >= 500 {
		r.s.t.Errorf("%s %s: status %d", method, patternOf(address), answer.StatusCode)
	}
	to = answer.Header.Get("Location")
	h := answer.Header.Clone()
	// What names a record by its identifier stays in the office's own browser, and
	// what a form had is kept there encrypted.
	for _, own := range []string{"Location", "Hx-Redirect", "Set-Cookie", "Content-Disposition"} {
		h.Set(own, r.s.nameless(h.Get(own)))
	}
	fmt.Fprintf(r.s.asked, "%s %s\n%v\n", method, r.s.nameless(address), h)
	return answer.StatusCode, to, page
}

func (r *robot) get(address string) []byte {
	r.s.t.Helper()
	_, _, page := r.do(http.MethodGet, address, "", nil)
	return page
}

// identifier is what could name a record in an address.
var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{16,}|[A-Za-z][a-z]{23}`)

// nameless is an address without what names records in it: a planted identifier, or
// one that the node gave. What somebody is called stays, to be found.
func (s *stage) nameless(address string) string {
	return identifier.ReplaceAllStringFunc(address, func(id string) string {
		if at, ok := s.g.texts[strings.ToLower(id)]; ok && !strings.HasSuffix(at, ".id") && at != "addresses" {
			return id
		}
		return "ID"
	})
}

// patternOf is an address with the records in it left out.
func patternOf(address string) string {
	address, _, _ = strings.Cut(address, "?")
	parts := strings.Split(address, "/")
	for i, p := range parts {
		if strings.ContainsAny(p, "0123456789") || len(p) > 20 {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// form is one form of a page.
type form struct {
	action, method string
	files          bool
	fields         url.Values
	texts          []string // names of fields that take a text
	uploads        []string // names of fields that take files
}

// formsOf reads the forms of a page.
func formsOf(page []byte) []form {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil
	}
	var all []form
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" {
			f := form{action: attribute(n, "action"), method: strings.ToUpper(attribute(n, "method")), files: attribute(n, "enctype") == "multipart/form-data", fields: url.Values{}}
			for in := range n.Descendants() {
				f.take(in)
			}
			all = append(all, f)
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// take fills one field in.
func (f *form) take(n *html.Node) {
	name := attribute(n, "name")
	if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
		return
	}
	value := attribute(n, "value")
	switch {
	case n.Data == "textarea":
		f.texts = append(f.texts, name)
	case n.Data == "select":
		f.choose(n, name)
	case n.Data != "input" && n.Data != "button":
	case attribute(n, "type") == "hidden":
		f.fields.Set(name, value)
	case attribute(n, "type") == "date":
		f.fields.Set(name, day(value))
	case attribute(n, "type") == "month":
		f.fields.Set(name, "2026-09")
	case attribute(n, "type") == "number":
		f.fields.Set(name, firstOf(value, attribute(n, "min"), "5"))
	case attribute(n, "type") == "file":
		f.uploads = append(f.uploads, name)
	case attribute(n, "type") == "radio", attribute(n, "type") == "checkbox":
		if has(n, "checked") || f.fields.Get(name) == "" && attribute(n, "type") == "radio" {
			f.fields.Set(name, firstOf(value, "on"))
		}
	case attribute(n, "type") == "submit", n.Data == "button":
		f.fields.Set(name, value)
	default:
		f.texts = append(f.texts, name)
	}
}

func day(value string) string { return firstOf(value, "2026-10-05") }

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// choose takes what is selected, or the first that says something.
func (f *form) choose(n *html.Node, name string) {
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if v := attribute(o, "value"); has(o, "selected") && v != "" {
			f.fields.Set(name, v)
			return
		} else if f.fields.Get(name) == "" {
			f.fields.Set(name, v)
		}
	}
}

// numeric are fields whose text has a form of its own.
var numeric = map[string]string{
	"amount": "12 345,67", "currency": "ZAR", "participants": "12", "hour": "18", "size": "5", "month": "202609", "password": password, "code": "000000",
}

// submit sends a form, with a marker in every text and in every file.
func (r *robot) submit(f form) (status int, to string, page []byte) {
	for _, name := range f.texts {
		if f.fields.Get(name) != "" {
			continue
		}
		if v := numeric[name]; v != "" {
			f.fields.Set(name, v)
		} else if strings.Contains(name, "phone") {
			f.fields.Set(name, "+"+r.s.g.digits("forms", 15))
		} else {
			f.fields.Set(name, r.s.g.word("forms"))
		}
	}
	if f.method == http.MethodGet {
		return r.do(http.MethodGet, f.action+"?"+f.fields.Encode(), "", nil)
	}
	if !f.files {
		return r.do(http.MethodPost, f.action, "application/x-www-form-urlencoded", strings.NewReader(f.fields.Encode()))
	}
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	var err error
	for _, name := range slices.Sorted(maps.Keys(f.fields)) {
		err = errors.Join(err, m.WriteField(name, f.fields.Get(name)))
	}
	for _, name := range f.uploads {
		part, partErr := m.CreateFormFile(name, r.s.g.word("documents.name")+".txt")
		if partErr == nil {
			_, partErr = io.WriteString(part, "Dear "+r.s.g.word("documents, what is in them"))
		}
		err = errors.Join(err, partErr)
	}
	if err = errors.Join(err, m.Close()); err != nil {
		r.s.t.Fatal(err)
	}
	return r.do(http.MethodPost, f.action, m.FormDataContentType(), &body)
}

// leave are forms that would end the robot's own work, which it leaves to force.
var leave = regexp.MustCompile(`^/(sign-out|lock|locked|sign-in|account/|keys/|people/\{id\}/(confirm|positions)|preferences|organisation/factors|backups/places)`)

// wander opens pages and sends forms until nothing new is left.
func (r *robot) wander() {
	r.s.t.Helper()
	r.todo = append(r.todo, "/")
	for len(r.todo) > 0 {
		address := r.todo[0]
		r.todo = r.todo[1:]
		pattern := patternOf(address)
		if r.pages[address] || r.opened[pattern] >= mostPages {
			continue
		}
		r.pages[address] = true
		r.opened[pattern]++
		page := r.get(address)
		r.follow(page)
		for _, f := range formsOf(page) {
			r.try(f)
		}
	}
}

// follow notes the links of a page.
func (r *robot) follow(page []byte) {
	for _, m := range regexp.MustCompile(`href="(/[^"]*)"`).FindAllSubmatch(page, -1) {
		if a := html.UnescapeString(string(m[1])); !strings.HasPrefix(a, "/static") && !strings.HasPrefix(a, "//") {
			r.todo = append(r.todo, a)
		}
	}
}

// try sends a form, of each pattern a few times, and follows where it leads, also where
// the page says what is wrong with it.
func (r *robot) try(f form) {
	pattern := f.method + " " + patternOf(f.action)
	if f.action == "" || !strings.HasPrefix(f.action, "/") || leave.MatchString(patternOf(f.action)) || r.sent[pattern] >= mostForms {
		return
	}
	r.sent[pattern]++
	status, to, page := r.submit(f)
	if status == http.StatusSeeOther {
		r.held++
		r.todo = append(r.todo, to)
		return
	}
	r.follow(page)
}

// routes are all that the node registers, as its source says.
func routes(t *testing.T) []string {
	t.Helper()
	pattern := regexp.MustCompile(`Handle\("((?:GET|POST) /[^"]*)"`)
	var all []string
	err := fs.WalkDir(os.DirFS("../../node"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path.Join("../../node", name))
		for _, m := range pattern.FindAllSubmatch(b, -1) {
			all = append(all, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// force asks for every route by hand, with a record's identifier in it and a marker
// in every field, whatever comes of it: what the robot met and what it left.
func (r *robot) force(all []string) {
	r.s.t.Helper()
	id := func(pattern string) string {
		for prefix, at := range map[string]string{
			"/clients/": "clients.id", "/cases/": "cases.id", "/referrals/": "referrals.id", "/recoveries/": "recoveries.id", "/complaints/": "complaints.id",
			"/consultations/": "consultations.id", "/services/": "services.id", "/turn-aways/": "turn_aways.id", "/activities/": "activities.id", "/walls/": "walls.id",
		} {
			if strings.HasPrefix(pattern, prefix) {
				return r.s.one(at)
			}
		}
		return r.s.g.word("addresses")
	}
	token := ""
	for _, route := range all {
		method, pattern, _ := strings.Cut(route, " ")
		address := strings.NewReplacer("{$}", "", "{path...}", "nowhere", "{sequence}", "1", "{position}", r.s.g.word("addresses"), "{what}", "end").Replace(pattern)
		address = strings.ReplaceAll(address, "{id}", id(pattern))
		if method == http.MethodGet {
			page := r.get(address)
			if m := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindSubmatch(page); m != nil {
				token = string(m[1])
			}
			continue
		}
		fields := url.Values{"form_token": {token}}
		for _, name := range []string{"surname", "given_names", "name", "note", "notes", "reason", "why", "search", "login", "reference", "summary", "words", "code", "path", "key", "password", "client", "person"} {
			fields.Set(name, r.s.g.word("forms"))
		}
		r.do(method, address, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
	}
}
