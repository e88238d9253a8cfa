package surveys_test

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
	"casehub/node/migrations"
	"casehub/node/surveys"
)

var (
	reg    = codelist.National()
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return noon }
)

// office is a database with one client and one case of hers, opened 1 February 2026.
type office struct {
	*surveys.Service
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
	return office{surveys.NewService(db, reg, gate, clock), db, gate, files, c.ID}
}

func (o office) close(t testing.TB) {
	t.Helper()
	if err := o.files.Close(t.Context(), miriam, o.of, 1, "2026-02-20", 5101); err != nil {
		t.Fatal(err)
	}
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, surveys.Survey{ID: "0190-id", Comment: "Thandi was kind"}, "0190-id", "Thandi")
}

func TestAClosedCaseHasOneAnswer(t *testing.T) {
	o := open(t)
	good := surveys.Survey{CaseID: o.of, AnsweredOn: "2026-02-21", Rating: 11104, Cost: "good", Pace: "poor", Lawyers: "better", Comment: "kind people"}
	if err := o.Save(t.Context(), miriam, good); !errors.Is(err, surveys.ErrNotClosed) {
		t.Errorf("about a case that goes on: %v", err)
	}
	o.close(t)
	if err := o.Save(t.Context(), miriam, good); err != nil {
		t.Fatal(err)
	}
	if err := o.Save(t.Context(), miriam, good); !errors.Is(err, surveys.ErrChanged) {
		t.Errorf("a second answer: %v", err)
	}
	saved, err := o.OfCase(t.Context(), miriam, o.of)
	if err != nil || saved.Rating != 11104 || saved.Pace != "poor" || saved.Comment != "kind people" || saved.Version != 1 {
		t.Errorf("it came back with %d, %v", saved.Rating, err)
	}
	saved.Rating = 11105
	if err := o.Save(t.Context(), miriam, saved); err != nil {
		t.Fatal(err)
	}
	if all, _, err := o.List(t.Context(), miriam, surveys.Filter{Rating: 11105}); err != nil || len(all) != 1 {
		t.Errorf("the list has %d, %v", len(all), err)
	}
	if err := o.Remove(t.Context(), miriam, o.of, "taken back"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.OfCase(t.Context(), miriam, o.of); !errors.Is(err, surveys.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if err := o.Remove(t.Context(), miriam, o.of, "taken back"); !errors.Is(err, surveys.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if entries, err := audit.OfCase(t.Context(), o.db, string(o.of), 3); err != nil || len(entries) != 3 || entries[2].Action != "survey.recorded" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	for want, spoil := range map[string]func(*surveys.Survey){
		"surveys.rating-unknown (rating)":      func(v *surveys.Survey) { v.Rating = 11100 },
		"surveys.opinion-unknown (cost)":       func(v *surveys.Survey) { v.Attention = "great" },
		"surveys.in-future (answered_on)":      func(v *surveys.Survey) { v.AnsweredOn = "2026-03-03" },
		"surveys.before-closing (answered_on)": func(v *surveys.Survey) { v.AnsweredOn = "2026-02-19" },
		"text.too-long (comment)":              func(v *surveys.Survey) { v.Comment = strings.Repeat("x", 4001) },
		"cases.not-found":                      func(v *surveys.Survey) { v.CaseID = "nothing" },
	} {
		bad := good
		spoil(&bad)
		if err := o.Save(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestWhatAClientSaidIsPartOfTheStory(t *testing.T) {
	o := open(t)
	o.close(t)
	if err := o.Save(t.Context(), miriam, surveys.Survey{CaseID: o.of, AnsweredOn: "2026-02-21", Rating: 11104}); err != nil {
		t.Fatal(err)
	}
	accesstest.Own(t, o.db, "clerk", "cases.read", "organisation", "finance sensitive")
	accesstest.Own(t, o.db, "clerk", "surveys.edit", "organisation", "finance sensitive")
	clerk := accesstest.Hire(t, o.db, "clerk", "")
	accesstest.Appoint(t, o.db, "clerk", "clerk", "")
	if _, err := o.OfCase(t.Context(), clerk, o.of); !errors.Is(err, surveys.ErrNotFound) {
		t.Errorf("read without the story: %v", err)
	}
	if err := o.Remove(t.Context(), clerk, o.of, "a mistake"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("deleted without the story: %v", err)
	}
	if all, _, err := o.List(t.Context(), clerk, surveys.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d listed without the story, %v", len(all), err)
	}
}
