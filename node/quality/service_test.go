package quality_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/migrations"
	"casehub/node/quality"
)

var (
	reg    = codelist.National()
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return noon }
)

// office is a database with one client and one case of hers, opened 1 February 2026.
type office struct {
	*quality.Service
	db    *sqlite.DB
	gate  *access.Gate
	files *cases.Service
	of    cases.ID
}

func open(t testing.TB) office {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	gate, _ := accesstest.OpenAt(t, db, clock)
	k, err := clients.NewService(db, reg, gate, clock).Create(t.Context(), miriam, clients.Client{ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	files := cases.NewService(db, reg, gate, clock)
	c, err := files.Open(t.Context(), miriam, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-02-01"})
	if err != nil {
		t.Fatal(err)
	}
	return office{quality.NewService(db, reg, gate, clock), db, gate, files, c.ID}
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, quality.Check{ID: "0190-id", Note: "Thandi moved"}, "0190-id", "Thandi")
}

// TestAMonthIsDrawnOnceAndOnlyOfItsFiles: the case of the office was captured on
// 2 March by the clock; three more are put into February.
func TestAMonthIsDrawnOnceAndOnlyOfItsFiles(t *testing.T) {
	o := open(t)
	for range 3 {
		c, err := cases.Get(t.Context(), o.db, o.of)
		if err != nil {
			t.Fatal(err)
		}
		second, err := o.files.Open(t.Context(), miriam, cases.Case{ClientID: c.ClientID, Type: 1102, OpenedOn: "2026-02-01"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.db.Exec(t.Context(), `UPDATE cases SET created_at = @at WHERE id = @id`, sqlite.Args{
			"id": string(second.ID), "at": time.Date(2026, 2, 28, 23, 59, 0, 0, time.UTC).UnixMilli(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	for want, ask := range map[string]struct {
		month int
		size  int
	}{
		"quality.month-wrong (month)": {202603, 2}, "quality.size-wrong (size)": {202602, 0}, "quality.month-empty (month)": {202601, 2},
	} {
		if _, err := o.Draw(t.Context(), miriam, civil.Month(ask.month), ask.size); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	drawn, err := o.Draw(t.Context(), miriam, 202602, 2)
	if err != nil || drawn.Files != 3 || len(drawn.Seed) != 64 {
		t.Fatalf("%d files by a seed of %d, %v", drawn.Files, len(drawn.Seed), err)
	}
	if _, err := o.Draw(t.Context(), miriam, 202602, 2); err == nil || !strings.Contains(err.Error(), "quality.month-drawn (month)") {
		t.Errorf("drawn again: %v", err)
	}
	all, _, err := o.List(t.Context(), miriam, quality.Filter{Month: 202602})
	if err != nil || len(all) != 2 || all[0].CaseID == o.of || all[0].Result != 0 {
		t.Errorf("%d were drawn, %v", len(all), err)
	}
}

func TestACheckSaysWhereTheErrorIs(t *testing.T) {
	o := open(t)
	check := quality.Check{ID: "check", CaseID: o.of}
	if err := o.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return quality.InsertSample(t.Context(), tx, quality.Sample{ID: "sample", Month: 202602, Seed: "seed", Files: 1, Size: 1, DrawnAt: noon}, "person:miriam", []quality.Check{check})
	}); err != nil {
		t.Fatal(err)
	}
	good := quality.Check{ID: "check", Version: 1, Result: 12102, Wrong: "name", CheckedOn: "2026-03-01", Note: "it is Thandiwe"}
	for want, spoil := range map[string]func(*quality.Check){
		"quality.result-unknown (result)": func(c *quality.Check) { c.Result = 0 },
		"quality.wrong-missing (wrong)":   func(c *quality.Check) { c.Wrong = "" },
		"quality.in-future (checked_on)":  func(c *quality.Check) { c.CheckedOn = "2026-03-03" },
		"quality.changed":                 func(c *quality.Check) { c.Version = 2 },
		"quality.not-found":               func(c *quality.Check) { c.ID = "nothing" },
	} {
		bad := good
		spoil(&bad)
		if err := o.Save(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if err := o.Save(t.Context(), miriam, quality.Check{ID: "check", Version: 1, Result: 12101, Wrong: "name", CheckedOn: "2026-03-01"}); err == nil {
		t.Error("a file without an error has one")
	}
	if err := o.Save(t.Context(), miriam, good); err != nil {
		t.Fatal(err)
	}
	if got, err := o.ByID(t.Context(), miriam, "check"); err != nil || got.Wrong != "name" || got.Version != 2 || got.CaseID != o.of {
		t.Errorf("it came back with %q, %v", got.Wrong, err)
	}
	accesstest.Own(t, o.db, "clerk", "cases.read", "organisation", "finance sensitive")
	accesstest.Own(t, o.db, "clerk", "quality.check", "organisation", "finance sensitive")
	clerk := accesstest.Hire(t, o.db, "clerk", "")
	accesstest.Appoint(t, o.db, "clerk", "clerk", "")
	if _, err := o.ByID(t.Context(), clerk, "check"); !errors.Is(err, quality.ErrNotFound) {
		t.Errorf("read without the story: %v", err)
	}
	if _, err := o.Draw(t.Context(), clerk, 202602, 1); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("drawn by a clerk: %v", err)
	}
}
