package consultations

import (
	"errors"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
)

// ErrNoService reports an identifier that no service has, or none for this person.
var ErrNoService = errs.New(errs.NotFound, "services.not-found")

var (
	errKind          = errs.New(errs.Invalid, "services.kind-unknown").On("kind")
	errGivenFuture   = errs.New(errs.Invalid, "services.in-future").On("given_on")
	errBeforeOpening = errs.New(errs.Invalid, "services.before-opening").On("given_on")
	errPlace         = errs.New(errs.Invalid, "services.place").On("kind")
)

// ServiceID names a service within its node: a UUID.
type ServiceID string

// NewServiceID returns an identifier for a new service.
func NewServiceID() ServiceID { return ServiceID(reference.NewID()) }

// Given is one thing that the office did for a client on one day: in a case, or out
// of a consultation.
type Given struct {
	ID       ServiceID
	ClientID clients.ID
	// One of the two is set.
	CaseID       cases.ID
	Consultation ID
	// Kind is a leaf of the code list service_kinds.
	Kind    codelist.Code
	GivenOn civil.Date
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the service whatever the day and the
// code lists.
func (g Given) Check() error {
	var err error
	if (g.CaseID == "") == (g.Consultation == "") {
		err = errPlace
	}
	if g.Kind == 0 {
		err = errors.Join(err, errKind)
	}
	if _, e := civil.Parse(string(g.GivenOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("given_on"))
	}
	return err
}

// Validate reports everything that is wrong with the service on the office's day
// today. It cannot have been given before the day from.
func (g Given) Validate(reg *codelist.Registry, from, today civil.Date) error {
	err := g.Check()
	if _, ok := reg.List(codelist.ServiceKinds).Leaf(g.Kind); !ok && g.Kind != 0 {
		err = errors.Join(err, errKind)
	}
	switch {
	case today.Before(g.GivenOn):
		err = errors.Join(err, errGivenFuture)
	case g.GivenOn.Before(from):
		err = errors.Join(err, errBeforeOpening)
	}
	return err
}

// within is what the service belongs to, for the audit.
func (g Given) within() string {
	if g.CaseID != "" {
		return string(g.CaseID)
	}
	return string(g.ClientID)
}

func serviceChanges(old, g Given) []audit.Change {
	return audit.Diff(audit.Field("service_kind", old.Kind, g.Kind), audit.Field("given_on", old.GivenOn, g.GivenOn))
}
