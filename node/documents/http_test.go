package documents_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/documents"
	nodelocale "casehub/node/locale"
)

// most is the largest upload in these tests.
const most = 1 << 20

// site serves the pages of documents to somebody.
func (b *bench) site(t testing.TB, who actor.Actor) http.Handler {
	t.Helper()
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := web.NewSite(web.Options{
		Name: "casehub", Catalog: c, Zone: time.UTC, Hosts: []string{"127.0.0.1", "localhost", "example.com"},
		Actor: func(*http.Request) actor.Actor { return who },
	})
	now := func() time.Time { return noon }
	documents.Routes(s, b.Service, cases.NewService(b.db, codelist.National(), b.gate, now), most)
	return s
}

// visitor asks with the token of a page and the cookies that came with it.
type visitor struct {
	t       testing.TB
	h       http.Handler
	token   string
	cookies []*http.Cookie
}

func visit(t testing.TB, h http.Handler, page string) *visitor {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
	m := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("%s has no form: %d", page, w.Code)
	}
	return &visitor{t, h, m[1], w.Result().Cookies()}
}

func (v *visitor) send(r *http.Request) *httptest.ResponseRecorder {
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	return w
}

func (v *visitor) post(address string, form url.Values) *httptest.ResponseRecorder {
	form.Set("form_token", v.token)
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// upload sends files by pairs of name and content.
func (v *visitor) upload(address string, files ...string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	m.WriteField("form_token", v.token) //nolint:errcheck // a buffer takes everything
	for i := 0; i < len(files); i += 2 {
		p, err := m.CreateFormFile("file", files[i])
		if err != nil {
			v.t.Fatal(err)
		}
		io.WriteString(p, files[i+1]) //nolint:errcheck // a buffer takes everything
	}
	m.Close() //nolint:errcheck // a buffer takes everything
	r := httptest.NewRequest(http.MethodPost, address, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.send(r)
}

func get(h http.Handler, address string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	return w
}

func TestFilesAreUploadedAndDownloaded(t *testing.T) {
	b := office(t)
	h := b.site(t, b.director)
	v := visit(t, h, "/cases/case-a/documents")
	evil := "<script>alert(1)</script>"
	if w := v.upload("/cases/case-a/documents", "carta de despido ñ.pdf", pdf, `..\..\page "x".html`, evil); w.Code != http.StatusSeeOther {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	all, _, err := b.OfCase(t.Context(), b.director, "case-a")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d documents, %v", len(all), err)
	}
	names := map[string]string{}
	for _, d := range all {
		w := get(h, "/documents/"+string(d.ID))
		kind, parameters, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if err != nil || kind != "attachment" {
			t.Errorf("disposition %q, %v", w.Header().Get("Content-Disposition"), err)
		}
		names[parameters["filename"]] = w.Body.String()
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store", "Content-Type": d.Type,
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
	}
	if names["carta de despido ñ.pdf"] != pdf || names[`page "x".html`] != evil {
		t.Errorf("came back under %d names", len(names))
	}
	page := get(h, "/cases/case-a/documents?lang=en").Body.String()
	for _, want := range []string{"carta de despido ñ.pdf", "PDF", "1 KB", "miriam"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestUploadsThatDoNotHoldLeaveNothing(t *testing.T) {
	b := office(t)
	h := b.site(t, b.director)
	v := visit(t, h, "/cases/case-a/documents")
	foreign := *v
	foreign.token = "x"
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no file":       v.upload("/cases/case-a/documents"),
		"empty":         v.upload("/cases/case-a/documents", "a.pdf", ""),
		"too large":     v.upload("/cases/case-a/documents", "a.pdf", strings.Repeat("x", 3*most)),
		"foreign form":  foreign.upload("/cases/case-a/documents", "a.pdf", pdf),
		"no such case":  v.upload("/cases/case-x/documents", "a.pdf", pdf),
		"not multipart": v.post("/cases/case-a/documents", url.Values{"file": {"x"}}),
	} {
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if files, rows := len(b.onDisk(t)), b.count(t, `SELECT count(*) FROM documents`); files+rows != 0 {
		t.Errorf("%d files and %d rows are left", files, rows)
	}
}

func TestRenamingAndRemovingOnThePages(t *testing.T) {
	b := office(t)
	h := b.site(t, b.director)
	d := b.add(t, "scan.pdf", pdf)
	place := "/documents/" + string(d.ID)
	v := visit(t, h, place+"/edit")
	if w := v.post(place, url.Values{"version": {"1"}, "name": {""}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", w.Code)
	}
	if w := v.post(place, url.Values{"version": {"1"}, "name": {"Letter"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cases/case-a" {
		t.Errorf("status %d, on to %s", w.Code, w.Header().Get("Location"))
	}
	if w := v.post(place, url.Values{"version": {"1"}, "name": {"Other"}}); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Letter.pdf") {
		t.Errorf("a second save of the same version: %d", w.Code)
	}
	if w := v.post(place+"/remove", url.Values{}); w.Code != http.StatusSeeOther {
		t.Errorf("removing: %d", w.Code)
	}
	if w := get(h, place); w.Code != http.StatusNotFound {
		t.Errorf("after that: %d", w.Code)
	}
	if left := b.onDisk(t); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if _, err := audit.Verify(t.Context(), b.db); err != nil {
		t.Error(err)
	}
}

// A document whose file is gone is named by its reference alone, and one that is
// cut off in the middle breaks the connection rather than passing for whole.
func TestAMissingOrCutFileOnThePages(t *testing.T) {
	b := office(t)
	gone, cut := b.add(t, "gone-name.pdf", pdf), b.add(t, "cut.pdf", pdf+strings.Repeat("0123456789", 100_000))
	for _, path := range b.onDisk(t) {
		var err error
		if filepath.Base(path) == string(gone.File) {
			err = os.Remove(path)
		} else {
			err = os.Truncate(path, 600_000)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(b.site(t, b.director))
	defer server.Close()
	ask := func(id documents.ID) (int, string, error) {
		r, err := http.Get(server.URL + "/documents/" + string(id) + "?lang=en")
		if err != nil {
			return 0, "", err
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		return r.StatusCode, string(text), err
	}
	status, page, err := ask(gone.ID)
	if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(page, gone.ID.Reference()) || strings.Contains(page, "gone-name") {
		t.Errorf("status %d, %v", status, err)
	}
	if status, page, err = ask(cut.ID); err == nil {
		t.Errorf("%d bytes of a file that was cut off came with status %d and no error", len(page), status)
	}
}

func TestThePagesInABrowser(t *testing.T) {
	b := office(t)
	d := b.add(t, "A long name of a letter that somebody scanned on a Tuesday afternoon in March.pdf", pdf+strings.Repeat("x", 300_000))
	b.add(t, "photo", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	webtest.Open(t).Check(t, b.site(t, b.director), "/cases/case-a/documents", "/documents/"+string(d.ID)+"/edit", "/cases/case-b/documents")
}
