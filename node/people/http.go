package people

import (
	"embed"
	"errors"
	"net/http"
	"strconv"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// pages are the pages of people: the door, one's own account, the staff, the
// organisation and its roles. No name is in an address.
type pages struct {
	*web.Pages
	site   *web.Site
	people *Service
}

// Routes adds the pages of people to the site.
func Routes(site *web.Site, svc *Service) {
	p := &pages{Pages: site.Pages(templates), site: site, people: svc}
	site.Handle("GET /sign-in", web.Anyone, p.door)
	site.Handle("POST /sign-in", web.Anyone, p.signIn)
	site.Handle("POST /sign-in/passkey", web.Anyone, p.signInPasskey)
	site.Handle("GET /sign-in/factor", web.Anyone, p.factor)
	site.Handle("POST /sign-in/factor", web.Anyone, p.giveFactor)
	site.Handle("POST /sign-out", web.Anyone, p.signOut)
	site.Handle("GET /locked", web.Anyone, p.locked)
	site.Handle("POST /locked", web.Anyone, p.unlock)
	site.Handle("POST /lock", web.SignedIn, p.lock)
	site.Handle("GET /resume", web.SignedIn, p.resume)
	site.Handle("POST /resume/discard", web.SignedIn, p.discard)
	p.accountRoutes(site)
	p.staffRoutes(site)
	p.organisationRoutes(site)
	p.roleRoutes(site)
}

func (p *pages) accountRoutes(site *web.Site) {
	site.Handle("GET /account", web.SignedIn, p.account)
	site.Handle("POST /account/language", web.SignedIn, p.chooseLanguage)
	site.Handle("GET /account/password", web.SignedIn, p.password)
	site.Handle("POST /account/password", web.SignedIn, p.changePassword)
	site.Handle("GET /account/factors", web.SignedIn, p.factors)
	site.Handle("GET /account/authenticator", web.SignedIn, p.authenticator)
	site.Handle("POST /account/authenticator", web.SignedIn, p.confirmAuthenticator)
	site.Handle("GET /account/authenticator/remove", web.SignedIn, p.askRemoveAuthenticator)
	site.Handle("POST /account/authenticator/remove", web.SignedIn, p.removeAuthenticator)
	site.Handle("GET /account/recovery", web.SignedIn, p.askRecovery)
	site.Handle("POST /account/recovery", web.SignedIn, p.newRecovery)
	site.Handle("GET /account/passkeys/new", web.SignedIn, p.askPasskey)
	site.Handle("POST /account/passkeys", web.SignedIn, p.addPasskey)
	site.Handle("GET /account/passkeys/{id}/remove", web.SignedIn, p.askRemovePasskey)
	site.Handle("POST /account/passkeys/{id}/remove", web.SignedIn, p.removePasskey)
	site.Handle("POST /account/sessions/{id}/end", web.SignedIn, p.endSession)
	site.Handle("POST /account/sessions/end", web.SignedIn, p.endOtherSessions)
}

func (p *pages) staffRoutes(site *web.Site) {
	site.Handle("GET /people", readPeople, p.staff)
	site.Handle("GET /people/new", managePeople, p.newPerson)
	site.Handle("POST /people", managePeople, p.addPerson)
	site.Handle("GET /people/{id}", managePeople, p.person)
	site.Handle("GET /people/{id}/edit", managePeople, p.editPerson)
	site.Handle("POST /people/{id}", managePeople, p.savePerson)
	site.Handle("POST /people/{id}/positions", managePeople, p.givePosition)
	site.Handle("POST /people/{id}/positions/{position}/end", managePeople, p.takePosition)
	site.Handle("GET /people/{id}/confirm/{what}", managePeople, p.confirm)
	site.Handle("POST /people/{id}/confirm/{what}", managePeople, p.confirmed)
}

func (p *pages) organisationRoutes(site *web.Site) {
	site.Handle("GET /organisation", manageOrganisation, p.organisation)
	site.Handle("POST /organisation", manageOrganisation, p.saveOrganisation)
	site.Handle("POST /organisation/factors", manageOrganisation, p.requireFactors)
	site.Handle("GET /organisation/offices/new", manageOrganisation, p.newOffice)
	site.Handle("POST /organisation/offices", manageOrganisation, p.addOffice)
	site.Handle("GET /organisation/offices/{id}", manageOrganisation, p.office)
	site.Handle("POST /organisation/offices/{id}", manageOrganisation, p.saveOffice)
	site.Handle("POST /organisation/regions", manageOrganisation, p.addRegion)
	site.Handle("GET /organisation/regions/{id}", manageOrganisation, p.region)
	site.Handle("POST /organisation/regions/{id}", manageOrganisation, p.saveRegion)
	site.Handle("POST /organisation/regions/{id}/remove", manageOrganisation, p.removeRegion)
	site.Handle("GET /organisation/teams/new", manageOrganisation, p.newTeam)
	site.Handle("POST /organisation/teams", manageOrganisation, p.addTeam)
	site.Handle("GET /organisation/teams/{id}", manageOrganisation, p.team)
	site.Handle("POST /organisation/teams/{id}", manageOrganisation, p.saveTeam)
	site.Handle("POST /organisation/teams/{id}/remove", manageOrganisation, p.removeTeam)
}

func (p *pages) roleRoutes(site *web.Site) {
	site.Handle("GET /roles", manageRoles, p.roles)
	site.Handle("GET /roles/new", manageRoles, p.newRole)
	site.Handle("POST /roles", manageRoles, p.addRole)
	site.Handle("GET /roles/{id}", manageRoles, p.role)
	site.Handle("POST /roles/{id}", manageRoles, p.saveRole)
	site.Handle("POST /roles/{id}/remove", manageRoles, p.removeRole)
}

// typed returns a field of a form as a person meant it.
func typed(r *http.Request, name string) string { return text.Clean(r.PostFormValue(name)) }

// version returns the version of what a form changes, 0 for none.
func version(r *http.Request) int {
	n, _ := strconv.Atoi(typed(r, "version"))
	return n
}

// wrong reports an error that a person can mend in the form that they sent.
func wrong(err error) bool {
	k := errs.KindOf(err)
	return k == errs.Invalid || err != nil && (errors.Is(err, ErrChanged) || errors.Is(err, ErrLastDirector) || errors.Is(err, ErrInUse) || errors.Is(err, errHeld))
}

// problem is an error beside a form: above it where it blames none of its fields.
type problem struct{ Problem error }

// Current returns the input of one's password, asked again before something that
// somebody else at an open computer must not do.
func (p problem) Current() web.Field {
	return web.Field{
		Form: "own", Name: "current", Label: "people.password-current", Type: "password", Autocomplete: "current-password",
		Limit: 4 * passwordMost, Required: true, Problem: p.Problem,
	}
}

// Code returns the input of a code.
func (p problem) Code() web.Field {
	return web.Field{
		Form: "own", Name: "code", Label: "people.code", Autocomplete: "one-time-code", Limit: 40, Required: true, Problem: p.Problem,
	}
}

// General returns the error if it blames no field.
func (p problem) General() error {
	if e := errs.As(p.Problem); e != nil && e.Field() == "" {
		return e
	}
	return nil
}
