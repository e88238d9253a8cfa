package clients

import (
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/web"
)

// pairing is the data of the page of pairs.
type pairing struct {
	Pairs []pairRow
	Total int
}

// pairRow is a pair with the office's day on which it was found.
type pairRow struct {
	Pair
	FoundOn civil.Date
}

// pairs answers GET /clients/pairs.
func (p *pages) pairs(w http.ResponseWriter, r *http.Request) error {
	all, total, err := p.clients.Pairs(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	data := pairing{Total: total}
	for _, one := range all {
		data.Pairs = append(data.Pairs, pairRow{one, civil.On(one.FoundAt.In(p.clients.now().Location()))})
	}
	return p.Page(w, r, http.StatusOK, "client-pairs", data)
}

// tellApart answers POST /clients/pairs: these are two people.
func (p *pages) tellApart(w http.ResponseWriter, r *http.Request) error {
	if err := p.clients.TellApart(r.Context(), web.Actor(r), ID(r.PostFormValue("first")), ID(r.PostFormValue("second"))); err != nil {
		return err
	}
	return web.GoTo(w, r, "/clients/pairs")
}
