package retention

import (
	"path/filepath"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/access/accesstest"
)

// walls puts a wall between a person and a case, as another director raises it.
func (o *office) walls(person actor.Actor, caseID string) {
	o.t.Helper()
	svc := access.NewService(o.db, o.gate, o.time)
	must[access.Wall](o.t)(svc.Raise(o.t.Context(), miriam, access.Wall{CaseID: caseID, PersonID: person.ID, Reason: access.Related}))
}

// third is one more director.
func (o *office) third() actor.Actor {
	o.t.Helper()
	nandi := accesstest.Hire(o.t, o.db, "nandi", "")
	accesstest.Appoint(o.t, o.db, "nandi", "director", "")
	return nandi
}

// A wall outlives the case before which it stood: whoever was shut out stays so,
// also in a database that comes back from before the wall, and nothing says who
// that is.
func TestAWallOutlivesItsCase(t *testing.T) {
	o := open(t)
	nandi := o.third()
	p, other := o.comes("one", 2, "2026-02-20"), o.comes("other", 1, "2026-02-20")
	restored := filepath.Join(t.TempDir(), "node.db")
	o.ok(o.db.Copy(t.Context(), restored, o.key))
	o.walls(o.sipho, string(p.cases[0]))
	r := o.asks(p)
	half := must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(other.client), CaseID: string(other.cases[0]), AskedOn: "2026-03-02"}))
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), nandi, r.ID))
	o.ok(o.Approve(t.Context(), nandi, half.ID))
	ids := []string{string(p.client), string(p.cases[0]), string(p.cases[1]), string(other.cases[0]), "nothing"}
	check := func(name string, db *sqlite.DB, keys Keys) {
		t.Helper()
		for who, want := range map[string][]bool{
			o.sipho.ID: {true, true, false, false, false}, miriam.ID: make([]bool, 5), nandi.ID: make([]bool, 5),
		} {
			out := must[map[string]bool](t)(ShutOut(t.Context(), db, keys, who, ids))
			for i, id := range ids {
				if out[id] != want[i] {
					t.Errorf("%s, %s, record %d: shut out %v, want %v", name, who, i, out[id], want[i])
				}
			}
		}
	}
	check("here", o.db, o.vault)
	journal := must[[]byte](t)(o.Journal(t.Context()))
	db := must[*sqlite.DB](t)(sqlite.Open(t.Context(), restored, o.key))
	defer db.Close()
	keys := changed{o.vault, 1}
	must[int](t)(Reapply(t.Context(), Store{DB: db, Keys: keys, CaseKeys: o.CaseKeys, Files: o.Files}, journal, o.clock))
	check("restored, with another master key", db, keys)
	if len(must[map[string]bool](t)(ShutOut(t.Context(), db, keys, o.sipho.ID, nil))) != 0 {
		t.Error("somebody is shut out of nothing")
	}
}

// Whoever was shut out of a client is not told that somebody was erased.
func TestWhoWasShutOutIsNotToldOfTheErasure(t *testing.T) {
	o := open(t)
	nandi := o.third()
	p, other := o.comes("one", 1, "2026-02-20"), o.comes("other", 1, "2026-02-20")
	o.walls(o.sipho, string(p.cases[0]))
	hidden, open := o.asks(p), o.asks(other)
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), nandi, hidden.ID))
	o.ok(o.Approve(t.Context(), nandi, open.ID))
	for who, want := range map[actor.Actor]int{o.sipho: 1, miriam: 2, nandi: 2} {
		all := must[[]Request](t)(o.Recent(t.Context(), who))
		if len(all) != want || all[0].ID != open.ID && all[len(all)-1].ID != open.ID {
			t.Errorf("%s is told of %d erasures, want %d", who.ID, len(all), want)
		}
	}
}
