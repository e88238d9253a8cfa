package egress

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
	"casehub/node/ledger"
	"casehub/policy"
)

var (
	// errPackMissing reports an office that must have a national pack and has none,
	// or one below its pinned version.
	errPackMissing = errors.New("the national pack is missing or too old")
	// errPackPaused reports a pack whose time is long over.
	errPackPaused = errors.New("a pack expired too long ago")
)

// stack is the rules that a release is judged by, compiled once for the packs that
// they were made of.
type stack struct {
	mu     sync.Mutex
	made   string
	egress *policy.Egress
}

// of returns the rules made of packs, which made describes.
func (s *stack) of(made string, compile func() (*policy.Egress, error)) (*policy.Egress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.egress == nil || s.made != made {
		egress, err := compile()
		if err != nil {
			return nil, err
		}
		s.made, s.egress = made, egress
	}
	return s.egress, nil
}

// demands is what the packs that were taken demand.
type demands struct {
	packs []policy.Pack
	// mixed are the tables for which rule D8 is off.
	mixed []uint32
	// national is the version of the national pack, 0 for none; made describes all.
	national uint32
	made     string
}

// layers returns the rules as the packs that were taken have them, for one plan, and
// the ledger that makes groups by it for them. Whatever is wrong with a pack is an error, and then
// nothing leaves: the rules of before it are not asked in its place.
func (g *Gate) layers(ctx context.Context, q sqlite.Querier, reg *codelist.Registry) (*policy.Egress, *ledger.Ledger, error) {
	return g.layersIf(ctx, q, reg, nil)
}

// layersIf are the layers as they would be if somebody accepted a pack, nil for none.
func (g *Gate) layersIf(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, accepted *Taken) (*policy.Egress, *ledger.Ledger, error) {
	books := g.ledger.By(reg)
	h, err := g.holds(ctx, q, accepted)
	if err != nil {
		return nil, books, err
	}
	rules, err := g.stack.of(fmt.Sprintf("plan %d\n%s", reg.Version, h.made), func() (*policy.Egress, error) {
		return policy.NewEgress(ctx, reg, g.office.OrgUnit, h.packs...)
	})
	if err != nil {
		return nil, books, err
	}
	b := booked(rules.Limits())
	for _, p := range h.packs {
		b.By = append(b.By, booked(p.Limits).Withheld)
	}
	return rules, books.Within(b).Mixing(h.mixed...), nil
}

// booked are the limits of the layers as the ledger has them.
func booked(l policy.Limits) ledger.Limits {
	b := ledger.Limits{K: int64(l.K), KSensitive: int64(l.KSensitive), P: int64(l.P), Largest: int64(l.Largest), Months: int64(l.Hold), DataSets: l.DataSets}
	for _, code := range l.Withheld {
		b.Withheld = append(b.Withheld, codelist.Code(code))
	}
	return b
}

// Demands returns what all layers together demand. It fails when something is
// wrong with a pack.
func (g *Gate) Demands(ctx context.Context) (policy.Limits, error) {
	rules, _, err := g.layers(ctx, g.db, g.reg.Now())
	if err != nil {
		return policy.Limits{}, err
	}
	return rules.Limits(), nil
}

// holds verifies every pack again as it was taken, and its day. A pack that asks for
// less than those before it holds beside them until somebody accepts it.
func (g *Gate) holds(ctx context.Context, q sqlite.Querier, accepted *Taken) (demands, error) {
	list, err := selectNewestPacks(ctx, q)
	if err != nil {
		return demands{}, fmt.Errorf("reading the packs: %w", err)
	}
	var h demands
	if g.own.Stricter() {
		h.packs = append(h.packs, policy.Pack{Layer: policy.LayerSettings, Version: 1, Limits: g.own})
	}
	var chain []pack.Roots
	if len(list) > 0 {
		if chain, err = g.packs.chain(ctx, q); err != nil {
			return demands{}, err
		}
	}
	for _, t := range list {
		all, err := selectPacksOf(ctx, q, t.Name, false)
		if err != nil {
			return demands{}, fmt.Errorf("reading the packs: %w", err)
		}
		in, err := standing(chain, all, accepted)
		if err != nil {
			return demands{}, err
		}
		if in[len(in)-1].Paused(civil.On(g.now())) {
			return demands{}, errPackPaused
		}
		for _, p := range in {
			h.add(p)
		}
	}
	if h.mixed, err = mixedNow(ctx, q, chain, pack.OfficeName(g.office.OrgUnit)); err != nil {
		return demands{}, err
	}
	if h.national < g.packs.National {
		return demands{}, errPackMissing
	}
	return h, nil
}

func (h *demands) add(p pack.Pack) {
	if p.Name == pack.National {
		h.national = p.Version
	}
	h.packs = append(h.packs, layerOf(p))
	h.made += fmt.Sprintf("%s %d %x\n", p.Name, p.Version, p.Digest)
}

// layerOf is a pack as the policy asks it.
func layerOf(p pack.Pack) policy.Pack {
	l := p.Contents.Limits
	name := policy.LayerOffice
	if p.Name == pack.National {
		name = policy.LayerNational
	}
	limits := policy.Floor()
	limits.K, limits.KSensitive, limits.P, limits.Hold = l.K, l.KSensitive, l.P, l.Hold
	if l.Largest > 0 {
		limits.Largest = l.Largest
	}
	limits.DataSets, limits.Withheld = l.DataSets, l.Withheld
	return policy.Pack{Layer: name, Version: p.Version, Limits: limits, Rules: p.Contents.Rules}
}

// Settings are the limits of an office's own settings, as a layer has them.
func Settings(l ledger.Limits) policy.Limits {
	own := policy.Floor()
	own.K, own.KSensitive, own.P, own.Largest = uint32(l.K), uint32(l.KSensitive), uint32(l.P), uint32(l.Largest)
	own.Hold, own.DataSets = max(own.Hold, uint32(l.Months)), l.DataSets
	for _, code := range l.Withheld {
		own.Withheld = append(own.Withheld, uint32(code))
	}
	return own
}
