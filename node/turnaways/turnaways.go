// Package turnaways keeps who came and could not be helped, and why. One record is
// one time that somebody came, not one person.
//
// Most are of people whom the office never registered; whoever is registered may be
// named, and then only who sees that client sees the record. The reason is a leaf of
// the national code list.
//
// Rules are in turnaways.go, operations in service.go, SQL in sql.go, and pages in
// http.go.
package turnaways

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
	"casehub/node/clients"
)

// Errors of turn-aways.
var (
	// ErrNotFound reports an identifier that no record has, or none for this person.
	ErrNotFound = errs.New(errs.NotFound, "turnaways.not-found")
	// ErrChanged reports that somebody saved the record since it was read.
	ErrChanged = errs.New(errs.Conflict, "turnaways.changed")

	errReason = errs.New(errs.Invalid, "turnaways.why-unknown").On("why")
	errFuture = errs.New(errs.Invalid, "turnaways.in-future").On("came_on")
)

// noteLimit is the most characters of a note.
const noteLimit = 2000

// ID names a record within its node: a UUID.
type ID string

// NewID returns an identifier for a new record.
func NewID() ID { return ID(reference.NewID()) }

// TurnAway is somebody who came and could not be helped.
type TurnAway struct {
	ID ID
	// Reason is a leaf of the code list turn_away_reasons.
	Reason codelist.Code
	CameOn civil.Date
	// ClientID is "" for somebody whom the office has not registered.
	ClientID clients.ID
	// OfficeID and RecordedBy are "" where there is none.
	OfficeID, RecordedBy string
	Note                 string

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts saves, from 1.
	Version int
}

// Check reports everything that is wrong with the record whatever the day and the
// code lists.
func (t TurnAway) Check() error {
	var err error
	if t.Reason == 0 {
		err = errReason
	}
	if _, e := civil.Parse(string(t.CameOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("came_on"))
	}
	return errors.Join(err, text.Lines("note", t.Note, noteLimit))
}

// Validate reports everything that is wrong with the record on the office's day
// today.
func (t TurnAway) Validate(reg *codelist.Registry, today civil.Date) error {
	err := t.Check()
	if _, ok := reg.List(codelist.TurnAwayReasons).Leaf(t.Reason); !ok && t.Reason != 0 {
		err = errors.Join(err, errReason)
	}
	if today.Before(t.CameOn) {
		err = errors.Join(err, errFuture)
	}
	return err
}

func changes(old, t TurnAway) []audit.Change {
	return audit.Diff(
		audit.Field("client_id", old.ClientID, t.ClientID),
		audit.Field("turned_away", old.Reason, t.Reason),
		audit.Field("came_on", old.CameOn, t.CameOn),
		audit.Field("office_id", old.OfficeID, t.OfficeID),
		audit.Field("turnaway_note", old.Note, t.Note),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (t TurnAway) LogValue() slog.Value { return slog.StringValue(string(t.ID)) }

// Format writes the identifier, whatever the verb.
func (t TurnAway) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(t.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (t TurnAway) MarshalText() ([]byte, error) { return []byte(t.ID), nil }

// Seen is a record as somebody may read it.
type Seen struct {
	TurnAway
	// Reads says that the note is not withheld, and Edits that the reader may
	// change the record.
	Reads, Edits bool
	Client       clients.Line
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Reason is a leaf of the code list turn_away_reasons.
	Reason      codelist.Code
	From, Until civil.Date
	Client      clients.ID
	After       pagemark.Mark
	Limit       int
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
