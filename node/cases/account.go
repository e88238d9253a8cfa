package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Errors of the account.
var (
	// ErrSpan reports months that are none, or end before they begin.
	ErrSpan = errs.New(errs.Invalid, "cases.account-span")
	// ErrPart reports a number that no account has.
	ErrPart = errs.New(errs.NotFound, "cases.account-part")
)

// Span is some months, the first and the last among them.
type Span struct{ From, To civil.Month }

// Check fails with ErrSpan.
func (s Span) Check() error {
	if !s.From.Valid() || !s.To.Valid() || s.To < s.From {
		return ErrSpan
	}
	return nil
}

// Part is one number of an account, and the cases that make it.
type Part string

// The parts. What was open when the span began, came new and was opened again,
// without what was closed, is what was open when it ended.
const (
	Opening  Part = "opening"
	New      Part = "new"
	Reopened Part = "reopened"
	Ended    Part = "closed"
	Closing  Part = "closing"
)

// Parts are all parts in their order.
func Parts() []Part { return []Part{Opening, New, Reopened, Ended, Closing} }

// Account says how many cases were open, came and went. A case that was opened
// again counts as reopened, and its second closing as another. The type of a case
// is the one that it has today: a type that was mended was wrong before, too.
type Account struct{ Opening, New, Reopened, Closed, Closing int64 }

// Of returns the number of a part.
func (a Account) Of(p Part) int64 {
	return map[Part]int64{Opening: a.Opening, New: a.New, Reopened: a.Reopened, Ended: a.Closed, Closing: a.Closing}[p]
}

// Holds reports whether opening + new + reopened - closed = closing.
func (a Account) Holds() bool { return a.Opening+a.New+a.Reopened-a.Closed == a.Closing }

// Plus adds two accounts of the same span.
func (a Account) Plus(b Account) Account {
	return Account{a.Opening + b.Opening, a.New + b.New, a.Reopened + b.Reopened, a.Closed + b.Closed, a.Closing + b.Closing}
}

// Accounts are the accounts of the types of a span, as somebody may see them.
type Accounts struct {
	Span
	// Types are the accounts of the leaves of case_types that have a number. Code 0
	// stands for the types that the reader may not see.
	Types map[codelist.Code]Account
	// Opens says that the reader may open every case that is counted.
	Opens bool
}

// Total adds up all types.
func (a Accounts) Total() Account {
	var sum Account
	for _, one := range a.Types {
		sum = sum.Plus(one)
	}
	return sum
}

// Books answer how many cases were open, came and went. What the person may not
// see is neither counted nor listed.
type Books struct {
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
}

// NewBooks returns the books of an office.
func NewBooks(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate) *Books {
	return &Books{db: db, reg: reg, gate: gate}
}

// sight is what somebody sees of the account: the cases that they may count, those
// that they may open, and the clients whose names stand beside these.
type sight struct{ counts, opens, clients access.Filter }

func (b *Books) sight(ctx context.Context, who actor.Actor) (sight, error) {
	var s sight
	var err error
	if s.counts, err = b.gate.Cases(ctx, who, "figures.read"); err != nil {
		return s, err
	}
	if s.opens, err = b.gate.Cases(ctx, who, "cases.read"); err != nil {
		return s, err
	}
	s.clients, err = b.gate.Clients(ctx, who, "clients.read")
	return s, err
}

// Account returns the accounts of a span. It fails with ErrSpan.
func (b *Books) Account(ctx context.Context, who actor.Actor, span Span) (Accounts, error) {
	if err := span.Check(); err != nil {
		return Accounts{}, err
	}
	s, err := b.sight(ctx, who)
	if err != nil {
		return Accounts{}, err
	}
	a, err := selectAccount(ctx, b.db, span, s)
	if err != nil {
		return Accounts{}, fmt.Errorf("reading the account of %s to %s: %w", span.From.Dash(), span.To.Dash(), err)
	}
	return a, nil
}

// Asked says which cases of an account a list shows.
type Asked struct {
	Span
	Part Part
	// Type is a leaf or a category of case_types; 0 for all.
	Type codelist.Code
	// After is the mark at which the page before ended; the zero Mark for the first.
	After Mark
	// Limit is the number of lines; 0 means PageSize.
	Limit int
}

// Spell is one time for which a case was open.
type Spell struct {
	// ID is "" for a case that was erased: of it there are the months and the type.
	ID        ID
	Reference string
	// Type is 0 where the reader may not see it.
	Type codelist.Code
	// Again says that the case was opened again on Began; Ended is "" while it is
	// open.
	Again        bool
	Began, Ended civil.Date
	// ClientID is "" where the reader does not see the client.
	ClientID, Surname, GivenNames string
	mark                          Mark
}

// FullName returns the client's name as lists show it.
func (s Spell) FullName() string { return strings.TrimSpace(s.GivenNames + " " + s.Surname) }

// Spells is a part of a list.
type Spells struct {
	Lines []Spell
	// Total is the number of the account that the list makes.
	Total int64
	// Next marks the page that follows; the zero Mark after the last line.
	Next Mark
}

// Mark is a place in a list of an account, by the day on which the time began, the
// case, and which of its times it was.
type Mark struct {
	Began civil.Date
	ID    string
	N     int
}

// String returns the mark as an address carries it, "" for none.
func (m Mark) String() string {
	if m.ID == "" {
		return ""
	}
	return string(m.Began) + "." + strconv.Itoa(m.N) + "." + m.ID
}

// ParseMark reads a mark. It fails with ErrCursor.
func ParseMark(s string) (Mark, error) {
	if s == "" {
		return Mark{}, nil
	}
	day, rest, _ := strings.Cut(s, ".")
	n, id, _ := strings.Cut(rest, ".")
	on, dayErr := civil.Parse(day)
	place, err := strconv.Atoi(n)
	if errors.Join(dayErr, err) != nil || id == "" {
		return Mark{}, ErrCursor
	}
	return Mark{on, id, place}, nil
}

// Cases lists the cases that make one number of an account, the oldest first. It
// fails with ErrSpan, with ErrPart, and with access.ErrForbidden for who may not
// open every case of that account: the list would not be what the number says.
func (b *Books) Cases(ctx context.Context, who actor.Actor, asked Asked) (Spells, error) {
	if err := asked.Check(); err != nil {
		return Spells{}, err
	}
	if _, known := conditionOf[asked.Part]; !known {
		return Spells{}, ErrPart
	}
	s, err := b.sight(ctx, who)
	if err != nil {
		return Spells{}, err
	}
	a, err := selectAccount(ctx, b.db, asked.Span, s)
	if err == nil && !a.Opens {
		return Spells{}, access.ErrForbidden
	}
	if asked.Limit <= 0 {
		asked.Limit = PageSize
	}
	var lines []Spell
	if err == nil {
		lines, err = selectSpells(ctx, b.db, b.reg, asked, s)
	}
	if err != nil {
		return Spells{}, fmt.Errorf("listing the cases of %s to %s: %w", asked.From.Dash(), asked.To.Dash(), err)
	}
	page := Spells{Lines: lines, Total: b.under(a, asked.Type).Of(asked.Part)}
	if len(lines) > asked.Limit {
		page.Lines, page.Next = lines[:asked.Limit], lines[asked.Limit-1].mark
	}
	return page, nil
}

// under adds up the types of a leaf or a category, 0 for all.
func (b *Books) under(a Accounts, code codelist.Code) Account {
	if code == 0 {
		return a.Total()
	}
	sum := a.Types[code]
	if c, ok := b.reg.List(codelist.CaseTypes).Category(code); ok {
		for _, l := range slices.Concat(c.Leaves, c.Former) {
			sum = sum.Plus(a.Types[l.Code])
		}
	}
	return sum
}

// First returns the month of the oldest case that somebody may count, 0 for none.
func (b *Books) First(ctx context.Context, who actor.Actor) (civil.Month, error) {
	seen, err := b.gate.Cases(ctx, who, "figures.read")
	if err != nil {
		return 0, err
	}
	day, err := selectFirstDay(ctx, b.db, seen)
	if err != nil || day == "" {
		return 0, err
	}
	return day.Month(), nil
}
