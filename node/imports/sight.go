package imports

import (
	"context"
	"fmt"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// sight is what whoever runs an import sees of the node. An import by schedule is
// the program's own: no wall stands against it, and of what waits for its erasure
// it changes nothing either.
type sight struct{ cases, clients access.Filter }

// sightOf returns what somebody sees; an import sees what its person does.
func (s *Service) sightOf(ctx context.Context, who actor.Actor) (sight, error) {
	if who.Kind == actor.Import {
		who.Kind = actor.Person
	}
	cases, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return sight{}, err
	}
	clients, err := s.gate.Clients(ctx, who, "clients.read")
	return sight{cases, clients}, err
}

// hides adds those identifiers of some records of a stream that are there and not
// seen.
func (e sight) hides(ctx context.Context, q sqlite.Querier, st *stream, ids []string, into map[string]bool) error {
	if len(ids) == 0 {
		return nil
	}
	if err := eachHidden(ctx, q, st.to.name, ids, e.cases, e.clients, func(id string) { into[id] = true }); err != nil {
		return fmt.Errorf("looking up what its runner may change: %w", err)
	}
	return nil
}

// keptFrom reports whether the record of a draft is hidden from who runs the
// import. What the interrupted run has written is counted as it was.
func (d *decider) keptFrom(f *draft) bool {
	return d.hidden[d.idOf(f.stream, f.key)] && !d.byThisRun(f)
}

// byThisRun reports whether the interrupted run that this one goes on with has
// written the record of a draft.
func (d *decider) byThisRun(f *draft) bool {
	k, known := d.of[f.stream].known[f.key]
	return known && d.run.id != 0 && k.lastRun == d.run.id && !k.gone
}

// nowhere is what is wrong with a draft that belongs to nothing: what it refers to
// is not there. A row of a hidden record is held back with the same words.
func (d *draft) nowhere() problem {
	for _, p := range d.parents {
		return problemAt(adapters.ReferenceMissing, p.field, "", "")
	}
	for _, ref := range d.refs {
		return problemAt(adapters.ReferenceMissing, ref.field, ref.column, "")
	}
	return problemAt(adapters.ReferenceMissing, "", d.stream.keyColumn(), "")
}
