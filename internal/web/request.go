package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/locale"
)

// Names of the cookies. None says who somebody is.
const (
	languageCookie = "casehub_language"
	themeCookie    = "casehub_theme"
	noticeCookie   = "casehub_notice"
)

// errGoTo reports a handler that would lead a reader to another site.
var errGoTo = errs.New(errs.Invalid, "error.address")

// request is what the site knows of a request beside what was sent.
type request struct {
	who    actor.Actor
	lang   string
	theme  string // "light", "dark" or "" for what the device prefers
	token  token
	notice string // key of what the page before had to say, or ""
	path   string // path and query, to come back to
	stream *stream
}

type requestKey struct{}

// begin reads what the request says of its reader.
func (s *Site) begin(w http.ResponseWriter, r *http.Request) *http.Request {
	q := &request{path: back(r), lang: s.language(w, r), token: formToken(w, r)}
	if s.o.Actor != nil {
		q.who = s.o.Actor(r)
	}
	if theme := ReadCookie(r, themeCookie); validTheme(theme) {
		q.theme = theme
	}
	if key := ReadCookie(r, noticeCookie); r.Method == http.MethodGet && s.o.Catalog.HasKey(locale.Default, key) {
		q.notice = key
	}
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
}

func of(r *http.Request) *request {
	if q, ok := r.Context().Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{lang: locale.Default, path: "/"}
}

// language is what the address asks for, else what the reader chose before,
// else what the browser says. Only an address of our own is kept: a link on
// another site changes nothing for later.
func (s *Site) language(w http.ResponseWriter, r *http.Request) string {
	if asked := r.URL.Query().Get("lang"); s.o.Catalog.Has(asked) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "cross-site" && site != "same-site" {
			keep(w, r, languageCookie, asked)
		}
		return asked
	}
	if chosen := ReadCookie(r, languageCookie); s.o.Catalog.Has(chosen) {
		return chosen
	}
	return s.o.Catalog.Match(r.Header.Get("Accept-Language"))
}

// back is the path and query of a page, without the choice of language.
func back(r *http.Request) string {
	q := r.URL.Query()
	if !q.Has("lang") {
		return r.URL.RequestURI()
	}
	q.Del("lang")
	u := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	return u.RequestURI()
}

// Actor returns who sent the request, the zero Actor when nobody is known.
func Actor(r *http.Request) actor.Actor { return of(r).who }

// Language returns the language of the answer, for example "es".
func Language(r *http.Request) string { return of(r).lang }

// Fragment reports whether htmx asks for a part of a page rather than a page.
func Fragment(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// GoTo sends the reader on to a path of this site after something was done.
func GoTo(w http.ResponseWriter, r *http.Request, path string) error {
	if !local(path) {
		return fmt.Errorf("leading on to another page: %w", errGoTo)
	}
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", path)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// Say keeps a message of the catalogue for the top of the next page, "Saved."
// It holds a key and nothing else. Call it before GoTo.
func Say(w http.ResponseWriter, r *http.Request, key string) {
	http.SetCookie(w, Cookie(r, noticeCookie, key, time.Minute))
}

// said forgets the message that a page has shown.
func said(w http.ResponseWriter, r *http.Request) {
	if of(r).notice != "" {
		http.SetCookie(w, Cookie(r, noticeCookie, "", -1))
	}
}

// local reports whether path stays on this site. A browser takes "//x" and
// "/\x" for another machine, and drops tabs and line ends before it looks.
func local(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return false
	}
	return !strings.ContainsFunc(path, func(r rune) bool { return r == '\\' || r < ' ' })
}

// keep sets a cookie that lasts a year.
func keep(w http.ResponseWriter, r *http.Request, name, value string) {
	http.SetCookie(w, Cookie(r, name, value, 365*24*time.Hour))
}
