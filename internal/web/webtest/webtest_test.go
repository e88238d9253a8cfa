package webtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// good is a page without a fault.
const good = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>Cases</h1><h2>Open</h2><p>Some words.</p></main></body></html>`

// TestNothingReachesAnotherMachine shows the browser a page without any policy
// of its own, which asks for files of other machines in every way.
func TestNothingReachesAnotherMachine(t *testing.T) {
	b := Open(t)
	for name, markup := range map[string]string{
		"script":     `<script src="https://cdn.example/x.js"></script>`,
		"style":      `<link rel="stylesheet" href="http://fonts.example/x.css">`,
		"picture":    `<img alt="" src="https://pixel.example/x.png">`,
		"preconnect": `<link rel="preconnect" href="https://early.example">`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Replace(good, "</main>", markup+"</main>", 1))
		}))
		faults, err := b.Look(server.URL+"/", Visit{Width: 1280})
		server.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(faults, func(f string) bool {
			return strings.Contains(f, "asked another machine") && strings.Contains(f, ".example")
		}) {
			t.Errorf("%s: %q", name, faults)
		}
	}
}

func TestAGoodPageHasNoFault(t *testing.T) {
	b := Open(t)
	b.Check(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) }), "/")
}

// TestEachFaultIsSeen shows the browser one fault after the other.
func TestEachFaultIsSeen(t *testing.T) {
	b := Open(t)
	with := func(old, replacement string) string { return strings.Replace(good, old, replacement, 1) }
	for name, row := range map[string]struct{ page, want string }{
		"an error on the console":     {with("</main>", `<script src="/missing.js"></script></main>`), "the console says"},
		"a script that throws":        {with("</main>", `<script src="/throws.js"></script></main>`), "the console says"},
		"an inline script":            {with("</main>", `<script>1</script></main>`), "the console says"},
		"another origin":              {with("</main>", `<img alt="" src="http://127.0.0.1:1/x.png"></main>`), "the console says"},
		"a page wider than the phone": {with("Some words.", strings.Repeat("w", 300)), "px wide in"},
		"a bar whose parts collide":   {with("<main>", `<header><a href="/">Administration</a><button class="over">Sign out</button></header><main>`), "stand on each other"},
		"a bar that hides its end":    {with("<main>", `<nav class="nav bar">`+strings.Repeat(`<a href="/">Overview</a> `, 20)+`</nav><main>`), "the bar cuts off"},
		"an id that stands twice":     {with("<p>", `<p id="a"></p><p id="a">`), "stands twice"},
		"no title":                    {with("Good", ""), "no title"},
		"no language":                 {with(` lang="en"`, ""), "language"},
		"two first headings":          {with("<h2>Open</h2>", "<h1>Open</h1>"), "first headings"},
		"a heading that skips":        {with("<h2>Open</h2>", "<h3>Open</h3>"), "skips a level"},
		"a field without a label":     {with("</main>", `<input name="note"></main>`), "field note has no label"},
		"a field that browsers keep":  {with("</main>", `<form method="post"><label>A <input name="note"></label></form></main>`), "field note does not say what"},
		"a password of no kind":       {with("</main>", `<form method="post"><label>A <input type="password" name="p" autocomplete="off"></label></form></main>`), "password p does not say which"},
		"a password that came back":   {with("</main>", `<form method="post"><label>A <input type="password" name="p" value="x" autocomplete="new-password"></label></form></main>`), "password p came back"},
		"a name in the address":       {with("</main>", `<form><label>A <input name="q" autocomplete="off"></label></form></main>`), "words of field q"},
		"a button without a name":     {with("</main>", `<button></button></main>`), "has no name"},
		"a picture without words":     {with("</main>", `<img src="data:,"></main>`), "no words"},
		"a message without words":     {with("Some words.", "[cases.title]"), "no message for [cases.title]"},
		"grey words on grey":          {with("<p>", `<p class="grey">`), "too little contrast"},
		"axe: grey words on grey":     {with("<p>", `<p class="grey">`), "axe color-contrast: p"},
		"axe: a list of no entries":   {with("<p>", `<ul><div>x</div></ul><p>`), "axe list: ul"},
		"axe: words outside of all":   {with("<main>", `<p>Stray.</p><main>`), "axe region: body > p"},
		"axe: controls too small":     {with("</main>", `<p><a href="/" class="tiny">a</a><a href="/b" class="tiny">b</a></p></main>`), "axe target-size: "},
		"axe: a role that is none":    {with("<p>", `<p role="nothing">`), "axe aria-roles: p"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
			switch r.URL.Path {
			case "/":
				fmt.Fprint(w, strings.Replace(row.page, "</head>", `<link rel="stylesheet" href="/grey.css"></head>`, 1))
			case "/grey.css":
				w.Header().Set("Content-Type", "text/css")
				fmt.Fprint(w, ".grey { color: #999; background: #ccc } .tiny { display: inline-block; width: 9px; height: 9px; overflow: hidden } .over { position: relative; inset-inline-start: -3rem } .bar { white-space: nowrap; overflow-x: auto }")
			case "/throws.js":
				w.Header().Set("Content-Type", "text/javascript")
				fmt.Fprint(w, "throw new Error('x')")
			default:
				http.NotFound(w, r)
			}
		}))
		faults, err := b.Look(server.URL+"/", Visit{Width: 360})
		server.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, row.want) }) {
			t.Errorf("%s: %q, want %q", name, faults, row.want)
		}
	}
}
