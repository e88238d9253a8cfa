package complaints_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/migrations"
)

var (
	reg    = codelist.National()
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return noon }
)

// office is a database with one client and one case of hers, opened 1 February 2026.
type office struct {
	*complaints.Service
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
	return office{complaints.NewService(db, reg, gate, clock), db, gate, files, c.ID}
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, complaints.Complaint{ID: "0190-id", Note: "the sergeant hit him"}, "0190-id", "sergeant")
}

func TestAComplaintGoesItsWay(t *testing.T) {
	o := open(t)
	good := complaints.Complaint{CaseID: o.of, Institution: 9201, FiledOn: "2026-02-10", Progress: complaints.Filed, Number: "77/2026", Note: "no docket"}
	a, err := o.Record(t.Context(), miriam, good)
	if err != nil {
		t.Fatal(err)
	}
	b := a
	a.Progress, a.Outcome, a.AnsweredOn, a.CaseID = "answered", "upheld", "2026-02-27", "elsewhere"
	if err := o.Update(t.Context(), miriam, a); err != nil {
		t.Fatal(err)
	}
	if err := o.Update(t.Context(), miriam, b); !errors.Is(err, complaints.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	got, err := o.ByID(t.Context(), miriam, a.ID)
	if err != nil || got.CaseID != o.of || got.Outcome != "upheld" || got.Note != "no docket" {
		t.Errorf("it came back %s in %s, %v", got.Outcome, got.CaseID, err)
	}
	all, _, err := o.List(t.Context(), miriam, complaints.Filter{Institution: 9201, Progress: "answered"})
	if err != nil || len(all) != 1 || all[0].Reference == "" {
		t.Errorf("the list has %d, %v", len(all), err)
	}
	if day, err := complaints.FirstDay(t.Context(), o.db, o.of); err != nil || day != "2026-02-10" {
		t.Errorf("first on %s, %v", day, err)
	}
	if err := o.Remove(t.Context(), miriam, a.ID, "filed by others"); err != nil {
		t.Fatal(err)
	}
	if entries, err := audit.OfCase(t.Context(), o.db, string(o.of), 10); err != nil || entries[0].Action != "complaint.removed" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	for want, spoil := range map[string]func(*complaints.Complaint){
		"complaints.case-missing (case)":               func(c *complaints.Complaint) { c.CaseID = "" },
		"cases.not-found":                              func(c *complaints.Complaint) { c.CaseID = "nothing" },
		"complaints.institution-unknown (institution)": func(c *complaints.Complaint) { c.Institution = 9200 },
		"complaints.progress-unknown (progress)":       func(c *complaints.Complaint) { c.Progress = "lost" },
		"complaints.outcome-unknown (outcome)":         func(c *complaints.Complaint) { c.Outcome = "good" },
		"complaints.in-future (filed_on)":              func(c *complaints.Complaint) { c.FiledOn = "2026-03-03" },
		"complaints.before-opening (filed_on)":         func(c *complaints.Complaint) { c.FiledOn = "2026-01-31" },
		"complaints.answered-wrong (answered_on)":      func(c *complaints.Complaint) { c.AnsweredOn = "2026-02-09" },
		"text.too-long (note)":                         func(c *complaints.Complaint) { c.Note = strings.Repeat("x", 4001) },
	} {
		bad := good
		spoil(&bad)
		if _, err := o.Record(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestAComplaintIsPartOfTheStory(t *testing.T) {
	o := open(t)
	c, err := o.Record(t.Context(), miriam, complaints.Complaint{CaseID: o.of, Institution: 9201, FiledOn: "2026-02-10", Progress: complaints.Filed})
	if err != nil {
		t.Fatal(err)
	}
	accesstest.Own(t, o.db, "clerk", "cases.read", "organisation", "finance sensitive")
	accesstest.Own(t, o.db, "clerk", "complaints.edit", "organisation", "finance sensitive")
	clerk := accesstest.Hire(t, o.db, "clerk", "")
	accesstest.Appoint(t, o.db, "clerk", "clerk", "")
	if _, err := o.ByID(t.Context(), clerk, c.ID); !errors.Is(err, complaints.ErrNotFound) {
		t.Errorf("read without the story: %v", err)
	}
	if err := o.Update(t.Context(), clerk, c); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("changed without the story: %v", err)
	}
	if all, _, err := o.List(t.Context(), clerk, complaints.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d listed without the story, %v", len(all), err)
	}
}
