package retention

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consents"
	"casehub/node/consultations"
	nodelocale "casehub/node/locale"
	"casehub/node/quality"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// site is the pages of an office as one person sees them.
type site struct {
	*office
	pages   http.Handler
	who     actor.Actor
	token   string
	cookies []*http.Cookie
}

func (o *office) site(who actor.Actor) *site {
	o.t.Helper()
	catalog := must[*locale.Catalog](o.t)(locale.Load(web.Locale(), nodelocale.FS))
	s := &site{office: o, who: who}
	pages := web.NewSite(web.Options{Name: "Office", Catalog: catalog, Actor: func(*http.Request) actor.Actor { return s.who }, Guard: func(r *http.Request, need web.Need) error {
		if need == web.SignedIn {
			return nil
		}
		return o.gate.May(r.Context(), s.who, string(need))
	}})
	own := Routes(pages, o.Service, o.clients, o.cases, &Exporter{
		DB: o.db, Gate: o.gate, Registry: reg, Clients: o.clients, Cases: o.cases, Referrals: o.referrals, Finance: o.finance,
		Consents: o.consents, Documents: o.documents,
		Advice: consultations.NewService(o.db, reg, o.gate, o.time), TurnAways: turnaways.NewService(o.db, reg, o.gate, o.time),
		Complaints: complaints.NewService(o.db, reg, o.gate, o.time), Surveys: surveys.NewService(o.db, reg, o.gate, o.time),
		Quality: quality.NewService(o.db, reg, o.gate, o.time),
		Words:   catalog, Name: "Office of the Hills", Now: o.time,
	})
	agreed := consents.Routes(pages, o.consents, o.clients)
	opened := cases.Routes(pages, o.cases, o.clients)
	clients.Routes(pages, o.clients, opened.OfClient, agreed.OfClient, own.OfClient)
	s.pages = pages
	first := s.get("/clients")
	s.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(first.Body.String())[1]
	s.cookies = first.Result().Cookies()
	return s
}

func (s *site) get(path string) *httptest.ResponseRecorder {
	return s.send(httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
}

func (s *site) post(path string, fields ...string) *httptest.ResponseRecorder {
	f := url.Values{"form_token": {s.token}}
	for i := 0; i < len(fields); i += 2 {
		f.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(r)
}

func (s *site) send(r *http.Request) *httptest.ResponseRecorder {
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

func (s *site) says(w *httptest.ResponseRecorder, status int, words ...string) {
	s.t.Helper()
	if w.Code != status {
		s.t.Errorf("status %d, want %d", w.Code, status)
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			s.t.Errorf("the page does not say %q", word)
		}
	}
}

// A client asks, a director looks and may not approve the own request, another
// approves: all by forms.
func TestTheWayOfARequestThroughThePages(t *testing.T) {
	o := open(t)
	p := o.comes("mark", 1, "2026-02-20")
	s := o.site(miriam)
	client := "/clients/" + string(p.client)
	s.says(s.get(client), http.StatusOK, "The client&#39;s rights", "Ask to be erased", "The client&#39;s own data", "Telling the story or showing a photo")
	s.says(s.get(client+"/erasure"), http.StatusOK, "Everything about the client")
	s.says(s.post(client+"/erasure", "asked_on", "2099-01-01"), http.StatusUnprocessableEntity, "This day has not come yet.")
	s.says(s.post(client+"/erasure", "asked_on", "2026-03-01", "note", "by letter"), http.StatusSeeOther)
	s.says(s.get(client), http.StatusNotFound)
	s.says(s.get("/restricted"), http.StatusOK, "Look for an hour")
	s.says(s.post("/restricted", "client", string(p.client), "why", "no"), http.StatusUnprocessableEntity, "Say why in a sentence.")
	s.says(s.post("/restricted", "client", string(p.client), "why", "the court asks for it"), http.StatusSeeOther)
	s.says(s.get(client), http.StatusOK)
	list := s.get("/retention")
	s.says(list, http.StatusOK, "Kept until")
	erasure := regexp.MustCompile(`/erasures/[^"]+`).FindString(list.Body.String())
	s.says(s.get(erasure), http.StatusOK, "This cannot be erased yet", "It has to be kept until 20 February 2033.", "What stays")
	s.says(s.post(erasure+"/approve"), http.StatusForbidden)
	o.clock = o.clock.AddDate(8, 0, 0)
	s.says(s.get(erasure), http.StatusOK, "You asked for this. Somebody else has to approve it.")
	s.who = o.sipho
	s.says(s.get(erasure), http.StatusOK, "Erase for ever", "There is no way back.")
	s.says(s.post(erasure+"/approve"), http.StatusSeeOther)
	s.says(s.get("/retention"), http.StatusOK, "Asked for by miriam, approved by sipho", "Traces go tonight")
	s.says(s.get(erasure), http.StatusConflict, "Somebody has decided this already.")
	s.says(s.post("/retention/rules", "years_1101", "2"), http.StatusUnprocessableEntity, "Please give a number of years from 5 to 100.")
	s.says(s.post("/retention/rules", "years_1101", "8"), http.StatusSeeOther)
}

// unzip returns the files of an own-data answer by name.
func (s *site) unzip(w *httptest.ResponseRecorder) map[string]string {
	s.t.Helper()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/zip" {
		s.t.Fatalf("status %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
	z := must[*zip.Reader](s.t)(zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len())))
	all := map[string]string{}
	for _, f := range z.File {
		r := must[io.ReadCloser](s.t)(f.Open())
		all[f.Name] = string(must[[]byte](s.t)(io.ReadAll(r)))
	}
	return all
}

// A client's own data are everything but what is about others, which comes along
// with a reason, marked; nothing of another client is in it.
func TestOwnDataAreWhole(t *testing.T) {
	o := open(t)
	p := o.comes("Mark", 2, "2026-02-20")
	o.comes("Stranger", 1, "2026-02-20")
	s := o.site(miriam)
	path := "/clients/" + string(p.client) + "/own-data"
	o.ok(audit.Read(t.Context(), o.db, o.clock, o.sipho, string(p.cases[0])))
	s.says(s.get(path), http.StatusOK, "The documents themselves")
	s.says(s.post(path, "others", "yes"), http.StatusUnprocessableEntity, "Say why in a sentence.")

	got := s.unzip(s.post(path, "files", "yes"))
	if len(got) != 4 || got["files/001-LetterMark.txt"] != "Dear Mark, you are dismissed." {
		t.Errorf("the file has %d parts", len(got))
	}
	var own OwnData
	o.ok(json.Unmarshal([]byte(got["own-data.json"]), &own))
	if own.Format != ownDataFormat || len(own.Sections) != 4 || own.MadeBy != "miriam" || own.Office != "Office of the Hills" {
		t.Errorf("the head of the file is %q with %d sections by %q", own.Format, len(own.Sections), own.MadeBy)
	}
	for name, body := range got {
		for _, secret := range []string{"Stranger", "BossMark", "StoryMark", "NotesMark", "AskMark", "HalfMark", "AuntMark", "SaidMark"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s has %q, which is about others", name, secret)
			}
		}
	}
	for _, name := range []string{"own-data.json", "own-data.html"} {
		for _, word := range []string{"EarlierMark", "GivenMark", "IDMark", "TelMark", "StreetMark", "LetterMark.txt", "Surname", "Other party", "Unpaid wages", "Looked at"} {
			if !strings.Contains(got[name], word) {
				t.Errorf("%s lacks %q", name, word)
			}
		}
	}
	if !strings.Contains(got["own-data.html"], "Left out: it is about somebody else as well.") || strings.Contains(got["own-data.html"], "http://") || strings.Contains(got["own-data.html"], "<script") {
		t.Error("the readable file does not say what was left out, or reaches outside")
	}

	all := s.unzip(s.post(path, "others", "yes", "notes", "yes", "why", "the other party agreed"))
	if len(all) != 2 {
		t.Errorf("without documents the file has %d parts", len(all))
	}
	for _, word := range []string{"BossMark", "StoryMark", "NotesMark", "AskMark", "HalfMark", "AuntMark", "SaidMark", `"concerns_others": true`} {
		if !strings.Contains(all["own-data.json"], word) {
			t.Errorf("the whole file lacks %q", word)
		}
	}
	if !strings.Contains(all["own-data.json"], "Own data given to the client") {
		t.Error("the second file does not tell that there was a first")
	}
	spanish := s.unzip(s.post(path+"?lang=es", "files", "yes"))
	if !strings.Contains(spanish["own-data.html"], "Lo que Office of the Hills conserva sobre usted") || !strings.Contains(spanish["own-data.json"], "Apellidos") && !strings.Contains(spanish["own-data.json"], "Apellido") {
		t.Error("the Spanish file is not Spanish")
	}
	s.who = actor.Actor{Kind: actor.Person, ID: "stranger"}
	s.says(s.post(path), http.StatusForbidden)
}

func TestNamesOfFilesAreOfEverySystem(t *testing.T) {
	for name, want := range map[string]string{"../a/b.txt": "b.txt", `c:\x?.pdf`: "c__x_.pdf", "Señal (1).jpg": "Señal (1).jpg", "..": ""} {
		if got := plainName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestPagesHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	o := open(t)
	p := o.comes("mark", 2, "2026-02-20")
	o.opensOnly(p.client)
	other := o.comes("other", 1, "2019-02-20")
	o.comes("lapsed", 2, "2018-01-10")
	r := o.asks(other)
	client := "/clients/" + string(p.client)
	o.walls(o.third(), string(p.cases[0]))
	s := o.site(actor.Actor{Kind: actor.Person, ID: "nandi"})
	s.unzip(s.post(client + "/own-data"))
	s.who = o.sipho
	b.Check(t, s.pages, client, client+"/consents", client+"/erasure", client+"/own-data", "/consents", "/consents/terms",
		"/retention", "/retention/due", "/retention/rules", "/erasures/"+r.ID, "/restricted")
}

// The file for the client is looked at like a page.
func TestTheReadableFileHoldsInABrowser(t *testing.T) {
	b := webtest.Open(t)
	o := open(t)
	p := o.comes("mark", 2, "2026-02-20")
	s := o.site(miriam)
	files := map[string]string{}
	for _, lang := range []string{"en", "es"} {
		files[lang] = s.unzip(s.post("/clients/" + string(p.client) + "/own-data?lang=" + lang))["own-data.html"]
	}
	b.Check(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, files[r.URL.Query().Get("lang")])
	}), "/")
}
