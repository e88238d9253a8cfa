// Package consents keeps what clients agreed to, purpose by purpose.
//
// Consent is asked for each purpose alone, and a client who refuses one is
// served all the same. Every answer is a row of its own: given, refused or
// withdrawn, on which day and how, written down by whom. Nothing is written over;
// the newest answer for a purpose is the one that holds. A consent that was given
// expires after the months that the organisation has set for its purpose, and is
// renewed by asking again. Where nobody answered, nothing was agreed to.
//
// Whoever may read the client reads the answers; the note and the name of a
// guardian are narrative.
//
// Rules are in consents.go, operations in service.go, SQL in sql.go, and pages in
// http.go with the templates beside it.
package consents

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/node/clients"
)

// Errors of consents.
var (
	// ErrNothingGiven reports a withdrawal of what was not given.
	ErrNothingGiven = errs.New(errs.Invalid, "consents.nothing-given").On("answer")

	errPurpose  = errs.New(errs.Invalid, "consents.purpose-missing").On("purpose")
	errAnswer   = errs.New(errs.Invalid, "consents.answer-missing").On("answer")
	errManner   = errs.New(errs.Invalid, "consents.manner-missing").On("manner")
	errFuture   = errs.New(errs.Invalid, "consents.in-future").On("answered_on")
	errOlder    = errs.New(errs.Invalid, "consents.older").On("answered_on")
	errGuardian = errs.New(errs.Invalid, "consents.guardian-missing").On("guardian")
	errNobody   = errs.New(errs.Invalid, "consents.guardian-too-many").On("guardian")
	errMonths   = errs.New(errs.Invalid, "consents.months")
	errCursor   = errs.New(errs.Invalid, "consents.cursor").On("after")
)

// Purpose is what a consent is for. The list is closed: each is one question
// that a client can answer.
type Purpose string

// The purposes.
const (
	// Record is keeping a file about the client beyond what the law demands.
	Record Purpose = "record"
	// Contact is calling or writing to the client, where that is safe.
	Contact Purpose = "contact"
	// Referral is telling another organisation of the case.
	Referral Purpose = "referral"
	// Feedback is asking the client afterwards how it went.
	Feedback Purpose = "feedback"
	// Sample is being called by whoever checks data quality.
	Sample Purpose = "sample"
	// Story is telling the client's story or showing a photo outside.
	Story Purpose = "story"
)

// Purposes are all purposes, in the order in which a client is asked.
func Purposes() []Purpose { return []Purpose{Record, Contact, Referral, Feedback, Sample, Story} }

// Answer is what a client said.
type Answer string

// The answers.
const (
	Given     Answer = "given"
	Refused   Answer = "refused"
	Withdrawn Answer = "withdrawn"
)

// Answers are all answers in the order in which a form offers them.
func Answers() []Answer { return []Answer{Given, Refused, Withdrawn} }

// Manner is how a client answered.
type Manner string

// The manners.
const (
	Writing    Manner = "writing"
	Orally     Manner = "orally"
	Thumbprint Manner = "thumbprint"
	Guardian   Manner = "guardian" // somebody answered in the client's place
)

// Manners are all manners in the order in which a form offers them.
func Manners() []Manner { return []Manner{Writing, Orally, Thumbprint, Guardian} }

const (
	guardianLimit = 200
	noteLimit     = 1000
	monthsMost    = 120
	// soon is how many days before its end a consent is due for renewal.
	soon = 30
)

// Consent is one answer of a client for one purpose.
type Consent struct {
	ID         string
	ClientID   clients.ID
	Purpose    Purpose
	Answer     Answer
	AnsweredOn civil.Date
	Manner     Manner
	// Guardian is who answered in the client's place, "" for the client.
	Guardian string
	// ExpiresOn is the last day on which it holds, "" until it is withdrawn.
	ExpiresOn  civil.Date
	Note       string
	CapturedBy string // kind:identifier
	CapturedAt time.Time
}

// LogValue lets a log show the identifier and nothing else.
func (c Consent) LogValue() slog.Value { return slog.StringValue(c.ID) }

// Format writes the identifier, whatever the verb.
func (c Consent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.ID) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Consent) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// Validate reports everything that is wrong with an answer on the office's day
// today, as one error that errors.Join made.
func (c Consent) Validate(today civil.Date) error {
	return errors.Join(
		oneOf(errPurpose, c.Purpose, Purposes()), oneOf(errAnswer, c.Answer, Answers()), oneOf(errManner, c.Manner, Manners()),
		c.checkDay(today), c.checkGuardian(), text.Lines("note", c.Note, noteLimit),
	)
}

func (c Consent) checkDay(today civil.Date) error {
	if _, err := civil.Parse(string(c.AnsweredOn)); err != nil {
		return civil.ErrDate.On("answered_on")
	}
	if today.Before(c.AnsweredOn) {
		return errFuture
	}
	return nil
}

func (c Consent) checkGuardian() error {
	switch {
	case c.Manner == Guardian && c.Guardian == "":
		return errGuardian
	case c.Manner != Guardian && c.Guardian != "":
		return errNobody
	}
	return text.Line("guardian", c.Guardian, guardianLimit)
}

// follows reports whether the answer may come after the newest one before it:
// nobody answers behind what was said later, and only what was given is
// withdrawn.
func (c Consent) follows(before *Consent) error {
	switch {
	case before == nil && c.Answer == Withdrawn:
		return ErrNothingGiven
	case before == nil:
		return nil
	case c.AnsweredOn.Before(before.AnsweredOn):
		return errOlder
	case c.Answer == Withdrawn && before.Answer != Given:
		return ErrNothingGiven
	}
	return nil
}

// until returns the last day of a consent that was given on a day and holds for
// some months, "" for one without end.
func until(on civil.Date, months int) civil.Date {
	if months == 0 {
		return ""
	}
	m := on.Month().Add(months)
	day := civil.Date(string(m.First())[:8] + string(on)[8:])
	if last := m.Last(); last.Before(day) {
		day = last
	}
	return day.AddDays(-1)
}

// State is what an answer means today.
type State string

// The states. Unasked is the state of a purpose without any answer.
const (
	Unasked  State = "unasked"
	Holds    State = "holds"
	Expiring State = "expiring" // holds, and has to be renewed soon
	Expired  State = "expired"
	No       State = "no" // refused or withdrawn
)

// On returns what the answer means on a day.
func (c Consent) On(today civil.Date) State {
	switch {
	case c.ID == "":
		return Unasked
	case c.Answer != Given:
		return No
	case c.ExpiresOn == "":
		return Holds
	case c.ExpiresOn.Before(today):
		return Expired
	case c.ExpiresOn.Before(today.AddDays(soon + 1)):
		return Expiring
	}
	return Holds
}

// Allows reports whether the purpose may be followed in that state.
func (s State) Allows() bool { return s == Holds || s == Expiring }

// Standing is the newest answer for a purpose; its Consent is empty where nobody
// was asked.
type Standing struct {
	Consent
	State State
}

// standings returns what stands for every purpose, of answers that come newest
// first.
func standings(all []Consent, today civil.Date) []Standing {
	list := make([]Standing, 0, len(Purposes()))
	for _, p := range Purposes() {
		s := Standing{Consent{Purpose: p}, Unasked}
		if i := slices.IndexFunc(all, func(c Consent) bool { return c.Purpose == p }); i >= 0 {
			s = Standing{all[i], all[i].On(today)}
		}
		list = append(list, s)
	}
	return list
}

// Term is how long a consent for a purpose holds, in months; 0 until it is
// withdrawn.
type Term struct {
	Purpose Purpose
	Months  int
}

// Due is a consent that has to be asked for again.
type Due struct {
	ID        string
	ClientID  clients.ID
	Reference string
	Name      string // "" where the client gave none
	// Unsafe says that getting in touch would put the client in danger.
	Unsafe    bool
	Purpose   Purpose
	ExpiresOn civil.Date
	Expired   bool
}

// LogValue lets a log show the identifier and nothing else.
func (d Due) LogValue() slog.Value { return slog.StringValue(d.ID) }

// Format writes the identifier, whatever the verb.
func (d Due) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.ID) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (d Due) MarshalText() ([]byte, error) { return []byte(d.ID), nil }

// Cursor marks a place in the list of what is due.
type Cursor struct {
	ExpiresOn civil.Date
	ID        string
}

// String returns the mark as an address carries it, "" for none.
func (c Cursor) String() string {
	if c.ID == "" {
		return ""
	}
	return string(c.ExpiresOn) + "." + c.ID
}

// ParseCursor reads a mark. It fails with an error of kind errs.Invalid.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	on, id, ok := strings.Cut(s, ".")
	if _, err := civil.Parse(on); !ok || err != nil || id == "" {
		return Cursor{}, errCursor
	}
	return Cursor{civil.Date(on), id}, nil
}

func oneOf[T comparable](fault error, v T, allowed []T) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return fault
}
