// Package quality finds errors in what the office captured: each month some files are
// drawn at random and checked with their clients.
//
// The draw is by a seed that is recorded: anybody can draw the same files again and see
// that none was left out on purpose. What a client said of a file, and which field was
// wrong, stays in the office; only how many were checked and how many had an error is
// published.
//
// Rules are in quality.go, operations in service.go, SQL in sql.go, and pages in
// http.go.
package quality

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/text"
	"casehub/node/audit"
	"casehub/node/cases"
)

// Errors of checked files.
var (
	// ErrNotFound reports an identifier that no drawn file has, or none for this person.
	ErrNotFound = errs.New(errs.NotFound, "quality.not-found")
	// ErrChanged reports that somebody saved the check since it was read.
	ErrChanged = errs.New(errs.Conflict, "quality.changed")

	errMonth   = errs.New(errs.Invalid, "quality.month-wrong").On("month")
	errDrawn   = errs.New(errs.Invalid, "quality.month-drawn").On("month")
	errNoFiles = errs.New(errs.Invalid, "quality.month-empty").On("month")
	errSize    = errs.New(errs.Invalid, "quality.size-wrong").On("size")
	errResult  = errs.New(errs.Invalid, "quality.result-unknown").On("result")
	errWrong   = errs.New(errs.Invalid, "quality.wrong-missing").On("wrong")
	errFuture  = errs.New(errs.Invalid, "quality.in-future").On("checked_on")
)

// Limits of a sample and of a text. Ten files a month are an hour's work.
const (
	usualSize = 10
	sizeLimit = 200
	noteLimit = 2000
)

// WithError is the leaf of quality_results for a file with an error.
const WithError codelist.Code = 12102

// Wrong is the field of a file with an error; "" for none.
type Wrong string

// Fields are all values of Wrong.
func Fields() []Wrong {
	return []Wrong{"", "name", "birth", "contact", "type", "dates", "outcome", "amounts", "other"}
}

// Sample is a month's files of which some were drawn.
type Sample struct {
	ID    string
	Month civil.Month
	// Seed is 64 hexadecimal digits.
	Seed string
	// Files were captured in the month; Size is how many of them were asked for.
	Files, Size int
	DrawnAt     time.Time
}

// Choose returns those of some files that a seed chooses, at most size: the ones whose
// hashes come first. The order of the files does not matter.
func Choose(seed string, files []cases.ID, size int) []cases.ID {
	type lot struct {
		id  cases.ID
		sum [sha256.Size]byte
	}
	lots := make([]lot, len(files))
	for i, id := range files {
		lots[i] = lot{id, sha256.Sum256([]byte(seed + "\n" + string(id)))}
	}
	slices.SortFunc(lots, func(a, b lot) int {
		return cmp.Or(slices.Compare(a.sum[:], b.sum[:]), cmp.Compare(a.id, b.id))
	})
	lots = lots[:min(size, len(lots))]
	chosen := make([]cases.ID, len(lots))
	for i, l := range lots {
		chosen[i] = l.id
	}
	return chosen
}

// ID names a drawn file within its node: a UUID.
type ID string

// NewID returns an identifier for a drawn file.
func NewID() ID { return ID(reference.NewID()) }

// Check is a drawn file and what the client said of it.
type Check struct {
	ID     ID
	CaseID cases.ID
	Month  civil.Month
	// Result is a leaf of the code list quality_results, 0 while nobody checked.
	Result    codelist.Code
	CheckedOn civil.Date
	Wrong     Wrong
	Note      string
	// Version counts saves, from 1.
	Version int
	// Reference is that of the case.
	Reference string
}

// Validate reports everything that is wrong with the check on the office's day today.
func (c Check) Validate(reg *codelist.Registry, today civil.Date) error {
	var err error
	if _, ok := reg.List(codelist.QualityResults).Leaf(c.Result); !ok {
		err = errResult
	}
	if _, e := civil.Parse(string(c.CheckedOn)); e != nil {
		err = errors.Join(err, civil.ErrDate.On("checked_on"))
	}
	if today.Before(c.CheckedOn) {
		err = errors.Join(err, errFuture)
	}
	if !slices.Contains(Fields(), c.Wrong) || (c.Result == WithError) != (c.Wrong != "") {
		err = errors.Join(err, errWrong)
	}
	return errors.Join(err, text.Lines("note", c.Note, noteLimit))
}

func changes(old, c Check) []audit.Change {
	return audit.Diff(
		audit.Field("quality_result", old.Result, c.Result),
		audit.Field("checked_on", old.CheckedOn, c.CheckedOn),
		audit.Field("wrong", old.Wrong, c.Wrong),
		audit.Field("quality_note", old.Note, c.Note),
	)
}

// LogValue lets a log show the identifier and nothing else.
func (c Check) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// Format writes the identifier, whatever the verb.
func (c Check) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(c.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Check) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// State narrows a list by whether a file was checked.
type State string

// Unchecked is the state of a drawn file that nobody checked yet.
const Unchecked State = "unchecked"

// Filter narrows a list; empty fields do not.
type Filter struct {
	// Month is that in which the files were captured.
	Month civil.Month
	// Result is a leaf of the code list quality_results.
	Result codelist.Code
	// State is Unchecked for the files that nobody checked yet, "" for all.
	State State
	// After is the month and the identifier of the last line of the page before.
	After Mark
	Limit int
}

// Mark says where a page ends. The zero Mark is the beginning.
type Mark struct {
	Month civil.Month
	ID    ID
}

// PageSize is the number of lines where a filter names no other.
const PageSize = 30
