// Package people keeps who works in the organisation: its regions, offices and
// teams, its staff, which positions they hold, and the roles that it made
// itself; and it lets them in: passwords, second factors, sessions.
//
// A person signs in with a login that never changes. Somebody who left stays in
// the tables, so that the audit can name them, and counts for nothing: no key
// slot, no session, no second factor, and positions that nobody asks about.
// There is always one director among the active staff.
//
// There is no verifier of a password in the database: the key slot of the vault
// is it, and a person's row names the slot. A session's token is in a cookie
// alone; the database holds its digest.
//
// Types and rules are in people.go, roles.go and password.go; operations on the
// organisation in organisation.go, on staff in staff.go, on roles in roles.go;
// sign-in in signin.go, sessions in sessions.go, delays after failures in
// throttle.go; second factors in totp.go, recovery.go and passkeys.go; forms that
// wait for their author in kept.go; what a change of the keys leaves in
// rekeyed.go; SQL in sql*.go. How a request finds its person, and where it goes
// without one, is in http_door.go; pages are in the other http*.go with the
// templates beside them.
package people

import (
	"log/slog"
	"regexp"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/vault"
)

// Director is the code of the ready-made role that there is always a holder of.
const Director = "director"

// ID names a person.
type ID string

// Actor returns the person as operations and the audit know them.
func (id ID) Actor() actor.Actor { return actor.Actor{Kind: actor.Person, ID: string(id)} }

// Status says whether somebody still works here.
type Status string

// The statuses.
const (
	Active Status = "active"
	Left   Status = "left"
)

// Organisation is whose node this is.
type Organisation struct {
	Name     string
	Language string // BCP 47: of what is not for one reader
	// LockMinutes is how long a session may be idle until it locks.
	LockMinutes int
	Version     int
}

// Region is a part of the country that an organisation groups its offices by.
type Region struct {
	ID, Name string
}

// Office is a place of work.
type Office struct {
	ID, Name string
	RegionID string // "" in none
	Closed   bool   // keeps its cases, takes no new ones
}

// Team is people who see one another's cases. OfficeID is "" across offices.
type Team struct {
	ID, Name, OfficeID string
	Members            []ID
}

// Person is one of the staff, or somebody else who signs in.
type Person struct {
	ID       ID
	Login    string // small letters
	Name     string
	Language string // BCP 47; "" the organisation's
	OfficeID string // where new cases of the person begin; "" in none
	Status   Status
	// TemporaryUntil is when a password that a director gave stops working; zero
	// where the password is the person's own.
	TemporaryUntil time.Time
	HasPassword    bool
	CreatedAt      time.Time
	Version        int

	slot vault.SlotID
}

// LogValue lets a log show the identifier and no name.
func (p Person) LogValue() slog.Value { return slog.StringValue(string(p.ID)) }

// Position is a role held in a place. OfficeID "" is the person's own office.
type Position struct {
	ID       string
	PersonID ID
	Role     string // code of a ready-made role or identifier of an own one
	OfficeID string
}

// What operations refuse.
var (
	ErrNotFound     = errs.New(errs.NotFound, "people.not-found")
	ErrChanged      = errs.New(errs.Conflict, "people.changed")
	ErrLastDirector = errs.New(errs.Conflict, "people.last-director")
	ErrLoginTaken   = errs.New(errs.Invalid, "people.login-taken").On("login")
	ErrNameTaken    = errs.New(errs.Invalid, "people.name-taken").On("name")
	ErrInUse        = errs.New(errs.Conflict, "people.in-use")
	ErrLeft         = errs.New(errs.Conflict, "people.has-left")
	ErrNotOwn       = errs.New(errs.Forbidden, "people.not-own")
	ErrBeyond       = errs.New(errs.Forbidden, "people.beyond-own-rights")
	ErrBegun        = errs.New(errs.Conflict, "people.begun")

	errLogin       = errs.New(errs.Invalid, "people.login-form").On("login")
	errNameMissing = errs.New(errs.Invalid, "people.name-missing").On("name")
	errRole        = errs.New(errs.Invalid, "people.role-unknown").On("role")
	errSeat        = errs.New(errs.Invalid, "people.office-beyond").On("office")
	errOffice      = errs.New(errs.Invalid, "people.office-unknown").On("office")
	errNoOffice    = errs.New(errs.Invalid, "people.office-missing").On("offices")
	errRegion      = errs.New(errs.Invalid, "people.region-unknown").On("region")
	errLanguage    = errs.New(errs.Invalid, "people.language-unknown").On("language")
	errLock        = errs.New(errs.Invalid, "people.lock-minutes").On("lock_minutes")
	errHeld        = errs.New(errs.Conflict, "people.position-held")
)

// Limits of what is typed, in characters, and of the idle time, in minutes.
const (
	nameLimit      = 120
	lockMost       = 240
	defaultMinutes = 10
)

// login is letters, digits and marks that are easy to say, type and read.
var login = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)

// CleanLogin returns a login as it is kept, from what somebody typed.
func CleanLogin(typed string) string { return strings.ToLower(text.Compatible(text.Clean(typed))) }

// validate checks a person as a form gives it.
func (p Person) validate() error {
	switch {
	case !login.MatchString(p.Login):
		return errLogin
	case !knownLanguage(p.Language):
		return errLanguage
	}
	return validName(p.Name)
}

// validName checks the name of a person or of anything else.
func validName(name string) error {
	if name == "" {
		return errNameMissing
	}
	return text.Line("name", name, nameLimit)
}

func (o Organisation) validate() error {
	switch {
	case o.LockMinutes < 1 || o.LockMinutes > lockMost:
		return errLock.With("most", lockMost)
	case o.Language == "" || !knownLanguage(o.Language):
		return errLanguage
	}
	return validName(o.Name)
}

// languages are those that the program speaks.
var languages = []string{"en", "es"}

func knownLanguage(code string) bool {
	if code == "" {
		return true
	}
	for _, l := range languages {
		if l == code {
			return true
		}
	}
	return false
}

func newID() ID { return ID(reference.NewID()) }
