package unseal

import (
	"context"
	"embed"
	"math"
	"net"
	"net/http"
	"time"

	"casehub/internal/errs"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Path is the address of the page, that of the sign-in page of an open node too.
const Path = "/sign-in"

// Opener opens the node.
type Opener interface {
	// Unseal opens the node by a login and a password. A wrong one fails with an
	// error of kind errs.Forbidden.
	Unseal(ctx context.Context, login, password string) error
	// Opened returns the pages of the open node.
	Opened() http.Handler
}

type pages struct {
	*web.Pages
	opener Opener
	delays delays
}

// NewSite returns the site of a sealed node.
func NewSite(o web.Options, opener Opener, now func() time.Time) *web.Site {
	o.Nav, o.Guard = nil, nil
	site := web.NewSite(o)
	p := &pages{Pages: site.Pages(templates), opener: opener, delays: delays{now: now}}
	site.Handle("GET "+Path, web.Anyone, p.show)
	site.Handle("POST "+Path, web.Anyone, p.open)
	site.Handle("GET /{path...}", web.Anyone, p.lead)
	return site
}

// view is the data of the page.
type view struct {
	Login   string
	Problem error
}

// Fields returns the inputs.
func (v view) Fields() []web.Field {
	return []web.Field{
		{Form: "unseal", Name: "login", Label: "unseal.login", Value: v.Login, Limit: 40, Required: true, Full: true, Autocomplete: "username", Problem: v.Problem},
		{Form: "unseal", Name: "password", Label: "unseal.password", Type: "password", Required: true, Full: true, Autocomplete: "current-password", Problem: v.Problem},
	}
}

// show answers GET /sign-in.
func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "unseal", view{})
}

// lead answers every other address of a sealed node.
func (p *pages) lead(w http.ResponseWriter, r *http.Request) error { return web.GoTo(w, r, Path) }

// open answers POST /sign-in: a right password opens the node, which goes on
// with the request.
func (p *pages) open(w http.ResponseWriter, r *http.Request) error {
	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return err
	}
	v := view{Login: r.PostFormValue("login")}
	if left := p.delays.begin(source); left > 0 {
		v.Problem = errWait.With("seconds", int(math.Ceil(left.Seconds())))
		return p.Page(w, r, http.StatusTooManyRequests, "unseal", v)
	}
	err = p.opener.Unseal(r.Context(), v.Login, r.PostFormValue("password"))
	if errs.KindOf(err) == errs.Forbidden {
		v.Problem = errWrong
		return p.Page(w, r, http.StatusUnprocessableEntity, "unseal", v)
	}
	p.delays.forgive(source)
	if err != nil {
		return err
	}
	p.opener.Opened().ServeHTTP(w, r)
	return nil
}
