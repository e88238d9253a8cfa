package web_test

import (
	"net/http"
	"testing"
	"testing/fstest"

	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
)

const browserTemplates = `
{{define "start"}}<h1>Start</h1><p id="place"></p>
<p><a class="button" id="more" href="/more" hx-get="/more" hx-target="#place">More</a></p>{{end}}
{{define "start-title"}}Start{{end}}
{{define "more"}}<em>More words</em>{{end}}`

func browserSite(t *testing.T) *web.Site {
	t.Helper()
	c, err := locale.Load(web.Locale())
	if err != nil {
		t.Fatal(err)
	}
	s := web.NewSite(web.Options{Name: "casehub", Catalog: c, Synthetic: true, Nav: []web.NavItem{{Key: "error.home", Path: "/"}}})
	p := s.Pages(fstest.MapFS{"x.html": {Data: []byte(browserTemplates)}})
	for path, block := range map[string]string{"GET /{$}": "start", "GET /more": "more"} {
		s.Handle(path, web.Anyone, func(w http.ResponseWriter, r *http.Request) error {
			return p.Page(w, r, http.StatusOK, block, nil)
		})
	}
	return s
}

// TestNoWordsBecomeAScript tries what markup that was let in by mistake, or a
// fault in a script of ours, would try. htmx still does its work.
func TestNoWordsBecomeAScript(t *testing.T) {
	b := webtest.Open(t)
	page := b.Use(t, browserSite(t), "/")
	page.Axe()
	page.Click("#more")
	page.Wait(`document.querySelector("#place em")`)
	for name, attempt := range map[string]string{
		"an address of a script": `(function () { var s = document.createElement("script"); s.src = "/x.js"; })()`,
		"words of a script":      `(function () { var s = document.createElement("script"); s.textContent = "1"; })()`,
		"words to run":           `setTimeout("window.hit = 1", 0)`,
		"a second policy":        `trustedTypes.createPolicy("other", {})`,
	} {
		if got := page.Eval(`(function () { try { ` + attempt + `; return "ran" } catch (e) { return e.name } })()`); got != "TypeError" && got != "EvalError" {
			t.Errorf("%s: %s", name, got)
		}
	}
	page.Eval(`document.querySelector("#place").innerHTML = "<img src='data:,' alt='' onerror='window.hit = 1'><a href='javascript:window.hit = 1' id='bad'>x</a>"`)
	page.Click("#bad")
	pause(page)
	if got := page.Eval("window.hit"); got != "undefined" {
		t.Error("words of a page ran as a script")
	}
	page.Eval(`(function () { var f = document.createElement("iframe"); f.src = "/more"; f.id = "frame"; document.body.append(f); })()`)
	pause(page)
	if got := page.Eval(`document.querySelector("#frame").contentDocument === null`); got != "true" {
		t.Error("a page of ours stands in a frame")
	}
}

// pause gives the page a moment for what should not happen.
func pause(page *webtest.Tab) {
	page.Eval(`(function () { window.later = false; setTimeout(function () { window.later = true }, 300) })()`)
	page.Wait("window.later")
}
