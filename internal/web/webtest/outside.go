package webtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// outside stands for the whole world beside this machine: it is the browser's
// proxy for every address that is not on the loopback, lets nothing through and
// notes who was asked.
type outside struct {
	server *httptest.Server

	mu    sync.Mutex
	asked []string
}

// own are whom the browser itself asks, whatever page it shows. A page that asked
// them is found by look.js.
var own = []string{
	"accounts.google.com", "clients2.google.com", "content-autofill.googleapis.com", "optimizationguide-pa.googleapis.com",
	"redirector.gvt1.com", "safebrowsing.googleapis.com", "update.googleapis.com",
}

func openOutside(t testing.TB) *outside {
	o := &outside{}
	o.server = httptest.NewServer(o)
	t.Cleanup(o.server.Close)
	return o
}

// ServeHTTP notes the host and refuses.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if host, _, _ := strings.Cut(r.Host, ":"); !slices.Contains(own, host) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.asked = append(o.asked, r.Method+" "+r.Host)
	}
	http.Error(w, "no page of ours asks another machine", http.StatusForbidden)
}

// seen returns who was asked since the last call.
func (o *outside) seen() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked := o.asked
	o.asked = nil
	return asked
}
