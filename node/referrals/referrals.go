// Package referrals keeps where the office sent its clients: one referral is
// one case sent to one kind of destination on one day.
//
// A case may be referred any number of times, also after it was closed, and
// never before it was opened. The destination is a leaf of the national code
// list. Who exactly received the client may stand in the note, which stays in
// the office. Once the office knows, the referral says what became of it.
//
// Rules are in referrals.go, operations in service.go, SQL in sql.go, and pages
// in http.go with the templates beside it.
package referrals

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/cases"
)

// Errors of referrals.
var (
	// ErrNotFound reports an identifier that no referral has.
	ErrNotFound = errs.New(errs.NotFound, "referrals.not-found")
	// ErrChanged reports that somebody saved the referral since it was read.
	ErrChanged = errs.New(errs.Conflict, "referrals.changed")

	errNoCase        = errs.New(errs.Invalid, "referrals.case-missing").On("case")
	errDestination   = errs.New(errs.Invalid, "referrals.destination-unknown").On("destination")
	errFuture        = errs.New(errs.Invalid, "referrals.in-future").On("referred_on")
	errResult        = errs.New(errs.Invalid, "referrals.result-unknown").On("result")
	errResultOn      = errs.New(errs.Invalid, "referrals.result-day").On("result_on")
	errBeforeOpening = errs.New(errs.Invalid, "referrals.before-opening").On("referred_on")
)

// noteLimit is the most characters of a note.
const noteLimit = 2000

// ID names a referral within its node: a UUID.
type ID string

// NewID returns an identifier for a new referral.
func NewID() ID { return ID(reference.NewID()) }

// Referral is a case sent to a destination.
type Referral struct {
	ID     ID
	CaseID cases.ID
	// Destination is a leaf of the code list referral_destinations.
	Destination codelist.Code
	ReferredOn  civil.Date
	Note        string
	// Result is a leaf of the code list referral_results, 0 while nobody knows;
	// ResultOn is the day on which the office learned it.
	Result     codelist.Code
	ResultOn   civil.Date
	ResultNote string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the referral whatever the day and
// the code lists, as one error that errors.Join made.
func (r Referral) Check() error {
	var err error
	if r.CaseID == "" {
		err = errNoCase
	}
	if r.Destination == 0 {
		err = errors.Join(err, errDestination)
	}
	if _, e := civil.Parse(string(r.ReferredOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("referred_on"))
	}
	return errors.Join(err, r.checkResult(), text.Lines("note", r.Note, noteLimit), text.Lines("result_note", r.ResultNote, noteLimit))
}

// checkResult reports a result without a day, and the other way round, and one that was
// known before the referral.
func (r Referral) checkResult() error {
	if r.Result == 0 && r.ResultOn == "" {
		return nil
	}
	if r.Result == 0 {
		return errResult
	}
	if _, err := civil.Parse(string(r.ResultOn)); err != nil || r.ResultOn.Before(r.ReferredOn) {
		return errResultOn
	}
	return nil
}

// Validate reports everything that is wrong with the referral on the office's
// day today.
func (r Referral) Validate(reg *codelist.Registry, today civil.Date) error {
	err := r.Check()
	if _, ok := reg.List(codelist.ReferralDestinations).Leaf(r.Destination); !ok && r.Destination != 0 {
		err = errors.Join(err, errDestination)
	}
	if _, ok := reg.List(codelist.ReferralResults).Leaf(r.Result); !ok && r.Result != 0 {
		err = errors.Join(err, errResult)
	}
	if today.Before(r.ReferredOn) {
		err = errors.Join(err, errFuture)
	}
	if today.Before(r.ResultOn) {
		err = errors.Join(err, errResultOn)
	}
	return err
}

// fits reports whether the referral can belong to the case.
func (r Referral) fits(c cases.Case) error {
	if r.ReferredOn.Before(c.OpenedOn) {
		return errBeforeOpening
	}
	return nil
}

// LogValue lets a log show the identifier and nothing else.
func (r Referral) LogValue() slog.Value { return slog.StringValue(string(r.ID)) }

// Format writes the identifier, whatever the verb.
func (r Referral) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(r.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (r Referral) MarshalText() ([]byte, error) { return []byte(r.ID), nil }
