package egress

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/ledger"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Proposal is a plan with code lists that a pack brought and that is not in force
// yet.
type Proposal struct {
	Taken
	// From is the first month that it counts.
	From civil.Month
	// Changes is what it brings, beside what is in force.
	Changes []pack.Change
	// Eased is what the packs before it demand and it does not.
	Eased []Eased

	next *codelist.Registry
}

// Accepted reports whether somebody accepted it, so that it comes into force with
// the first release of From.
func (p Proposal) Accepted() bool { return !p.AcceptedAt.IsZero() }

// Proposal returns the newest plan that is not in force, or false when the one in
// force is the newest.
func (g *Gate) Proposal(ctx context.Context) (Proposal, bool, error) {
	var p Proposal
	var found bool
	err := g.db.Snapshot(ctx, func(tx *sqlite.Tx) (err error) {
		p, found, err = g.proposal(ctx, tx)
		return err
	})
	return p, found, err
}

func (g *Gate) proposal(ctx context.Context, q sqlite.Querier) (Proposal, bool, error) {
	list, err := selectRegistryPacks(ctx, q)
	if err != nil || len(list) == 0 {
		return Proposal{}, false, err
	}
	chain, err := g.packs.chain(ctx, q)
	if err != nil {
		return Proposal{}, false, err
	}
	reg := g.reg.Now()
	for _, t := range slices.Backward(list) {
		p, err := proposed(chain, t)
		if errors.Is(err, errNoPlan) {
			continue
		}
		if err != nil || p.next.Version <= reg.Version {
			return Proposal{}, false, err
		}
		if p.Eased, err = g.easedBy(ctx, q, chain, p.Taken); err != nil {
			return Proposal{}, false, err
		}
		p.Changes, err = pack.Changes(reg, p.next, 0)
		p.next.TakenAfter(reg, max(p.From, civil.MonthOf(g.now())))
		return p, true, err
	}
	return Proposal{}, false, nil
}

// easedBy is what a pack that was taken demands less than those before it.
func (g *Gate) easedBy(ctx context.Context, q sqlite.Querier, chain []pack.Roots, t Taken) ([]Eased, error) {
	if !t.AcceptedAt.IsZero() {
		return nil, nil
	}
	list, err := selectPacksOf(ctx, q, t.Name, false)
	if err != nil {
		return nil, err
	}
	before, err := standing(chain, slices.DeleteFunc(list, func(o Taken) bool { return o.Version >= t.Version }), nil)
	if err != nil {
		return nil, err
	}
	p, err := again(chain, t)
	return eased(before, p), err
}

// errNoPlan reports a pack that asks for something and brings no plan.
var errNoPlan = errors.New("the pack brings no plan")

// proposed reads the plan of a pack that was taken.
func proposed(chain []pack.Roots, t Taken) (Proposal, error) {
	signed, err := again(chain, t)
	if err != nil {
		return Proposal{}, err
	}
	if signed.Contents.Registry == nil {
		return Proposal{}, errNoPlan
	}
	next, err := codelist.Parse(signed.Contents.Registry)
	if err != nil {
		return Proposal{}, fmt.Errorf("reading the code lists of pack %d: %w", t.Version, err)
	}
	t.Expires = signed.Expires
	return Proposal{Taken: t, From: signed.Contents.From, next: next}, nil
}

// AcceptPlan notes that somebody accepts the plan and the code lists of a national
// pack. It fails with ErrNoPack when that is not the one that waits.
func (g *Gate) AcceptPlan(ctx context.Context, who actor.Actor, version uint32) error {
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		p, waits, err := g.proposal(ctx, tx)
		if err != nil {
			return err
		}
		if !waits || p.Version != version {
			return ErrNoPack
		}
		ok, err := acceptPack(ctx, tx, p.Name, version, who.ID, g.now())
		if err != nil {
			return fmt.Errorf("accepting a plan: %w", err)
		}
		if !ok {
			return ErrNoPack
		}
		return audit.Record(ctx, tx, g.now(), who, "pack.accepted", fmt.Sprintf("%s %d", p.Name, p.Version))
	})
	if err == nil {
		g.follow(ctx)
	}
	return err
}

// follow lets everything in the node that asks for code lists go by the plan that is
// in force now: after somebody accepted one, and after a month was sealed. Where it
// cannot be read now, the pages have the lists of before until the next start; a
// release reads it again by itself.
func (g *Gate) follow(ctx context.Context) {
	if reg, err := PlanInForce(ctx, g.db, g.packs, g.reg.Now(), g.office.First); err == nil {
		g.reg.Follow(reg)
	}
}

// planFor is the plan by which a release is made: the one in force in its month, or
// in the month after the last for a release that takes another back.
func (g *Gate) planFor(ctx context.Context, q sqlite.Querier, w Wanted) (*codelist.Registry, error) {
	if w.Kind == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		return PlanInForce(ctx, q, g.packs, g.reg.Now(), g.office.First)
	}
	return planIn(ctx, q, g.packs, g.reg.Now(), w.Period)
}

// PlanInForce returns the plan and code lists by which a node works: the newest
// that somebody accepted and whose first month has come, or else those that the
// program brings. What it cannot verify is not in force.
func PlanInForce(ctx context.Context, q sqlite.Querier, s PackSettings, built *codelist.Registry, first civil.Month) (*codelist.Registry, error) {
	last, err := selectLast(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading the last release: %w", err)
	}
	if last.sequence > 0 {
		first = last.period.Add(1)
	}
	return planIn(ctx, q, s, built, first)
}

// planIn is the plan in force in a month.
func planIn(ctx context.Context, q sqlite.Querier, s PackSettings, built *codelist.Registry, month civil.Month) (*codelist.Registry, error) {
	list, err := selectRegistryPacks(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading the plans: %w", err)
	}
	if len(list) == 0 {
		return built, nil
	}
	chain, err := s.chain(ctx, q)
	if err != nil {
		return built, nil
	}
	in := built
	for _, t := range list {
		p, err := proposed(chain, t)
		if err != nil || t.AcceptedAt.IsZero() || p.From > month || p.next.Version <= in.Version {
			continue
		}
		p.next.TakenAfter(in, max(p.From, civil.MonthOf(t.AcceptedAt)))
		in = p.next
	}
	return in, nil
}

// Preview is what a plan would have said of one quarter.
type Preview struct {
	From, To civil.Month
	Groups   []ledger.Group
}

// errPreviewed ends the transaction of a preview, which leaves nothing.
var errPreviewed = errors.New("a preview is never kept")

// Preview returns what the tables that a proposal adds or changes would have said
// of the last whole quarter, had it been in force and nothing published before. It
// is counted in a transaction that is rolled back.
func (g *Gate) Preview(ctx context.Context, p Proposal) (Preview, error) {
	return g.preview(ctx, p.next, p.touched(), &p.Taken)
}

// preview counts the tables that are touched by a plan, as if a pack had been accepted
// and with rule D8 off for some.
func (g *Gate) preview(ctx context.Context, reg *codelist.Registry, touched map[uint32]bool, accepted *Taken, mixed ...uint32) (Preview, error) {
	to := civil.MonthOf(g.now()).Add(-1)
	for !to.QuarterEnd() {
		to = to.Add(-1)
	}
	v := Preview{From: to.QuarterStart(), To: to}
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := emptyLedger(ctx, tx, reg, v.From.Add(-1)); err != nil {
			return err
		}
		_, l, _ := g.layersIf(ctx, tx, reg, accepted) // what is wrong with a pack shows when it is asked
		l = l.Mixing(mixed...)
		if err := l.Refresh(ctx, tx); err != nil {
			return err
		}
		groups, err := l.Close(ctx, tx, previewSequence, to, ledger.Regular)
		if err != nil {
			return err
		}
		v.Groups = slices.DeleteFunc(groups, func(gr ledger.Group) bool { return !touched[gr.DataSet] })
		return errPreviewed
	})
	if !errors.Is(err, errPreviewed) {
		return Preview{}, fmt.Errorf("previewing a plan: %w", err)
	}
	return v, nil
}

// previewSequence is a release number that no office reaches.
const previewSequence = 10_000

// touched are the tables that are new, or whose code list changes.
func (p Proposal) touched() map[uint32]bool {
	lists, sets := map[string]bool{}, map[uint32]bool{}
	for _, c := range p.Changes {
		if c.DataSet != 0 {
			sets[c.DataSet] = true
			continue
		}
		for _, l := range p.next.Lists {
			lists[l.Name] = lists[l.Name] || has(l, c.Code)
		}
	}
	for _, d := range p.next.Plan.DataSets {
		if lists[d.List] || len(p.Eased) > 0 {
			sets[d.Number] = true
		}
	}
	return sets
}

func has(l *codelist.List, code codelist.Code) bool {
	_, leaf := l.Leaf(code)
	_, former := l.Former(code)
	_, category := l.Category(code)
	return leaf || former || category || l.Code == code
}
