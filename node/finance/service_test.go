package finance_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/finance"
	"casehub/node/migrations"
)

var (
	reg    = codelist.National()
	miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

const wages codelist.Code = 4101

// office is the service on a real database with one case, opened 1 February
// 2026.
func office(t testing.TB) (*finance.Service, *sqlite.DB, cases.ID) {
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
	return finance.NewService(db, reg, gate, clock), db, c.ID
}

func rands(c cases.ID, amount int64) finance.Recovery {
	return finance.Recovery{CaseID: c, Kind: wages, ReceivedOn: "2026-02-20", Amount: amount, Currency: "ZAR", Note: "paid in two parts"}
}

func record(t testing.TB, s *finance.Service, r finance.Recovery) finance.Recovery {
	t.Helper()
	r, err := s.Record(t.Context(), miriam, r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, finance.Recovery{ID: "0190-id", Amount: 777123, Note: "to Nolwazi"}, "0190-id", "Nolwazi", "777123")
}

func TestRecordKeepsEveryField(t *testing.T) {
	s, _, c := office(t)
	want := record(t, s, rands(c, 125050))
	got, _, err := s.ByID(t.Context(), miriam, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	type fields finance.Recovery
	if d := cmp.Diff(fields(want), fields(got)); d != "" {
		t.Error(d)
	}
	all, _, err := s.OfCase(t.Context(), miriam, c)
	if err != nil || len(all) != 1 || all[0] != got {
		t.Errorf("%d of the case, %v", len(all), err)
	}
}

func TestRecordNamesTheFault(t *testing.T) {
	s, _, c := office(t)
	for want, spoil := range map[string]func(*finance.Recovery){
		"finance.case-missing (case)":          func(r *finance.Recovery) { r.CaseID = "" },
		"finance.kind-unknown (kind)":          func(r *finance.Recovery) { r.Kind = 1101 },
		"finance.amount-zero (amount)":         func(r *finance.Recovery) { r.Amount = 0 },
		"finance.amount-too-big (amount)":      func(r *finance.Recovery) { r.Amount = 1e12 + 1 },
		"finance.currency-unknown (currency)":  func(r *finance.Recovery) { r.Currency = "zar" },
		"finance.in-future (received_on)":      func(r *finance.Recovery) { r.ReceivedOn = "2026-03-03" },
		"finance.before-opening (received_on)": func(r *finance.Recovery) { r.ReceivedOn = "2026-01-31" },
		"civil.date (received_on)":             func(r *finance.Recovery) { r.ReceivedOn = "" },
		"finance.below-zero (amount)":          func(r *finance.Recovery) { r.Amount = -1 },
		"text.unreadable (note)":               func(r *finance.Recovery) { r.Note = "\x00" },
		"cases.not-found":                      func(r *finance.Recovery) { r.CaseID = "nothing" },
	} {
		r := rands(c, 100)
		spoil(&r)
		if _, err := s.Record(t.Context(), miriam, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if all, _, err := s.OfCase(t.Context(), miriam, c); err != nil || len(all) != 0 {
		t.Errorf("%d were kept, %v", len(all), err)
	}
}

// Whatever is recorded and mended, no case has less than nothing in a currency,
// and its totals are the sums of what went through.
func TestNoCaseHasLessThanNothing(t *testing.T) {
	s, db, first := office(t)
	rapid.Check(t, func(t *rapid.T) {
		c := another(t, db, first)
		sums := map[string]int64{}
		var kept []finance.Recovery
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			r := rands(c, rapid.Int64Range(-500, 500).Filter(func(n int64) bool { return n != 0 }).Draw(t, "amount"))
			r.Currency = rapid.SampledFrom([]string{"ZAR", "USD"}).Draw(t, "currency")
			after := maps.Clone(sums)
			after[r.Currency] += r.Amount
			place := rapid.IntRange(0, len(kept)).Draw(t, "place")
			var err error
			if place < len(kept) {
				old := kept[place]
				after[old.Currency] -= old.Amount
				r.ID, r.Version = old.ID, old.Version
				err = s.Update(context.Background(), miriam, r)
				r.Version++
			} else {
				kept = append(kept, finance.Recovery{})
				r, err = s.Record(context.Background(), miriam, r)
			}
			holds := after["ZAR"] >= 0 && after["USD"] >= 0
			switch {
			case err == nil && holds:
				sums, kept[place] = after, r
			case errors.Is(err, finance.ErrBelowZero) && !holds:
				kept = slices.DeleteFunc(kept, func(r finance.Recovery) bool { return r.ID == "" })
			default:
				t.Fatalf("%d %s, then %v: %v", r.Amount, r.Currency, after, err)
			}
		}
		checkTotals(t, s, c, sums)
	})
}

// another opens one more case of the client of a case.
func another(t rapid.TB, db *sqlite.DB, of cases.ID) cases.ID {
	t.Helper()
	gate, err := accesstest.Over(context.Background(), db, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	svc := cases.NewService(db, reg, gate, func() time.Time { return noon })
	c, _, err := svc.ByID(context.Background(), miriam, of)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = svc.Open(context.Background(), miriam, c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func checkTotals(t rapid.TB, s *finance.Service, c cases.ID, want map[string]int64) {
	t.Helper()
	all, _, err := s.OfCase(context.Background(), miriam, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, total := range finance.Totals(all) {
		if total.Amount != want[total.Currency] {
			t.Fatalf("%s: %d, want %d", total.Currency, total.Amount, want[total.Currency])
		}
	}
}

func TestTotalsSince(t *testing.T) {
	s, _, c := office(t)
	early, dollars := rands(c, 100), rands(c, 7)
	early.ReceivedOn, dollars.Currency = "2026-02-01", "USD"
	for _, r := range []finance.Recovery{early, dollars, rands(c, 200), rands(c, -50)} {
		record(t, s, r)
	}
	got, err := s.TotalsSince(t.Context(), miriam, "2026-02-02")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]finance.Total{{Amount: 7, Currency: "USD"}, {Amount: 150, Currency: "ZAR"}}, got); d != "" {
		t.Error(d)
	}
}

func TestUpdateKeepsTheFirstSaveAndTheCase(t *testing.T) {
	s, db, c := office(t)
	a := record(t, s, rands(c, 100))
	b := a
	a.Amount, a.CaseID = 200, "elsewhere"
	if err := s.Update(t.Context(), miriam, a); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), miriam, b); !errors.Is(err, finance.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	if got, _, err := s.ByID(t.Context(), miriam, a.ID); err != nil || got.CaseID != c || got.Amount != 200 {
		t.Errorf("case %s, amount %d, %v", got.CaseID, got.Amount, err)
	}
	entries, err := audit.Of(t.Context(), db, string(a.ID), 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "recovery.updated" || entries[1].Action != "recovery.recorded" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	b.ID = "nothing"
	if err := s.Update(t.Context(), miriam, b); !errors.Is(err, finance.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

func TestInsertAndReplaceLeaveNoAudit(t *testing.T) {
	s, db, c := office(t)
	r := rands(c, 100)
	r.ID, r.CreatedAt, r.UpdatedAt = finance.NewID(), noon, noon
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if err := finance.Insert(t.Context(), tx, r); err != nil {
			return err
		}
		r.Version, r.Amount = 1, 300
		return finance.Replace(t.Context(), tx, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.ByID(t.Context(), miriam, r.ID); err != nil || got.Amount != 300 || got.Version != 2 {
		t.Errorf("amount %d, version %d, %v", got.Amount, got.Version, err)
	}
	if entries, err := audit.Of(t.Context(), db, string(r.ID), 10); err != nil || len(entries) != 0 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
