package egress

import (
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/web"
)

// heldBack is what is held back, for the eyes of the office alone.
type heldBack struct {
	Waiting     []waitingTable
	Corrections int64
}

// held reads what waits of the cases that the reader sees, and why, as the release
// of a month left it.
func (p *pages) held(r *http.Request, period civil.Month) (heldBack, error) {
	ctx, g := r.Context(), p.gate
	// What waits is small: a number in it may be one case.
	seen, err := p.access.Cases(ctx, web.Actor(r), "figures.read")
	if err != nil {
		return heldBack{}, err
	}
	_, books, _ := g.layers(ctx, g.db, g.reg.Now()) // what is wrong with a pack is said above
	waiting, err := books.Waiting(ctx, g.db, period, seen)
	if err != nil {
		return heldBack{}, err
	}
	h := heldBack{Waiting: p.waiting(waiting, web.Language(r))}
	if err := p.openWaiting(r, h.Waiting); err != nil {
		return heldBack{}, err
	}
	h.Corrections, err = g.ledger.Corrections(ctx, g.db, seen)
	return h, err
}
