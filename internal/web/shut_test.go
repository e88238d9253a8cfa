package web_test

import (
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/internal/web/webtest"
)

// shutting is a site whose pages hide after a second without a hand on them.
func shutting(t *testing.T) (*web.Site, chan string) {
	t.Helper()
	catalog, err := locale.Load(web.Locale())
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(web.Options{
		Name: "casehub", Catalog: catalog,
		Account: func(*http.Request) *web.Account {
			return &web.Account{Name: "N. Example", Path: "/account", SignOut: "/sign-out", Idle: time.Second}
		},
	})
	p := site.Pages(fstest.MapFS{"x.html": {Data: []byte(`{{define "note"}}<h1>Note</h1>
<form method="post" action="/note" data-keep="" autocomplete="off">{{csrf}}<label>Note <input name="note"></label></form>{{end}}`)}})
	sent := make(chan string, 1)
	site.Handle("GET /note", web.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		return p.Page(w, r, http.StatusOK, "note", nil)
	})
	site.Handle("POST /note", web.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		sent <- r.PostFormValue("note")
		return web.GoTo(w, r, "/note")
	})
	return site, sent
}

func TestAnUnattendedPageHidesWhatItShows(t *testing.T) {
	site, sent := shutting(t)
	tab := webtest.Open(t).Use(t, site, "/note")
	tab.Type("input[name=note]", "typed before lunch")
	tab.Wait(`!document.getElementById("shut").hidden && !document.querySelector("main").checkVisibility() && !document.querySelector("header").checkVisibility()`)
	tab.Click("#shut a")
	if got := <-sent; got != "typed before lunch" {
		t.Errorf("what was typed came as %q", got)
	}
	tab.Wait(`document.querySelector("main").checkVisibility()`)
}
