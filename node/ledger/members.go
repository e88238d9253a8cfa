package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// ErrNoGroup reports a group that never left.
var ErrNoGroup = errs.New(errs.NotFound, "ledger.no-group")

// ErrCursor reports a page mark that no page gave.
var ErrCursor = errs.New(errs.Invalid, "ledger.cursor").On("after")

// Part is one number about a measure, and the records that make it.
type Part string

// The parts of a measure. What counts today was published (net of what was taken
// back), is still to be taken back, waits, was published elsewhere, or was not read
// yet; erased records are in what was published and count no more.
const (
	Today     Part = "today"
	Published Part = "published"
	Pending   Part = "pending"
	Waits     Part = "waiting"
	// Of what waits, what never left and what fell with its release.
	WaitsFirst Part = "waiting-first"
	WaitsAgain Part = "waiting-again"
	Elsewhere  Part = "elsewhere"
	Unread     Part = "unread"
	Erased     Part = "erased"
	// Withdrawn are records that are gone and never left: no part of the sum.
	Withdrawn Part = "withdrawn"
)

// Stand is where the records of one measure are.
type Stand struct {
	DataSet uint32
	// Today counts the records that count by the rules, whatever the ledger has of
	// them. Pending is below zero where more is to be taken back than given.
	Today, Published, Pending, Waiting, Elsewhere, Unread, Erased, Withdrawn int64
}

// Holds reports whether every record is somewhere, and nowhere twice.
func (s Stand) Holds() bool {
	return s.Today == s.Published+s.Pending+s.Waiting+s.Elsewhere+s.Unread-s.Erased
}

// Of returns the number of a part.
func (s Stand) Of(p Part) int64 {
	return map[Part]int64{
		Today: s.Today, Published: s.Published, Pending: s.Pending, Waits: s.Waiting, Elsewhere: s.Elsewhere,
		Unread: s.Unread, Erased: s.Erased, Withdrawn: s.Withdrawn,
	}[p]
}

// Stands returns where the records of each measure are, in the order of the plan,
// without those that never left and that walls keep from the reader.
func (l *Ledger) Stands(ctx context.Context, q sqlite.Querier, walled access.Filter) ([]Stand, error) {
	sources, err := l.sources()
	if err != nil {
		return nil, err
	}
	var all []Stand
	for _, s := range sources {
		one, err := s.selectStand(ctx, q, l.currency, walled)
		if err != nil {
			return nil, fmt.Errorf("looking where the records of %s are: %w", s.set.Name, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// Standing says what became of a record since it was counted.
type Standing string

// Hides reports whether nobody is shown whose record it is, nor its amount.
func (s Standing) Hides() bool { return s == Forgot || s == Withheld }

// The values of Standing.
const (
	Same    Standing = "same"
	Changed Standing = "changed" // it says something else today
	Gone    Standing = "gone"    // it is no more, or does not count any more
	Forgot  Standing = "erased"  // nobody can say whose it was
	// Withheld: it waits for its erasure, and nobody is shown more.
	Withheld Standing = "withheld"
)

// Member is one record behind a number, or one correction in it.
type Member struct {
	// Value and Minor are what it adds, both below zero for what is taken back.
	Value, Minor int64
	// Code and Period are as it was counted; 0 where it never was, or was erased.
	Code   codelist.Code
	Period civil.Month
	// Source is the record, CaseID its case. They are "" where there is none any
	// more, or none to be shown.
	Source, CaseID, CaseReference string
	// ClientID is "" where there is no client, or none that the reader sees.
	ClientID, Surname, GivenNames string
	// Day, Now, NowValue and NowMinor are what the record says today.
	Day                civil.Date
	Now                codelist.Code
	NowValue, NowMinor int64
	Standing           Standing
	// Correction says that it takes back, or gives back, what was counted in the
	// release Counted.
	Correction bool
	Counted    uint32

	key string
}

// FullName returns the client's name as lists show it.
func (m Member) FullName() string { return strings.TrimSpace(m.GivenNames + " " + m.Surname) }

// Members is a part of a list of records.
type Members struct {
	Lines []Member
	// Next marks the page that follows, "" after the last line.
	Next string
}

// PublishedGroup is a group that left, and what its records add up to.
type PublishedGroup struct {
	Group
	Sequence uint32
	// VoidedBy is the release that took it back, 0 while it counts, and Again the
	// release of the group that it repeats, 0 for none and for one of a draft.
	VoidedBy, Again uint32
	// Records and Corrections are numbers of lines, with what they add up to.
	Records, Counted, CountedMinor   int64
	Corrections, Netted, NettedMinor int64
	CarriedMinor                     int64 // what rounding had left over before
	MinorPerHundred                  int64
	// Hidden is how many of the lines belong to nobody who is shown: their exact
	// amounts, and the exact sum beside those of the others, are not to be told.
	Hidden int64
	id     int64
}

// Left is what rounding leaves for the next group, as it is taken off this one.
func (g PublishedGroup) Left() int64 { return -g.CarryMinor }

// Holds reports whether the records and corrections are what was published: to the
// last record, and to the last hundred with what rounding carries from group to
// group.
func (g PublishedGroup) Holds() bool {
	return g.Counted+g.Netted == g.Value && g.CountedMinor+g.NettedMinor+g.CarriedMinor == g.AmountHundreds*g.MinorPerHundred+g.CarryMinor
}

// Opened returns the group of a release that stands under a code. It fails with
// ErrNoGroup.
func (l *Ledger) Opened(ctx context.Context, q sqlite.Querier, sequence, set, level uint32, code codelist.Code) (PublishedGroup, error) {
	found, ok := l.reg.DataSet(set)
	if !ok {
		return PublishedGroup{}, ErrNoGroup
	}
	s, err := l.source(found)
	if err != nil {
		return PublishedGroup{}, err
	}
	g, err := s.selectOpened(ctx, q, sequence, level, code, l.minor)
	if errors.Is(err, sqlite.ErrNoRows) {
		return g, ErrNoGroup
	}
	if err != nil {
		return g, fmt.Errorf("reading a group of release %d: %w", sequence, err)
	}
	return g, nil
}

// Leaving lists the groups of one measure that count, the newest first.
func (l *Ledger) Leaving(ctx context.Context, q sqlite.Querier, set uint32) ([]PublishedGroup, error) {
	return selectLeaving(ctx, q, set)
}

// MembersOf lists the records of a published group, and after them what was netted
// in it. Clients that are not of the filter are left out of their lines.
func (l *Ledger) MembersOf(ctx context.Context, q sqlite.Querier, g PublishedGroup, clients access.Filter, after string, limit int) (Members, error) {
	return l.members(ctx, q, g.DataSet, inGroup, sqlite.Args{"group": g.id}, clients, after, limit)
}

// MembersIn lists the records of one part of a measure, under one code, 0 for all.
// Those that were published stand in their groups (Leaving). Walled is that of Stands.
func (l *Ledger) MembersIn(ctx context.Context, q sqlite.Querier, set uint32, part Part, code codelist.Code, clients, walled access.Filter, after string, limit int) (Members, error) {
	lines, ok := linesOf[part]
	if !ok {
		return Members{}, ErrNoGroup
	}
	of := func(s source) string { return s.without(lines(s), walled) }
	return l.members(ctx, q, set, of, walled.Into(sqlite.Args{"of": code}), clients, after, limit)
}

// SumIn returns what the list of MembersIn adds up to.
func (l *Ledger) SumIn(ctx context.Context, q sqlite.Querier, set uint32, part Part, code codelist.Code, walled access.Filter) (int64, error) {
	lines, ok := linesOf[part]
	if !ok {
		return 0, ErrNoGroup
	}
	return l.sum(ctx, q, set, lines, code, walled)
}

// KeptIn returns how much of what waits of a measure has no reason to be shown: its
// erasure is awaited, or its record is gone since. Walled is that of Stands.
func (l *Ledger) KeptIn(ctx context.Context, q sqlite.Querier, set uint32, walled access.Filter) (int64, error) {
	return l.sum(ctx, q, set, source.keptWaits, 0, walled)
}

func (l *Ledger) sum(ctx context.Context, q sqlite.Querier, set uint32, lines func(source) string, code codelist.Code, walled access.Filter) (int64, error) {
	found, _ := l.reg.DataSet(set)
	s, err := l.source(found)
	if err != nil {
		return 0, err
	}
	n, err := selectSum(ctx, q, s.without(lines(s), walled), s.args(l.currency, walled.Into(sqlite.Args{"of": code})))
	if err != nil {
		return 0, fmt.Errorf("counting records of %s: %w", found.Name, err)
	}
	return n, nil
}

func (l *Ledger) members(ctx context.Context, q sqlite.Querier, set uint32, lines func(source) string, args sqlite.Args, clients access.Filter, after string, limit int) (Members, error) {
	if len(after) > 60 {
		return Members{}, ErrCursor
	}
	found, ok := l.reg.DataSet(set)
	if !ok {
		return Members{}, ErrNoGroup
	}
	s, err := l.source(found)
	if err != nil {
		return Members{}, err
	}
	args["after"], args["limit"] = after, limit+1
	all, err := s.selectMembers(ctx, q, lines(s), s.args(l.currency, clients.Into(args)), clients)
	if err != nil {
		return Members{}, fmt.Errorf("listing records of %s: %w", found.Name, err)
	}
	if len(all) <= limit {
		return Members{Lines: all}, nil
	}
	return Members{all[:limit], all[limit-1].key}, nil
}
