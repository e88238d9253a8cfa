// Package clients keeps the people who come to one office.
//
// A client may stay without a name: the reference is then what they quote. What
// a client is asked for is little, and nothing but the identifier is ever shown
// in a log. Where contact is unsafe, pages say so before they show a telephone
// number or an address. Two records that may be one person are shown to
// whoever creates the second; those that an import made stand beside each other in
// pairs.go until a person has looked. Nothing is merged without them.
//
// Who asks sees only what the gate lets through, and of that only the field
// classes of their position: telephone, address and safety are contact, notes are
// narrative. What is left out is never saved over.
//
// Rules are in clients.go, what identifiers look like in id.go, operations in
// service.go, SQL in sql.go, and pages in http.go with the templates beside it.
package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
)

// Errors of clients.
var (
	// ErrNotFound reports an identifier that no client has.
	ErrNotFound = errs.New(errs.NotFound, "clients.not-found")
	// ErrChanged reports that somebody saved the client since it was read.
	ErrChanged = errs.New(errs.Conflict, "clients.changed")

	errBirthPrecision = errs.New(errs.Invalid, "clients.birth-precision-missing").On("birth_date")
	errBirthFuture    = errs.New(errs.Invalid, "clients.birth-future").On("birth_date")
	errSex            = errs.New(errs.Invalid, "clients.sex-unknown").On("sex")
	errSafety         = errs.New(errs.Invalid, "clients.safety-missing").On("contact_safety")
	errLanguage       = errs.New(errs.Invalid, "clients.language-unknown").On("language")
	errLegacy         = errs.New(errs.Invalid, "clients.legacy").On("legacy")
)

// Precision says how much of a birth date is known.
type Precision string

// The precisions. A date of which less than the day is known stands at the
// first day of its month or year.
const (
	NoBirthDate Precision = ""
	Day         Precision = "day"
	Month       Precision = "month"
	Year        Precision = "year"
	About       Precision = "about" // a year that somebody guessed
)

// Sex is what the client says; "" where nobody asked.
type Sex string

// The values of Sex.
const (
	SexNotAsked Sex = ""
	Female      Sex = "female"
	Male        Sex = "male"
	OtherSex    Sex = "other"
)

// Safety says whether the office may get in touch without putting the client
// in danger.
type Safety string

// The values of Safety.
const (
	SafetyUnknown Safety = "unknown"
	Safe          Safety = "safe"
	Unsafe        Safety = "unsafe"
)

// Most characters that a field holds.
const (
	nameLimit  = 200
	idLimit    = 100
	blockLimit = 2000
	notesLimit = 20000
)

// language is the part of BCP 47 that occurs: "es", "zu", "pt-BR".
var language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Client is one person. Every field but the identifiers, the contact safety
// and the times may be empty.
type Client struct {
	ID        ID
	Reference string

	Surname    string
	GivenNames string
	// BirthDate is the first day that it can be, as BirthPrecision says.
	BirthDate      civil.Date
	BirthPrecision Precision
	Sex            Sex
	IDNumber       string // as in the document
	Phones         string // one a line
	ContactSafety  Safety
	Address        string
	Language       string // BCP 47
	Notes          string
	// Legacy is a JSON object of imported columns that no field took, or "".
	Legacy string

	// OfficeID is the office that registered the client, RegisteredBy the person;
	// "" where nobody in an office did.
	OfficeID     string
	RegisteredBy string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the client whatever the day, as
// one error that errors.Join made.
func (c Client) Check() error {
	return errors.Join(
		text.Line("surname", c.Surname, nameLimit),
		text.Line("given_names", c.GivenNames, nameLimit),
		c.checkBirth(),
		oneOf(errSex, c.Sex, SexNotAsked, Female, Male, OtherSex),
		text.Line("id_number", c.IDNumber, idLimit),
		text.Lines("phones", c.Phones, blockLimit),
		oneOf(errSafety, c.ContactSafety, SafetyUnknown, Safe, Unsafe),
		text.Lines("address", c.Address, blockLimit),
		c.checkLanguage(),
		text.Lines("notes", c.Notes, notesLimit),
		c.checkLegacy(),
	)
}

// Validate reports everything that is wrong with the client on the office's
// day today.
func (c Client) Validate(today civil.Date) error {
	err := c.Check()
	if today.Before(c.BirthDate) {
		err = errors.Join(err, errBirthFuture)
	}
	return err
}

func (c Client) checkBirth() error {
	if c.BirthPrecision == NoBirthDate && c.BirthDate == "" {
		return nil
	}
	if _, err := civil.Parse(string(c.BirthDate)); err != nil {
		return civil.ErrDate.On("birth_date")
	}
	if FirstDay(c.BirthDate, c.BirthPrecision) != c.BirthDate {
		return errBirthPrecision
	}
	return nil
}

func (c Client) checkLanguage() error {
	if c.Language == "" || len(c.Language) <= 35 && language.MatchString(c.Language) {
		return nil
	}
	return errLanguage
}

func (c Client) checkLegacy() error {
	if IsLegacy(c.Legacy) {
		return nil
	}
	return errLegacy
}

// IsLegacy reports whether s is what a record may keep of an older system: a JSON object
// of the fields that have no place here, or nothing.
func IsLegacy(s string) bool { return s == "" || s[0] == '{' && json.Valid([]byte(s)) }

// FirstDay returns the day at which a birth date of a precision stands, or ""
// where the precision does not exist.
func FirstDay(d civil.Date, p Precision) civil.Date {
	if len(d) != len("2006-01-02") {
		return ""
	}
	switch p {
	case Day:
		return d
	case Month:
		return d[:8] + "01"
	case Year, About:
		return d[:5] + "01-01"
	default:
		return ""
	}
}

// FullName returns the given names and the surname, or "" where the client
// gave no name.
func (c Client) FullName() string { return fullName(c.GivenNames, c.Surname) }

func fullName(given, surname string) string {
	if given == "" || surname == "" {
		return given + surname
	}
	return given + " " + surname
}

func oneOf[T comparable](fault error, v T, allowed ...T) error {
	for _, a := range allowed {
		if v == a {
			return nil
		}
	}
	return fault
}

// LegacyField is one imported column that no field took.
type LegacyField struct {
	Column, Value string
}

// LegacyFields reads a JSON object of imported columns, in the order of their
// names. Text that is no such object has none.
func LegacyFields(legacy string) []LegacyField {
	var columns map[string]any
	if legacy == "" || json.Unmarshal([]byte(legacy), &columns) != nil {
		return nil
	}
	var all []LegacyField
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		all = append(all, LegacyField{Column: name, Value: fmt.Sprint(columns[name])})
	}
	return all
}
