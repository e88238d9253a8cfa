package events_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/events"
	"casehub/node/migrations"
)

var (
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return noon }
)

func TestNothingButTheIdentifierIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, events.Activity{ID: "0190-id", Place: "Thandi's house"}, "0190-id", "Thandi")
}

func TestAnActivityIsKeptAndBelongsToItsOffice(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	gate, _ := accesstest.OpenAt(t, db, clock)
	s := events.NewService(db, codelist.National(), gate, clock)
	accesstest.Office(t, db, "hills", "")
	accesstest.Office(t, db, "coast", "")
	hills, coast := accesstest.Hire(t, db, "hills-head", "hills"), accesstest.Hire(t, db, "coast-head", "coast")
	accesstest.Appoint(t, db, "hills-head", "supervisor", "")
	accesstest.Appoint(t, db, "coast-head", "supervisor", "")

	a, err := s.Record(t.Context(), hills, events.Activity{Kind: 10102, HeldOn: "2026-03-01", Place: "hall", Participants: 40})
	if err != nil || a.OfficeID != "hills" || a.RecordedBy != hills.ID {
		t.Fatalf("of %q by %q, %v", a.OfficeID, a.RecordedBy, err)
	}
	b := a
	a.Participants, a.OfficeID = 44, "coast"
	if err := s.Update(t.Context(), hills, a); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), hills, b); !errors.Is(err, events.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	if got, err := s.ByID(t.Context(), hills, a.ID); err != nil || got.Participants != 44 || got.OfficeID != "hills" {
		t.Errorf("%d took part at %s, %v", got.Participants, got.OfficeID, err)
	}
	if _, err := s.ByID(t.Context(), coast, a.ID); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("another office: %v", err)
	}
	accesstest.Own(t, db, "reader", "activities.read", "organisation", "")
	accesstest.Appoint(t, db, "coast-head", "reader", "")
	if err := s.Remove(t.Context(), coast, a.ID, "not ours"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("another office deletes: %v", err)
	}
	if err := s.Remove(t.Context(), miriam, a.ID, "held by others"); err != nil {
		t.Error(err)
	}
	if entries, err := audit.Of(t.Context(), db, string(a.ID), 10); err != nil || len(entries) != 3 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	for want, bad := range map[string]events.Activity{
		"events.kind-unknown (kind)":               {Kind: 10100, HeldOn: "2026-03-01"},
		"events.in-future (held_on)":               {Kind: 10102, HeldOn: "2026-03-03"},
		"events.participants-wrong (participants)": {Kind: 10102, HeldOn: "2026-03-01", Participants: 5001},
		"text.too-long (place)":                    {Kind: 10102, HeldOn: "2026-03-01", Place: strings.Repeat("x", 201)},
	} {
		if _, err := s.Record(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}
