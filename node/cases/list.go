package cases

import (
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/node/clients"
)

// PageSize is the number of lines on a page where a filter names no other.
const PageSize = 30

// ErrCursor reports a page mark that no page gave.
var ErrCursor = errs.New(errs.Invalid, "cases.cursor").On("after")

// Filter says which cases a list shows. Empty fields do not narrow it.
type Filter struct {
	// Search holds what somebody typed: beginnings of words of the client's name
	// and numbers, of the other party, or of a reference.
	Search string
	Status Status
	// Type is a leaf or a category of the code list case_types.
	Type codelist.Code
	// Client narrows the list to one client.
	Client clients.ID
	// Responsible narrows the list to the cases of one person, or with Nobody to
	// those without any.
	Responsible string
	// After is the mark at which the page before ended; empty for the first.
	After Cursor
	// Limit is the number of lines; 0 means PageSize.
	Limit int
}

// Nobody stands in a filter for the person of a case that has none.
const Nobody = "none"

// Line is a case as lists show it, with its client.
type Line struct {
	ID        ID
	Reference string
	Type      codelist.Code
	Status    Status
	OpenedOn  civil.Date
	ClosedOn  civil.Date
	Outcome   codelist.Code
	UpdatedAt time.Time
	// Responsible is the identifier of whose case it is, "" for nobody.
	Responsible string
	Client      clients.Line
}

// Page is a part of a list.
type Page struct {
	Lines []Line
	// Next marks the page that follows; empty after the last line.
	Next Cursor
}

// Counts holds how many cases there are.
type Counts struct {
	Open   int
	Closed int
	// OpenedSince and ClosedSince count from the first day asked for.
	OpenedSince int
	ClosedSince int
}

// Cursor marks a place in a list, by opening day and identifier.
type Cursor struct {
	OpenedOn civil.Date
	ID       ID
}

// String returns the mark as a form or an address carries it, "" for none.
func (c Cursor) String() string {
	if c.ID == "" {
		return ""
	}
	return string(c.OpenedOn) + "." + string(c.ID)
}

// ParseCursor reads a mark. It fails with ErrCursor.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	day, id, _ := strings.Cut(s, ".")
	on, err := civil.Parse(day)
	if err != nil || id == "" {
		return Cursor{}, ErrCursor
	}
	return Cursor{OpenedOn: on, ID: ID(id)}, nil
}
