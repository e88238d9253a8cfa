package unseal

import (
	"context"
	"embed"
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"time"

	"casehub/internal/errs"
	"casehub/internal/pace"
	"casehub/internal/text"
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
	waits  *pace.Delays // by login and address: nobody is known before the node is open
	turns  *pace.Turns
}

// waits are those of the sign-in page of an open node.
var waits = pace.Rules{Free: 5, First: time.Second, Most: 30 * time.Second, Pardon: 10 * time.Minute}

// Everybody together gets one wrong password a second, and so many at once.
const (
	every = time.Second
	once  = 20
	// crowded is what somebody is told to wait at an address with a crowd.
	crowded = 2 * time.Second
)

// NewSite returns the site of a sealed node.
func NewSite(o web.Options, opener Opener, now func() time.Time) *web.Site {
	o.Nav, o.Guard = nil, nil
	site := web.NewSite(o)
	p := &pages{Pages: site.Pages(templates), opener: opener, waits: pace.NewDelays(waits, now), turns: pace.NewTurns(every, once)}
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
	wait, err := p.try(r.Context(), v.Login, r.PostFormValue("password"), pace.Address(source))
	switch {
	case wait > 0:
		v.Problem = errWait.With("seconds", int(math.Ceil(wait.Seconds())))
		return p.Page(w, r, http.StatusTooManyRequests, "unseal", v)
	case errs.KindOf(err) == errs.Forbidden:
		v.Problem = errWrong
		return p.Page(w, r, http.StatusUnprocessableEntity, "unseal", v)
	case err != nil:
		return err
	}
	p.opener.Opened().ServeHTTP(w, r)
	return nil
}

// try opens the node when somebody's turn has come, or returns how long they have
// to wait before they may try.
func (p *pages) try(ctx context.Context, login, password string, at pace.Place) (time.Duration, error) {
	login = strings.ToLower(text.Compatible(text.Clean(login)))
	if wait := p.waits.Begin(login, at); wait > 0 {
		return wait, nil
	}
	done, err := p.turns.Stranger(ctx, at)
	if err != nil {
		p.waits.Withdraw(login, at)
		if errors.Is(err, pace.ErrCrowded) {
			return crowded, nil
		}
		return 0, err
	}
	err = p.opener.Unseal(ctx, login, password)
	wrong := errs.KindOf(err) == errs.Forbidden
	done(wrong)
	switch {
	case err == nil:
		p.waits.Success(login, at)
	case !wrong:
		p.waits.Withdraw(login, at)
	}
	return 0, err
}
