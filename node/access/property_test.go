package access_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
	"casehub/node/migrations"
	"casehub/policy"
)

// actions on single records, and what is read of them.
var onRecords = []string{"cases.read", "cases.edit", "cases.wall", "clients.read", "clients.edit", "figures.read", "audit.read", "emergencies.read", "documents.read", "finance.edit", "clients.restricted", "retention.read"}

// difference compares the gate with the oracle about everybody and everything,
// and returns the first thing on which they differ, "" for none.
func (h *house) difference(t testing.TB, w oracle.World) string {
	t.Helper()
	for _, p := range w.People {
		who := actor.Actor{Kind: actor.Person, ID: p.ID}
		for _, action := range oracle.Actions() {
			if got, want := h.gate.May(t.Context(), who, action) == nil, w.May(p.ID, action); got != want {
				return fmt.Sprintf("%s may %s: %v, want %v", p.ID, action, got, want)
			}
		}
		for _, action := range onRecords {
			if d := h.lists(t, w, who, action); d != "" {
				return d
			}
		}
		if d := h.reads(t, w, who); d != "" {
			return d
		}
	}
	return ""
}

// lists compares what a person finds by one action.
func (h *house) lists(t testing.TB, w oracle.World, who actor.Actor, action string) string {
	t.Helper()
	cases, clients := map[string]bool{}, map[string]bool{}
	for _, c := range w.Cases {
		cases[c.ID] = w.Case(who.ID, action, c)
	}
	for _, k := range w.Clients {
		clients[k.ID] = w.Client(who.ID, action, k)
	}
	f, err := h.gate.Cases(t.Context(), who, action)
	if err != nil {
		t.Fatal(err)
	}
	parts := "0"
	for _, p := range f.Parts {
		parts += " OR " + p
	}
	for name, where := range map[string]string{"list": f.SQL, "parts": parts} {
		if d := compared(h.ids(t, `SELECT c.id FROM cases c WHERE `+where+` ORDER BY c.id`, f), cases); d != "" {
			return fmt.Sprintf("%s, %s, cases by %s: %s", who.ID, action, name, d)
		}
	}
	if f.Suspects != "" {
		hidden := h.ids(t, `SELECT c.id FROM cases c WHERE NOT (`+f.Suspects+`) AND (`+f.SQL+`) IS NOT TRUE`, f)
		if hidden != "" {
			return fmt.Sprintf("%s, %s: hidden and no suspect: %s", who.ID, action, hidden)
		}
	}
	f, err = h.gate.Clients(t.Context(), who, action)
	if err != nil {
		t.Fatal(err)
	}
	if d := compared(h.ids(t, `SELECT k.id FROM clients k WHERE `+f.SQL+` ORDER BY k.id`, f), clients); d != "" {
		return fmt.Sprintf("%s, %s, clients: %s", who.ID, action, d)
	}
	if f.Suspects != "" {
		hidden := h.ids(t, `SELECT k.id FROM clients k WHERE NOT (`+f.Suspects+`) AND (`+f.SQL+`) IS NOT TRUE`, f)
		if hidden != "" {
			return fmt.Sprintf("%s, %s: clients hidden and no suspect: %s", who.ID, action, hidden)
		}
	}
	return h.besideCases(t, w, who, action, f)
}

// besideCases compares what a person finds of what is no case: entries, which the
// clients stand for here, and what of clients is of a sensitive type.
func (h *house) besideCases(t testing.TB, w oracle.World, who actor.Actor, action string, of access.Filter) string {
	t.Helper()
	entries := map[string]bool{}
	for _, k := range w.Clients {
		entries[k.ID] = w.Entry(who.ID, action, k.Office, k.Registered)
	}
	f, err := h.gate.Entries(t.Context(), who, action)
	if err != nil {
		t.Fatal(err)
	}
	list := h.ids(t, `SELECT e.id FROM (SELECT id, office_id, registered_id AS recorded_by FROM clients) e WHERE `+f.SQL+` ORDER BY e.id`, f)
	if d := compared(list, entries); d != "" {
		return fmt.Sprintf("%s, %s, entries: %s", who.ID, action, d)
	}
	for _, class := range []policy.Class{policy.Narrative, policy.Sensitive} {
		secrets := map[string]bool{}
		for _, k := range w.Clients {
			secrets[k.ID] = w.Client(who.ID, action, k) && w.ClientSecret(who.ID, action, k, string(class))
		}
		list := h.ids(t, `SELECT k.id FROM clients k WHERE `+of.SQL+` AND `+of.OfSensitive(class)+` ORDER BY k.id`, of)
		if d := compared(list, secrets); d != "" {
			return fmt.Sprintf("%s, %s, %s of clients: %s", who.ID, action, class, d)
		}
	}
	return ""
}

// compared says which identifiers of a list should not be in it, or are not.
func compared(list string, want map[string]bool) string {
	got := map[string]bool{}
	var id string
	for rest := list; rest != ""; {
		if n, _ := fmt.Sscan(rest, &id); n == 0 {
			break
		}
		got[id] = true
		rest = rest[len(id):]
		if rest != "" {
			rest = rest[1:]
		}
	}
	for id, sees := range want {
		if got[id] != sees {
			return fmt.Sprintf("%s is listed %v, want %v", id, got[id], sees)
		}
	}
	return ""
}

// reads compares what a person may do to each record, and read of it.
func (h *house) reads(t testing.TB, w oracle.World, who actor.Actor) string {
	t.Helper()
	for _, c := range w.Cases {
		for _, action := range []string{"cases.read", "cases.edit", "cases.wall"} {
			want := w.Case(who.ID, "cases.read", c) && w.Case(who.ID, action, c)
			if got := h.gate.Case(t.Context(), h.db, who, action, c.ID) == nil; got != want {
				return fmt.Sprintf("%s may %s %s: %v, want %v", who.ID, action, c.ID, got, want)
			}
		}
		class := func(name string) bool { return w.Class(who.ID, "cases.read", c, name) }
		got, _ := h.gate.Classes(t.Context(), h.db, who, c.ID)
		if want := (access.Classes{Contact: class("contact"), Narrative: class("narrative"), Finance: class("finance"), Sensitive: class("sensitive")}); got != want {
			return fmt.Sprintf("%s reads %+v of %s, want %+v", who.ID, got, c.ID, want)
		}
	}
	for _, k := range w.Clients {
		class := func(name string) bool { return w.ClientClass(who.ID, "clients.read", k, name) }
		got, _ := h.gate.ClientClasses(t.Context(), h.db, who, k.ID)
		if adds, want := h.gate.Adds(t.Context(), h.db, who, k.ID) == nil, w.Adds(who.ID, k); adds != want {
			return fmt.Sprintf("%s records something of %s: %v, want %v", who.ID, k.ID, adds, want)
		}
		if got.Contact != class("contact") || got.Narrative != class("narrative") {
			return fmt.Sprintf("%s reads %+v of %s, want contact %v and narrative %v", who.ID, got, k.ID, class("contact"), class("narrative"))
		}
	}
	return ""
}

// populated is a house that worlds move in and out of.
func populated(t testing.TB) *house {
	t.Helper()
	h := &house{db: sqlitetest.Open(t, migrations.FS), now: noon}
	h.gate = accesstest.Gate(t, h.db, func() time.Time { return h.now })
	return h
}

func (h *house) world(t testing.TB, seed uint64) oracle.World {
	t.Helper()
	w := oracle.Draw(seed, "2026-03-02", h.now.UnixMilli())
	accesstest.Fill(t, h.db, w)
	return w
}

func TestTheGateIsAsTheOracleSays(t *testing.T) {
	h := populated(t)
	worlds := 8
	if n, err := strconv.Atoi(os.Getenv("CASEHUB_PROOF")); err == nil {
		worlds = 10 * n
	}
	for i := range worlds {
		seed := uint64(i)
		if i%2 == 1 {
			seed = rand.Uint64()
		}
		if d := h.difference(t, h.world(t, seed)); d != "" {
			t.Errorf("world %d: %s", seed, d)
		}
	}
}

// Every clause of the conditions is taken out in turn, and the comparison above
// must notice each.
func TestEveryClauseOfTheConditionsIsNeeded(t *testing.T) {
	h := populated(t)
	clauses := map[string][2]string{
		"walls":                       {"NOT EXISTS (SELECT 1 FROM walls", "1 OR NOT EXISTS (SELECT 1 FROM walls"},
		"whose wall":                  {"acc_w.person_id = @acc_me AND", ""},
		"before which case":           {"acc_w.case_id = c.id", "1"},
		"an ended wall":               {"acc_w.ended_at IS NULL", "1"},
		"the last day of a wall":      {"acc_w.until >= @acc_today", "1"},
		"a wall until today":          {"acc_w.until >= @acc_today", "acc_w.until > @acc_today"},
		"a wall without end":          {"acc_w.until IS NULL OR", ""},
		"whose emergency":             {"acc_e.person_id = @acc_me AND", ""},
		"an emergency to come":        {"acc_e.begun_at <= @acc_now AND", ""},
		"an emergency that is over":   {"AND acc_e.ends_at > @acc_now", ""},
		"responsible":                 {"c.responsible_id IN", "c.responsible_id IS NULL OR c.responsible_id IN"},
		"the office of a case":        {"c.office_id IN", "c.office_id IS NOT NULL OR c.office_id IN"},
		"a case without office":       {"c.office_id IN", "c.office_id IS NULL OR c.office_id IN"},
		"the office of a client":      {"k.office_id IN", "k.office_id IS NOT NULL OR k.office_id IN"},
		"who registered a client":     {"k.registered_id IN", "k.registered_id IS NOT NULL OR k.registered_id IN"},
		"whose case":                  {"c.client_id = k.id", "c.client_id IS NOT NULL"},
		"clients without a case":      {"NOT EXISTS (SELECT 1 FROM cases c WHERE c.client_id = k.id)", "1"},
		"clients through a case":      {"(EXISTS (SELECT 1 FROM cases", "(0 AND EXISTS (SELECT 1 FROM cases"},
		"restricted cases":            {"FROM cases acc_r WHERE acc_r.restricted = 1 AND NOT", "FROM cases acc_r WHERE 0 AND NOT"},
		"restricted clients":          {"FROM clients acc_r WHERE acc_r.restricted = 1 AND NOT", "FROM clients acc_r WHERE 0 AND NOT"},
		"who opened it":               {"acc_o.person_id = @acc_me AND", ""},
		"an opening to come":          {"acc_o.begun_at <= @acc_now AND", ""},
		"an opening that is over":     {"acc_o.ends_at > @acc_now AND", ""},
		"which client was opened":     {"acc_o.client_id = acc_r", "acc_r.id <> '' OR acc_o.client_id = acc_r"},
		"writing to an open case":     {"c.restricted = 0", "1"},
		"writing to an open client":   {"k.restricted = 0", "1"},
		"sensitive types":             {"c.case_type NOT IN", "1 OR c.case_type NOT IN"},
		"types that are no sensitive": {"c.case_type NOT IN", "0 AND c.case_type NOT IN"},
	}
	for name, clause := range clauses {
		h.gate.Without(clause[0], clause[1])
		noticed := false
		for seed := uint64(0); seed < 40 && !noticed; seed++ {
			noticed = h.difference(t, h.world(t, seed)) != ""
		}
		if !noticed {
			t.Errorf("nobody notices that this is gone: %s", name)
		}
	}
	h.gate.Without("", "")
	if d := h.difference(t, h.world(t, 1)); d != "" {
		t.Errorf("with every clause in place: %s", d)
	}
}
