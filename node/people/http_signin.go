package people

import (
	"errors"
	"net/http"
	"net/url"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// doorForm is the page where somebody signs in.
type doorForm struct {
	problem
	Login, Back string
	Passkey     *Question // nil where browsers have none
}

// Fields returns the inputs.
func (f doorForm) Fields() []web.Field {
	login := web.Field{Form: "door", Name: "login", Label: "people.login", Value: f.Login, Autocomplete: "username", Limit: 64, Required: true}
	password := web.Field{
		Form: "door", Name: "password", Label: "people.password", Type: "password", Autocomplete: "current-password", Limit: 4 * passwordMost, Required: true,
	}
	return []web.Field{login, password}
}

// door answers GET /sign-in. Whoever is signed in goes on.
func (p *pages) door(w http.ResponseWriter, r *http.Request) error {
	switch Current(r).State {
	case Nobody:
		return p.showDoor(w, r, http.StatusOK, doorForm{Back: backOf(r)})
	case AwaitsFactor:
		return web.GoTo(w, r, "/sign-in/factor")
	default:
		return web.GoTo(w, r, backOf(r))
	}
}

func (p *pages) showDoor(w http.ResponseWriter, r *http.Request, status int, f doorForm) error {
	if at := place(r); at.Works() {
		q, _, err := p.people.AskPasskey(r.Context(), "", at)
		if err != nil {
			return err
		}
		f.Passkey = &q
	}
	return p.Page(w, r, status, "sign-in", f)
}

// signIn answers POST /sign-in.
func (p *pages) signIn(w http.ResponseWriter, r *http.Request) error {
	t := p.try(r)
	token, state, err := p.people.SignIn(r.Context(), t)
	return p.entered(w, r, token, state, err)
}

// signInPasskey answers POST /sign-in/passkey.
func (p *pages) signInPasskey(w http.ResponseWriter, r *http.Request) error {
	token, state, err := p.people.SignInPasskey(r.Context(), place(r), answer(r), p.try(r))
	return p.entered(w, r, token, state, err)
}

func (p *pages) try(r *http.Request) Try {
	return Try{
		Login: r.PostFormValue("login"), Password: r.PostFormValue("password"),
		From: from(r), Agent: r.UserAgent(), Replaces: web.ReadCookie(r, sessionCookie),
	}
}

func answer(r *http.Request) Answer {
	return Answer{Mark: r.PostFormValue("mark"), Credential: r.PostFormValue("credential")}
}

// entered goes on after a sign-in, or shows the door again.
func (p *pages) entered(w http.ResponseWriter, r *http.Request, token string, state State, err error) error {
	if errs.KindOf(err) == errs.Invalid {
		return p.showDoor(w, r, http.StatusUnprocessableEntity, doorForm{problem: problem{err}, Login: typed(r, "login"), Back: backOf(r)})
	}
	if err != nil {
		return err
	}
	giveToken(w, r, token)
	if state == AwaitsFactor {
		return web.GoTo(w, r, "/sign-in/factor?"+url.Values{"back": {backOf(r)}}.Encode())
	}
	return p.goOn(w, r, token)
}

// goOn leads a reader whose session has opened to what they wanted, or to the
// form that was kept for them.
func (p *pages) goOn(w http.ResponseWriter, r *http.Request, token string) error {
	v, err := p.people.Session(r.Context(), token)
	if err != nil {
		return err
	}
	web.KeepLanguage(w, r, p.site, v.Language)
	device, err := p.people.Remember(r.Context(), v, web.ReadCookie(r, deviceCookie))
	if err != nil {
		return err
	}
	if device != "" {
		http.SetCookie(w, web.Cookie(r, deviceCookie, device, deviceLife))
	}
	if _, ok := p.people.kept.of(v.Person); ok && v.State == Full {
		return web.GoTo(w, r, "/resume?"+url.Values{"back": {backOf(r)}}.Encode())
	}
	return web.GoTo(w, r, backOf(r))
}

// factorForm is the page of the second factor.
type factorForm struct {
	problem
	Back    string
	Passkey *Question
}

// factor answers GET /sign-in/factor.
func (p *pages) factor(w http.ResponseWriter, r *http.Request) error {
	if Current(r).State != AwaitsFactor {
		return web.GoTo(w, r, "/sign-in")
	}
	return p.showFactor(w, r, http.StatusOK, nil)
}

func (p *pages) showFactor(w http.ResponseWriter, r *http.Request, status int, err error) error {
	f := factorForm{problem: problem{err}, Back: backOf(r)}
	if at := place(r); at.Works() {
		q, ok, err := p.people.AskPasskey(r.Context(), Current(r).Person, at)
		if err != nil {
			return err
		}
		if ok {
			f.Passkey = &q
		}
	}
	return p.Page(w, r, status, "sign-in-factor", f)
}

// giveFactor answers POST /sign-in/factor with a code or a passkey.
func (p *pages) giveFactor(w http.ResponseWriter, r *http.Request) error {
	token, s := web.ReadCookie(r, sessionCookie), p.people
	var err error
	if a := answer(r); a.Credential != "" {
		token, err = s.GivePasskey(r.Context(), token, place(r), a)
	} else {
		token, err = s.GiveCode(r.Context(), token, r.PostFormValue("code"), from(r))
	}
	switch {
	case errors.Is(err, ErrNoSession):
		takeToken(w, r)
		return web.GoTo(w, r, "/sign-in?"+url.Values{"back": {backOf(r)}}.Encode())
	case errs.KindOf(err) == errs.Invalid:
		return p.showFactor(w, r, http.StatusUnprocessableEntity, err)
	case err != nil:
		return err
	}
	giveToken(w, r, token)
	return p.goOn(w, r, token)
}

// signOut answers POST /sign-out, also from a locked session.
func (p *pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.people.SignOut(r.Context(), web.ReadCookie(r, sessionCookie)); err != nil {
		return err
	}
	takeToken(w, r)
	web.Forget(w)
	return web.GoTo(w, r, "/sign-in")
}

// lockedForm is the page of a session that is idle.
type lockedForm struct {
	problem
	Name, Back string
	Kept       bool // a form waits for its author
	Minutes    int
}

// locked answers GET /locked.
func (p *pages) locked(w http.ResponseWriter, r *http.Request) error {
	if Current(r).State != Locked {
		return web.GoTo(w, r, backOf(r))
	}
	return p.showLocked(w, r, http.StatusOK, nil)
}

func (p *pages) showLocked(w http.ResponseWriter, r *http.Request, status int, err error) error {
	v := Current(r)
	_, kept := p.people.kept.of(v.Person)
	return p.Page(w, r, status, "locked", lockedForm{
		problem: problem{err}, Name: v.Name, Back: backOf(r), Kept: kept, Minutes: int(v.lockAfter.Minutes()),
	})
}

// unlock answers POST /locked.
func (p *pages) unlock(w http.ResponseWriter, r *http.Request) error {
	token, err := p.people.Unlock(r.Context(), web.ReadCookie(r, sessionCookie), r.PostFormValue("current"))
	switch {
	case errors.Is(err, ErrNoSession):
		return web.GoTo(w, r, backOf(r))
	case errs.KindOf(err) == errs.Invalid:
		return p.showLocked(w, r, http.StatusUnprocessableEntity, err)
	case err != nil:
		return err
	}
	giveToken(w, r, token)
	return p.goOn(w, r, token)
}

// lock answers POST /lock.
func (p *pages) lock(w http.ResponseWriter, r *http.Request) error {
	if err := p.people.Lock(r.Context(), Current(r).ID); err != nil {
		return err
	}
	return web.GoTo(w, r, "/locked")
}
