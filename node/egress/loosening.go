package egress

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Loosening is what the office's own pack would let leave that does not leave now:
// tables of which nearly all may be of one protected kind (rule D8). Everything else in
// a pack only tightens the program's own rules.
type Loosening struct {
	Taken
	// DataSets are the tables that wait for somebody to accept it, ascending.
	DataSets []uint32
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

// Loosening returns what the office's newest pack would let leave and nobody accepted,
// or false when it asks for nothing.
func (g *Gate) Loosening(ctx context.Context) (Loosening, bool, error) {
	var l Loosening
	var found bool
	err := g.db.Snapshot(ctx, func(tx *sqlite.Tx) (err error) {
		l, found, err = g.loosening(ctx, tx)
		return err
	})
	return l, found, err
}

func (g *Gate) loosening(ctx context.Context, q sqlite.Querier) (Loosening, bool, error) {
	name := pack.OfficeName(g.office.OrgUnit)
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
	in, err := mixedNow(ctx, q, chain, name)
	if err != nil {
		return Loosening{}, false, err
	}
	l := Loosening{Taken: newest}
	for _, set := range p.Contents.Mixed {
		if !slices.Contains(in, set) {
			l.DataSets = append(l.DataSets, set)
		}
	}
	slices.Sort(l.DataSets)
	return l, len(l.DataSets) > 0, nil
}

// AcceptLoosening notes that somebody accepts what the office's newest pack would let
// leave, which it does from the next release on. It fails with ErrNoPack when that is
// not the version that waits.
func (g *Gate) AcceptLoosening(ctx context.Context, who actor.Actor, version uint32) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		l, waits, err := g.loosening(ctx, tx)
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
	touched := map[uint32]bool{}
	for _, set := range l.DataSets {
		touched[set] = true
	}
	return g.preview(ctx, g.reg.Now(), touched, l.DataSets...)
}
