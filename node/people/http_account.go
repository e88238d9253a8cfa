package people

import (
	"errors"
	"html/template"
	"net/http"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// own is the page of one's account.
type own struct {
	Person    Person
	Here      string // session of this browser
	Sessions  []Session
	Factors   factorState
	Languages []string
}

// factorState is what somebody has beside the password.
type factorState struct {
	Authenticator bool
	Passkeys      []Passkey
	Recovery      int // unused codes
	Required      bool
	Works         bool // passkeys work under this address
}

// Any reports whether there is a second factor.
func (f factorState) Any() bool { return f.Authenticator || len(f.Passkeys) > 0 }

func (p *pages) factorsOf(r *http.Request) (factorState, error) {
	v := Current(r)
	f := factorState{Required: v.needsFactor, Works: place(r).Works()}
	a, err := authenticatorOf(r.Context(), p.people.db, v.Person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return f, err
	}
	f.Authenticator = a.confirmed
	if f.Passkeys, err = p.people.Passkeys(r.Context(), v.Person); err != nil {
		return f, err
	}
	f.Recovery, err = p.people.RecoveryLeft(r.Context(), v.Person)
	return f, err
}

// account answers GET /account.
func (p *pages) account(w http.ResponseWriter, r *http.Request) error {
	v := Current(r)
	o := own{Here: v.ID, Languages: languages}
	var err error
	if o.Person, err = p.people.Person(r.Context(), v.Person); err != nil {
		return err
	}
	if o.Sessions, err = p.people.Sessions(r.Context(), v.Person); err != nil {
		return err
	}
	if o.Factors, err = p.factorsOf(r); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "account", o)
}

// chooseLanguage answers POST /account/language.
func (p *pages) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	lang := typed(r, "language")
	if err := p.people.ChooseLanguage(r.Context(), Current(r).Person, lang); err != nil {
		return err
	}
	web.KeepLanguage(w, r, p.site, lang)
	web.Say(w, r, "people.said-saved")
	return web.GoTo(w, r, "/account")
}

// passwordForm is the page where somebody changes the password.
type passwordForm struct {
	problem
	Temporary bool // a director gave it, and it must be changed now
}

// Fields returns the inputs.
func (f passwordForm) Fields() []web.Field {
	field := func(name, label string) web.Field {
		return web.Field{
			Form: "own", Name: name, Label: label, Type: "password", Autocomplete: "new-password",
			Limit: 4 * passwordMost, Required: true, Problem: f.Problem,
		}
	}
	password := field("password", "people.password-new")
	password.Hint = "people.password-hint"
	current := f.Current()
	if f.Temporary {
		current.Label = "people.password-one-time"
	}
	return []web.Field{current, password, field("again", "people.password-again")}
}

// password answers GET /account/password.
func (p *pages) password(w http.ResponseWriter, r *http.Request) error {
	return p.showPassword(w, r, http.StatusOK, nil)
}

func (p *pages) showPassword(w http.ResponseWriter, r *http.Request, status int, err error) error {
	return p.Page(w, r, status, "account-password", passwordForm{problem{err}, Current(r).State == MustChangePassword})
}

// errTwice reports two new passwords that differ.
var errTwice = errs.New(errs.Invalid, "people.password-twice").On("again")

// changePassword answers POST /account/password.
func (p *pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	password := r.PostFormValue("password")
	err := error(errTwice)
	if password == r.PostFormValue("again") {
		err = p.people.ChangePassword(r.Context(), Current(r), r.PostFormValue("current"), password)
	}
	if wrong(err) {
		return p.showPassword(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "people.said-password")
	if Current(r).State == MustChangePassword {
		return web.GoTo(w, r, "/")
	}
	return web.GoTo(w, r, "/account")
}

// factors answers GET /account/factors, where somebody goes whose role needs a
// second factor.
func (p *pages) factors(w http.ResponseWriter, r *http.Request) error {
	f, err := p.factorsOf(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "account-factors", f)
}

// enrolForm is the page where somebody sets an app up.
type enrolForm struct {
	problem
	Secret string
	QR     template.URL
}

// authenticator answers GET /account/authenticator.
func (p *pages) authenticator(w http.ResponseWriter, r *http.Request) error {
	return p.showEnrol(w, r, http.StatusOK, nil)
}

func (p *pages) showEnrol(w http.ResponseWriter, r *http.Request, status int, problemOf error) error {
	e, err := p.people.Enrol(r.Context(), Current(r))
	if errors.Is(err, ErrChanged) {
		return web.GoTo(w, r, "/account")
	}
	if err != nil {
		return err
	}
	return p.Page(w, r, status, "account-authenticator", enrolForm{problem{problemOf}, e.Secret, template.URL(e.QR)}) //nolint:gosec // a picture that we drew
}

// confirmAuthenticator answers POST /account/authenticator.
func (p *pages) confirmAuthenticator(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.people.ConfirmAuthenticator(r.Context(), Current(r), r.PostFormValue("code"), r.PostFormValue("current"))
	if errs.KindOf(err) == errs.Invalid {
		return p.showEnrol(w, r, http.StatusUnprocessableEntity, err)
	}
	return p.enrolled(w, r, codes, "people.said-authenticator", err)
}

// enrolled shows recovery codes where there are new ones.
func (p *pages) enrolled(w http.ResponseWriter, r *http.Request, codes []string, said string, err error) error {
	if err != nil {
		return err
	}
	if len(codes) > 0 {
		return p.Page(w, r, http.StatusOK, "account-codes", codes)
	}
	web.Say(w, r, said)
	return web.GoTo(w, r, "/account")
}

// sure is a question before something is taken away: the password is asked.
type sure struct {
	problem
	Path  string
	Title string // keys
	Text  string
	Do    string
	Name  string // of what it is about, "" for nothing
}

func (p *pages) showSure(w http.ResponseWriter, r *http.Request, status int, s sure) error {
	return p.Page(w, r, status, "account-sure", s)
}

// answered shows the question again, or goes back to the account.
func (p *pages) answered(w http.ResponseWriter, r *http.Request, s sure, said string, err error) error {
	if errs.KindOf(err) == errs.Invalid {
		s.problem = problem{err}
		return p.showSure(w, r, http.StatusUnprocessableEntity, s)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, said)
	return web.GoTo(w, r, "/account")
}

var removingAuthenticator = sure{
	Path: "/account/authenticator/remove", Title: "people.authenticator-remove", Text: "people.authenticator-remove-body", Do: "people.remove",
}

// askRemoveAuthenticator answers GET /account/authenticator/remove.
func (p *pages) askRemoveAuthenticator(w http.ResponseWriter, r *http.Request) error {
	return p.showSure(w, r, http.StatusOK, removingAuthenticator)
}

// removeAuthenticator answers POST /account/authenticator/remove.
func (p *pages) removeAuthenticator(w http.ResponseWriter, r *http.Request) error {
	err := p.people.RemoveAuthenticator(r.Context(), Current(r), r.PostFormValue("current"))
	return p.answered(w, r, removingAuthenticator, "people.said-removed", err)
}

var renewingCodes = sure{Path: "/account/recovery", Title: "people.recovery", Text: "people.recovery-new-body", Do: "people.recovery-make"}

// askRecovery answers GET /account/recovery.
func (p *pages) askRecovery(w http.ResponseWriter, r *http.Request) error {
	return p.showSure(w, r, http.StatusOK, renewingCodes)
}

// newRecovery answers POST /account/recovery.
func (p *pages) newRecovery(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.people.NewRecoveryCodes(r.Context(), Current(r), r.PostFormValue("current"))
	if err == nil {
		return p.Page(w, r, http.StatusOK, "account-codes", codes)
	}
	return p.answered(w, r, renewingCodes, "", err)
}

// passkeyForm is the page where somebody makes a passkey.
type passkeyForm struct {
	problem
	Works    bool
	Name     string
	Question Question
}

// NameField returns the input of what its owner calls a key.
func (f passkeyForm) NameField() web.Field {
	return web.Field{
		Form: "own", Name: "name", Label: "people.passkey-called", Hint: "people.passkey-called-hint", Value: f.Name,
		Limit: passkeyNameLimit, Required: true, Problem: f.Problem,
	}
}

// askPasskey answers GET /account/passkeys/new.
func (p *pages) askPasskey(w http.ResponseWriter, r *http.Request) error {
	return p.showPasskey(w, r, http.StatusOK, passkeyForm{Name: Device(r.UserAgent())})
}

func (p *pages) showPasskey(w http.ResponseWriter, r *http.Request, status int, f passkeyForm) error {
	at := place(r)
	if f.Works = at.Works(); f.Works {
		var err error
		if f.Question, err = p.people.AskNewPasskey(r.Context(), Current(r), at); err != nil {
			return err
		}
	}
	return p.Page(w, r, status, "account-passkey", f)
}

// addPasskey answers POST /account/passkeys.
func (p *pages) addPasskey(w http.ResponseWriter, r *http.Request) error {
	name := typed(r, "name")
	codes, err := p.people.AddPasskey(r.Context(), Current(r), place(r), answer(r), name, r.PostFormValue("current"))
	if errs.KindOf(err) == errs.Invalid {
		return p.showPasskey(w, r, http.StatusUnprocessableEntity, passkeyForm{problem: problem{err}, Name: name})
	}
	return p.enrolled(w, r, codes, "people.said-passkey", err)
}

// removingPasskey returns the question about one key.
func (p *pages) removingPasskey(r *http.Request) (sure, error) {
	all, err := p.people.Passkeys(r.Context(), Current(r).Person)
	if err != nil {
		return sure{}, err
	}
	for _, k := range all {
		if k.ID == r.PathValue("id") {
			return sure{
				Path: "/account/passkeys/" + k.ID + "/remove", Name: k.Name,
				Title: "people.passkey-remove", Text: "people.passkey-remove-body", Do: "people.remove",
			}, nil
		}
	}
	return sure{}, ErrNotFound
}

// askRemovePasskey answers GET /account/passkeys/{id}/remove.
func (p *pages) askRemovePasskey(w http.ResponseWriter, r *http.Request) error {
	s, err := p.removingPasskey(r)
	if err != nil {
		return err
	}
	return p.showSure(w, r, http.StatusOK, s)
}

// removePasskey answers POST /account/passkeys/{id}/remove.
func (p *pages) removePasskey(w http.ResponseWriter, r *http.Request) error {
	s, err := p.removingPasskey(r)
	if err != nil {
		return err
	}
	err = p.people.RemovePasskey(r.Context(), Current(r), r.PathValue("id"), r.PostFormValue("current"))
	return p.answered(w, r, s, "people.said-removed", err)
}

// endSession answers POST /account/sessions/{id}/end.
func (p *pages) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := p.people.EndSession(r.Context(), Current(r).Person, r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, "people.said-ended")
	return web.GoTo(w, r, "/account")
}

// endOtherSessions answers POST /account/sessions/end.
func (p *pages) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	v := Current(r)
	if err := p.people.EndOtherSessions(r.Context(), v.Person, v.ID); err != nil {
		return err
	}
	web.Say(w, r, "people.said-ended")
	return web.GoTo(w, r, "/account")
}
