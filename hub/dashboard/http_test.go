package dashboard

import (
	"compress/gzip"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/internal/codelist"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// changing is what differs between two answers: the token of the forms and the
// names of files.
var changing = regexp.MustCompile(`(name="form_token" value="|X-Form-Token":")[^"]+|-[0-9a-f]{12}\.(css|js|svg)`)

func TestWholePagesAreAsTheyWereReviewed(t *testing.T) {
	s := site(t, newCanned())
	for name, path := range map[string]string{
		"overview-en": "/?lang=en", "overview-es": "/?lang=es&from=2026-05&to=2026-10", "recovered-en": "/recovered?lang=en", "figures-es": "/figures?lang=es",
		"offices-es": "/offices?lang=es", "office-en": "/offices/4?lang=en", "reading-es": "/reading?lang=es",
	} {
		w := get(t, s, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		got := changing.ReplaceAllString(w.Body.String(), "$1…")
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got, -update writes):\n%s", name, diff)
		}
	}
}

var asset = regexp.MustCompile(`/assets/[a-z.]+-[0-9a-f]+\.[a-z]+`)

// TestTheFirstLoadIsSmall counts what a phone takes before it shows a page.
func TestTheFirstLoadIsSmall(t *testing.T) {
	const limit = 100 << 10
	s := site(t, newCanned())
	for _, path := range []string{"/", "/cases", "/offices/4"} {
		page := get(t, s, path, "Accept-Encoding", "gzip")
		total := page.Body.Len()
		z, err := gzip.NewReader(page.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		files := asset.FindAllString(string(body), -1)
		if len(files) < 4 {
			t.Fatalf("%s names %d files, so nothing was counted", path, len(files))
		}
		for _, f := range files {
			total += get(t, s, f, "Accept-Encoding", "gzip").Body.Len()
		}
		t.Logf("%s: %d bytes with %d files", path, total, len(files))
		if total > limit {
			t.Errorf("%s: %d bytes, want at most %d", path, total, limit)
		}
	}
}

func TestASpanIsClippedToWhatWasReported(t *testing.T) {
	s := site(t, newCanned())
	for query, want := range map[string]string{
		"":                              "November 2024 to October 2026",
		"?from=1990-01&to=2090-01":      "November 2024 to October 2026",
		"?from=2026-09&to=2026-09":      "September 2026 ·",
		"?from=2026-09&to=2026-01":      "The first month comes after the last one",
		"?from=soon":                    "This is not a month",
		"?from=%3Cscript%3E&to=2026-01": "This is not a month",
	} {
		w := get(t, s, "/"+query)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d, want a page with %q", query, w.Code, want)
		}
	}
}

func TestPagesThatAreNotThere(t *testing.T) {
	s := site(t, newCanned())
	for _, path := range []string{"/offices/99", "/offices/x", "/offices/-1", "/clients", "/figures/99", "/figures/x"} {
		if w := get(t, s, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

// TestEveryMeasureOfThePlanHasAPage: each tile leads to a page that shows the same
// sum, and a measure with a page of its own has one page only.
func TestEveryMeasureOfThePlanHasAPage(t *testing.T) {
	c := newCanned()
	s := site(t, c)
	all := get(t, s, "/figures?lang=en").Body.String()
	for _, set := range c.reg.Plan.DataSets {
		name := set.In("en")
		m := regexp.MustCompile(`<a href="([^"?]+)\?[^"]*">` + name + `</a></dt>\s*<dd class="tile-figure">([^<]+)</dd>`).FindStringSubmatch(all)
		if m == nil {
			t.Errorf("%s has no tile", name)
			continue
		}
		w := get(t, s, m[1]+"?lang=en")
		if page := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(page, "<h1>"+name+"</h1>") || !strings.Contains(page, `<dd class="tile-figure">`+m[2]+`</dd>`) {
			t.Errorf("%s: %d, want a page with %s", m[1], w.Code, m[2])
		}
	}
	if w := get(t, s, "/figures/1"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cases" {
		t.Errorf("/figures/1: %d to %s", w.Code, w.Header().Get("Location"))
	}
}

func TestAWithheldNumberIsNoZero(t *testing.T) {
	w := get(t, site(t, newCanned()), "/cases?lang=en")
	rows := regexp.MustCompile(`(?s)<tr class="leaf">.*?</tr>`).FindAllString(w.Body.String(), -1)
	unpublished := 0
	for _, r := range rows {
		if strings.Contains(r, "none published") {
			unpublished++
		}
		if strings.Contains(r, ">0<") {
			t.Errorf("a type without a group says zero: %s", r)
		}
	}
	if len(rows) != 45 || unpublished == 0 {
		t.Errorf("%d rows, %d of them unpublished; want every leaf, some of them so", len(rows), unpublished)
	}
}

// tile is the figure under a heading of a page, without its marks.
func tile(t *testing.T, page, heading string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<dt>` + regexp.QuoteMeta(heading) + `</dt>\s*<dd class="tile-figure">(.*?)</dd>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no tile %q", heading)
	}
	return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], "")
}

// Four kinds of no number: an office that published nothing, one that never
// reported, one that nobody waits for, and zero, which is of what the hub counts.
func TestNoNumberIsNeverAZero(t *testing.T) {
	c := newCanned()
	c.facts = slices.DeleteFunc(c.facts, func(f fact) bool { return f.unit == 1 || f.unit == 6 || f.set == codelist.AmountsRecovered })
	c.empty = map[uint32]int{1: 24}
	s := site(t, c)
	for path, want := range map[string]map[string]string{
		"/offices/1":                         {"Cases opened": "none published", "Amounts recovered": "none published"},
		"/offices/6":                         {"Cases opened": "not reported", "Referrals made": "not reported"},
		"/offices/7":                         {"Cases opened": "Not expected", "Amounts recovered": "Not expected"},
		"/":                                  {"Recovered for clients": "none published"},
		"/recovered":                         {"Recovered for clients": "none published", "Payments and awards": "none published", "Type not shown": "none published"},
		"/recovered?from=2025-03&to=2025-03": {"Recovered for clients": "not reported", "Payments and awards": "not reported"},
		"/cases?from=2025-03&to=2025-03":     {"Cases opened": "not reported", "Type not shown": "not reported"},
		"/?from=2025-03&to=2025-03":          {"Cases opened": "not reported", "Referrals made": "not reported"},
	} {
		page := get(t, s, path, "Accept-Language", "en").Body.String()
		for heading, words := range want {
			if got := tile(t, page, heading); got != words {
				t.Errorf("%s: %s %q, want %q", path, heading, got, words)
			}
		}
		if foot := regexp.MustCompile(`(?s)<tfoot>.*?</tfoot>`).FindString(page); strings.Contains(foot, ">0<") || strings.Contains(foot, "R 0") {
			t.Errorf("%s: a sum of nothing is a zero: %s", path, foot)
		}
	}
}

// A release without a group has published nothing: its number of events is none.
func TestAReleaseWithoutAGroupHasNoNumber(t *testing.T) {
	c := newCanned()
	c.facts = slices.DeleteFunc(c.facts, func(f fact) bool { return f.unit == 2 && f.m == 202610 })
	page := get(t, site(t, c), "/offices/2", "Accept-Language", "en").Body.String()
	row := regexp.MustCompile(`(?s)<tr>\s*<td class="number"[^>]*><span>24</span>.*?</tr>`).FindString(page)
	if !strings.Contains(row, "none published") || !strings.Contains(row, `data-label="Groups"><span>0</span>`) {
		t.Errorf("the row of an empty release: %s", row)
	}
}

// Amounts are in the currency of the settings, wherever they stand.
func TestAmountsAreInTheHubsCurrency(t *testing.T) {
	s := siteIn(t, newCanned(), "PEN")
	for _, path := range []string{"/", "/recovered", "/offices/4", "/reading"} {
		page := get(t, s, path, "Accept-Language", "en").Body.String()
		if !strings.Contains(page, "PEN") && !strings.Contains(page, "S/\u00a0") {
			t.Errorf("%s: no amount is in PEN", path)
		}
		if strings.Contains(page, "R\u00a0") || strings.Contains(page, "ZAR") || strings.Contains(page, " rand") {
			t.Errorf("%s: speaks of another currency", path)
		}
	}
}
