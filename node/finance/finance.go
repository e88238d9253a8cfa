// Package finance keeps the money that reached clients through their cases.
//
// An amount is in minor units of a currency. An amount below zero takes back
// one captured before; a case never has less than nothing in a currency. The
// kind is a leaf of the national code list.
//
// Rules are in finance.go, how amounts are read and written in amount.go,
// operations in service.go, SQL in sql.go, and pages in http.go with the
// templates beside it.
package finance

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/currency"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/access"
	"casehub/node/cases"
)

// Errors of finance.
var (
	// ErrNotFound reports an identifier that no recovery has.
	ErrNotFound = errs.New(errs.NotFound, "finance.not-found")
	// ErrChanged reports that somebody saved the recovery since it was read.
	ErrChanged = errs.New(errs.Conflict, "finance.changed")
	// ErrBelowZero reports an amount that takes back more than the case had.
	ErrBelowZero = errs.New(errs.Invalid, "finance.below-zero").On("amount")

	errNoCase        = errs.New(errs.Invalid, "finance.case-missing").On("case")
	errKind          = errs.New(errs.Invalid, "finance.kind-unknown").On("kind")
	errZero          = errs.New(errs.Invalid, "finance.amount-zero").On("amount")
	errTooMuch       = errs.New(errs.Invalid, "finance.amount-too-big").On("amount")
	errCurrency      = errs.New(errs.Invalid, "finance.currency-unknown").On("currency")
	errFuture        = errs.New(errs.Invalid, "finance.in-future").On("received_on")
	errBeforeOpening = errs.New(errs.Invalid, "finance.before-opening").On("received_on")
)

// Limits of a recovery: more minor units than amountLimit are a slip of the
// pen, and sums of them must not overflow.
const (
	amountLimit = 1_000_000_000_000
	noteLimit   = 2000
)

// ID names a recovery within its node: a UUID.
type ID string

// NewID returns an identifier for a new recovery.
func NewID() ID { return ID(reference.NewID()) }

// Recovery is money that reached a client, or was taken back.
type Recovery struct {
	ID     ID
	CaseID cases.ID
	// Kind is a leaf of the code list recovery_kinds.
	Kind       codelist.Code
	ReceivedOn civil.Date
	// Amount is in minor units of Currency and never 0.
	Amount   int64
	Currency string // ISO 4217
	Note     string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the recovery whatever the day and
// the code lists, as one error that errors.Join made.
func (r Recovery) Check() error {
	var err error
	if r.CaseID == "" {
		err = errNoCase
	}
	if r.Kind == 0 {
		err = errors.Join(err, errKind)
	}
	if _, e := civil.Parse(string(r.ReceivedOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("received_on"))
	}
	return errors.Join(err, r.checkAmount(), text.Lines("note", r.Note, noteLimit))
}

func (r Recovery) checkAmount() error {
	switch {
	case !currency.Valid(r.Currency):
		return errCurrency
	case r.Amount == 0:
		return errZero
	case r.Amount > amountLimit || r.Amount < -amountLimit:
		return errTooMuch
	}
	return nil
}

// Validate reports everything that is wrong with the recovery on the office's
// day today.
func (r Recovery) Validate(reg *codelist.Registry, today civil.Date) error {
	err := r.Check()
	if _, ok := reg.List(codelist.RecoveryKinds).Leaf(r.Kind); !ok && r.Kind != 0 {
		err = errors.Join(err, errKind)
	}
	if today.Before(r.ReceivedOn) {
		err = errors.Join(err, errFuture)
	}
	return err
}

// fits reports whether the recovery can belong to the case.
func (r Recovery) fits(c cases.Case) error {
	if r.ReceivedOn.Before(c.OpenedOn) {
		return errBeforeOpening
	}
	return nil
}

// without returns the recovery without what may not be read.
func (r Recovery) without(may access.Classes) Recovery {
	if !may.Narrative {
		r.Note = ""
	}
	return r
}

// Total is a sum in one currency.
type Total struct {
	Amount   int64 // minor units
	Currency string
}

// Totals adds recoveries up, a sum a currency, in the order of the codes.
func Totals(all []Recovery) []Total {
	sums := map[string]int64{}
	for _, r := range all {
		sums[r.Currency] += r.Amount
	}
	totals := make([]Total, 0, len(sums))
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		totals = append(totals, Total{Amount: sums[c], Currency: c})
	}
	return totals
}

// LogValue lets a log show the identifier and nothing else.
func (r Recovery) LogValue() slog.Value { return slog.StringValue(string(r.ID)) }

// Format writes the identifier, whatever the verb.
func (r Recovery) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(r.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (r Recovery) MarshalText() ([]byte, error) { return []byte(r.ID), nil }
