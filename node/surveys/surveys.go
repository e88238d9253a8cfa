// Package surveys keeps what clients said of the office when their case was closed: an
// overall rating, an opinion on cost, time and attention, how it compares with a
// private lawyer, and their own words.
//
// A case has at most one answer, and only once it was closed; it stays when the case is
// opened again. The rating is a leaf of the national code list; all the rest stays in
// the office. An answer belongs to the story of its case. Whoever does not want to
// answer is left out.
//
// Beside these stand the forms of other systems with their answers, unchanged: an
// import brings them, here they are read in the reader's language and counted. An
// answer that names a case belongs to its story; one that names none may be about
// anybody, and is for whoever nothing is hidden from. Both are in forms.go.
//
// Rules are in surveys.go, operations in service.go, SQL in sql.go, and pages in
// http.go with the templates beside it.
package surveys

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

// Errors of surveys.
var (
	// ErrNotFound reports a case without an answer, or none for this person.
	ErrNotFound = errs.New(errs.NotFound, "surveys.not-found")
	// ErrNoForm reports a form that no import brought, or none for this person.
	ErrNoForm = errs.New(errs.NotFound, "surveys.no-form")
	// ErrChanged reports that somebody saved the answer since it was read.
	ErrChanged = errs.New(errs.Conflict, "surveys.changed")
	// ErrNotClosed reports an answer about a case that goes on.
	ErrNotClosed = errs.New(errs.Conflict, "surveys.not-closed")

	errRating        = errs.New(errs.Invalid, "surveys.rating-unknown").On("rating")
	errOpinion       = errs.New(errs.Invalid, "surveys.opinion-unknown").On("cost")
	errFuture        = errs.New(errs.Invalid, "surveys.in-future").On("answered_on")
	errBeforeClosing = errs.New(errs.Invalid, "surveys.before-closing").On("answered_on")
)

// wordsLimit is the most characters of what a client said.
const wordsLimit = 4000

// Opinion is what a client thinks of one thing; "" for no answer.
type Opinion string

// Opinions are all values of Opinion.
func Opinions() []Opinion { return []Opinion{"", "good", "fair", "poor"} }

// Beside is how the office compares with a private lawyer; "" for no answer.
type Beside string

// Comparisons are all values of Beside.
func Comparisons() []Beside { return []Beside{"", "better", "same", "worse"} }

// ID names an answer within its node: a UUID.
type ID string

// NewID returns an identifier for a new answer.
func NewID() ID { return ID(reference.NewID()) }

// Survey is what a client said of the office.
type Survey struct {
	ID         ID
	CaseID     cases.ID
	AnsweredOn civil.Date
	// Rating is a leaf of the code list satisfaction_ratings.
	Rating codelist.Code
	// Pace is about the time that it took.
	Cost, Pace, Attention Opinion
	Lawyers               Beside
	Comment, Suggestion   string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1; 0 is that of an answer that was not there.
	Version int
}

// Check reports everything that is wrong with the answer whatever the day and the code
// lists.
func (s Survey) Check() error {
	var err error
	if s.Rating == 0 {
		err = errRating
	}
	if _, e := civil.Parse(string(s.AnsweredOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("answered_on"))
	}
	for _, o := range []Opinion{s.Cost, s.Pace, s.Attention} {
		if !slices.Contains(Opinions(), o) {
			err = errors.Join(err, errOpinion)
		}
	}
	if !slices.Contains(Comparisons(), s.Lawyers) {
		err = errors.Join(err, errOpinion)
	}
	return errors.Join(err, text.Lines("comment", s.Comment, wordsLimit), text.Lines("suggestion", s.Suggestion, wordsLimit))
}

// Validate reports everything that is wrong with the answer on the office's day today,
// about a case that was closed on a day, "" for one that goes on again.
func (s Survey) Validate(reg *codelist.Registry, closed, today civil.Date) error {
	err := s.Check()
	if _, ok := reg.List(codelist.SatisfactionRatings).Leaf(s.Rating); !ok && s.Rating != 0 {
		err = errors.Join(err, errRating)
	}
	switch {
	case today.Before(s.AnsweredOn):
		err = errors.Join(err, errFuture)
	case s.AnsweredOn.Before(closed):
		err = errors.Join(err, errBeforeClosing)
	}
	return err
}

func changes(old, s Survey) []audit.Change {
	return audit.Diff(
		audit.Field("survey_answered_on", old.AnsweredOn, s.AnsweredOn),
		audit.Field("rating", old.Rating, s.Rating),
		audit.Field("cost", old.Cost, s.Cost),
		audit.Field("pace", old.Pace, s.Pace),
		audit.Field("attention", old.Attention, s.Attention),
		audit.Field("lawyers", old.Lawyers, s.Lawyers),
		audit.Field("comment", old.Comment, s.Comment),
		audit.Field("suggestion", old.Suggestion, s.Suggestion),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (s Survey) LogValue() slog.Value { return slog.StringValue(string(s.ID)) }

// Format writes the identifier, whatever the verb.
func (s Survey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(s.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (s Survey) MarshalText() ([]byte, error) { return []byte(s.ID), nil }

// Line is an answer in a list, with the reference of its case.
type Line struct {
	Survey
	Reference string
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Rating is a leaf of the code list satisfaction_ratings.
	Rating      codelist.Code
	From, Until civil.Date
	After       pagemark.Mark
	Limit       int
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
