package setup

import (
	"context"
	"embed"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// cookie holds the session of whoever typed the code.
const cookie = "casehub_setup"

// asked is how many words of the recovery key have to be typed back.
const asked = 3

var errNotYet = errs.New(errs.Forbidden, "setup.code-needed")

// Pages are the pages of the first run.
type Pages struct {
	*web.Pages
	maker Maker
	codes *codes
	now   func() time.Time

	mu    sync.Mutex // one node is made at a time
	words []string   // of the node that was begun; nil before
	ask   []int      // which of them have to be typed back, from 1
	done  bool
}

// Options is what the pages stand on. Name stands in the bar.
type Options struct {
	Site web.Options
	// PrintCode gets each one-time code, for the terminal.
	PrintCode func(code string)
	Maker     Maker
	// Now tells the day that the printed words bear, in the office's zone.
	Now func() time.Time
}

// NewSite returns the site of the first run. Its guard and navigation are its
// own.
func NewSite(o Options) *web.Site {
	p := &Pages{maker: o.Maker, codes: newCodes(o.PrintCode), now: o.Now}
	o.Site.Guard, o.Site.Nav = p.guard, nil
	site := web.NewSite(o.Site)
	p.Pages = site.Pages(templates)
	site.Handle("GET /{$}", web.Anyone, p.welcome)
	site.Handle("POST /setup/code", web.Anyone, p.code)
	site.Handle("GET /setup", web.SignedIn, p.blank)
	site.Handle("POST /setup", web.SignedIn, p.describe)
	site.Handle("GET /setup/recovery", web.SignedIn, p.recovery)
	site.Handle("GET /setup/confirm", web.SignedIn, p.askWords)
	site.Handle("POST /setup/confirm", web.SignedIn, p.confirm)
	return site
}

// guard lets in whoever typed the code.
func (p *Pages) guard(r *http.Request, _ web.Need) error {
	if p.codes.knows(web.ReadCookie(r, cookie)) {
		return nil
	}
	return errNotYet
}

// welcome answers GET /.
func (p *Pages) welcome(w http.ResponseWriter, r *http.Request) error {
	if p.guard(r, web.SignedIn) == nil {
		return web.GoTo(w, r, "/setup")
	}
	return p.Page(w, r, http.StatusOK, "setup-welcome", welcome{})
}

// welcome is the data of the first page.
type welcome struct{ Problem error }

// Field returns the input of the code.
func (v welcome) Field() web.Field {
	return web.Field{Form: "setup", Name: "code", Label: "setup.code", Hint: "setup.code-hint", Limit: 12, Required: true, Problem: v.Problem}
}

// code answers POST /setup/code.
func (p *Pages) code(w http.ResponseWriter, r *http.Request) error {
	session, ok := p.codes.open(r.PostFormValue("code"))
	if !ok {
		return p.Page(w, r, http.StatusUnprocessableEntity, "setup-welcome", welcome{errCode})
	}
	http.SetCookie(w, web.Cookie(r, cookie, session, 0))
	return web.GoTo(w, r, "/setup")
}

// blank answers GET /setup.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "setup-form", form{Language: web.Language(r)})
}

// describe answers POST /setup: it begins the node and shows its recovery key.
func (p *Pages) describe(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	err := f.check()
	if err == nil {
		err = p.begin(r.Context(), f.plan())
	}
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "setup-form", f)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/setup/recovery")
}

func (p *Pages) begin(ctx context.Context, plan Plan) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	words, err := p.maker.Begin(ctx, plan)
	if err != nil {
		return err
	}
	if len(words) < asked {
		return errors.New("the recovery key has too few words")
	}
	p.words, p.ask = words, rand.Perm(len(words))[:asked]
	for i := range p.ask {
		p.ask[i]++
	}
	slices.Sort(p.ask)
	return nil
}

// recovery answers GET /setup/recovery: the words, to print or to write down.
func (p *Pages) recovery(w http.ResponseWriter, r *http.Request) error {
	p.mu.Lock()
	words := p.words
	p.mu.Unlock()
	if words == nil {
		return web.GoTo(w, r, "/setup")
	}
	return p.Page(w, r, http.StatusOK, "setup-recovery", map[string]any{"Words": words, "On": civil.On(p.now())})
}

// askWords answers GET /setup/confirm.
func (p *Pages) askWords(w http.ResponseWriter, r *http.Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.words == nil {
		return web.GoTo(w, r, "/setup")
	}
	return p.Page(w, r, http.StatusOK, "setup-confirm", confirmation{Ask: p.ask})
}

// confirmation is the data of the page that asks for words.
type confirmation struct {
	Ask     []int
	Problem error
}

// confirm answers POST /setup/confirm. The right words put the node in its
// place.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return web.GoTo(w, r, "/")
	}
	if p.words == nil {
		return web.GoTo(w, r, "/setup")
	}
	for _, n := range p.ask {
		if !strings.EqualFold(strings.TrimSpace(r.PostFormValue("word-"+strconv.Itoa(n))), p.words[n-1]) {
			return p.Page(w, r, http.StatusUnprocessableEntity, "setup-confirm", confirmation{p.ask, errWords})
		}
	}
	if err := p.maker.Finish(r.Context()); err != nil {
		return err
	}
	p.done, p.words = true, nil
	http.SetCookie(w, web.Cookie(r, cookie, "", -1))
	web.Say(w, r, "setup.done")
	return web.GoTo(w, r, "/")
}
