// Package events keeps what the office held for many at once: campaigns, trainings,
// meetings. One record is one activity on one day with the number of those who took
// part; nobody is named.
//
// The kind is a leaf of the national code list. An activity belongs to an office and
// to whoever recorded it.
//
// Rules are in events.go, operations in service.go, SQL in sql.go, and pages in
// http.go.
package events

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
)

// Errors of activities.
var (
	// ErrNotFound reports an identifier that no activity has, or none for this person.
	ErrNotFound = errs.New(errs.NotFound, "events.not-found")
	// ErrChanged reports that somebody saved the activity since it was read.
	ErrChanged = errs.New(errs.Conflict, "events.changed")

	errKind         = errs.New(errs.Invalid, "events.kind-unknown").On("kind")
	errFuture       = errs.New(errs.Invalid, "events.in-future").On("held_on")
	errParticipants = errs.New(errs.Invalid, "events.participants-wrong").On("participants")
)

// Limits of an activity: more people than participantsLimit are a slip of the pen, and
// more than one number that leaves the office may say.
const (
	participantsLimit = 5000
	placeLimit        = 200
	noteLimit         = 2000
)

// ID names an activity within its node: a UUID.
type ID string

// NewID returns an identifier for a new activity.
func NewID() ID { return ID(reference.NewID()) }

// Activity is what was held for many at once.
type Activity struct {
	ID ID
	// Kind is a leaf of the code list activity_kinds.
	Kind   codelist.Code
	HeldOn civil.Date
	Place  string
	// Participants are those who took part, from 0.
	Participants int
	Note         string
	// OfficeID and RecordedBy are "" where there is none.
	OfficeID, RecordedBy string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the activity whatever the day and the
// code lists.
func (a Activity) Check() error {
	var err error
	if a.Kind == 0 {
		err = errKind
	}
	if _, e := civil.Parse(string(a.HeldOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("held_on"))
	}
	if a.Participants < 0 || a.Participants > participantsLimit {
		err = errors.Join(err, errParticipants)
	}
	return errors.Join(err, text.Line("place", a.Place, placeLimit), text.Lines("note", a.Note, noteLimit))
}

// Validate reports everything that is wrong with the activity on the office's day
// today.
func (a Activity) Validate(reg *codelist.Registry, today civil.Date) error {
	err := a.Check()
	if _, ok := reg.List(codelist.ActivityKinds).Leaf(a.Kind); !ok && a.Kind != 0 {
		err = errors.Join(err, errKind)
	}
	if today.Before(a.HeldOn) {
		err = errors.Join(err, errFuture)
	}
	return err
}

func changes(old, a Activity) []audit.Change {
	return audit.Diff(
		audit.Field("activity_kind", old.Kind, a.Kind),
		audit.Field("held_on", old.HeldOn, a.HeldOn),
		audit.Field("place", old.Place, a.Place),
		audit.Field("participants", old.Participants, a.Participants),
		audit.Field("office_id", old.OfficeID, a.OfficeID),
		audit.Field("activity_note", old.Note, a.Note),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (a Activity) LogValue() slog.Value { return slog.StringValue(string(a.ID)) }

// Format writes the identifier, whatever the verb.
func (a Activity) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(a.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (a Activity) MarshalText() ([]byte, error) { return []byte(a.ID), nil }

// Seen is an activity as somebody sees it.
type Seen struct {
	Activity
	// Edits says that the reader may change it.
	Edits bool
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Kind is a leaf of the code list activity_kinds.
	Kind        codelist.Code
	From, Until civil.Date
	After       pagemark.Mark
	Limit       int
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
