package egress

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Loosening is what the newest pack of a name would let leave that does not leave now:
// tables of which nearly all may be of one protected kind (rule D8), which only the
// office's own pack can say, and whatever the pack before it held back and this one does
// not. A pack never goes below the program's own rules; those of before hold beside it
// until somebody in the office accepts it.
type Loosening struct {
	Taken
	// DataSets are the tables of one kind that wait for somebody to accept them, ascending.
	DataSets []uint32
	// Eased is what the pack before demanded and this one does not.
	Eased []Eased
}

// mixedNow are the tables for which rule D8 is off: those that the newest pack of the
// office names and that somebody in the office accepted, with it or with one before
// that named them without a break. Whose keys signed it is not asked: whoever holds two
// of the keys of packs has no word in what is known of the office's clients.
func mixedNow(ctx context.Context, q sqlite.Querier, chain []pack.Roots, name string) ([]uint32, error) {
	list, err := selectPacksOf(ctx, q, name, false)
	if err != nil {
		return nil, fmt.Errorf("reading the packs: %w", err)
	}
	var in []uint32
	for _, t := range list {
		p, err := again(chain, t)
		if err != nil {
			return nil, err
		}
		before := in
		in = slices.Clone(p.Contents.Mixed)
		if t.AcceptedAt.IsZero() {
			in = slices.DeleteFunc(in, func(set uint32) bool { return !slices.Contains(before, set) })
		}
	}
	return in, nil
}

// Loosenings returns what the newest packs would let leave and nobody accepted, that of
// the office's own pack first. A pack with a plan that waits is not among them: it is
// accepted with the plan.
func (g *Gate) Loosenings(ctx context.Context) ([]Loosening, error) {
	var all []Loosening
	err := g.db.Snapshot(ctx, func(tx *sqlite.Tx) error {
		all = nil
		for _, name := range []string{pack.OfficeName(g.office.OrgUnit), pack.National} {
			l, waits, err := g.loosening(ctx, tx, name)
			if err != nil {
				return err
			}
			if waits {
				all = append(all, l)
			}
		}
		return nil
	})
	return all, err
}

func (g *Gate) loosening(ctx context.Context, q sqlite.Querier, name string) (Loosening, bool, error) {
	list, err := selectPacksOf(ctx, q, name, false)
	if err != nil || len(list) == 0 {
		return Loosening{}, false, err
	}
	chain, err := g.packs.chain(ctx, q)
	if err != nil {
		return Loosening{}, false, err
	}
	newest := list[len(list)-1]
	p, err := again(chain, newest)
	if err != nil {
		return Loosening{}, false, err
	}
	if waits, err := g.plans(p, newest); err != nil || waits {
		return Loosening{}, false, err
	}
	l := Loosening{Taken: newest}
	if l.DataSets, err = mixedLater(ctx, q, chain, p); err != nil {
		return Loosening{}, false, err
	}
	if newest.AcceptedAt.IsZero() && newest.Registry != 0 {
		before, err := standing(chain, list[:len(list)-1], nil)
		if err != nil {
			return Loosening{}, false, err
		}
		l.Eased = eased(before, p)
	}
	return l, len(l.DataSets)+len(l.Eased) > 0, nil
}

// plans reports whether a pack brings a plan that somebody has yet to accept.
func (g *Gate) plans(p pack.Pack, t Taken) (bool, error) {
	if p.Contents.Registry == nil || !t.AcceptedAt.IsZero() {
		return false, nil
	}
	next, err := codelist.Parse(p.Contents.Registry)
	if err != nil {
		return false, fmt.Errorf("reading the code lists of pack %d: %w", t.Version, err)
	}
	return next.Version > g.reg.Now().Version, nil
}

// mixedLater are the tables for which a pack switches rule D8 off and it is on.
func mixedLater(ctx context.Context, q sqlite.Querier, chain []pack.Roots, p pack.Pack) ([]uint32, error) {
	if len(p.Contents.Mixed) == 0 {
		return nil, nil
	}
	in, err := mixedNow(ctx, q, chain, p.Name)
	if err != nil {
		return nil, err
	}
	var later []uint32
	for _, set := range p.Contents.Mixed {
		if !slices.Contains(in, set) {
			later = append(later, set)
		}
	}
	slices.Sort(later)
	return later, nil
}

// AcceptLoosening notes that somebody accepts what the newest pack of a name would let
// leave, which it does from the next release on. It fails with ErrNoPack when that is
// not the version that waits.
func (g *Gate) AcceptLoosening(ctx context.Context, who actor.Actor, name string, version uint32) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		l, waits, err := g.loosening(ctx, tx, name)
		if err != nil {
			return err
		}
		if !waits || l.Version != version {
			return ErrNoPack
		}
		ok, err := acceptPack(ctx, tx, l.Name, version, who.ID, g.now())
		if err != nil {
			return fmt.Errorf("accepting a pack: %w", err)
		}
		if !ok {
			return ErrNoPack
		}
		return audit.Record(ctx, tx, g.now(), who, "pack.accepted", fmt.Sprintf("%s %d", l.Name, l.Version))
	})
}

// PreviewLoosening returns what the tables of a loosening would have said of the last
// whole quarter, had it been accepted and nothing published before.
func (g *Gate) PreviewLoosening(ctx context.Context, l Loosening) (Preview, error) {
	reg, touched := g.reg.Now(), map[uint32]bool{}
	for _, set := range l.DataSets {
		touched[set] = true
	}
	for _, e := range l.Eased {
		for _, set := range reg.Plan.DataSets {
			touched[set.Number] = touched[set.Number] || len(e.DataSets) == 0 || slices.Contains(e.DataSets, set.Number)
		}
	}
	return g.preview(ctx, reg, touched, &l.Taken, l.DataSets...)
}
