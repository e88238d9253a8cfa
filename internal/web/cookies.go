package web

import (
	"net/http"
	"time"
)

// securePrefix makes browsers keep a cookie to this very host and to TLS:
// nobody can plant one from a page in the clear.
const securePrefix = "__Host-"

// Cookie returns a cookie as all of ours are: for this site alone, out of reach
// of scripts, sent only from our own pages, and under the name "__Host-…" on
// TLS. It lasts for age, or until the browser ends when age is 0; a negative age
// takes it away. Read it with ReadCookie.
func Cookie(r *http.Request, name, value string, age time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(r, name), Value: value, Path: "/",
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
	switch {
	case age < 0:
		c.MaxAge = -1
	case age > 0:
		c.MaxAge = int(age / time.Second)
	}
	return c
}

// ReadCookie returns the value of a cookie of ours, "" when there is none. On
// TLS a cookie without the prefix is none of ours.
func ReadCookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

func cookieName(r *http.Request, name string) string {
	if r.TLS != nil {
		return securePrefix + name
	}
	return name
}

// Forget makes the browser forget what it holds of this site when a person
// signs out: pages kept for going back, and the token of their forms. The choice
// of language and colours stays; it says nothing of a person. Ending the session
// and its cookie is up to who began it.
func Forget(w http.ResponseWriter) {
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	for _, name := range []string{tokenCookie, noticeCookie} {
		for _, prefix := range []string{"", securePrefix} {
			http.SetCookie(w, &http.Cookie{
				Name: prefix + name, Path: "/", MaxAge: -1,
				HttpOnly: true, Secure: prefix != "", SameSite: http.SameSiteStrictMode,
			})
		}
	}
}
