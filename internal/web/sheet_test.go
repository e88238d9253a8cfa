package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"casehub/internal/errs"
	"casehub/internal/privacytest"
)

// noted is a sheet with a day and a text.
func noted() Sheet {
	return Sheet{
		Name: "x", Title: "kit.theme", Button: "kit.next", Action: "/things/7", Back: "/things", Crumbs: []Crumb{{Label: "K-7", Path: "/clients/7"}, {Key: "kit.theme"}},
		Version: 3, Values: map[string]string{"previous": "2026-03-02", "next": "as it was"},
		Inputs: func(s Sheet) []Field {
			return []Field{s.Day("kit.previous", "", "2026-03-05"), s.Text("kit.next", "", 20)}
		},
	}
}

func send(t *testing.T, answer func(p *Pages, w http.ResponseWriter, r *http.Request) error, htmx bool) *httptest.ResponseRecorder {
	t.Helper()
	s := open(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/things/7", strings.NewReader(url.Values{"previous": {" 2026-03-01 "}, "next": {"mine"}, "version": {"2"}, "other": {"x"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if htmx {
		r.Header.Set("HX-Request", "true")
	}
	if err := answer(s.own, w, s.begin(w, r)); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestASheetIsReadRefusedAndPutBesideWhatIsSaved(t *testing.T) {
	fault := errs.New(errs.Invalid, "error.too-large").On("next")
	w := send(t, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		s := noted().Read(r)
		if s.Version != 2 || s.Values["previous"] != "2026-03-01" || s.Values["next"] != "mine" || len(s.Values) != 2 {
			t.Errorf("read version %d and %d values", s.Version, len(s.Values))
		}
		return p.Sent(w, r, s, "kit.next", fault, nil)
	}, true)
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a sheet that does not hold: %d", w.Code)
	}
	wants(t, w.Body.String(), `action="/things/7"`, `name="version" value="2"`, `value="2026-03-01" autocomplete="off" max="2026-03-05"`, `>mine</textarea>`, `class="field-error"`)
	if strings.Contains(w.Body.String(), "<html") {
		t.Error("htmx got a whole page")
	}

	moved := errs.New(errs.Conflict, "error.address")
	w = send(t, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.Sent(w, r, noted().Read(r), "kit.next", moved, func() (Sheet, error) { return noted(), nil })
	}, false)
	if w.Code != http.StatusConflict {
		t.Errorf("a sheet that somebody else saved: %d", w.Code)
	}
	wants(t, w.Body.String(), "<html", `href="/clients/7"`, `name="version" value="3"`, `>mine</textarea>`, "<b>as it was</b>", `data-keep="typed"`)

	w = send(t, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.Sent(w, r, noted().Read(r), "kit.next", nil, nil)
	}, false)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/things" {
		t.Errorf("a sheet that holds: %d to %s", w.Code, w.Header().Get("Location"))
	}
	w = httptest.NewRecorder()
	if err := open(t).own.Sent(w, httptest.NewRequest(http.MethodPost, "/", nil), noted(), "", errors.Join(moved), nil); !errors.Is(err, moved) {
		t.Errorf("a conflict of what cannot be shown: %v", err)
	}
}

// TestAFormShowsAndTakesTheRecordOfItsAddress: what was sent goes to the area, and
// what somebody else saved meanwhile stands beside it, unless there is no record.
func TestAFormShowsAndTakesTheRecordOfItsAddress(t *testing.T) {
	moved, broken := errs.New(errs.Conflict, "error.address"), errors.New("no such record")
	shown, taken := noted(), error(nil)
	var got Sheet
	f := Form{
		Shows: func(*http.Request) (Sheet, error) { return shown, nil },
		Takes: func(_ *http.Request, s Sheet) error { got = s; return taken },
		Said:  "kit.next",
	}
	take := func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.Take(f)(w, r) }
	if w := send(t, take, false); w.Code != http.StatusSeeOther || got.Version != 2 || got.Values["next"] != "mine" {
		t.Errorf("a form that holds: %d, version %d", w.Code, got.Version)
	}
	taken = moved
	w := send(t, take, false)
	if w.Code != http.StatusConflict {
		t.Errorf("a form that somebody else saved: %d", w.Code)
	}
	wants(t, w.Body.String(), `name="version" value="3"`, "<b>as it was</b>")
	shown.Version = 0
	send(t, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		if err := take(p, w, r); !errors.Is(err, moved) {
			t.Errorf("a conflict of a new record: %v", err)
		}
		return nil
	}, false)
	if w := send(t, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.Show(f)(w, r) }, false); w.Code != http.StatusOK {
		t.Errorf("a form that is asked for: %d", w.Code)
	}
	f.Shows = func(*http.Request) (Sheet, error) { return Sheet{}, broken }
	got = Sheet{}
	for name, h := range map[string]Handler{"shown": open(t).own.Show(f), "taken": open(t).own.Take(f)} {
		if err := h(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)); !errors.Is(err, broken) || got.Inputs != nil {
			t.Errorf("a form without a record, %s: %v", name, err)
		}
	}
}

func TestARemovalAsksForAReasonAlone(t *testing.T) {
	s := noted().Removal("kit.remove", "/things/7/remove", "kit.theme")
	fields := s.Fields()
	if len(fields) != 1 || fields[0].Name != "theme" || !fields[0].Required || s.Version != 0 || !s.Danger {
		t.Errorf("it asks for %d inputs", len(fields))
	}
}

func TestASheetNeverShowsItself(t *testing.T) {
	s := noted()
	s.Values["next"] = "canary-4711"
	privacytest.Hides(t, s, "form", "canary-4711")
}

func TestAListingKeepsWhatIsChosenFromPageToPage(t *testing.T) {
	asked := url.Values{"kind": {"7"}, "from": {""}, "after": {"2026-03-01.x"}}
	l := Listing{Path: "/things", Next: "2026-02-01.y", Filters: []Field{Narrow("x.kind", asked.Get), Narrow("x.from", asked.Get)}}
	if got := l.More(); got != "/things?after=2026-02-01.y&kind=7" {
		t.Errorf("the next page is %s", got)
	}
	if !l.Narrowed() || (Listing{}).Narrowed() {
		t.Error("a list does not know whether it is narrowed")
	}
}

func TestAListingShowsItsCells(t *testing.T) {
	s := open(t)
	r := s.begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?lang=en", nil))
	html, err := s.own.HTML(r, "listing", Listing{
		Title: "kit.theme", Path: "/things", Columns: []string{"kit.previous", "kit.next"}, Icon: "person", None: "kit.theme", NoneBody: "kit.theme",
		Rows: []Line{{Cells: []Cell{{Text: "K-7", Path: "/clients/7", Code: true}, {Withheld: true}}}, {Cells: []Cell{{Day: "2026-03-02"}, {Number: 1200, Numbered: true}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, string(html), `<th scope="row"><a href="/clients/7" class="code">K-7</a></th>`, `data-label="Next"`, "Not for your position", "1,200")
}

// TestOneTabIsThatOfThePage: of two whose paths begin alike, the longer one.
func TestOneTabIsThatOfThePage(t *testing.T) {
	for page, want := range map[string]string{"/a": "/a", "/a/7": "/a", "/a/more": "/a/more", "/a/more/7": "/a/more", "/a/moreover": "/a"} {
		s := open(t)
		s.o.Nav = []NavItem{{Key: "kit.theme", Sub: []NavItem{{Key: "kit.previous", Path: "/a"}, {Key: "kit.next", Path: "/a/more"}}}}
		f := s.own.frame(s.begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, page, nil)))
		var current []string
		for _, tab := range f.Tabs {
			if tab.Current {
				current = append(current, tab.Path)
			}
		}
		if !slices.Equal(current, []string{want}) {
			t.Errorf("%s stands under %q, want %s", page, current, want)
		}
	}
}

// TestPagesSideBySideAreTabsForWhoReachesThem: an entry of the bar leads to the first
// page that its reader comes to, and a single one needs no tabs.
func TestPagesSideBySideAreTabsForWhoReachesThem(t *testing.T) {
	for name, c := range map[string]struct {
		may  map[Need]bool
		path string
		tabs int
	}{
		"all":  {map[Need]bool{"a": true, "b": true}, "/a", 2},
		"one":  {map[Need]bool{"b": true}, "/b", 1},
		"none": {map[Need]bool{}, "", 0},
	} {
		s := open(t)
		s.o.Reaches = func(_ *http.Request, _ string, n Need) bool { return c.may[n] }
		s.o.Nav = []NavItem{{Key: "kit.theme", Sub: []NavItem{{Key: "kit.previous", Path: "/a", Needs: []Need{"a"}}, {Key: "kit.next", Path: "/b", Needs: []Need{"b"}}}}}
		f := s.own.frame(s.begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/b/7", nil)))
		if c.tabs == 0 {
			if len(f.Nav) != 0 {
				t.Errorf("%s: an entry that leads nowhere", name)
			}
			continue
		}
		if len(f.Nav) != 1 || f.Nav[0].Path != c.path || !f.Nav[0].Current || len(f.Tabs) != c.tabs || !f.Tabs[c.tabs-1].Current {
			t.Errorf("%s: the bar is %+v with %+v", name, f.Nav, f.Tabs)
		}
	}
}
