package keys

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/people"
	"casehub/node/vault"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of the keys. Words and shares are shown in the answer to a
// form or for the one session that asked; no address holds anything of them.
type Pages struct {
	*web.Pages
	keys *Service
}

// Routes adds the pages of the keys to the site.
func Routes(site *web.Site, svc *Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), keys: svc}
	site.Handle("GET /keys", Manage, p.show)
	site.Handle("GET /keys/recovery", Manage, p.askPassword)
	site.Handle("POST /keys/recovery", Manage, p.begin)
	site.Handle("GET /keys/recovery/words", Manage, p.words)
	site.Handle("GET /keys/recovery/confirm", Manage, p.askWords)
	site.Handle("POST /keys/recovery/confirm", Manage, p.confirm)
	site.Handle("POST /keys/recovery/drop", Manage, p.drop)
	site.Handle("GET /keys/shares", Manage, p.askPresent)
	site.Handle("POST /keys/shares", Manage, p.shares)
	site.Handle("POST /keys/put-back", Manage, p.looked)
	return p
}

// Told is a panel for the first page: what directors have to know of the keys, ""
// for nothing, and for whoever does not deal with them.
func (p *Pages) Told(r *http.Request) (template.HTML, error) {
	st, err := p.keys.State(r.Context(), web.Actor(r))
	if errs.KindOf(err) == errs.Forbidden || err == nil && st.PutBackAt.IsZero() && !st.OldWords {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return p.HTML(r, "keys-told", st)
}

// looked answers POST /keys/put-back: a director knows of an older key file.
func (p *Pages) looked(w http.ResponseWriter, r *http.Request) error {
	err := p.keys.Looked(r.Context(), web.Actor(r))
	if err != nil && !errors.Is(err, ErrLooked) {
		return err
	}
	web.Say(w, r, "keys.said-looked")
	return web.GoTo(w, r, "/keys")
}

// show answers GET /keys.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	st, err := p.keys.State(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "keys", st)
}

// problem is an error beside a form.
type problem struct{ Problem error }

// General returns the error if it blames no field.
func (p problem) General() error {
	if e := errs.As(p.Problem); e != nil && e.Field() == "" {
		return e
	}
	return nil
}

// Current returns the input of one's password.
func (p problem) Current() web.Field {
	return web.Field{
		Form: "keys", Name: "current", Label: "people.password-current", Type: "password", Autocomplete: "current-password",
		Limit: 1024, Required: true, Problem: p.Problem,
	}
}

// Words returns the input of the present recovery words. What was typed never
// comes back.
func (p problem) Words() web.Field {
	return web.Field{
		Form: "keys", Name: "words", Label: "keys.words", Hint: "keys.words-hint", Lines: 6, Limit: 1000, Required: true, Full: true, Problem: p.Problem,
	}
}

// askPassword answers GET /keys/recovery.
func (p *Pages) askPassword(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "keys-sure", problem{})
}

// begin answers POST /keys/recovery: it makes new words, which do not count yet.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request) error {
	err := p.keys.people.Confirm(r, r.PostFormValue("current"))
	if errs.KindOf(err) == errs.Invalid {
		return p.Page(w, r, http.StatusUnprocessableEntity, "keys-sure", problem{err})
	}
	if err != nil {
		return err
	}
	p.keys.drafts.begin(people.Current(r).ID)
	return web.GoTo(w, r, "/keys/recovery/words")
}

// words answers GET /keys/recovery/words: the words, to print or to write down.
func (p *Pages) words(w http.ResponseWriter, r *http.Request) error {
	d, ok := p.keys.drafts.of(people.Current(r).ID)
	if !ok {
		return web.GoTo(w, r, "/keys/recovery")
	}
	return p.Page(w, r, http.StatusOK, "keys-words", dated{d.words.List(web.Language(r)), civil.On(p.keys.now())})
}

// dated is the data of the page of words, which are printed with their day: the
// newest paper is the one that counts.
type dated struct {
	Words []string
	On    civil.Date
}

// Format hides the words.
func (d dated) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("dated(hidden)")) }

// confirmation is the data of the page that asks for words.
type confirmation struct{ Asked []askedWord }

// askedWord is one word to type back.
type askedWord struct {
	Number  int
	Problem error
}

// Name returns the name of the input.
func (a askedWord) Name() string { return "word-" + strconv.Itoa(a.Number) }

// check holds typed words against new ones. Its error is that of the first word
// that is another one.
func (d draft) check(typed func(name string) string) (confirmation, error) {
	var c confirmation
	var wrong error
	for _, n := range d.ask {
		a := askedWord{Number: n}
		if err := CheckWord(d.words, n, typed(a.Name())); err != nil {
			a.Problem = errs.As(err).On(a.Name())
			wrong = errors.Join(wrong, err)
		}
		c.Asked = append(c.Asked, a)
	}
	return c, wrong
}

// askWords answers GET /keys/recovery/confirm.
func (p *Pages) askWords(w http.ResponseWriter, r *http.Request) error {
	d, ok := p.keys.drafts.of(people.Current(r).ID)
	if !ok {
		return web.GoTo(w, r, "/keys/recovery")
	}
	var c confirmation
	for _, n := range d.ask {
		c.Asked = append(c.Asked, askedWord{Number: n})
	}
	return p.Page(w, r, http.StatusOK, "keys-confirm", c)
}

// confirm answers POST /keys/recovery/confirm. The right words make all of them
// count.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	session := people.Current(r).ID
	d, ok := p.keys.drafts.of(session)
	if !ok {
		return web.GoTo(w, r, "/keys/recovery")
	}
	if c, err := d.check(r.PostFormValue); err != nil {
		return p.Page(w, r, http.StatusUnprocessableEntity, "keys-confirm", c)
	}
	err := p.keys.SetRecovery(r.Context(), web.Actor(r), d.words)
	if err != nil && !errors.Is(err, ErrNotNoted) {
		return err
	}
	p.keys.drafts.drop(session)
	if err != nil {
		return err
	}
	web.Say(w, r, "keys.said-recovery")
	return web.GoTo(w, r, "/keys")
}

// drop answers POST /keys/recovery/drop: the words of before stay.
func (p *Pages) drop(w http.ResponseWriter, r *http.Request) error {
	p.keys.drafts.drop(people.Current(r).ID)
	web.Say(w, r, "keys.said-dropped")
	return web.GoTo(w, r, "/keys")
}

// askPresent answers GET /keys/shares.
func (p *Pages) askPresent(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "keys-split", problem{})
}

// paper is one share as it is printed.
type paper struct {
	Number int
	Words  []string
}

// Format hides the words.
func (p paper) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("paper(hidden)")) }

// shares answers POST /keys/shares: three papers, shown once.
func (p *Pages) shares(w http.ResponseWriter, r *http.Request) error {
	words, err := vault.ParseWords(r.PostFormValue("words"))
	var cut [3]vault.Share
	if err == nil {
		cut, err = p.keys.Split(r.Context(), web.Actor(r), words)
	}
	if errs.KindOf(err) == errs.Invalid {
		return p.Page(w, r, http.StatusUnprocessableEntity, "keys-split", problem{err})
	}
	if err != nil {
		return err
	}
	var papers []paper
	for _, s := range cut {
		papers = append(papers, paper{s.Number(), s.List(web.Language(r))})
	}
	return p.Page(w, r, http.StatusOK, "keys-shares", papers)
}
