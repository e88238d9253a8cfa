package cases_test

import (
	"slices"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/cases"
)

// The audit has what a field said before and after, and nothing of the fields
// that stayed.
func TestTheAuditHasOldAndNewValues(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	err := b.Update(t.Context(), miriam, c.ID, cases.Edit{Version: 1, Type: violence, OpenedOn: "2026-02-01", OtherParty: c.OtherParty, Summary: "sent away"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context(), miriam, c.ID, 2, "2026-02-20", settled); err != nil {
		t.Fatal(err)
	}
	for action, want := range map[string][]string{
		"case.retyped": {"case_type 1101>1401", "summary " + c.Summary + ">sent away"},
		"case.closed":  {"status open>closed", "closed_on >2026-02-20", "outcome >5101"},
	} {
		if got := values(t, b.db, action); !slices.Equal(got, want) {
			t.Errorf("%s tells of %q, want %q", action, got, want)
		}
	}
	if _, err := audit.Verify(t.Context(), b.db); err != nil {
		t.Error(err)
	}
}

// values returns the changes of the entries of an action, "field old>new".
func values(t *testing.T, db *sqlite.DB, action string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
SELECT v.field || ' ' || v.old || '>' || v.new
FROM audit AS a
JOIN audit_values AS v ON v.seq = a.seq
WHERE a.action = @action
ORDER BY v.seq, v.n`, sqlite.Args{"action": action})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// Looking at a case of a sensitive type, or at one that has a wall, is recorded
// with who looked; looking at any other leaves nothing, and neither does
// somebody who may not see the case.
func TestLookingAtAWatchedCaseIsRecorded(t *testing.T) {
	b := office(t)
	k := b.client(t, "Nkosi", "Nolwazi").ID
	plain, sensitive, walled := b.open(t, k, "2026-02-01"), b.open(t, k, "2026-02-02"), b.open(t, k, "2026-02-03")
	err := b.Update(t.Context(), miriam, sensitive.ID, cases.Edit{Version: 1, Type: violence, OpenedOn: "2026-02-02"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Exec(t.Context(), `
INSERT INTO people (id, login, name, status, created_at, updated_at) VALUES ('sipho', 'sipho', 'Sipho', 'active', 0, 0)`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) VALUES ('w', @case, 'sipho', 'conflict', 'miriam', 0)`,
		sqlite.Args{"case": string(walled.ID)}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []cases.ID{plain.ID, sensitive.ID, walled.ID, sensitive.ID} {
		if _, _, err := b.ByID(t.Context(), miriam, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := b.ByID(t.Context(), actor.Actor{Kind: actor.Person, ID: "sipho"}, walled.ID); err == nil {
		t.Error("a walled person reads the case")
	}
	for id, want := range map[cases.ID]int{plain.ID: 0, sensitive.ID: 1, walled.ID: 1} {
		n := 0
		entries, err := audit.Of(t.Context(), b.db, string(id), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Action == audit.ReadAction && e.Actor == miriam.String() {
				n++
			} else if e.Action == audit.ReadAction {
				t.Errorf("%s looked", e.Actor)
			}
		}
		if n != want {
			t.Errorf("%d looks at a case are recorded, want %d", n, want)
		}
	}
}
