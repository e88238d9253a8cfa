package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/policy"
)

// anyone stands for whoever may have captured something, where a page is opened
// on which somebody's work could be approved.
const anyone = "(anyone)"

// Gate says who may do what. It is safe for use by many goroutines.
type Gate struct {
	db      *sqlite.DB
	rules   *policy.Accesses
	reg     *codelist.Registry
	now     func() time.Time
	memory  memory
	rewrite func(condition string) string // a test's way to take a clause out; nil otherwise
}

// New makes the gate of a node. The clock is in the office's zone: a wall ends
// with the office's day.
func New(db *sqlite.DB, rules *policy.Accesses, reg *codelist.Registry, now func() time.Time) *Gate {
	return &Gate{db: db, rules: rules, reg: reg, now: now}
}

// May reports whether somebody may do something to anything at all: for routes
// and menus. It fails with ErrForbidden.
func (g *Gate) May(ctx context.Context, who actor.Actor, action string) error {
	p, err := g.ask(ctx, g.db, who, action)
	if err == nil && p.answer.SecondPerson {
		p, err = g.prepare(ctx, g.db, who, policy.Inquiry{Action: action, Person: who.ID, CapturedBy: anyone})
	}
	if err != nil {
		return fmt.Errorf("asking for %s: %w", action, err)
	}
	if len(p.answer.Reaches) == 0 && len(p.answer.Emergency) == 0 {
		return ErrForbidden
	}
	return nil
}

// Case reports whether somebody may do something to a case. It fails with
// ErrNoCase when they may not see the case or there is none, and with
// ErrForbidden when they see it and may not do this.
func (g *Gate) Case(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string) error {
	return g.one(ctx, q, caseRow, who, action, id)
}

// Client is Case for a client; it fails with ErrNoClient.
func (g *Gate) Client(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string) error {
	return g.one(ctx, q, clientRow, who, action, id)
}

// row is a kind of record that the gate stands before.
type row struct {
	read   string // the action without which nothing is seen
	absent error
	sees   func(ctx context.Context, q sqlite.Querier, id string, read, action Filter) (sees, may bool, err error)
	of     func(*prepared) Filter
}

var (
	caseRow   = row{"cases.read", ErrNoCase, selectCaseSeen, func(p *prepared) Filter { return p.cases }}
	clientRow = row{"clients.read", ErrNoClient, selectClientSeen, func(p *prepared) Filter { return p.clients }}
)

// one reports whether somebody may do something to a record, and hides one that
// they may not read.
func (g *Gate) one(ctx context.Context, q sqlite.Querier, r row, who actor.Actor, action, id string) error {
	p, err := g.ask(ctx, q, who, action)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", action, err)
	}
	reads, err := g.ask(ctx, q, who, r.read)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", r.read, err)
	}
	return r.found(r.sees(ctx, q, id, g.at(r.of(reads)), g.at(r.of(p))))
}

// found turns whether a record is seen, and something may be done to it, into an
// answer.
func (r row) found(sees, may bool, err error) error {
	switch {
	case err != nil:
		return err
	case !sees:
		return r.absent
	case !may:
		return ErrForbidden
	}
	return nil
}

// Cases returns the cases to which somebody may do something, as a condition on
// cases c. Somebody who may do it to none gets a condition that holds for none.
func (g *Gate) Cases(ctx context.Context, who actor.Actor, action string) (Filter, error) {
	p, err := g.ask(ctx, g.db, who, action)
	if err != nil {
		return Filter{}, fmt.Errorf("asking for %s: %w", action, err)
	}
	return g.at(p.cases), nil
}

// Clients is Cases for clients k: those with such a case, and those without any
// case who were registered in reach.
func (g *Gate) Clients(ctx context.Context, who actor.Actor, action string) (Filter, error) {
	p, err := g.ask(ctx, g.db, who, action)
	if err != nil {
		return Filter{}, fmt.Errorf("asking for %s: %w", action, err)
	}
	return g.at(p.clients), nil
}

// Entries is Cases for entries e: records that belong to an office, to whoever
// recorded them, and to nobody's case, as an activity. They have the columns
// office_id and recorded_by.
func (g *Gate) Entries(ctx context.Context, who actor.Actor, action string) (Filter, error) {
	p, err := g.ask(ctx, g.db, who, action)
	if err != nil {
		return Filter{}, fmt.Errorf("asking for %s: %w", action, err)
	}
	return g.at(p.entries), nil
}

// Adding returns the clients k of whom somebody may record something new: those
// whom they see, without those who are restricted and open for looking. What may be
// recorded follows from the action on what is recorded.
func (g *Gate) Adding(ctx context.Context, who actor.Actor) (Filter, error) {
	p, err := g.ask(ctx, g.db, who, clientRow.read)
	if err != nil {
		return Filter{}, fmt.Errorf("asking for %s: %w", clientRow.read, err)
	}
	return g.at(p.adding()), nil
}

// Adds reports whether somebody may record something new of a client. It fails with
// ErrNoClient when they may not see the client or there is none, and with
// ErrForbidden where it may only be looked at.
func (g *Gate) Adds(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) error {
	p, err := g.ask(ctx, q, who, clientRow.read)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", clientRow.read, err)
	}
	return clientRow.found(selectClientSeen(ctx, q, id, g.at(p.clients), g.at(p.adding())))
}

// MayAdd is Adds and May: whether a button stands on a client's page by which
// something is recorded.
func (g *Gate) MayAdd(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string) error {
	if err := g.May(ctx, who, action); err != nil {
		return err
	}
	return g.Adds(ctx, q, who, id)
}

// Needs is Case for what only whoever reads all of some classes of a case may do to
// it. It fails with ErrNoCase and with ErrForbidden.
func (g *Gate) Needs(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string, reads func(Classes) bool) error {
	if err := g.Case(ctx, q, who, action, id); err != nil {
		return err
	}
	may, err := g.Classes(ctx, q, who, id)
	if err == nil && !reads(may) {
		err = ErrForbidden
	}
	return err
}

// ReadsNarrative reports whether somebody may read the story of a case.
func ReadsNarrative(c Classes) bool { return c.Narrative }

// Classes returns what somebody may read of a case. It fails with ErrNoCase.
func (g *Gate) Classes(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) (Classes, error) {
	p, err := g.ask(ctx, q, who, caseRow.read)
	if err != nil {
		return Classes{}, fmt.Errorf("asking for %s: %w", caseRow.read, err)
	}
	return selectCaseClasses(ctx, q, id, g.at(p.cases))
}

// ClientClasses returns what somebody may read of a client: what any of the
// client's cases allows. It fails with ErrNoClient.
func (g *Gate) ClientClasses(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) (Classes, error) {
	p, err := g.ask(ctx, q, who, clientRow.read)
	if err != nil {
		return Classes{}, fmt.Errorf("asking for %s: %w", clientRow.read, err)
	}
	return selectClientClasses(ctx, q, id, g.at(p.clients))
}

// Seat returns the person and the office that a new record belongs to, "" where
// there is none: the node has no seat, and an import belongs to nobody.
func (g *Gate) Seat(ctx context.Context, q sqlite.Querier, who actor.Actor) (person, office string, err error) {
	if who.Kind != actor.Person && who.Kind != actor.Import {
		return "", "", nil
	}
	office, err = selectOffice(ctx, q, who.ID)
	if who.Kind == actor.Person {
		person = who.ID
	}
	return person, office, err
}

// HidesNothing reports whether somebody reads every class of every case, wherever
// it stands, and no wall stands against them: only they are shown what nobody can
// say whose it is. What waits for its erasure is left out of the question.
func (g *Gate) HidesNothing(ctx context.Context, q sqlite.Querier, who actor.Actor) (bool, error) {
	p, err := g.ask(ctx, q, who, caseRow.read)
	if err != nil {
		return false, fmt.Errorf("asking for %s: %w", caseRow.read, err)
	}
	for _, c := range order {
		if !p.cases.Always(c) {
			return false, nil
		}
	}
	walled, err := selectWalled(ctx, q, who.ID, g.today())
	return !walled, err
}

// Staff returns everybody who has not left, for forms that choose a person.
func (g *Gate) Staff(ctx context.Context) ([]Member, error) { return selectStaff(ctx, g.db) }

// Within returns everybody who has not left and works where somebody may do
// something, for forms that choose a person: who supervises one office is not
// offered the staff of the others.
func (g *Gate) Within(ctx context.Context, who actor.Actor, action string) ([]Member, error) {
	p, err := g.ask(ctx, g.db, who, action)
	if err != nil {
		return nil, fmt.Errorf("asking for %s: %w", action, err)
	}
	var people, offices []string
	for _, r := range p.answer.Reaches {
		switch r.Scope {
		case policy.Own:
			people = append(people, who.ID)
		case policy.Team:
			people = append(people, p.colleagues...)
		case policy.Office:
			offices = append(offices, r.Base)
		case policy.Region:
			offices = append(offices, p.regions[r.Base]...)
		case policy.Organisation:
			return selectStaff(ctx, g.db)
		}
	}
	return selectStaffOf(ctx, g.db, people, offices)
}

// shutOut returns whom somebody may shut out of a case by name, without
// themselves: who works where they raise walls, and who sees the case from
// elsewhere.
func (g *Gate) shutOut(ctx context.Context, who actor.Actor, id string) ([]Member, error) {
	near, err := g.Within(ctx, who, "cases.wall")
	if err != nil {
		return nil, err
	}
	staff, err := selectStaff(ctx, g.db)
	if err != nil {
		return nil, err
	}
	var all []Member
	for _, m := range staff {
		may := slices.Contains(near, m)
		if !may {
			may, err = Allowed(g.Case(ctx, g.db, actor.Actor{Kind: actor.Person, ID: m.ID}, caseRow.read, id))
		}
		if err != nil {
			return nil, err
		}
		if may && m.ID != who.ID {
			all = append(all, m)
		}
	}
	return all, nil
}

// Offices returns all offices, for forms that choose one.
func (g *Gate) Offices(ctx context.Context) ([]Member, error) { return selectOfficeNames(ctx, g.db) }

// Names returns the names of people, those who left among them.
func (g *Gate) Names(ctx context.Context, ids ...string) (map[string]string, error) {
	return selectNames(ctx, g.db, ids)
}

// Name puts names in the place of the identifiers of who did something.
func (g *Gate) Name(ctx context.Context, lines []audit.Line) error {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.Who
	}
	names, err := g.Names(ctx, ids...)
	for i := range lines {
		lines[i].Who = names[lines[i].Who]
	}
	return err
}

// today is the office's day.
func (g *Gate) today() civil.Date { return civil.On(g.now()) }

// GoOn takes a record that is not there for one that stands in no case, of which
// the gate then says that there is none: finding nothing takes the same statements
// as finding what is hidden, so that time does not tell the two apart. Any other
// error stays one.
func GoOn(err, absent error) error {
	if errors.Is(err, absent) {
		return nil
	}
	return err
}

// Hidden turns what does not exist into what an area says of that, so that a
// record behind a case answers as one that was never there.
func Hidden(err, absent error) error {
	if errs.KindOf(err) == errs.NotFound {
		return absent
	}
	return err
}
