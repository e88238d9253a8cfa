package retention

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/clients"
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
	for id, want := range map[string]error{hidden.ID: ErrNoRequest, open.ID: ErrDecided} {
		if err := o.Approve(t.Context(), o.sipho, id); !errors.Is(err, want) {
			t.Errorf("a decided request: %v, want %v", err, want)
		}
	}
	for who, want := range map[actor.Actor]int{o.sipho: 1, miriam: 2, nandi: 2} {
		all := must[[]Request](t)(o.Recent(t.Context(), who))
		if len(all) != want || all[0].ID != open.ID && all[len(all)-1].ID != open.ID {
			t.Errorf("%s is told of %d erasures, want %d", who.ID, len(all), want)
		}
	}
}

// With one of two directors behind a wall and the other asking, the supervisor of
// the office approves; the walled director is told of nothing, and whoever asked
// of who can.
func TestASupervisorApprovesWhatAWalledDirectorMayNot(t *testing.T) {
	o := open(t)
	accesstest.Office(t, o.db, "north", "")
	boss := accesstest.Hire(t, o.db, "boss", "north")
	p, elsewhere := o.comes("one", 2, "2026-02-20"), o.comes("other", 1, "2026-02-20")
	if _, err := o.db.Exec(t.Context(), `UPDATE cases SET office_id = 'north' WHERE client_id = @id`, sqlite.Args{"id": string(p.client)}); err != nil {
		t.Fatal(err)
	}
	o.walls(o.sipho, string(p.cases[0]))
	o.walls(o.sipho, string(elsewhere.cases[0]))
	r, stuck := o.asks(p), o.asks(elsewhere)
	o.clock = o.clock.AddDate(8, 0, 0)
	s := o.site(miriam)
	s.says(s.get("/erasures/"+r.ID), http.StatusOK, "You asked for this. Somebody else has to approve it.", "Nobody else can approve it at present")
	accesstest.Appoint(t, o.db, boss.ID, "supervisor", "")
	s.says(s.get("/erasures/"+r.ID), http.StatusOK, "These people can approve it: boss.")
	s.says(s.get("/erasures/"+stuck.ID), http.StatusOK, "Nobody else can approve it at present")
	s.who = o.sipho
	s.says(s.get("/erasures/"+r.ID), http.StatusNotFound)
	if body := s.get("/retention").Body.String(); strings.Contains(body, r.ID) || strings.Contains(body, stuck.ID) {
		t.Error("a walled director is told of a request")
	}
	s.who = boss
	if body := s.get("/retention").Body.String(); !strings.Contains(body, r.ID) || strings.Contains(body, stuck.ID) {
		t.Error("a supervisor is told of another office's request, or not of the own")
	}
	s.says(s.get("/erasures/"+stuck.ID), http.StatusNotFound)
	s.says(s.post("/erasures/"+stuck.ID+"/approve"), http.StatusNotFound)
	s.says(s.get("/erasures/"+r.ID), http.StatusOK, "There is no way back.")
	s.says(s.post("/erasures/"+r.ID+"/take-back"), http.StatusForbidden)
	s.says(s.post("/erasures/"+r.ID+"/approve"), http.StatusSeeOther)
	s.says(s.get("/retention"), http.StatusOK, "Asked for by miriam, approved by boss")
	other := accesstest.Hire(t, o.db, "second", "north")
	accesstest.Appoint(t, o.db, other.ID, "supervisor", "")
	if all := must[[]Request](t)(o.Recent(t.Context(), other)); len(all) != 0 {
		t.Error("a supervisor is told of an erasure that they had no part in")
	}
}

// Whoever records a wish to be erased sees the same happen, whether another case
// that they are shut out of is open, closed or not there.
func TestAWishTellsNothingOfHiddenCases(t *testing.T) {
	for name, hidden := range map[string]string{"an open case": "open", "a closed case": "closed", "no case": ""} {
		o := open(t)
		p := o.comes("one", 1, "2026-02-20")
		switch hidden {
		case "open":
			o.walls(o.sipho, string(o.opensOnly(p.client)))
		case "closed":
			o.walls(o.sipho, string(o.opens(p.client, "one", "2026-02-20")))
		}
		must[Request](t)(o.Ask(t.Context(), o.sipho, Request{ClientID: string(p.client), AskedOn: "2026-03-02"}))
		if _, _, err := o.clients.ByID(t.Context(), o.sipho, p.client); !errors.Is(err, clients.ErrNotFound) {
			t.Errorf("with %s behind a wall the client is: %v", name, err)
		}
		_, _, err := o.clients.ByID(t.Context(), miriam, p.client)
		if (err == nil) != (hidden == "open") {
			t.Errorf("with %s who works on it sees the client: %v", name, err)
		}
	}
}

// A client is on the list of those who are restricted for the cases that its
// reader may open, and for no other.
func TestARestrictedCaseBehindAWallPutsNobodyOnTheList(t *testing.T) {
	o := open(t)
	p := o.comes("one", 2, "2026-02-20")
	o.walls(o.sipho, string(p.cases[0]))
	must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), CaseID: string(p.cases[0]), AskedOn: "2026-03-02"}))
	for who, want := range map[actor.Actor]int{o.sipho: 0, miriam: 1} {
		if all := must[[]Restricted](t)(o.Restricted(t.Context(), who)); len(all) != want {
			t.Errorf("%s finds %d clients on the list, want %d", who.ID, len(all), want)
		}
	}
	must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), CaseID: string(p.cases[1]), AskedOn: "2026-03-02"}))
	if all := must[[]Restricted](t)(o.Restricted(t.Context(), o.sipho)); len(all) != 1 {
		t.Errorf("with a case that he may open the list has %d", len(all))
	}
}
