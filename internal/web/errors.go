package web

import (
	"bytes"
	"errors"
	"net/http"

	"casehub/internal/errs"
)

var (
	errNoPage = errs.New(errs.NotFound, "error.no-page")
	errMethod = errs.New(errs.Invalid, "error.method")
)

// status returns the status that an error has on the web.
func status(err error) int {
	if errs.As(err) == errMethod { //nolint:errorlint // only the site itself answers with it
		return http.StatusMethodNotAllowed
	}
	switch errs.KindOf(err) {
	case errs.Invalid:
		return http.StatusUnprocessableEntity
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict:
		return http.StatusConflict
	case errs.Forbidden:
		return http.StatusForbidden
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	case errs.Internal:
	}
	return http.StatusInternalServerError
}

// fail ends a request whose handler could not answer: the error is logged here
// if nobody outside could have caused it, and the reader gets a calm page.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var to Elsewhere
	if errors.As(err, &to) && GoTo(w, r, string(to)) == nil {
		return
	}
	code := status(err)
	if code >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.o.Log.ErrorContext(r.Context(), "a page failed", "pattern", r.Pattern, "status", code, "error", err)
	}
	if e := errs.As(err); e != nil {
		s.showError(w, r, code, e)
		return
	}
	s.show(w, r, code, "error.internal")
}

// problem is what the page of an error shows.
type problem struct {
	Status int
	Text   string
}

func (s *Site) showError(w http.ResponseWriter, r *http.Request, code int, e *errs.Error) {
	s.problem(w, r, problem{code, s.o.Catalog.Error(Language(r), e)})
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, code int, key string) {
	s.problem(w, r, problem{code, s.o.Catalog.Text(Language(r), key)})
}

// problem shows an error inside the layout. htmx puts it in the place of the
// whole content: a fragment's place may be too small for it.
func (s *Site) problem(w http.ResponseWriter, r *http.Request, p problem) {
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Retarget", "#main")
		w.Header().Set("HX-Reswap", "innerHTML show:window:top")
	}
	var page bytes.Buffer
	if err := s.own.render(&page, r, "problem", p, !Fragment(r)); err != nil {
		s.o.Log.ErrorContext(r.Context(), "the page of an error failed", "error", err)
		http.Error(w, p.Text, p.Status)
		return
	}
	write(w, r, p.Status, page.Bytes())
}
