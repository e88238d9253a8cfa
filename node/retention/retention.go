// Package retention keeps clients no longer than the law demands, and gives them
// what is theirs: their data on paper, and an end of it.
//
// A closed case is kept for the years of its case type. A client who asks to be
// erased before that is restricted: the records stay, nobody works with them, and
// who looks at them says why. After the last day a request is carried out by a
// second person. The rows go, their traces in the file, the keys of the
// attachments and the values in the audit; what was counted in a release stays
// counted, and the audit keeps that somebody was erased. A keyed hash in the
// erasure journal erases the client again when an older backup comes back.
//
// Rules are in retention.go and rules.go, requests in service.go, the erasure in
// erase.go and traces.go, the journal in journal.go, what happens by itself in
// schedule.go, a client's own data in export.go, owndata.go and given.go, SQL in sql*.go,
// and pages in http*.go with the templates beside them.
package retention

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
)

// Errors of retention.
var (
	// ErrNoRequest reports a request that does not exist, or not for this person.
	ErrNoRequest = errs.New(errs.NotFound, "retention.not-found")
	// ErrDecided reports a request that somebody has decided before.
	ErrDecided = errs.New(errs.Conflict, "retention.decided")
	// ErrAsked reports a request beside one that waits.
	ErrAsked = errs.New(errs.Conflict, "retention.asked")
	// ErrOpen reports an erasure of a case that is open.
	ErrOpen = errs.New(errs.Conflict, "retention.open")
	// ErrNotDue reports an erasure before the last day. Its value "day" is the
	// day after which it may be done.
	ErrNotDue = errs.New(errs.Conflict, "retention.not-due")
	// ErrNothingDue reports a client of whom nothing may be erased yet.
	ErrNothingDue = errs.New(errs.Conflict, "retention.nothing-due")

	errWhy     = errs.New(errs.Invalid, "retention.why-missing").On("why")
	errFuture  = errs.New(errs.Invalid, "retention.in-future").On("asked_on")
	errNoCase  = errs.New(errs.Invalid, "retention.case-unknown").On("case")
	errYears   = errs.New(errs.Invalid, "retention.years")
	errUnknown = errs.New(errs.Invalid, "retention.rule-unknown")
)

// Ground is why something is to be erased.
type Ground string

// The grounds.
const (
	Asked Ground = "asked" // the client asked
	Due   Ground = "due"   // the years are over
)

// State is what became of a request.
type State string

// The states.
const (
	Waiting   State = "waiting"
	TakenBack State = "taken-back"
	Erased    State = "erased" // the rows are gone
	Done      State = "done"   // and their traces
)

const (
	noteLimit = 1000
	whyLimit  = 1000
	// whyLeast is the fewest characters that say why.
	whyLeast = 10
	// opening is how long a restricted client is open to who said why.
	opening = time.Hour
)

// Request asks to erase a client, or one case of a client.
type Request struct {
	ID       string
	ClientID string
	// CaseID is "" for the whole client.
	CaseID      string
	Ground      Ground
	Note        string
	AskedOn     civil.Date
	RequestedBy string // identifier of a person
	RequestedAt time.Time
	State       State
	// DecidedBy is "" and DecidedAt zero while it waits.
	DecidedBy string
	DecidedAt time.Time
}

// requester is who recorded the request.
func (r Request) requester() actor.Actor { return actor.Actor{Kind: actor.Person, ID: r.RequestedBy} }

// LogValue lets a log show the identifier and nothing else.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.ID) }

// Format writes the identifier, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.ID) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.ID), nil }

// file is what decides how long one case is kept.
type file struct {
	id, reference string
	caseType      codelist.Code
	opened        civil.Date
	closed        civil.Date // "" while open
	restricted    bool
}

// LogValue lets a log show the identifier and nothing else.
func (f file) LogValue() slog.Value { return slog.StringValue(f.id) }

// holder is what decides how long a client without a case is kept.
type holder struct {
	id, reference string
	birth         civil.Date // "" unknown
	updated       civil.Date
	restricted    bool
}

// LogValue lets a log show the identifier and nothing else.
func (h holder) LogValue() slog.Value { return slog.StringValue(h.id) }

// grownUp is the age, in years, to which a file about a child is kept at least:
// three years after eighteen, the time in which a claim from childhood may still
// be brought.
const grownUp = 21

// lastDay returns the last day on which a case has to be kept, "" while it is
// open.
func (r Rules) lastDay(f file, h holder) civil.Date {
	if f.closed == "" {
		return ""
	}
	return r.atLeast(later(f.closed, r.Years(f.caseType)), h)
}

// lastDayOf returns the last day on which a client has to be kept: that of the
// last case, or of the client's own record where there is none. It is "" while a
// case is open.
func (r Rules) lastDayOf(h holder, files []file) civil.Date {
	last := r.atLeast(later(h.updated, r.Years(0)), h)
	if len(files) > 0 {
		last = ""
	}
	for _, f := range files {
		day := r.lastDay(f, h)
		if day == "" {
			return ""
		}
		if last.Before(day) {
			last = day
		}
	}
	return last
}

// atLeast keeps what is about a child until it has grown up.
func (Rules) atLeast(day civil.Date, h holder) civil.Date {
	if h.birth == "" {
		return day
	}
	return max(day, later(h.birth, grownUp))
}

// later returns the day some years later; 29 February becomes 1 March.
func later(d civil.Date, years int) civil.Date { return civil.On(d.Time().AddDate(years, 0, 0)) }
