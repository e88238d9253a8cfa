package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/finance"
	"casehub/node/referrals"
)

// Generator makes plausible casework of one office, month by month. The same
// profile, seed and first month make the same records. Every record says that
// it is synthetic.
//
// What happens in a case is decided when it is opened: whether it is referred,
// what it brings, when and how it ends. Each of these happens in its own month,
// and some cases are captured only weeks after they were opened.
type Generator struct {
	profile Profile
	rng     *rand.Rand
	side    *Generator  // the chance of what happens beside cases
	first   civil.Month // of the office
	types   []leafShare
	// seats are where cases are worked on; none leaves that open.
	seats []seat

	known   []arrival                // clients so far, the latest last
	waiting map[civil.Month][]happen // what is still to be captured, by month
	next    civil.Month
	last    civil.Month // what Month wrote last, 0 for nothing
	plan    []happen    // what happened in it
}

// arrival is a client and the day from which the office knows them.
type arrival struct {
	captured civil.Date
	id       clients.ID
}

// Counts says what a month brought into an office's database.
type Counts struct {
	Clients    int
	Cases      int // opened, Late among them
	Closed     int
	Referrals  int
	Recoveries int
	// Recovered is the sum of the recoveries in cents of the rand.
	Recovered int64
	// Late are cases that were opened in an earlier month than they were captured.
	Late int
	// Beside is what counts in each measure of what happens beside cases, by its number.
	Beside [codelist.Quality + 1]int
}

// Add adds the counts of another month or office.
func (c *Counts) Add(o Counts) {
	c.Clients += o.Clients
	c.Cases += o.Cases
	c.Closed += o.Closed
	c.Referrals += o.Referrals
	c.Recoveries += o.Recoveries
	c.Recovered += o.Recovered
	c.Late += o.Late
	for set, n := range o.Beside {
		c.Beside[set] += n
	}
}

// currency of all amounts.
const currency = "ZAR"

// happen is one thing that is captured on a day: one of its pointers is set,
// but for a client, who comes with the first case; or it is beside cases and counts in a
// measure, 0 for none.
type happen struct {
	captured civil.Date
	client   *clients.Client
	opened   *cases.Case
	closed   *cases.Case
	referral *referrals.Referral
	recovery *finance.Recovery
	beside   write
	set      uint32
	weight   int
	// checked draws files, which are as many as there are, and checks them.
	checked func(ctx context.Context, tx *sqlite.Tx) (int, error)
}

// NewGenerator returns the generator of an office whose first month is first.
// It fails when the profile names a code that the registry does not have.
func NewGenerator(reg *codelist.Registry, p Profile, seed uint64, first civil.Month) (*Generator, error) {
	types, err := spread(reg, p.Types)
	if err != nil {
		return nil, fmt.Errorf("office %s: %w", p.Name, err)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.Name)) // never fails
	return &Generator{
		profile: p, rng: rand.New(rand.NewPCG(seed, h.Sum64())), types: types,
		side: newSide(p, seed, h.Sum64()), first: first, waiting: map[civil.Month][]happen{}, next: first,
	}, nil
}

// Month writes what the office captures in month m. Months come one after the
// other from the first; the last one may be asked for again, when its
// transaction was not committed, and is the same then.
func (g *Generator) Month(ctx context.Context, tx *sqlite.Tx, m civil.Month) (Counts, error) {
	return g.Until(ctx, tx, m, m.Last())
}

// Until is Month for a month that is not over: it writes what is captured up to
// a day and leaves the rest out.
func (g *Generator) Until(ctx context.Context, tx *sqlite.Tx, m civil.Month, day civil.Date) (Counts, error) {
	switch {
	case m == g.next:
		g.open(m)
		g.plan = g.waiting[m]
		delete(g.waiting, m)
		slices.SortStableFunc(g.plan, func(a, b happen) int { return cmp.Compare(a.captured, b.captured) })
		g.last, g.next = m, m.Add(1)
	case m != g.last:
		return Counts{}, fmt.Errorf("casework of %s asked for, and %s is next", m.Dash(), g.next.Dash())
	}
	var n Counts
	for _, h := range g.plan {
		if day.Before(h.captured) {
			break
		}
		if err := h.write(ctx, tx, g.seats, m, &n); err != nil {
			return Counts{}, fmt.Errorf("casework of %s: %w", m.Dash(), err)
		}
	}
	return n, nil
}

// write saves what happened and counts it.
func (h happen) write(ctx context.Context, tx *sqlite.Tx, seats []seat, m civil.Month, n *Counts) error {
	if h.client != nil {
		n.Clients++
		if len(seats) > 0 {
			at := seatOf(seats, string(h.client.ID))
			h.client.OfficeID, h.client.RegisteredBy = at.office, at.person
		}
		if err := clients.Insert(ctx, tx, *h.client); err != nil {
			return err
		}
	}
	switch {
	case h.beside != nil:
		n.Beside[h.set] += h.weight
		return h.beside(ctx, tx, seats)
	case h.checked != nil:
		files, err := h.checked(ctx, tx)
		n.Beside[codelist.Quality] += files
		return err
	case h.opened != nil:
		n.Cases++
		if len(seats) > 0 {
			at := seatOf(seats, string(h.opened.ClientID))
			h.opened.OfficeID, h.opened.Responsible = at.office, at.person
		}
		if h.opened.OpenedOn.Month() < m {
			n.Late++
		}
		return cases.Insert(ctx, tx, *h.opened)
	case h.closed != nil:
		n.Closed++
		n.Beside[codelist.CasesClosed]++
		return cases.Replace(ctx, tx, *h.closed)
	case h.referral != nil:
		n.Referrals++
		return referrals.Insert(ctx, tx, *h.referral)
	default:
		n.Recoveries++
		n.Recovered += h.recovery.Amount
		return finance.Insert(ctx, tx, *h.recovery)
	}
}

// open decides what cases are opened in month m and all that becomes of them.
func (g *Generator) open(m civil.Month) {
	for range g.number(g.profile.Monthly * season(m)) {
		g.oneCase(g.workday(m))
	}
	g.besideMonth(m)
}

// season is how busy a month is: offices are shut for half of December, and
// people come in January.
func season(m civil.Month) float64 {
	switch m % 100 {
	case 12:
		return 0.55
	case 1:
		return 1.2
	case 4:
		return 0.9
	default:
		return 1
	}
}

// later puts something off to the month in which it is captured.
func (g *Generator) later(h happen) {
	m := h.captured.Month()
	g.waiting[m] = append(g.waiting[m], h)
}

// oneCase decides one case from its opening to its end.
func (g *Generator) oneCase(on civil.Date) {
	captured := g.capturedAfter(on)
	leaf := g.caseType()
	what := matters[leaf.Category]
	client, isNew := g.client(captured, leaf)
	at := g.instant(captured)
	c := cases.Case{
		ID: cases.ID(g.uuid(at)), ClientID: client, Type: leaf.Code, Status: cases.Open, OpenedOn: on,
		OtherParty: pick(g, what.other), Summary: "Synthetic. " + pick(g, what.summaries),
		CreatedAt: at, UpdatedAt: at, Version: 1,
	}
	opened := c
	g.later(happen{captured: captured, client: isNew, opened: &opened})
	g.besideCase(c, captured, leaf.Sensitive)

	end := on.AddDays(1 + int(g.logNormal(what.days, 0.6)))
	referred := g.chance(0.3)
	if referred {
		g.refer(c, captured, what)
	}
	recovered := g.recover(c, captured, end, leaf)
	if g.chance(0.94) {
		g.close(c, captured, end, referred, recovered)
	}
}

// refer sends a case somewhere within three weeks.
func (g *Generator) refer(c cases.Case, captured civil.Date, what matter) {
	on := c.OpenedOn.AddDays(g.rng.IntN(21))
	captured = max(on, captured)
	at := g.instant(captured)
	sent := referrals.Referral{
		ID: referrals.ID(g.uuid(at)), CaseID: c.ID, Destination: g.weighted(what.destinations), ReferredOn: on,
		CreatedAt: at, UpdatedAt: at,
	}
	g.later(happen{captured: captured, referral: &sent})
	g.besideReferral(sent, captured)
}

// recover brings money into some cases in the second half of their time, and
// says whether it did.
func (g *Generator) recover(c cases.Case, captured, end civil.Date, leaf codelist.Leaf) bool {
	gain, ok := gains[leaf.Code]
	if !ok {
		gain, ok = gains[leaf.Category]
	}
	if !ok || !g.chance(gain.chance) {
		return false
	}
	days := int(end.Time().Sub(c.OpenedOn.Time()).Hours() / 24)
	on := c.OpenedOn.AddDays(days - g.rng.IntN(days/2+1))
	captured = max(on, captured)
	at := g.instant(captured)
	g.later(happen{captured: captured, recovery: &finance.Recovery{
		ID: finance.ID(g.uuid(at)), CaseID: c.ID, Kind: gain.kind, ReceivedOn: on,
		Amount: g.amount(gain), Currency: currency, CreatedAt: at, UpdatedAt: at,
	}})
	return true
}

// close ends a case on a day.
func (g *Generator) close(c cases.Case, captured, end civil.Date, referred, recovered bool) {
	outcomes := outcomesOther
	switch {
	case recovered:
		outcomes = outcomesWithMoney
	case referred:
		outcomes = outcomesReferred
	}
	captured = max(end, captured)
	c.Status, c.ClosedOn, c.Outcome = cases.Closed, end, g.weighted(outcomes)
	c.UpdatedAt = g.instant(captured)
	if c.UpdatedAt.Before(c.CreatedAt) {
		c.UpdatedAt = c.CreatedAt
	}
	g.later(happen{captured: captured, closed: &c})
	g.besideClosing(c, captured)
}

// capturedAfter is the day on which a case of a day is captured: mostly at once,
// sometimes at the week's end, and seldom when the paper is found weeks later.
func (g *Generator) capturedAfter(on civil.Date) civil.Date {
	switch p := g.rng.Float64(); {
	case p < 0.84:
		return on
	case p < 0.96:
		return on.AddDays(1 + g.rng.IntN(8))
	default:
		return on.AddDays(20 + g.rng.IntN(56))
	}
}
