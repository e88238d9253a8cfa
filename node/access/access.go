// Package access says who may do what in a node, and shows nothing to anybody
// else. It is the one gate: every area asks it before every read and every
// write.
//
// The policy answers for a person and an action over what they reach; the gate
// turns that answer into a condition on rows. A list, a count, a search and a
// single page all use the same condition, so none of them can show what another
// hides. Whoever may not see a record is told what they would be told of a
// record that does not exist.
//
// A wall shuts one person out of one case and takes away from every answer: no
// role, no emergency and no total gives back what it took. Who sees a case may
// shut themselves out of it, and only others let them in again. An emergency opens a
// case for reading, for some hours and with a reason, and never through a wall.
//
// Rules are in access.go, the gate in gate.go with what it keeps in subject.go,
// conditions on rows in sql_filter.go, walls and emergencies in service.go, SQL
// in sql*.go, and pages in http*.go with the templates beside them.
package access

import (
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/policy"
)

// Errors of access.
var (
	// ErrForbidden reports something that is seen and not this person's to do.
	ErrForbidden = errs.New(errs.Forbidden, "access.forbidden")
	// ErrOwnWork reports somebody who would approve what they did themselves.
	ErrOwnWork = errs.New(errs.Forbidden, "access.own-work")
	// ErrNoCase and ErrNoClient report what does not exist, or not for this
	// person: nobody is told which.
	ErrNoCase   = errs.New(errs.NotFound, "cases.not-found")
	ErrNoClient = errs.New(errs.NotFound, "clients.not-found")
	// ErrNoWall reports a wall that does not exist, or not for this person.
	ErrNoWall = errs.New(errs.NotFound, "access.wall-not-found")
	// ErrWallEnded reports a wall that somebody has ended before.
	ErrWallEnded = errs.New(errs.Conflict, "access.wall-ended")
	// ErrNoEmergency reports an emergency that does not exist, or not for this
	// person.
	ErrNoEmergency = errs.New(errs.NotFound, "access.emergency-not-found")

	errWallStands   = errs.New(errs.Invalid, "access.wall-stands").On("person")
	errWallSelf     = errs.New(errs.Invalid, "access.wall-self").On("person")
	errWallPerson   = errs.New(errs.Invalid, "access.wall-person").On("person")
	errWallLast     = errs.New(errs.Invalid, "access.wall-last").On("person")
	errStepLast     = errs.New(errs.Invalid, "access.conflict-last").On("reason")
	errWallReason   = errs.New(errs.Invalid, "access.wall-reason-missing").On("reason")
	errWallUntil    = errs.New(errs.Invalid, "access.wall-until-past").On("until")
	errWhyMissing   = errs.New(errs.Invalid, "access.emergency-why-missing").On("why")
	errNoSuchCase   = errs.New(errs.Invalid, "access.emergency-no-case").On("reference")
	errOwnEmergency = errs.New(errs.Forbidden, "access.emergency-own")
)

// Reason is why a wall stands.
type Reason string

// The values of Reason.
const (
	Conflict Reason = "conflict" // of interest
	Related  Reason = "related"  // to a party
	Dispute  Reason = "dispute"  // between members of staff
	Other    Reason = "other"
)

// Reasons are all reasons in the order in which a form offers them.
func Reasons() []Reason { return []Reason{Conflict, Related, Dispute, Other} }

const (
	noteLimit = 2000
	whyLimit  = 1000
	// whyLeast is the fewest characters that say why: a dot says nothing.
	whyLeast = 10
	// lasts is how long an emergency opens a case.
	lasts = 4 * time.Hour
)

// Wall shuts one person out of one case.
type Wall struct {
	ID       string
	CaseID   string
	PersonID string
	Reason   Reason
	Note     string
	RaisedBy string // identifier of a person
	RaisedAt time.Time
	// Until is the last day, "" for a wall without end.
	Until civil.Date
	// EndedBy is "" and EndedAt zero while nobody has ended it.
	EndedBy string
	EndedAt time.Time
}

// Stands reports whether the wall shuts anybody out on the office's day.
func (w Wall) Stands(today civil.Date) bool {
	return w.EndedBy == "" && (w.Until == "" || !w.Until.Before(today))
}

// Own reports whether the person shut themselves out: they said that the case is
// none of theirs to see.
func (w Wall) Own() bool { return w.PersonID == w.RaisedBy }

// check reports everything that is wrong with a new wall.
func (w Wall) check(today civil.Date) error {
	switch {
	case w.PersonID == "":
		return errWallPerson
	case !slices.Contains(Reasons(), w.Reason):
		return errWallReason
	case w.Until == "":
		return text.Lines("note", w.Note, noteLimit)
	}
	if _, err := civil.Parse(string(w.Until)); err != nil {
		return civil.ErrDate.On("until")
	}
	if w.Until.Before(today) {
		return errWallUntil
	}
	return text.Lines("note", w.Note, noteLimit)
}

// Emergency is a case that a person reads without a position for it.
type Emergency struct {
	ID       string
	CaseID   string
	PersonID string
	// Why is what the person gave as the reason. It may speak of a client.
	Why             string
	BegunAt, EndsAt time.Time
}

// checkWhy reports what is wrong with a reason.
func checkWhy(why string) error {
	if len([]rune(why)) < whyLeast {
		return errWhyMissing
	}
	return text.Lines("why", why, whyLimit)
}

// Classes are the field classes that somebody may read of one case or client.
// The zero Classes are none.
type Classes struct {
	Contact, Narrative, Finance bool
	// Sensitive says that the case is of no sensitive type, or that the person
	// may read such cases. Without it not even the type is shown.
	Sensitive bool
}

// All reports whether nothing is withheld.
func (c Classes) All() bool { return c == Classes{true, true, true, true} }

// Class is a field class.
type Class = policy.Class

// The field classes, as a Filter names them.
const (
	Contact   = policy.Contact
	Narrative = policy.Narrative
	Finance   = policy.Finance
	Sensitive = policy.Sensitive
)

// order is that of the fields of Classes.
var order = []policy.Class{Contact, Narrative, Finance, Sensitive}

// Allowed turns the gate's answer into whether a button stands on a page.
func Allowed(err error) (bool, error) {
	switch errs.KindOf(err) {
	case errs.Forbidden, errs.NotFound:
		return false, nil
	default:
		return err == nil, err
	}
}

// Member is somebody of the staff, as forms offer and pages name them.
type Member struct {
	ID, Name, Office string
}
