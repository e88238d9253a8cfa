package web

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestFilesAreKeptForEverUnderNamesOfTheirContent(t *testing.T) {
	s := open(t)
	for name, path := range s.assets.addresses {
		w := get(s, path, "Accept-Encoding", "gzip, deflate")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if plain := get(s, path, "Accept-Encoding", "gzip;q=0"); plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: compressed for a browser that cannot read it", name)
		}
	}
	if len(s.assets.addresses) < 4 {
		t.Fatal("no files were looked at")
	}
}

// TestBothWaysToDarkAreTheSame holds what the device prefers against what the
// reader chose: CSS has no way to write the tokens once for browsers in use.
func TestBothWaysToDarkAreTheSame(t *testing.T) {
	css, err := files.ReadFile("assets/kit.css")
	if err != nil {
		t.Fatal(err)
	}
	device := tokens(t, string(css), `:root:not([data-theme="light"]) {`)
	chosen := tokens(t, string(css), `:root[data-theme="dark"] {`)
	for name, value := range device {
		if chosen[name] != value {
			t.Errorf("%s is %q by device and %q by choice", name, value, chosen[name])
		}
	}
	if len(device) != len(chosen) || len(device) < 20 {
		t.Errorf("%d tokens by device, %d by choice", len(device), len(chosen))
	}
	light := tokens(t, string(css), ":root {")
	for name := range device {
		if light[name] == "" {
			t.Errorf("%s has no light value", name)
		}
	}
}

var tokenLine = regexp.MustCompile(`(--[\w-]+|color-scheme):\s*([^;]+);`)

func tokens(t *testing.T, css, start string) map[string]string {
	t.Helper()
	_, rest, ok := strings.Cut(css, start)
	if !ok {
		t.Fatalf("the sheet has no %s", start)
	}
	block, _, _ := strings.Cut(rest, "}")
	all := map[string]string{}
	for _, m := range tokenLine.FindAllStringSubmatch(block, -1) {
		all[m[1]] = m[2]
	}
	return all
}

// TestNoColourStandsOutsideTheTokens keeps the themes whole.
func TestNoColourStandsOutsideTheTokens(t *testing.T) {
	css, err := files.ReadFile("assets/kit.css")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(css), "/* ---- Elements ---- */")
	sheet, _, ok := strings.Cut(rest, "@media print")
	if !ok {
		t.Fatal("the sheet has no rules for print")
	}
	if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`).FindAllString(sheet, -1); found != nil {
		t.Errorf("colours outside the tokens: %q", found)
	}
}

// TestTheSheetIsReadyForRightToLeft finds properties that name a side.
func TestTheSheetIsReadyForRightToLeft(t *testing.T) {
	css, err := files.ReadFile("assets/kit.css")
	if err != nil {
		t.Fatal(err)
	}
	sides := regexp.MustCompile(`(margin|padding|border)-(left|right)|[;{\s](left|right)\s*:|(text-align|float):\s*(left|right)`)
	if found := sides.FindAllString(string(css), -1); found != nil {
		t.Errorf("properties that name a side: %q", found)
	}
}

// What cannot be pressed on paper is not printed.
func TestAPrintedPageHasNoButtons(t *testing.T) {
	css, err := os.ReadFile("assets/kit.css")
	if err != nil {
		t.Fatal(err)
	}
	_, print, _ := strings.Cut(string(css), "@media print {")
	rule, _, found := strings.Cut(print, "{ display: none !important; }")
	if !found {
		t.Fatal("nothing is left out of a printed page")
	}
	_, names, _ := strings.Cut(rule, "}\n")
	for _, name := range []string{".nav", ".account", ".actions", ".no-print", "[data-print]"} {
		if !strings.Contains(names, name) {
			t.Errorf("%s is printed", name)
		}
	}
}
