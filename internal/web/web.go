// Package web is what the pages of node and hub stand on: the layout and the
// design, templates in the reader's language, forms that only our own pages can
// send, and one place that turns errors into pages.
//
// A part makes one Site, registers handlers with Handle, and gets the templates
// of each area with Pages. A handler reads its form, calls one operation, and
// answers with Page, Block or GoTo; what becomes of an error it returns is
// decided in errors.go. Nothing here knows an office, a case or a release.
//
// Rules that hold for every answer: no script, style, font or picture from
// another origin and none inside the page (headers in guard.go); nothing that a
// person typed stays in a cache; a panic is logged with its type and stack,
// never its value; a form without our token changes nothing.
//
// ListenOn in serve.go and wire.go makes the place where a part serves. Requests
// are in request.go, cookies in cookies.go, protection in guard.go, files that
// are sent in upload.go, templates in pages.go and
// funcs.go, files under assets/ in assets.go, the reader's choice of language
// and colours in preferences.go, and blocks for any template in
// templates/blocks.html.
package web

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/locale"
)

//go:embed locale/*.toml
var messages embed.FS

//go:embed templates/*.html
var templates embed.FS

// Handler answers one request, or says by its error why it could not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// NavItem is one entry of the bar: a key of the catalogue and a path. It is shown
// to whom one of its needs lets in (Options.Reaches); without a need, to everybody.
type NavItem struct {
	Key  string
	Path string
	// Also are paths of other pages that belong to the entry.
	Also  []string
	Needs []Need
	// Sub are pages that stand side by side under the entry, as tabs on each of them.
	// The entry leads to the first that its reader comes to; its own Path and Needs
	// say nothing.
	Sub []NavItem
}

// Account is what the bar says of who is signed in.
type Account struct {
	// Name is the person's own, Path the page of the account, "" while they cannot
	// come to it.
	Name, Path string
	// SignOut is where a form that signs out is sent.
	SignOut string
	// Idle is after how long without a hand on it a page hides what it shows; 0
	// never does.
	Idle time.Duration
}

// Options is what a Site cannot know by itself. The zero value of every field
// but Catalog and Log works.
type Options struct {
	// Name stands in the bar and in every title: the product, and whose it is.
	Name string
	// Catalog must hold the messages of Locale.
	Catalog *locale.Catalog
	Nav     []NavItem
	Log     *slog.Logger
	// Actor says who sent a request; nil means that nobody is known.
	Actor func(*http.Request) actor.Actor
	// Guard says whether whoever sent a request may come to a route with a need;
	// its error becomes the answer. It is not asked about Anyone. nil lets
	// everybody in: for a part whose pages nobody but this machine can reach.
	Guard func(*http.Request, Need) error
	// Reaches says whether the reader would come to a page with a need, for what is
	// shown of the way there. Unlike Guard it is asked often, of pages that nobody
	// went to, and must change nothing. nil means that everybody would.
	Reaches func(r *http.Request, path string, need Need) bool
	// Account says who is signed in, nil for nobody; a nil function shows nobody.
	Account func(*http.Request) *Account
	// Hosts are the names, without port, under which the site may be asked;
	// empty means this machine's own: localhost, 127.0.0.1 and ::1.
	Hosts []string
	// Zone is where readers are: instants are shown by its clock. nil shows them
	// in the zone that they carry.
	Zone *time.Location
	// Synthetic says above every page that the data are made up.
	Synthetic bool
	// MaxForm and MaxUpload are the largest bodies of a form without and with
	// files, in bytes; 0 means 1 MiB and 20 MiB. Uploads are held in memory:
	// what a client sent is never laid down unencrypted. Larger ones go through
	// HandleUpload.
	MaxForm, MaxUpload int64
}

// Site serves the pages of one part.
type Site struct {
	o      Options
	mux    *http.ServeMux
	cross  *http.CrossOriginProtection
	assets *assets
	own    *Pages
	routes []Route
	// uploads are the limits of the routes that take files as they come.
	uploads map[string]int64
}

// Locale returns the messages that the kit itself needs; load them into the
// part's catalogue.
func Locale() fs.FS { return sub(messages, "locale") }

// NewSite makes a site without pages. It panics when the kit's own files do not
// hold together, which a test rules out.
func NewSite(o Options) *Site {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxForm == 0 {
		o.MaxForm = 1 << 20
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 20 << 20
	}
	s := &Site{o: o, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(), assets: loadAssets(), uploads: map[string]int64{}}
	s.own = s.Pages(nil)
	s.mux.Handle("GET "+assetPath+"{name}", s.assets)
	s.Handle("POST "+preferencesPath, Anyone, s.savePreferences)
	return s
}

// Catalog returns the messages that the site speaks from.
func (s *Site) Catalog() *locale.Catalog { return s.o.Catalog }

// Need is the rule of a route: the action that its reader must be allowed, in
// the words of the part's policy, "cases.read"; or one of the two below.
type Need string

// The needs that no policy is asked about.
const (
	// Anyone may come: the page shows nothing of the part's data.
	Anyone Need = "anyone"
	// SignedIn asks for somebody who is known, whatever they may do. What the
	// page shows is decided piece by piece.
	SignedIn Need = "signed-in"
)

// Route is one registered pattern with its rule.
type Route struct {
	Pattern string
	Need    Need
}

// Routes returns every route that was registered, in order.
func (s *Site) Routes() []Route { return slices.Clone(s.routes) }

// Handle registers a handler for a pattern of net/http, "GET /cases/{id}", with
// what its reader must be allowed. It panics on a route without a rule, so that
// such a program does not start.
func (s *Site) Handle(pattern string, need Need, h Handler) {
	if need == "" {
		panic("web: the route " + pattern + " has no access rule")
	}
	s.routes = append(s.routes, Route{pattern, need})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := s.guard(r, need)
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// guard asks the part whether the reader may come to a route at all.
func (s *Site) guard(r *http.Request, need Need) error {
	if need == Anyone || s.o.Guard == nil {
		return nil
	}
	return s.o.Guard(r, need)
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header(), r.TLS != nil)
	if !s.knows(r.Host) {
		http.Error(w, "This site has another name.", http.StatusMisdirectedRequest)
		return
	}
	r = s.begin(w, r)
	defer s.recover(w, r)
	if err := s.admit(w, r); err != nil {
		s.fail(w, r, err)
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.miss(w, r, h)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// miss answers a path without a page, or with a page for other methods.
func (s *Site) miss(w http.ResponseWriter, r *http.Request, std http.Handler) {
	probe := &header{h: http.Header{}}
	std.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.h.Get("Allow"))
		s.fail(w, r, errMethod)
		return
	}
	s.fail(w, r, errNoPage)
}

// header keeps the status of an answer and drops its body.
type header struct {
	h      http.Header
	status int
}

func (h *header) Header() http.Header         { return h.h }
func (h *header) Write(b []byte) (int, error) { return len(b), nil }
func (h *header) WriteHeader(status int)      { h.status = status }

// recover turns a panic into the page for failures. Its value may hold what a
// person typed, so only its type is logged.
func (s *Site) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
		panic(v)
	}
	s.o.Log.ErrorContext(r.Context(), "a handler panicked",
		"pattern", r.Pattern, "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	s.show(w, r, http.StatusInternalServerError, "error.internal")
}

func sub(f fs.FS, dir string) fs.FS {
	s, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return s
}
