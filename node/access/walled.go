package access

import (
	"context"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// ReadsAll reports whether somebody reads every class of every case, wherever it
// stands, but for those that walls keep from them (Walled). What waits for its
// erasure is left out of the question.
func (g *Gate) ReadsAll(ctx context.Context, q sqlite.Querier, who actor.Actor) (bool, error) {
	p, err := g.ask(ctx, q, who, caseRow.read)
	if err != nil {
		return false, fmt.Errorf("asking for %s: %w", caseRow.read, err)
	}
	for _, c := range order {
		if !p.cases.Always(c) {
			return false, nil
		}
	}
	return true, nil
}

// Walled are the cases c that a wall keeps from somebody today.
func (g *Gate) Walled(who actor.Actor) Filter {
	return g.at(Filter{SQL: walled, Args: sqlite.Args{"acc_me": who.ID}})
}

// walled holds for the cases that notWalled keeps out.
const walled = `(c.id IN (SELECT acc_w.case_id FROM walls acc_w WHERE acc_w.person_id = @acc_me
        AND acc_w.ended_at IS NULL AND (acc_w.until IS NULL OR acc_w.until >= @acc_today)))`
