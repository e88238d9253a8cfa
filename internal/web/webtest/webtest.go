// Package webtest opens pages in a real browser and looks for what no test of
// strings can see: errors on the console, breaches of the content policy,
// requests to another origin, content wider than a phone, controls without a
// name, words that would go into an address, and whatever axe-core finds. All
// that is not on the loopback is out of reach of the browser, and nobody asks
// for it.
//
// It installs nothing. Without Chromium a test is skipped with a message, and
// fails where CI is set. With WEBTEST_SHOTS naming a folder, a picture of every
// visit is kept there.
package webtest

import (
	"context"
	_ "embed" // the script that looks at a page
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed look.js
var look string

// names are what the program is called on the PATH.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe"}

// applications are where a Mac keeps it.
var applications = []string{
	"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// patience is how long a start or a page may take: other tests run beside.
const patience = 2 * time.Minute

// Browser is one running browser.
type Browser struct {
	ctx     context.Context
	outside *outside
}

// Open starts a browser that ends with the test.
func Open(t testing.TB) *Browser {
	t.Helper()
	program := find()
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium is installed, and in CI pages must be looked at")
		}
		t.Skip("no Chromium is installed; set CHROMIUM to where it is")
	}
	world := openOutside(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.ProxyServer(world.server.URL), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	return &Browser{ctx: ctx, outside: world}
}

// find returns the browser that the variable CHROMIUM names, else the first on
// the PATH, else a Mac's; "" when there is none.
func find() string {
	places := []string{os.Getenv("CHROMIUM")}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		for _, n := range names {
			places = append(places, filepath.Join(dir, n))
		}
	}
	for _, p := range append(places, applications...) {
		if i, err := os.Stat(p); p != "" && err == nil && !i.IsDir() {
			return p
		}
	}
	return ""
}

// Visit is one way of looking at a page.
type Visit struct {
	Width int    // pixels
	Lang  string // "" for what the browser prefers
	Dark  bool
}

// Visits are a desk and a phone, by day and by night, in both languages.
var Visits = []Visit{
	{Width: 1280, Lang: "en"}, {Width: 360, Lang: "es"}, {Width: 1280, Lang: "es", Dark: true}, {Width: 360, Lang: "en", Dark: true},
}

// Check serves the pages on the loopback, looks at each path in every way of
// Visits, and fails t with what is wrong.
func (b *Browser) Check(t testing.TB, pages http.Handler, paths ...string) {
	t.Helper()
	b.CheckIn(t, Visits, pages, paths...)
}

// CheckIn is Check in some ways of looking at a page.
func (b *Browser) CheckIn(t testing.TB, ways []Visit, pages http.Handler, paths ...string) {
	t.Helper()
	server := httptest.NewServer(pages)
	defer server.Close()
	for _, p := range paths {
		for _, v := range ways {
			faults, err := b.Look(server.URL+p, v)
			if err != nil {
				t.Errorf("%s at %d px: %v", p, v.Width, err)
			}
			for _, f := range faults {
				t.Errorf("%s at %d px in %s: %s", p, v.Width, v.Lang, f)
			}
		}
	}
}

// Look opens one address and returns what is wrong with the page.
func (b *Browser) Look(address string, v Visit) ([]string, error) {
	ctx, closeTab := chromedp.NewContext(b.ctx)
	defer closeTab()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	page := in(address, v.Lang)
	said := listen(ctx, page)
	size := chromedp.EmulateViewport(int64(v.Width), 800)
	if err := chromedp.Do(ctx, size, chromedp.Navigate(page), chromedp.WaitReady(chromedp.CSS("body"))); err != nil {
		return nil, fmt.Errorf("opening the page: %w", err)
	}
	theme := map[bool]string{false: "light", true: "dark"}[v.Dark]
	paint := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.documentElement.dataset.theme = %q", theme))
	if err := chromedp.Do(ctx, paint); err != nil {
		return nil, fmt.Errorf("choosing colours: %w", err)
	}
	faults, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](look))
	if err != nil {
		return nil, fmt.Errorf("looking at the page: %w", err)
	}
	broken, err := axe(ctx)
	if err != nil {
		return nil, err
	}
	faults = append(faults, broken...)
	for _, asked := range b.outside.seen() {
		faults = append(faults, "the browser asked another machine: "+asked)
	}
	if err := keepPicture(ctx, address, v, theme); err != nil {
		return nil, err
	}
	cancel()
	return append(faults, said()...), nil
}

// in asks for a page in a language.
func in(address, lang string) string {
	u, err := url.Parse(address)
	if err != nil || lang == "" {
		return address
	}
	q := u.Query()
	q.Set("lang", lang)
	u.RawQuery = q.Encode()
	return u.String()
}

// listen collects what the browser writes on its console about a page. The
// returned function waits for the end of ctx and gives what was wrong.
func listen(ctx context.Context, page string) func() []string {
	console := chromedp.Console(ctx)
	var faults []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range console {
			switch {
			case err != nil:
				return
			case m.Source == "network" && m.URL == page:
				// The page itself may be the page of an error.
			case m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning:
				faults = append(faults, "the console says: "+m.String())
			}
		}
	}()
	return func() []string { <-done; return faults }
}

// keepPicture saves the page where WEBTEST_SHOTS says.
func keepPicture(ctx context.Context, address string, v Visit, theme string) error {
	folder := os.Getenv("WEBTEST_SHOTS")
	if folder == "" {
		return nil
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return fmt.Errorf("taking a picture: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	name := strings.Trim(strings.ReplaceAll(u.Path, "/", "_"), "_")
	if name == "" {
		name = "start"
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s-%s.png", name, v.Width, v.Lang, theme)), picture, 0o600)
}
