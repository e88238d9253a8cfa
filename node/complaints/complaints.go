// Package complaints keeps what the office took to institutions for its clients: one
// complaint is one case brought before one ombudsman, commission or regulator, with how
// far it got there and how it ended.
//
// A case may be brought before any number of institutions, and never before it was
// opened. The institution is a leaf of the national code list. A complaint belongs to
// the story of its case.
//
// Rules are in complaints.go, operations in service.go, SQL in sql.go, and pages in
// http.go with the templates beside it.
package complaints

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pagemark"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/audit"
	"casehub/node/cases"
)

// Errors of complaints.
var (
	// ErrNotFound reports an identifier that no complaint has, or none for this person.
	ErrNotFound = errs.New(errs.NotFound, "complaints.not-found")
	// ErrChanged reports that somebody saved the complaint since it was read.
	ErrChanged = errs.New(errs.Conflict, "complaints.changed")

	errNoCase        = errs.New(errs.Invalid, "complaints.case-missing").On("case")
	errInstitution   = errs.New(errs.Invalid, "complaints.institution-unknown").On("institution")
	errProgress      = errs.New(errs.Invalid, "complaints.progress-unknown").On("progress")
	errOutcome       = errs.New(errs.Invalid, "complaints.outcome-unknown").On("outcome")
	errFuture        = errs.New(errs.Invalid, "complaints.in-future").On("filed_on")
	errBeforeOpening = errs.New(errs.Invalid, "complaints.before-opening").On("filed_on")
	errAnswered      = errs.New(errs.Invalid, "complaints.answered-wrong").On("answered_on")
)

// Limits of texts, in characters.
const (
	numberLimit = 60
	noteLimit   = 4000
)

// Progress is how far a complaint got.
type Progress string

// Outcome is how a complaint ended; "" while nobody knows.
type Outcome string

// Filed is where every complaint begins.
const Filed Progress = "filed"

// Unanswered stands in a filter for every step before the answer.
const Unanswered Progress = "unanswered"

// Steps are all values of Progress in their order.
func Steps() []Progress { return []Progress{Filed, "received", "investigated", "answered", "closed"} }

// Outcomes are all values of Outcome.
func Outcomes() []Outcome {
	return []Outcome{"", "upheld", "partly", "rejected", "settled", "withdrawn"}
}

// ID names a complaint within its node: a UUID.
type ID string

// NewID returns an identifier for a new complaint.
func NewID() ID { return ID(reference.NewID()) }

// Complaint is a case brought before an institution.
type Complaint struct {
	ID     ID
	CaseID cases.ID
	// Institution is a leaf of the code list institutions.
	Institution codelist.Code
	FiledOn     civil.Date
	// Number is the institution's own number of it.
	Number   string
	Progress Progress
	Outcome  Outcome
	// AnsweredOn is "" while nobody answered.
	AnsweredOn civil.Date
	Note       string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the complaint whatever the day and the
// code lists.
func (c Complaint) Check() error {
	var err error
	if c.CaseID == "" {
		err = errNoCase
	}
	if c.Institution == 0 {
		err = errors.Join(err, errInstitution)
	}
	if _, e := civil.Parse(string(c.FiledOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("filed_on"))
	}
	if !slices.Contains(Steps(), c.Progress) {
		err = errors.Join(err, errProgress)
	}
	if !slices.Contains(Outcomes(), c.Outcome) {
		err = errors.Join(err, errOutcome)
	}
	return errors.Join(err, c.checkAnswer(), text.Line("number", c.Number, numberLimit), text.Lines("note", c.Note, noteLimit))
}

func (c Complaint) checkAnswer() error {
	if c.AnsweredOn == "" {
		return nil
	}
	if _, err := civil.Parse(string(c.AnsweredOn)); err != nil {
		return civil.ErrDate.On("answered_on")
	}
	if c.AnsweredOn.Before(c.FiledOn) {
		return errAnswered
	}
	return nil
}

// Validate reports everything that is wrong with the complaint on the office's day
// today, in a case that was opened on a day.
func (c Complaint) Validate(reg *codelist.Registry, opened, today civil.Date) error {
	err := c.Check()
	if _, ok := reg.List(codelist.Institutions).Leaf(c.Institution); !ok && c.Institution != 0 {
		err = errors.Join(err, errInstitution)
	}
	switch {
	case today.Before(c.FiledOn):
		err = errors.Join(err, errFuture)
	case c.FiledOn.Before(opened):
		err = errors.Join(err, errBeforeOpening)
	}
	if today.Before(c.AnsweredOn) {
		err = errors.Join(err, errAnswered)
	}
	return err
}

func changes(old, c Complaint) []audit.Change {
	return audit.Diff(
		audit.Field("institution", old.Institution, c.Institution),
		audit.Field("filed_on", old.FiledOn, c.FiledOn),
		audit.Field("complaint_number", old.Number, c.Number),
		audit.Field("progress", old.Progress, c.Progress),
		audit.Field("complaint_outcome", old.Outcome, c.Outcome),
		audit.Field("complaint_answered_on", old.AnsweredOn, c.AnsweredOn),
		audit.Field("complaint_note", old.Note, c.Note),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (c Complaint) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// Format writes the identifier, whatever the verb.
func (c Complaint) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(c.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Complaint) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// Line is a complaint in a list, with the reference of its case.
type Line struct {
	Complaint
	Reference string
	// Edits says that the reader may change it; false where nobody reads.
	Edits bool
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Institution is a leaf of the code list institutions.
	Institution codelist.Code
	Progress    Progress
	From, Until civil.Date
	Case        cases.ID
	After       pagemark.Mark
	Limit       int
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
