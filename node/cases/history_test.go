package cases_test

import (
	"slices"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
)

// What other areas did in a case is its history too, for who may read what it was
// done to; readings are not, nor what stands in another case of the client.
func TestHistoryTellsWhatEachPersonMayRead(t *testing.T) {
	b := office(t)
	k := b.client(t, "Nkosi", "Nolwazi").ID
	c, other := b.open(t, k, "2026-03-01"), b.open(t, k, "2026-03-01")
	err := b.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for _, e := range []struct{ action, subject, within string }{
			{"referral.recorded", "r", string(c.ID)},
			{"recovery.recorded", "v", string(c.ID)},
			{"document.added", "d", string(c.ID)},
			{"document.read", "d", string(c.ID)},
			{"case.read", string(c.ID), ""},
			{"wall.raised", string(c.ID), ""},
			{"consent.given", string(k), ""},
			{"client.updated", string(k), ""},
			{"erasure.requested", string(k), string(c.ID)},
			{"referral.updated", "other", string(other.ID)},
		} {
			if err := audit.RecordWithin(t.Context(), tx, noon, miriam, e.action, e.subject, e.within); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"erasure.requested", "consent.given", "wall.raised", "document.added", "recovery.recorded", "referral.recorded", "case.opened"}
	if got := b.actions(t, c.ID); !slices.Equal(got, all) {
		t.Errorf("the director is told %v, want %v", got, all)
	}
	for name, row := range map[string]struct {
		grants [][2]string // action and classes
		want   []string
	}{
		"nothing but the case": {[][2]string{{"cases.read", ""}}, []string{"case.opened"}},
		"the money":            {[][2]string{{"cases.read", "finance"}}, []string{"recovery.recorded", "case.opened"}},
		"the story":            {[][2]string{{"cases.read", "narrative"}}, []string{"referral.recorded", "case.opened"}},
		"papers without story": {[][2]string{{"cases.read", ""}, {"documents.read", ""}}, []string{"case.opened"}},
		"the papers":           {[][2]string{{"cases.read", "narrative"}, {"documents.read", ""}}, []string{"document.added", "referral.recorded", "case.opened"}},
		"consents":             {[][2]string{{"cases.read", ""}, {"clients.read", ""}, {"consents.read", ""}}, []string{"consent.given", "case.opened"}},
	} {
		t.Run(name, func(t *testing.T) {
			who := accesstest.Hire(t, b.db, "who "+name, "")
			for _, g := range row.grants {
				accesstest.Own(t, b.db, "role "+name, g[0], "organisation", g[1])
			}
			accesstest.Appoint(t, b.db, who.ID, "role "+name, "")
			if got := told(t, b, who, c.ID); !slices.Equal(got, row.want) {
				t.Errorf("told %v, want %v", got, row.want)
			}
		})
	}
}

// A case at which somebody looked very often still tells what was done.
func TestReadingsDoNotPushTheHistoryOut(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-03-01")
	err := b.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for range 500 {
			if err := audit.Record(t.Context(), tx, noon, miriam, audit.ReadAction, string(c.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(t, b, miriam, c.ID); !slices.Equal(got, []string{"case.opened"}) {
		t.Errorf("told %v", got)
	}
}

func told(t testing.TB, b bench, who actor.Actor, id cases.ID) []string {
	t.Helper()
	entries, err := b.History(t.Context(), who, id, 20)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Action)
	}
	return all
}
