package backup_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
	"casehub/node/backup"
	nodelocale "casehub/node/locale"
)

// site serves the pages of backups to the director.
func (o *office) site(svc *backup.Service) http.Handler {
	o.t.Helper()
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	o.must(err)
	s := web.NewSite(web.Options{
		Name: "casehub", Catalog: c, Zone: time.UTC, Hosts: []string{"127.0.0.1", "localhost", "example.com"},
		Actor: func(*http.Request) actor.Actor { return director },
	})
	p := backup.Routes(s, svc)
	s.Handle("GET /{$}", web.SignedIn, func(w http.ResponseWriter, r *http.Request) error {
		tile, err := p.Tiles(r, civil.On(o.now))
		_, _ = w.Write([]byte(tile))
		return err
	})
	return s
}

// visitor asks with the token of a page and its cookies.
type visitor struct {
	h       http.Handler
	token   string
	cookies []*http.Cookie
}

func (o *office) visit(h http.Handler) *visitor {
	o.t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/backups", nil))
	m := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		o.t.Fatalf("the page has no form: %d", w.Code)
	}
	return &visitor{h, m[1], w.Result().Cookies()}
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	v.h.ServeHTTP(w, r)
	return w
}

func (v *visitor) post(path string, form url.Values) *httptest.ResponseRecorder {
	form.Set("form_token", v.token)
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	v.h.ServeHTTP(w, r)
	return w
}

func TestABackupFromThePage(t *testing.T) {
	o := newOffice(t)
	v := o.visit(o.site(o.svc))
	if page := v.get("/backups").Body.String(); !strings.Contains(page, "There is no proven backup") || !strings.Contains(page, "alert-bad") {
		t.Error("a node without a backup is not told so in red")
	}
	if tile := v.get("/").Body.String(); !strings.Contains(tile, "badge-bad") || !strings.Contains(tile, "never") {
		t.Errorf("tile %s", tile)
	}
	if w := v.post("/backups/places", url.Values{"path": {"/no/such/stick"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Is the disk plugged in") {
		t.Errorf("a folder that is not there: %d", w.Code)
	}
	stick := t.TempDir()
	if w := v.post("/backups/places", url.Values{"path": {stick}}); w.Code != http.StatusSeeOther {
		t.Fatalf("adding a folder: %d", w.Code)
	}
	places, err := o.svc.Places(t.Context())
	o.must(err)
	if w := v.post("/backups/places/"+places[0].ID+"/run", url.Values{}); w.Code != http.StatusSeeOther {
		t.Fatalf("beginning: %d", w.Code)
	}
	sawProgress := false
	for range 500 {
		w := v.get("/backups/progress")
		if w.Code == http.StatusSeeOther { // it has ended: back to the page
			break
		}
		sawProgress = sawProgress || strings.Contains(w.Body.String(), "every 2s")
		time.Sleep(5 * time.Millisecond)
	}
	page := v.get("/backups").Body.String()
	if !sawProgress || !strings.Contains(page, "proved today") || !strings.Contains(page, "alert-good") || strings.Contains(page, "every 2s") {
		t.Errorf("progress seen %v; the page after it: %s", sawProgress, page)
	}
	o.now = o.now.Add(8 * 24 * time.Hour)
	if page := v.get("/backups").Body.String(); !strings.Contains(page, "alert-warn") || !strings.Contains(page, "8 days ago") {
		t.Error("after eight days the page is not amber")
	}
	if w := v.post("/backups/hour", url.Values{"hour": {"24"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("hour 24: %d", w.Code)
	}
	if w := v.post("/backups/hour", url.Values{"hour": {"17"}}); w.Code != http.StatusSeeOther || !strings.Contains(v.get("/backups").Body.String(), `value="17" selected`) {
		t.Errorf("hour 17: %d", w.Code)
	}
}

func TestThePagesInABrowser(t *testing.T) {
	b := webtest.Open(t)
	empty := newOffice(t)
	b.Check(t, empty.site(empty.svc), "/backups")
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	o.must(o.keys.Destroy(t.Context(), "C-1"))
	_, _ = o.svc.Run(t.Context(), director, p.ID)
	b.Check(t, o.site(o.svc), "/backups")
}
