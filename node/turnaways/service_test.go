package turnaways_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/clients"
	"casehub/node/migrations"
	"casehub/node/turnaways"
)

var (
	reg    = codelist.National()
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return noon }
)

func open(t testing.TB) (*turnaways.Service, *sqlite.DB, *access.Gate) {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	gate, _ := accesstest.OpenAt(t, db, clock)
	return turnaways.NewService(db, reg, gate, clock), db, gate
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, turnaways.TurnAway{ID: "0190-id", Note: "Thandi came"}, "0190-id", "Thandi")
}

func TestWhoeverComesIsRecordedWithoutAName(t *testing.T) {
	s, db, _ := open(t)
	saved, err := s.Record(t.Context(), miriam, turnaways.TurnAway{Reason: 8201, CameOn: "2026-03-01", Note: "wanted a lawyer"})
	if err != nil || saved.RecordedBy != miriam.ID {
		t.Fatalf("recorded by %q, %v", saved.RecordedBy, err)
	}
	second := saved
	saved.Reason = 8202
	if err := s.Update(t.Context(), miriam, saved); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), miriam, second); !errors.Is(err, turnaways.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	all, _, err := s.List(t.Context(), miriam, turnaways.Filter{Reason: 8202})
	if err != nil || len(all) != 1 || all[0].ID != saved.ID || !all[0].Reads {
		t.Errorf("the list has %d, %v", len(all), err)
	}
	if err := s.Remove(t.Context(), miriam, saved.ID, " "); err == nil || !strings.Contains(err.Error(), "audit.because-missing (reason)") {
		t.Errorf("without a reason: %v", err)
	}
	if err := s.Remove(t.Context(), miriam, saved.ID, "recorded twice"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByID(t.Context(), miriam, saved.ID); !errors.Is(err, turnaways.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if entries, err := audit.Of(t.Context(), db, string(saved.ID), 10); err != nil || len(entries) != 3 || entries[0].Action != "turnaway.removed" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	for want, bad := range map[string]turnaways.TurnAway{
		"turnaways.why-unknown": {Reason: 8200, CameOn: "2026-03-01"},
		"turnaways.in-future":   {Reason: 8201, CameOn: "2026-03-03"},
		"clients.not-found":     {Reason: 8201, CameOn: "2026-03-01", ClientID: "nobody"},
	} {
		if _, err := s.Record(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

// TestAnOfficeSeesItsOwn: an office does not see another's, and a record that names a
// client is seen by whoever sees the client.
func TestAnOfficeSeesItsOwn(t *testing.T) {
	s, db, gate := open(t)
	accesstest.Office(t, db, "hills", "")
	accesstest.Office(t, db, "coast", "")
	var people []actor.Actor
	for _, office := range []string{"hills", "coast"} {
		people = append(people, accesstest.Hire(t, db, "head-"+office, office))
		accesstest.Appoint(t, db, "head-"+office, "supervisor", "")
	}
	k, err := clients.NewService(db, reg, gate, clock).Create(t.Context(), people[0], clients.Client{ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := s.Record(t.Context(), people[0], turnaways.TurnAway{Reason: 8201, CameOn: "2026-03-01"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.Record(t.Context(), people[0], turnaways.TurnAway{Reason: 8201, CameOn: "2026-03-01", ClientID: k.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []turnaways.ID{stranger.ID, client.ID} {
		if _, err := s.ByID(t.Context(), people[0], id); err != nil {
			t.Errorf("its own office: %v", err)
		}
		if _, err := s.ByID(t.Context(), people[1], id); !errors.Is(err, turnaways.ErrNotFound) {
			t.Errorf("another office: %v", err)
		}
	}
	accesstest.Own(t, db, "counter", "turnaways.read", "organisation", "")
	accesstest.Appoint(t, db, "head-coast", "counter", "")
	if _, err := s.ByID(t.Context(), people[1], stranger.ID); err != nil {
		t.Errorf("who reads the whole organisation's: %v", err)
	}
	if _, err := s.ByID(t.Context(), people[1], client.ID); !errors.Is(err, turnaways.ErrNotFound) {
		t.Errorf("a client whom nobody showed them: %v", err)
	}
	if err := s.Remove(t.Context(), people[1], stranger.ID, "not ours"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("another office deletes: %v", err)
	}
}
