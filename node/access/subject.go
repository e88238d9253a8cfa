package access

import (
	"context"
	"sync"
	"sync/atomic"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// prepared is the policy's answer for one person and one action, with the places
// that its reaches stand for and the conditions that follow.
type prepared struct {
	answer         policy.Access
	colleagues     []string            // who shares a team with the person, who is one of them
	regions        map[string][]string // offices by region
	shows          shown
	cases, clients Filter
	entries        Filter
}

// key is whose answer it is, and for what.
type key struct {
	who    actor.Actor
	action string
}

// kept holds answers of one version of what people may do.
type kept struct {
	version int64
	answers sync.Map // key to *prepared
}

// memory keeps answers until anybody's positions change.
type memory struct {
	now atomic.Pointer[kept]
}

// of returns what is kept of a version, nothing where it has moved on.
func (m *memory) of(version int64) *kept {
	k := m.now.Load()
	if k == nil || k.version != version {
		k = &kept{version: version}
		m.now.Store(k)
	}
	return k
}

// ask returns the policy's answer. It is kept only where it was read outside a
// transaction, which could still be rolled back with what it changed.
func (g *Gate) ask(ctx context.Context, q sqlite.Querier, who actor.Actor, action string) (*prepared, error) {
	version, err := selectVersion(ctx, q)
	if err != nil {
		return nil, err
	}
	_, committed := q.(*sqlite.DB)
	if !committed {
		return g.prepare(ctx, q, who, policy.Inquiry{Action: action})
	}
	k := g.memory.of(version)
	if p, ok := k.answers.Load(key{who, action}); ok {
		return p.(*prepared), nil
	}
	p, err := g.prepare(ctx, q, who, policy.Inquiry{Action: action})
	if err != nil {
		return nil, err
	}
	k.answers.Store(key{who, action}, p)
	return p, nil
}

// prepare asks the policy anew.
func (g *Gate) prepare(ctx context.Context, q sqlite.Querier, who actor.Actor, inquiry policy.Inquiry) (*prepared, error) {
	inquiry.Bases, inquiry.Node = policy.Bases(), who == actor.Node()
	p := &prepared{regions: map[string][]string{}}
	var err error
	if knows(who, inquiry.Action) {
		if inquiry.Positions, err = selectPositions(ctx, q, who.ID); err != nil {
			return nil, err
		}
		if inquiry.OwnRoles, err = g.ownRoles(ctx, q, who.ID, inquiry.Positions); err != nil {
			return nil, err
		}
	}
	if p.answer, err = g.rules.Ask(ctx, inquiry); err != nil {
		return nil, err
	}
	p.shows = whatShows(inquiry.Action, p.answer.Looks)
	for _, r := range p.answer.Reaches {
		if err := p.place(ctx, q, who, r); err != nil {
			return nil, err
		}
	}
	p.cases, p.clients, p.entries = g.caseFilter(p, who), g.clientFilter(p, who), g.entryFilter(p, who)
	return p, nil
}

// adding are the clients of an answer without those who are restricted.
func (p *prepared) adding() Filter {
	f := p.clients
	f.SQL = both(f.SQL, unrestrictedClient)
	f.Parts = []string{f.SQL}
	f.Suspects = ""
	return f
}

// ownRoles returns the grants of those positions that are no ready-made roles.
func (g *Gate) ownRoles(ctx context.Context, q sqlite.Querier, person string, positions []policy.Position) (map[string]policy.Role, error) {
	for _, p := range positions {
		if _, ready := g.rules.Role(p.Role); !ready {
			return selectGrants(ctx, q, person)
		}
	}
	return nil, nil
}

// place reads who and what a reach stands for.
func (p *prepared) place(ctx context.Context, q sqlite.Querier, who actor.Actor, r policy.Reach) error {
	var err error
	switch {
	case r.Scope == policy.Team && p.colleagues == nil:
		p.colleagues, err = selectColleagues(ctx, q, who.ID)
	case r.Scope == policy.Region && p.regions[r.Base] == nil:
		p.regions[r.Base], err = selectOfficesOf(ctx, q, r.Base)
	}
	return err
}

// knows reports whether an actor acts by the positions of a person. An import
// does, and does nothing else.
func knows(who actor.Actor, action string) bool {
	return who.Kind == actor.Person || who.Kind == actor.Import && action == importing
}

// importing is the one action of an import.
const importing = "imports.run"
