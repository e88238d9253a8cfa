package node

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/migrations"
	"casehub/node/vault/vaulttest"
)

// The audit shows what the gate shows: nothing of a case to whoever is walled
// from it, nor of a client with no other case, nor of what stands in the case;
// and of the values those that the position reads.
func TestTheAuditShowsWhatTheGateShows(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	now := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }
	gate, director := accesstest.OpenAt(t, db, now)
	auditor := accesstest.Hire(t, db, "auditor", "")
	accesstest.Appoint(t, db, "auditor", "auditor", "")
	walled := accesstest.Hire(t, db, "walled", "")
	accesstest.Appoint(t, db, "walled", "director", "")
	for _, statement := range []string{
		`INSERT INTO clients (id, reference, created_at, updated_at) VALUES ('k', 'K-1', 0, 0)`,
		`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('c', 'C-1', 'k', 1101, 'open', '2026-03-01', 0, 0)`,
		`INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) VALUES ('w', 'c', 'walled', 'conflict', 'miriam', 0)`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for _, e := range []struct{ action, subject, within string }{
			{"client.created", "k", ""}, {"case.opened", "c", ""}, {"referral.recorded", "r", "c"}, {"wall.raised", "c", ""}, {"import.finished", "import-1", ""},
		} {
			if err := audit.RecordWithin(t.Context(), tx, now(), director, e.action, e.subject, e.within); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v, _ := vaulttest.Create(t)
	s := sight{db, gate, v, october}
	log := audit.NewLog(db, s)
	for _, c := range []struct {
		who  actor.Actor
		want []string
	}{
		{director, []string{"import.finished", "wall.raised", "referral.recorded", "case.opened", "client.created"}},
		{auditor, []string{"import.finished", "wall.raised", "referral.recorded", "case.opened", "client.created"}},
		{walled, []string{"import.finished"}},
	} {
		page, err := log.List(t.Context(), c.who, audit.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range page.Entries {
			got = append(got, e.Action)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.who.ID, d)
		}
	}
	for who, want := range map[actor.Actor]audit.Sight{
		director: {Label: "C-1", Path: "/cases/c", Contact: true, Narrative: true, Finance: true, Sensitive: true},
		auditor:  {Label: "C-1", Path: "/cases/c", Narrative: true, Finance: true, Sensitive: true},
	} {
		all, err := s.Sights(t.Context(), who, []string{"c", "k", "other"})
		if d := cmp.Diff(want, all["c"]); err != nil || d != "" {
			t.Errorf("%s: %v %s", who.ID, err, d)
		}
	}
	for reference, want := range map[string]string{"c-1": "c", "K-1": "k"} {
		if id, err := s.Find(t.Context(), director, reference); err != nil || id != want {
			t.Errorf("%s: %s, %v", reference, id, err)
		}
		if _, err := s.Find(t.Context(), walled, reference); err == nil {
			t.Errorf("a walled person finds %s", reference)
		}
	}
}
