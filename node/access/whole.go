package access

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// whole are the actions that somebody needs in the whole organisation, beside
// reading every case, to see all that an unpublished number is counted from.
var whole = []string{"figures.read", "turnaways.read", "activities.read"}

// SeesWhole reports whether nothing at all is kept from somebody of what a draft is
// counted from: every class of every case and of every record beside them, in the
// whole organisation, and no wall stands against them, whatever case it is about. A
// number that is not published yet moves with each record: whoever does not see the
// record would see that it came.
func (g *Gate) SeesWhole(ctx context.Context, q sqlite.Querier, who actor.Actor) (bool, error) {
	if who.Kind != actor.Person {
		return false, nil
	}
	p, err := g.ask(ctx, q, who, caseRow.read)
	if err != nil {
		return false, fmt.Errorf("asking for %s: %w", caseRow.read, err)
	}
	for _, c := range order {
		if !p.cases.Always(c) {
			return false, nil
		}
	}
	for _, action := range whole {
		if all, err := g.Everywhere(ctx, who, action); err != nil || !all {
			return false, err
		}
	}
	walled, err := selectWalled(ctx, q, who.ID, g.today())
	return !walled, err
}
