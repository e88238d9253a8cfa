package node

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest/oracle"
)

// shownOn are the pages that show something of a field class, in order; a new one is
// put here. Where the gate forgot a class on one of them, the proof has to notice that
// at that page.
var shownOn = map[string][]string{
	"contact": {"GET /cases/{id}", "GET /clients/{id}", "GET /clients/{id}/edit"},
	"narrative": {
		"GET /audit", "GET /cases/{id}", "GET /cases/{id}/documents", "GET /cases/{id}/edit", "GET /cases/{id}/survey", "GET /clients/{id}", "GET /clients/{id}/edit",
		"GET /complaints/{id}/edit", "GET /consultations/{id}", "GET /consultations/{id}/edit", "GET /documents/{id}/edit", "GET /quality", "GET /quality/{id}",
		"GET /recoveries/{id}/edit", "GET /referrals/{id}/edit", "GET /surveys", "GET /turn-aways", "GET /turn-aways/{id}/edit",
	},
	"finance": {"GET /balance/{set}/{part}", "GET /cases/{id}", "GET /clients/{id}", "GET /recoveries/{id}/edit"},
	"sensitive": {
		"GET /cases/{id}", "GET /cases/{id}/documents", "GET /clients/{id}", "GET /consultations/{id}", "GET /consultations/{id}/edit", "GET /documents/{id}/edit",
	},
}

// unwall takes the walls away that keep a person from what left: before one of these no
// number opens, whatever class it shows.
func (p *proof) unwall(who oracle.Person) {
	p.w.Walls = slices.DeleteFunc(p.w.Walls, func(w oracle.Wall) bool {
		return w.Person == who.ID && slices.ContainsFunc(p.left, func(c oracle.Case) bool { return c.ID == w.Case })
	})
	for _, c := range p.left {
		p.exec(`DELETE FROM walls WHERE person_id = @person AND case_id = @case`, sqlite.Args{"person": who.ID, "case": c.ID})
	}
}

// Nobody may read a class, as far as the oracle knows, and the node shows it to whoever
// may read everything: the proof sees that at every page that has something of it.
func TestTheProofSeesEachClassOnEachPage(t *testing.T) {
	p := newProof(t)
	for class, pages := range shownOn {
		p.settle(0)
		p.w.Withheld = class
		p.unwall(p.w.People[0])
		p.keep()
		p.told, p.faults = nil, nil
		p.turn(p.w.People[0]) // a director of everything
		for _, r := range p.site.Routes() {
			if p.pattern = r.Pattern; strings.HasPrefix(p.pattern, http.MethodGet+" ") {
				p.route(r)
			}
		}
		slices.Sort(p.told)
		if told := slices.Compact(p.told); !slices.Equal(told, pages) {
			t.Errorf("%s is noticed at\n\t%q\nand shown on\n\t%q", class, told, pages)
		}
	}
}
