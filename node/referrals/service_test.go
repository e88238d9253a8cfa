package referrals_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/migrations"
	"casehub/node/referrals"
)

var (
	reg    = codelist.National()
	miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

const tribunal codelist.Code = 3203

// office is the service on a real database with one case, opened 1 February
// 2026.
func office(t testing.TB) (*referrals.Service, *sqlite.DB, cases.ID) {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	clock := func() time.Time { return noon }
	gate, _ := accesstest.OpenAt(t, db, clock)
	k, err := clients.NewService(db, reg, gate, clock).Create(t.Context(), miriam, clients.Client{ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cases.NewService(db, reg, gate, clock).Open(t.Context(), miriam, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-02-01"})
	if err != nil {
		t.Fatal(err)
	}
	return referrals.NewService(db, reg, gate, clock), db, c.ID
}

func referral(c cases.ID) referrals.Referral {
	return referrals.Referral{CaseID: c, Destination: tribunal, ReferredOn: "2026-02-20", Note: "ask for Thandi"}
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, referrals.Referral{ID: "0190-id", Note: "ask for Thandi"}, "0190-id", "Thandi")
}

func TestRecordKeepsEveryField(t *testing.T) {
	s, _, c := office(t)
	want, err := s.Record(t.Context(), miriam, referral(c))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.ByID(t.Context(), miriam, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	type fields referrals.Referral
	if d := cmp.Diff(fields(want), fields(got)); d != "" {
		t.Error(d)
	}
	all, _, err := s.OfCase(t.Context(), miriam, c)
	if err != nil || len(all) != 1 || all[0] != got {
		t.Errorf("%d of the case, %v", len(all), err)
	}
	if n, err := s.CountSince(t.Context(), miriam, "2026-02-20"); err != nil || n != 1 {
		t.Errorf("%d since that day, %v", n, err)
	}
	if n, err := s.CountSince(t.Context(), miriam, "2026-02-21"); err != nil || n != 0 {
		t.Errorf("%d since the day after, %v", n, err)
	}
}

func TestRecordNamesTheFault(t *testing.T) {
	s, _, c := office(t)
	for want, spoil := range map[string]func(*referrals.Referral){
		"referrals.case-missing (case)":               func(r *referrals.Referral) { r.CaseID = "" },
		"referrals.destination-unknown (destination)": func(r *referrals.Referral) { r.Destination = 3200 },
		"referrals.in-future (referred_on)":           func(r *referrals.Referral) { r.ReferredOn = "2026-03-03" },
		"referrals.before-opening (referred_on)":      func(r *referrals.Referral) { r.ReferredOn = "2026-01-31" },
		"civil.date (referred_on)":                    func(r *referrals.Referral) { r.ReferredOn = "20 Feb" },
		"text.too-long (note)":                        func(r *referrals.Referral) { r.Note = strings.Repeat("x", 2001) },
		"cases.not-found":                             func(r *referrals.Referral) { r.CaseID = "nothing" },
	} {
		r := referral(c)
		spoil(&r)
		if _, err := s.Record(t.Context(), miriam, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestUpdateKeepsTheFirstSaveAndTheCase(t *testing.T) {
	s, db, c := office(t)
	a, err := s.Record(t.Context(), miriam, referral(c))
	if err != nil {
		t.Fatal(err)
	}
	b := a
	a.Note, a.CaseID = "first", "elsewhere"
	if err := s.Update(t.Context(), miriam, a); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), miriam, b); !errors.Is(err, referrals.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	if got, err := s.ByID(t.Context(), miriam, a.ID); err != nil || got.CaseID != c || got.Note != "first" {
		t.Errorf("case %s, %v", got.CaseID, err)
	}
	entries, err := audit.Of(t.Context(), db, string(a.ID), 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "referral.updated" || entries[1].Action != "referral.recorded" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	b.ID = "nothing"
	if err := s.Update(t.Context(), miriam, b); !errors.Is(err, referrals.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

func TestInsertAndReplaceLeaveNoAudit(t *testing.T) {
	s, db, c := office(t)
	r := referral(c)
	r.ID, r.CreatedAt, r.UpdatedAt = referrals.NewID(), noon, noon
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if err := referrals.Insert(t.Context(), tx, r); err != nil {
			return err
		}
		r.Version, r.Note = 1, "moved"
		return referrals.Replace(t.Context(), tx, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.ByID(t.Context(), miriam, r.ID); err != nil || got.Note != "moved" || got.Version != 2 {
		t.Errorf("version %d, %v", got.Version, err)
	}
	if entries, err := audit.Of(t.Context(), db, string(r.ID), 10); err != nil || len(entries) != 0 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestAReferralSaysWhatBecameOfIt(t *testing.T) {
	s, db, c := office(t)
	r, err := s.Record(t.Context(), miriam, referral(c))
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*referrals.Referral){
		"referrals.result-unknown (result)": func(r *referrals.Referral) { r.Result, r.ResultOn = 0, "2026-02-25" },
		"referrals.result-day (result_on)":  func(r *referrals.Referral) { r.ResultOn = "2026-02-19" },
		"text.too-long (result_note)":       func(r *referrals.Referral) { r.ResultNote = strings.Repeat("x", 2001) },
	} {
		bad := r
		bad.Result, bad.ResultOn = 7101, "2026-02-25"
		spoil(&bad)
		if err := s.Update(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	for _, day := range []civil.Date{"2026-03-03", ""} {
		bad := r
		bad.Result, bad.ResultOn = 7101, day
		if err := s.Update(t.Context(), miriam, bad); err == nil {
			t.Errorf("a result of the day %q was saved", day)
		}
	}
	r.Result, r.ResultOn, r.ResultNote = 7101, "2026-02-25", "they helped"
	if err := s.Update(t.Context(), miriam, r); err != nil {
		t.Fatal(err)
	}
	if got, err := s.ByID(t.Context(), miriam, r.ID); err != nil || got.Result != 7101 || got.ResultOn != "2026-02-25" || got.ResultNote != "they helped" {
		t.Errorf("the result is %d on %s, %v", got.Result, got.ResultOn, err)
	}
	var n int
	err = db.QueryRow(t.Context(), `
SELECT count(*)
FROM audit_values v
JOIN audit a ON a.seq = v.seq
WHERE a.action = 'referral.updated' AND v.field LIKE 'result%' AND v.old IN ('', '0') AND v.new <> ''`, nil).Scan(&n)
	if err != nil || n != 3 {
		t.Errorf("%d values in the audit, %v", n, err)
	}
}
