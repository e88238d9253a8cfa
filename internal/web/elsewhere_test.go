package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAGuardLeadsElsewhere shows that an address of another site is no way.
func TestAGuardLeadsElsewhere(t *testing.T) {
	for to, want := range map[Elsewhere]int{"/sign-in": http.StatusSeeOther, "//evil.example": http.StatusInternalServerError} {
		s := open(t, func(o *Options) {
			o.Guard = func(*http.Request, Need) error { return fmt.Errorf("nobody: %w", to) }
		})
		s.Handle("GET /secret", SignedIn, func(http.ResponseWriter, *http.Request) error { return errors.New("reached") })
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/secret", nil))
		if w.Code != want || want == http.StatusSeeOther && w.Header().Get("Location") != string(to) {
			t.Errorf("%s: status %d to %q, want %d", to, w.Code, w.Header().Get("Location"), want)
		}
	}
}
