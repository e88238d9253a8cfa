// Package cases keeps the cases of one office: what a client came for, and how
// it ended.
//
// A case belongs to one client and is either open or closed. Closing needs an
// outcome and a day that is not before the opening; a closed case can be opened
// again. The case type is a leaf of the national code list and may be mended at
// any time: the audit says that it was. What was counted in a release never
// changes by that; the ledger makes an adjusting entry.
//
// Who asks sees only the cases that the gate lets through, and of those only the
// field classes of their position: the other party and the summary are narrative,
// and of a case of a sensitive type even type and outcome are left out without
// the class. What is left out is never saved over, and nothing finds it.
//
// Rules are in cases.go, what identifiers look like in id.go, lists in list.go,
// operations in service.go, SQL in sql.go, and pages in http.go with the
// templates beside it.
package cases

import (
	"errors"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/node/clients"
)

// Errors of cases.
var (
	// ErrNotFound reports an identifier that no case has.
	ErrNotFound = errs.New(errs.NotFound, "cases.not-found")
	// ErrChanged reports that somebody saved the case since it was read.
	ErrChanged = errs.New(errs.Conflict, "cases.changed")
	// ErrNotOpen reports an operation that only an open case allows.
	ErrNotOpen = errs.New(errs.Conflict, "cases.not-open")
	// ErrNotClosed reports an operation that only a closed case allows.
	ErrNotClosed = errs.New(errs.Conflict, "cases.not-closed")

	errNoClient      = errs.New(errs.Invalid, "cases.client-missing").On("client")
	errType          = errs.New(errs.Invalid, "cases.type-unknown").On("case_type")
	errStatus        = errs.New(errs.Invalid, "cases.status-unknown").On("status")
	errOpenedFuture  = errs.New(errs.Invalid, "cases.opened-in-future").On("opened_on")
	errOpenedTooLate = errs.New(errs.Invalid, "cases.opened-after-what-followed").On("opened_on")
	errClosedTooSoon = errs.New(errs.Invalid, "cases.closed-before-opening").On("closed_on")
	errClosedFuture  = errs.New(errs.Invalid, "cases.closed-in-future").On("closed_on")
	errNoClosingDay  = errs.New(errs.Invalid, "cases.closing-day-missing").On("closed_on")
	errNoOutcome     = errs.New(errs.Invalid, "cases.outcome-missing").On("outcome")
	errOutcome       = errs.New(errs.Invalid, "cases.outcome-unknown").On("outcome")
	errEndedOpen     = errs.New(errs.Invalid, "cases.open-with-end").On("closed_on")
	errResponsible   = errs.New(errs.Invalid, "cases.responsible-unknown").On("responsible")
	errCannotOpen    = errs.New(errs.Invalid, "cases.responsible-cannot-open").On("responsible")
	errOffice        = errs.New(errs.Invalid, "cases.office-unknown").On("office")
	errLegacy        = errs.New(errs.Invalid, "cases.legacy").On("legacy")
)

// Status says whether the office still works on the case.
type Status string

// The values of Status.
const (
	Open   Status = "open"
	Closed Status = "closed"
)

// Most characters that a field holds.
const (
	partyLimit   = 300
	numberLimit  = 100
	summaryLimit = 20000
)

// Case is what one client came for.
type Case struct {
	ID        ID
	Reference string
	ClientID  clients.ID

	// Type is a leaf of the code list case_types.
	Type     codelist.Code
	Status   Status
	OpenedOn civil.Date
	// ClosedOn is "" and Outcome is 0 while the case is open; Outcome is a leaf
	// of the code list outcomes.
	ClosedOn civil.Date
	Outcome  codelist.Code

	OtherParty string
	Summary    string
	// OfficeID is the office whose case it is, Responsible the person who works on
	// it; "" for none.
	OfficeID    string
	Responsible string

	// LegacyNumber is the number in the system that the case was imported from.
	LegacyNumber string
	// Legacy is a JSON object of imported columns that no field took, or "".
	Legacy string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the case whatever the day and the
// code lists, as one error that errors.Join made.
func (c Case) Check() error {
	return errors.Join(
		c.checkClient(),
		c.checkOpening(),
		c.checkEnd(),
		text.Line("other_party", c.OtherParty, partyLimit),
		text.Lines("summary", c.Summary, summaryLimit),
		text.Line("legacy_number", c.LegacyNumber, numberLimit),
		c.checkLegacy(),
	)
}

// Validate reports everything that is wrong with the case on the office's day
// today: what Check reports, codes that the registry does not have, and days
// that are still to come.
func (c Case) Validate(reg *codelist.Registry, today civil.Date) error {
	err := c.Check()
	if !isLeaf(reg, codelist.CaseTypes, c.Type) {
		err = errors.Join(err, errType)
	}
	if today.Before(c.OpenedOn) {
		err = errors.Join(err, errOpenedFuture)
	}
	if c.Status == Closed {
		err = errors.Join(err, checkClosing(reg, today, c.ClosedOn, c.Outcome))
	}
	return err
}

// checkClosing reports what is wrong with an end that is there.
func checkClosing(reg *codelist.Registry, today, on civil.Date, outcome codelist.Code) error {
	var err error
	if today.Before(on) {
		err = errClosedFuture
	}
	if outcome != 0 && !isLeaf(reg, codelist.Outcomes, outcome) {
		err = errors.Join(err, errOutcome)
	}
	return err
}

// Close ends the case on a day that is neither before its opening nor after
// today.
func (c *Case) Close(on civil.Date, outcome codelist.Code, today civil.Date) error {
	if c.Status != Open {
		return ErrNotOpen
	}
	ended := *c
	ended.Status, ended.ClosedOn, ended.Outcome = Closed, on, outcome
	err := ended.checkEnd()
	if err == nil && today.Before(on) {
		err = errClosedFuture
	}
	if err != nil {
		return err
	}
	*c = ended
	return nil
}

// Reopen makes a closed case open again, without day and outcome.
func (c *Case) Reopen() error {
	if c.Status != Closed {
		return ErrNotClosed
	}
	c.Status, c.ClosedOn, c.Outcome = Open, "", 0
	return nil
}

func (c Case) checkClient() error {
	if c.ClientID == "" {
		return errNoClient
	}
	return nil
}

func (c Case) checkOpening() error {
	if _, err := civil.Parse(string(c.OpenedOn)); err != nil {
		return civil.ErrDate.On("opened_on")
	}
	if c.Type == 0 {
		return errType
	}
	return nil
}

func (c Case) checkEnd() error {
	switch c.Status {
	case Open:
		if c.ClosedOn != "" || c.Outcome != 0 {
			return errEndedOpen
		}
		return nil
	case Closed:
		return errors.Join(c.checkClosingDay(), c.checkOutcome())
	default:
		return errStatus
	}
}

func (c Case) checkClosingDay() error {
	if c.ClosedOn == "" {
		return errNoClosingDay
	}
	if _, err := civil.Parse(string(c.ClosedOn)); err != nil {
		return civil.ErrDate.On("closed_on")
	}
	if c.ClosedOn.Before(c.OpenedOn) {
		return errClosedTooSoon
	}
	return nil
}

func (c Case) checkOutcome() error {
	if c.Outcome == 0 {
		return errNoOutcome
	}
	return nil
}

func (c Case) checkLegacy() error {
	if clients.IsLegacy(c.Legacy) {
		return nil
	}
	return errLegacy
}

// isLeaf reports whether a list of the registry has the code as a leaf.
func isLeaf(reg *codelist.Registry, list string, c codelist.Code) bool {
	l := reg.List(list)
	if l == nil {
		return false
	}
	_, ok := l.Leaf(c)
	return ok
}
