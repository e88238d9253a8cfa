package web

import "net/http"

const preferencesPath = "/preferences"

func validTheme(s string) bool { return s == "light" || s == "dark" || s == "auto" }

// savePreferences answers POST /preferences: it keeps the reader's choice of
// language or colours and leads back to the page it was made on.
func (s *Site) savePreferences(w http.ResponseWriter, r *http.Request) error {
	if lang := r.PostFormValue("language"); s.o.Catalog.Has(lang) {
		keep(w, r, languageCookie, lang)
	}
	if theme := r.PostFormValue("theme"); validTheme(theme) {
		keep(w, r, themeCookie, theme)
	}
	back := r.PostFormValue("back")
	if !local(back) {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}
