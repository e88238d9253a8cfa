package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"

	"casehub/internal/errs"
)

// policy lets a page use this site's files and nothing else. There is no
// 'unsafe-inline': scripts, styles and handlers live in files. Words become
// markup only through the one policy of kit.js, which htmx needs, and never
// become a script.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; object-src 'none'; frame-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types default"

// features are what no page of ours asks of a browser.
const features = "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()"

// transport keeps a browser that trusts our certificate from asking in the
// clear. A week, and no more: the certificate is this machine's own, and a
// browser that remembers lets nobody past one that it does not know.
const transport = "max-age=604800"

var (
	errForeignForm = errs.New(errs.Forbidden, "error.foreign-form")
	errTooLarge    = errs.New(errs.Invalid, "error.too-large")
)

// harden sets the headers that every answer has.
func harden(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Origin-Agent-Cluster", "?1")
	h.Set("Permissions-Policy", features)
	h.Set("X-DNS-Prefetch-Control", "off")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", transport)
	}
}

// knows reports whether the site may be asked under a Host header's name. A
// foreign name that points to this machine (DNS rebinding) is turned away.
func (s *Site) knows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return slices.Contains(s.o.Hosts, host)
}

// admit refuses what another site sent, and a form without this reader's token:
// browsers from before about 2020 say neither where a request comes from nor
// how.
func (s *Site) admit(w http.ResponseWriter, r *http.Request) error {
	if peeks(r) {
		return errForeignForm
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil
	}
	if s.cross.Check(r) != nil {
		return errForeignForm
	}
	if most, ok := s.upload(r); ok {
		return s.receive(w, r, most)
	}
	if err := s.read(w, r); err != nil {
		return errTooLarge
	}
	return s.ours(r)
}

// peeks reports a request that another origin's page makes without going here:
// it could tell by the size or the time of the answer what is inside. A link
// that a person follows is no such request.
func peeks(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	mode, place := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return mode != "navigate" || place != "document" || r.Method != http.MethodGet
}

// ours reports by an error that a form lacks this reader's token.
func (s *Site) ours(r *http.Request) error {
	sent := r.Header.Get("X-Form-Token")
	if sent == "" {
		sent = r.PostFormValue(tokenField)
	}
	if !of(r).token.matches(sent) {
		return errForeignForm
	}
	return nil
}

// read reads the form with a limit. Files stay in memory, because a temporary
// file would hold a client's words unencrypted.
func (s *Site) read(w http.ResponseWriter, r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		r.Body = http.MaxBytesReader(w, r.Body, s.o.MaxUpload)
		return r.ParseMultipartForm(s.o.MaxUpload)
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.o.MaxForm)
	return r.ParseForm()
}

// Names of the form token's cookie and field.
const (
	tokenCookie = "casehub_form"
	tokenField  = "form_token"
)

// token shows that a form comes from a page that this site gave to this reader.
type token [32]byte

// formToken returns the token of the reader's cookie, or sets a new one. The
// cookie alone opens nothing, and it comes along when a link leads here: else a
// second page, opened from a mail, would break the form on the first.
func formToken(w http.ResponseWriter, r *http.Request) token {
	var t token
	if b, err := base64.RawURLEncoding.DecodeString(ReadCookie(r, tokenCookie)); err == nil && len(b) == len(t) {
		return token(b)
	}
	rand.Read(t[:]) //nolint:errcheck // never fails: it ends the program instead
	c := Cookie(r, tokenCookie, base64.RawURLEncoding.EncodeToString(t[:]), 0)
	c.SameSite = http.SameSiteLaxMode
	http.SetCookie(w, c)
	return t
}

// masked returns the token in a form that differs each time, so that the
// length of compressed pages says nothing of it.
func (t token) masked() string {
	out := make([]byte, 2*len(t))
	rand.Read(out[:len(t)]) //nolint:errcheck // never fails: it ends the program instead
	subtle.XORBytes(out[len(t):], out[:len(t)], t[:])
	return base64.RawURLEncoding.EncodeToString(out)
}

func (t token) matches(sent string) bool {
	b, err := base64.RawURLEncoding.DecodeString(sent)
	if err != nil || len(b) != 2*len(t) {
		return false
	}
	var got token
	subtle.XORBytes(got[:], b[:len(t)], b[len(t):])
	return subtle.ConstantTimeCompare(got[:], t[:]) == 1
}
