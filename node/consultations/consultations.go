// Package consultations keeps who came to be advised, and what the office did for
// them: a consultation is one client on one day about one matter, a service is one
// thing done in a case or out of a consultation.
//
// A consultation may have become a case; then whoever may not see the case does not
// see the consultation either. What was said is narrative. A consultation about
// something sensitive is read by whoever may read such cases.
//
// Rules are in consultations.go and services.go, operations in service*.go, SQL in
// sql*.go, and pages in http*.go with the templates beside it.
package consultations

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/pagemark"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
)

// Errors of consultations.
var (
	// ErrNotFound reports an identifier that no consultation has, or none for this
	// person.
	ErrNotFound = errs.New(errs.NotFound, "consultations.not-found")
	// ErrChanged reports that somebody saved the record since it was read.
	ErrChanged = errs.New(errs.Conflict, "consultations.changed")

	errType     = errs.New(errs.Invalid, "consultations.type-unknown").On("case_type")
	errFuture   = errs.New(errs.Invalid, "consultations.in-future").On("held_on")
	errWorker   = errs.New(errs.Invalid, "consultations.worker-unknown").On("worker_id")
	errCannot   = errs.New(errs.Invalid, "consultations.worker-cannot-open").On("worker_id")
	errCase     = errs.New(errs.Invalid, "consultations.case-of-another").On("case_id")
	errServices = errs.New(errs.Conflict, "consultations.has-services")
)

// noteLimit is the most characters of a note.
const noteLimit = 4000

// ID names a consultation within its node: a UUID.
type ID string

// NewID returns an identifier for a new consultation.
func NewID() ID { return ID(reference.NewID()) }

// Consultation is a client who was advised.
type Consultation struct {
	ID       ID
	ClientID clients.ID
	// Type is a leaf of the code list case_types.
	Type   codelist.Code
	HeldOn civil.Date
	// Worker is the identifier of who advised, "" for nobody known.
	Worker string
	// CaseID is the case that it became, "" for none.
	CaseID cases.ID
	Note   string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the consultation whatever the day and
// the code lists.
func (c Consultation) Check() error {
	var err error
	if c.ClientID == "" {
		err = clients.ErrNotFound
	}
	if c.Type == 0 {
		err = errors.Join(err, errType)
	}
	if _, e := civil.Parse(string(c.HeldOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("held_on"))
	}
	return errors.Join(err, text.Lines("note", c.Note, noteLimit))
}

// Validate reports everything that is wrong with the consultation on the office's
// day today.
func (c Consultation) Validate(reg *codelist.Registry, today civil.Date) error {
	err := c.Check()
	if _, ok := reg.List(codelist.CaseTypes).Leaf(c.Type); !ok && c.Type != 0 {
		err = errors.Join(err, errType)
	}
	if today.Before(c.HeldOn) {
		err = errors.Join(err, errFuture)
	}
	return err
}

// changes lists what differs between two consultations, for the audit.
func changes(old, c Consultation) []audit.Change {
	return audit.Diff(
		audit.Field("client_id", old.ClientID, c.ClientID),
		audit.Field("consultation_type", old.Type, c.Type),
		audit.Field("held_on", old.HeldOn, c.HeldOn),
		audit.Field("worker_id", old.Worker, c.Worker),
		audit.Field("case_id", old.CaseID, c.CaseID),
		audit.Field("said", old.Note, c.Note),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (c Consultation) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// Format writes the identifier, whatever the verb.
func (c Consultation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(c.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Consultation) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// Seen is a consultation as somebody may read it.
type Seen struct {
	Consultation
	// Reads says that nothing of it is withheld: neither what it was about nor what
	// was said.
	Reads bool
	// Sensitive says that its type is: looking at it is recorded.
	Sensitive bool
	Client    clients.Line
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Type is a leaf of the code list case_types.
	Type        codelist.Code
	Worker      string
	From, Until civil.Date
	Client      clients.ID
	Case        cases.ID
	After       pagemark.Mark
	Limit       int
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
