package clients

import (
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

// PageSize is the number of lines on a page where a filter names no other.
const PageSize = 30

// ErrCursor reports a page mark that no page gave.
var ErrCursor = errs.New(errs.Invalid, "clients.cursor").On("after")

// Filter says which clients a list shows.
type Filter struct {
	// Search holds what somebody typed: beginnings of names, of a reference, of
	// a document or telephone number. Accents and capitals do not matter.
	Search string
	// Adding leaves out who may only be looked at.
	Adding bool
	// After is the mark at which the page before ended; empty for the first.
	After Cursor
	// Limit is the number of lines; 0 means PageSize.
	Limit int
}

// Line is a client as lists show it.
type Line struct {
	ID             ID
	Reference      string
	Surname        string
	GivenNames     string
	BirthDate      civil.Date
	BirthPrecision Precision
	ContactSafety  Safety
	UpdatedAt      time.Time
}

// FullName returns the given names and the surname, or "" where the client
// gave no name.
func (l Line) FullName() string { return fullName(l.GivenNames, l.Surname) }

// Line returns the client as lists show it.
func (c Client) Line() Line {
	return Line{
		ID: c.ID, Reference: c.Reference, Surname: c.Surname, GivenNames: c.GivenNames,
		BirthDate: c.BirthDate, BirthPrecision: c.BirthPrecision, ContactSafety: c.ContactSafety, UpdatedAt: c.UpdatedAt,
	}
}

// Page is a part of a list.
type Page struct {
	Lines []Line
	// Next marks the page that follows; empty after the last line.
	Next Cursor
}

// Cursor marks a place in a list, by when a client was saved and by identifier.
type Cursor struct {
	UpdatedAt int64 // Unix milliseconds
	ID        ID
}

// String returns the mark as a form or an address carries it, "" for none.
func (c Cursor) String() string {
	if c.ID == "" {
		return ""
	}
	return strconv.FormatInt(c.UpdatedAt, 10) + "." + string(c.ID)
}

// ParseCursor reads a mark. It fails with ErrCursor.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	at, id, ok := strings.Cut(s, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || id == "" {
		return Cursor{}, ErrCursor
	}
	return Cursor{UpdatedAt: ms, ID: ID(id)}, nil
}
