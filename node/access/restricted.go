package access

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// restricted is the action by which somebody looks, for a reason, at what waits
// for its erasure. It shows no more than that it is there.
const restricted = "clients.restricted"

// aboutWaiting are the actions that reach what waits for its erasure: all others
// leave it out.
var aboutWaiting = []string{restricted, "retention.read", "retention.manage", "retention.erase"}

// restrictedRow is a client, restricted or not, for who may open restricted ones.
var restrictedRow = row{restricted, ErrNoClient, selectClientSeen, func(p *prepared) Filter { return p.clients }}

// Restricted reports whether somebody may look at a client who is restricted, for
// a reason. It fails with ErrNoClient.
func (g *Gate) Restricted(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) error {
	return g.one(ctx, q, restrictedRow, who, restricted, id)
}

// Whole reports whether somebody may do something about a client's erasure: they
// see the client and every case, restricted or not, with nothing withheld. It
// fails with ErrNoClient for all others, whatever is kept from them.
func (g *Gate) Whole(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string) error {
	p, err := g.ask(ctx, q, who, action)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", action, err)
	}
	return g.whole(ctx, q, who, p, id)
}

func (g *Gate) whole(ctx context.Context, q sqlite.Querier, who actor.Actor, p *prepared, id string) error {
	looks, err := g.ask(ctx, q, who, restricted)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", restricted, err)
	}
	whole, err := selectClientWhole(ctx, q, id, g.at(looks.clients).and(g.at(p.clients)), g.at(looks.cases).and(g.at(p.cases)))
	if err == nil && !whole {
		err = ErrNoClient
	}
	return err
}

// WholeClients returns the clients k about whose erasure somebody may do
// something, as Whole says of one.
func (g *Gate) WholeClients(ctx context.Context, who actor.Actor, action string) (Filter, error) {
	clients, err := g.Clients(ctx, who, action)
	if err != nil {
		return Filter{}, err
	}
	cases, err := g.Cases(ctx, who, action)
	if err != nil {
		return Filter{}, err
	}
	opens, err := g.Clients(ctx, who, restricted)
	if err != nil {
		return Filter{}, err
	}
	looks, err := g.Cases(ctx, who, restricted)
	if err != nil {
		return Filter{}, err
	}
	return wholeClients(opens.and(clients), looks.and(cases)), nil
}

// ApproveWhole is Whole for a step that needs a second person: it fails with
// ErrOwnWork when the approver captured it and when nobody knows who did, and
// with ErrForbidden for who sees the client and may not approve.
func (g *Gate) ApproveWhole(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string, capturedBy actor.Actor) error {
	if err := g.Whole(ctx, q, who, restricted, id); err != nil {
		return err
	}
	p, err := g.prepare(ctx, q, who, policy.Inquiry{Action: action, Person: who.ID, CapturedBy: capturedBy.ID})
	switch {
	case err != nil:
		return fmt.Errorf("asking for %s: %w", action, err)
	case p.answer.Blocked:
		if err := g.May(ctx, who, action); err != nil {
			return err
		}
		return ErrOwnWork
	}
	err = g.whole(ctx, q, who, p, id)
	if err == ErrNoClient { //nolint:errorlint // this gate answers with the value itself
		return ErrForbidden
	}
	return err
}

// ReadsWhole reports whether somebody reads all that is kept about a client: the
// client, every case, and all that stands in each.
func (g *Gate) ReadsWhole(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) (bool, error) {
	clients, cases, err := g.readsWhole(ctx, who)
	if err != nil {
		return false, err
	}
	return selectClientWhole(ctx, q, id, clients, cases)
}

// ReadWhole returns the clients k of whom ReadsWhole says yes.
func (g *Gate) ReadWhole(ctx context.Context, who actor.Actor) (Filter, error) {
	clients, cases, err := g.readsWhole(ctx, who)
	if err != nil {
		return Filter{}, err
	}
	return wholeClients(clients, cases), nil
}

func (g *Gate) readsWhole(ctx context.Context, who actor.Actor) (clients, cases Filter, err error) {
	if clients, err = g.Clients(ctx, who, clientRow.read); err != nil {
		return clients, cases, err
	}
	if cases, err = g.Cases(ctx, who, caseRow.read); err != nil {
		return clients, cases, err
	}
	agreed, err := g.Clients(ctx, who, "consents.read")
	if err != nil {
		return clients, cases, err
	}
	turned, err := g.Entries(ctx, who, "turnaways.read")
	if err != nil {
		return clients, cases, err
	}
	papers, err := g.Cases(ctx, who, "documents.read")
	return g.beside(clients.within(agreed), clients.OfSensitive(Narrative), clients.OfSensitive(Sensitive), turned), cases.within(papers), err
}

// beside returns the clients k of a filter of whom also what stands in no case is
// read: every consultation about a sensitive matter, by two conditions, and every
// time that they were turned away.
func (g *Gate) beside(clients Filter, said, kind string, turned Filter) Filter {
	clients.SQL = "(" + clients.SQL + ` AND NOT EXISTS (SELECT 1 FROM consultations x
        WHERE x.client_id = k.id AND x.case_type IN (` + g.sensitive() + `) AND (` + said + ` AND ` + kind + `) IS NOT TRUE)
    AND NOT EXISTS (SELECT 1 FROM turn_aways e WHERE e.client_id = k.id AND (` + turned.SQL + `) IS NOT TRUE))`
	clients.Args = turned.Into(clients.Args)
	return clients
}

// Approvers returns the members of the staff who may approve something about a
// client that somebody captured, by name.
func (g *Gate) Approvers(ctx context.Context, action, id string, capturedBy actor.Actor) ([]Member, error) {
	staff, err := selectHolders(ctx, g.db, action, g.rolesWith(action))
	if err != nil {
		return nil, fmt.Errorf("looking for who may approve: %w", err)
	}
	var all []Member
	for _, m := range staff {
		may, err := Allowed(g.ApproveWhole(ctx, g.db, actor.Actor{Kind: actor.Person, ID: m.ID}, action, id, capturedBy))
		if err != nil {
			return nil, err
		}
		if may {
			all = append(all, m)
		}
	}
	return all, nil
}

// rolesWith are the ready-made roles that have an action.
func (g *Gate) rolesWith(action string) []string {
	var all []string
	for _, code := range g.rules.ReadyMade() {
		if role, _ := g.rules.Role(code); role[action].Reach != "" {
			all = append(all, code)
		}
	}
	return all
}

// Everywhere reports whether somebody may do something to the whole organisation,
// and not to a part of it alone.
func (g *Gate) Everywhere(ctx context.Context, who actor.Actor, action string) (bool, error) {
	p, err := g.ask(ctx, g.db, who, action)
	if err != nil {
		return false, fmt.Errorf("asking for %s: %w", action, err)
	}
	return slices.ContainsFunc(p.answer.Reaches, func(r policy.Reach) bool { return r.Scope == policy.Organisation }), nil
}
