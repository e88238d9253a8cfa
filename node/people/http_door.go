package people

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/web"
)

// sessionCookie names the cookie of the token; on TLS it begins with "__Host-".
const sessionCookie = "casehub_session"

// deviceCookie names the cookie by which a browser is known again at the door. It
// opens nothing and names nobody.
const deviceCookie = "casehub_device"

// A request finds its person in three steps, which node puts together:
//
//	site := web.NewSite(web.Options{Actor: people.Actor, Guard: svc.Guard, Reaches: svc.Reaches, …})
//	people.Routes(site, svc)
//	handler := svc.Recognise(site)
//
// Recognise looks the session up once; Actor and Current read what it found;
// Guard refuses, or leads to the page where the reader has to go first; Reaches
// says the same of the entries of the bar.

type visitKey struct{}

// visit is what Recognise found.
type visit struct {
	session Session
	err     error
}

// Recognise looks up who sent each request before next answers it.
func (s *Service) Recognise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{}
		if token := web.ReadCookie(r, sessionCookie); token != "" && !strings.HasPrefix(r.URL.Path, "/assets/") {
			v.session, v.err = s.Session(r.Context(), token)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

func visitOf(r *http.Request) *visit {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// Current returns the session of a request; its state is Nobody where there is
// none.
func Current(r *http.Request) Session { return visitOf(r).session }

// Actor returns who sent a request, the zero Actor where nobody is signed in or
// the session is locked. It is web.Options.Actor.
func Actor(r *http.Request) actor.Actor { return Current(r).Actor() }

// Guard says whether a request may come to a route. It is web.Options.Guard. Who
// has to sign in, unlock, or do something about the account first is led there; a
// form that came too late is kept until its author is back.
func (s *Service) Guard(r *http.Request, need web.Need) error {
	v := visitOf(r)
	if v.err != nil {
		return v.err
	}
	if to := elsewhere(v.session, r.URL.Path); to != "" {
		if to == signIn || to == locked {
			s.keep(r, v.session)
			to += backTo(r)
		}
		return web.Elsewhere(to)
	}
	if f, ok := s.kept.of(v.session.Person); ok && r.Method == http.MethodPost && f.Path == r.URL.Path {
		s.kept.drop(v.session.Person)
	}
	if need == web.SignedIn {
		return nil
	}
	return s.gate.May(r.Context(), v.session.Actor(), string(need))
}

// Reaches says whether a request's reader would come to a page. It is
// web.Options.Reaches: it keeps nothing and leads nowhere.
func (s *Service) Reaches(r *http.Request, path string, need web.Need) bool {
	v := visitOf(r)
	if v.err != nil || elsewhere(v.session, path) != "" {
		return false
	}
	return need == web.SignedIn || s.gate.May(r.Context(), v.session.Actor(), string(need)) == nil
}

// Pages where a reader may have to go first and come back from.
const (
	signIn = "/sign-in"
	locked = "/locked"
)

// elsewhere returns where a reader has to go before they come to a page, "" for
// nowhere.
func elsewhere(v Session, path string) string {
	switch v.State {
	case Nobody:
		return signIn
	case AwaitsFactor:
		return "/sign-in/factor"
	case Locked:
		return locked
	case MustChangePassword:
		return unless(path, "/account/password", "/account/password")
	case MustEnrol:
		return unless(path, "/account/factors", "/account/factors", "/account/authenticator", "/account/passkeys", "/account/recovery")
	case Full:
	}
	return ""
}

// unless returns to, but "" for a page below one of the open ones.
func unless(path, to string, open ...string) string {
	for _, p := range open {
		if path == p || strings.HasPrefix(path, p+"/") {
			return ""
		}
	}
	return to
}

// keep holds a form of somebody whose session has locked or ended.
func (s *Service) keep(r *http.Request, v Session) {
	if r.Method == http.MethodPost && v.Person != "" && r.PostForm != nil {
		s.kept.keep(v.Person, r.URL.Path, r.PostForm)
	}
}

// backTo returns the query that names the page to come back to: of a form or a
// fragment the page that it stands on.
func backTo(r *http.Request) string {
	back := r.URL.RequestURI()
	if r.Header.Get("HX-Request") == "true" || r.Method != http.MethodGet {
		back = ""
		if u, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil {
			back = u.RequestURI()
		}
	}
	if back == "" || back == "/" || !web.Local(back) {
		return ""
	}
	return "?" + url.Values{"back": {back}}.Encode()
}

// backOf returns where to go on to, the first page where nothing was asked.
func backOf(r *http.Request) string {
	back := r.FormValue("back")
	if !web.Local(back) || strings.HasPrefix(back, "/sign-in") || strings.HasPrefix(back, "/locked") {
		return "/"
	}
	return back
}

// Confirm asks whoever sent a request for the password again, before something
// that somebody else at an open computer must not do. It fails with
// ErrWrongPassword, which blames the field "current", and with ErrWait.
func (s *Service) Confirm(r *http.Request, password string) error {
	return s.proveAgain(r.Context(), Current(r), password)
}

// from is where a request comes from.
func from(r *http.Request) From {
	return From{Source: source(r), Device: web.ReadCookie(r, deviceCookie)}
}

// source is the address that a request comes from.
func source(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// place is where the browser asks, for its passkeys.
func place(r *http.Request) Place {
	host, scheme := r.Host, "http://"
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if r.TLS != nil {
		scheme = "https://"
	}
	return Place{Host: strings.ToLower(strings.Trim(host, "[]")), Origin: scheme + strings.ToLower(r.Host)}
}

// giveToken sets the cookie of a session; it ends with the browser.
func giveToken(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, web.Cookie(r, sessionCookie, token, 0))
}

// takeToken removes it.
func takeToken(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, web.Cookie(r, sessionCookie, "", -1))
}
