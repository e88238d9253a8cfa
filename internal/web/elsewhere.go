package web

import "net/http"

// Elsewhere is an error of Options.Guard or of a handler that leads the reader to
// another page of this site, such as the one to sign in on.
type Elsewhere string

// Error says that it is no failure.
func (e Elsewhere) Error() string { return "the reader has to go elsewhere" }

// Local reports whether a path stays on this site.
func Local(path string) bool { return local(path) }

// KeepLanguage makes a language of the catalogue the reader's, until they choose
// another.
func KeepLanguage(w http.ResponseWriter, r *http.Request, s *Site, language string) {
	if s.o.Catalog.Has(language) {
		keep(w, r, languageCookie, language)
	}
}
