// Package statistics answers national questions: what the releases add up to,
// how a measure moved over months, which offices reported and when.
//
// Only releases that count are inside: neither one that waits for an earlier
// one, nor one that was voided. A group belongs to the month of the release
// that published it. Four kinds of "no number" stay apart: an office that is
// not expected in a month (not yet open, closed), one that did not report, one
// whose release had no groups, and a code that was not published.
//
// Types are here, questions in service.go, SQL in sql.go.
package statistics

import (
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Span is a run of months, both ends inside; 0 leaves an end open.
type Span struct {
	From, To civil.Month
}

// Total is the sum of the groups of one code.
type Total struct {
	DataSet uint32
	Code    codelist.Code
	Level   releasev1.GroupLevel
	// Value is a number of events.
	Value uint64
	// AmountHundreds is money in whole hundreds of the currency unit; 0 in a
	// table without money.
	AmountHundreds uint64
	// Offices is the number of offices whose releases are inside.
	Offices int
}

// Totals is what the releases of a span add up to.
type Totals struct {
	// Rows are ascending by data set, code and level.
	Rows []Total
	// Releases is the number of releases inside, also those without a group.
	Releases uint64
}

// Point is what was published under a code in one month.
type Point struct {
	DataSet        uint32
	Period         civil.Month
	Code           codelist.Code
	Value          uint64
	AmountHundreds uint64
}

// State says what an office did about one month.
type State string

// The states. Only Reported, Late and Missing are expected to report.
const (
	// Reported: the month's release counts and came in time.
	Reported State = "reported"
	// Late: the month's release counts and came after the day.
	Late State = "late"
	// Waiting: the month's release is here and an earlier one is not, or the
	// office is held.
	Waiting State = "waiting"
	// Missing: the office was open and its release has not arrived.
	Missing State = "missing"
	// NotExpected: the office was not open in the month.
	NotExpected State = "not-expected"
)

// Office is one office's state of reporting.
type Office struct {
	OrgUnit  uint32
	Name     string
	Province string
	Network  string
	OpenedOn civil.Date
	// ClosedOn is "" while the office is open.
	ClosedOn civil.Date
	// LastSequence and LastPeriod are of the newest counted release; 0 when none.
	LastSequence uint32
	LastPeriod   civil.Month
	// ReceivedAt is when that arrived; the zero time when none.
	ReceivedAt time.Time
	// Waiting is the number of releases that are here and do not count yet.
	Waiting int
	// Held is true since a fork.
	Held bool
	// Key is about the keys of the office.
	Key Key
	// State is about the month that was asked.
	State State
}

// Key says which key an office signs with.
type Key struct {
	// Number counts the office's keys.
	Number uint32
	// RenewedAt is when it took the place of another; zero for the first. Last is the
	// newest release that counted until then, 0 when none did.
	RenewedAt time.Time
	Last      uint32
	// Withdrawn is how many releases after that one counted by a key before and do no
	// more.
	Withdrawn int
	// Refused is how many releases came since then by a key that was replaced.
	Refused int
}

// Reporting is one month's reporting (DHIS2 reporting rate).
type Reporting struct {
	Period civil.Month
	// Offices are ascending by number.
	Offices []Office
	// Expected is the number of offices open in the month, Actual those of them
	// whose release for it counts, OnTime those whose release came in time.
	Expected, Actual, OnTime int
}

// Rate is one month of the trend of reporting; see Reporting.
type Rate struct {
	Period                   civil.Month
	Expected, Actual, OnTime int
}

// Release is one release of an office, for the page that shows where a total
// comes from.
type Release struct {
	Sequence uint32
	Period   civil.Month
	Kind     releasev1.ReleaseKind
	// Status is "counted", "waiting", "voided", or "withdrawn" of what a stolen key
	// brought.
	Status     string
	Digest     [32]byte
	ReceivedAt time.Time
	// Groups is the number of groups, Value the sum of their events over all
	// data sets.
	Groups int
	Value  uint64
}

// Alarms says which alarms are asked for.
type Alarms struct {
	// OrgUnit is one office; 0 asks for all.
	OrgUnit uint32
	// Closed asks also for those that somebody has decided.
	Closed bool
}

// Alarm says that a second release came under a used number of an office.
type Alarm struct {
	OrgUnit  uint32
	Sequence uint32
	// Digest is the second release's.
	Digest   [32]byte
	RaisedAt time.Time
	// ClosedAt is zero while the alarm is open; else who let the office go on,
	// and why.
	ClosedAt    time.Time
	Who, Reason string
}

// Open reports whether nobody has decided yet.
func (a Alarm) Open() bool { return a.ClosedAt.IsZero() }

// TimelyDay is the last day of the following month on which a release is in
// time.
const TimelyDay = 15

// Deadline returns the first instant at which a release for the month is late,
// by the clock of the zone.
func Deadline(m civil.Month, zone *time.Location) time.Time {
	first := m.Add(1).First().Time()
	return time.Date(first.Year(), first.Month(), TimelyDay+1, 0, 0, 0, 0, zone)
}
