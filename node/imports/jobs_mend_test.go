package imports_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// openHere opens tables as the program does.
func openHere(_ context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
	var settings spreadsheet.Settings
	if err := m.DecodeSource(&settings); err != nil {
		return nil, err
	}
	return spreadsheet.Open(at, settings)
}

// editsOf lists the rows of a run that somebody can mend.
func editsOf(t *testing.T, s *imports.Service, who actor.Actor, run int64) (all []imports.EditRow) {
	t.Helper()
	if _, err := s.Edits(t.Context(), who, run, func(r imports.EditRow) error {
		all = append(all, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func (m mending) save(mark string, pairs ...string) {
	m.t.Helper()
	texts := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		texts[pairs[i]] = pairs[i+1]
	}
	revision := ""
	for _, r := range editsOf(m.t, m.svc, accesstest.Director, 1) {
		if r.Mark == mark {
			revision = r.Revision
		}
	}
	if _, err := m.svc.SaveEdits(m.t.Context(), accesstest.Director, 1, mark, revision, texts); err != nil {
		m.t.Fatal(err)
	}
}

func (m mending) mend(run int64, mapping string) imports.JobState {
	m.t.Helper()
	id, err := m.jobs.Mend(m.t.Context(), accesstest.Director, run, mapping)
	if err != nil {
		m.t.Fatal(err)
	}
	return ended(m.t, m.jobs, id)
}

// mending is a node in which rows of a book are held back.
type mending struct {
	t    *testing.T
	db   *sqlite.DB
	svc  *imports.Service
	jobs *imports.Jobs
	gone *bool // the file is not here any more
	read *int  // how often it was opened
}

func newMending(t *testing.T) mending {
	t.Helper()
	db, path := sqlitetest.Open(t, migrations.FS), write(t, bookText)
	gone, read, open := new(bool), new(int), uploads(filepath.Dir(path))
	m := mending{t, db, service(t, db), nil, gone, read}
	m.jobs = jobsOver(t, m.svc, imports.JobsOptions{Source: func(ctx context.Context, who actor.Actor, mapping *imports.Mapping, upload string) (adapters.Source, error) {
		if *read++; *gone {
			return nil, adapters.ErrBlob
		}
		return open(ctx, who, mapping, upload)
	}})
	got := startJob(t, m.jobs, accesstest.Director, imports.Job{Mapping: book, Upload: filepath.Base(path), Name: filepath.Base(path)})
	check(t, *got.Report, "case", 4, want{created: 2, quarantined: 2})
	return m
}

func TestRowsAreMendedOnThePagesUntilNothingIsHeld(t *testing.T) {
	for _, gone := range []bool{false, true} {
		m := newMending(t)
		*m.gone = gone
		rows := editsOf(t, m.svc, accesstest.Director, 1)
		if len(rows) != 2 || rows[0].Mark != "4" || rows[0].Cells[1].At != "/Matter" || rows[0].Cells[1].Text != "wage" || rows[0].Edited() {
			t.Fatalf("%+v", rows)
		}
		m.save("4", "/Matter", "wages", "/In", "still wrong")
		m.save("6", "/Matter", "wages\r\n")
		rows = editsOf(t, m.svc, accesstest.Director, 1)
		if !rows[0].Edited() || rows[0].Cells[1].Text != "wages" || rows[0].Cells[1].Was != "wage" || rows[1].Cells[1].Text != "wages\n" {
			t.Errorf("what was typed is not kept: %+v", rows)
		}
		if n := count(t, m.db, `SELECT count(*) FROM cases`); n != 2 {
			t.Errorf("saving imported something: %d cases", n)
		}
		m.save("6", "/Matter", "wages", "/Name", "Nomsa")
		got := m.mend(1, "")
		if got.Status != imports.JobDone || got.Report.Stream("case").Created != 1 || got.Report.Stream("case").Quarantined != 1 {
			t.Fatalf("%s %v %+v", got.Status, got.Failure, got.Report)
		}
		rows = editsOf(t, m.svc, accesstest.Director, got.Run)
		if len(rows) != 1 || rows[0].Cells[1].Text != "wages" || rows[0].Cells[2].Text != "still wrong" {
			t.Fatalf("what was typed is lost: %+v", rows)
		}
		if _, err := m.svc.SaveEdits(t.Context(), accesstest.Director, got.Run, "4", revisionOf(t, m.svc, got.Run, "4"), map[string]string{"/In": "29/02/2024"}); err != nil {
			t.Fatal(err)
		}
		if got = m.mend(got.Run, ""); got.Status != imports.JobDone || got.Report.Stream("case").Created != 1 {
			t.Fatalf("%s %v %+v", got.Status, got.Failure, got.Report)
		}
		if rows = editsOf(t, m.svc, accesstest.Director, 1); len(rows) != 0 {
			t.Errorf("still held: %+v", rows)
		}
		if n := count(t, m.db, `SELECT count(*) FROM import_quarantine WHERE status <> 'open' AND (mended <> '' OR source_row <> '')`); n != 0 {
			t.Errorf("%d entries that are settled keep a row or what was typed", n)
		}
		if n := count(t, m.db, `SELECT count(*) FROM cases WHERE summary IN ('=1+1', '''x')`); n != 2 {
			t.Errorf("%d summaries as they stood", n)
		}
		if _, err := m.svc.SaveEdits(t.Context(), accesstest.Director, 1, "4", "", map[string]string{"/In": "x"}); !errors.Is(err, imports.ErrNoRow) {
			t.Errorf("a row that is taken is mended: %v", err)
		}
	}
}

func TestAMappingWithMoreCodesTakesWhatWasHeld(t *testing.T) {
	m := newMending(t)
	got := m.mend(1, strings.Replace(book, "{wages: 1102}", "{wages: 1102, wage: 1102, rent: 1601}", 1))
	if got.Status != imports.JobDone || got.Report.Stream("case").Created != 1 {
		t.Errorf("%s %v %+v", got.Status, got.Failure, got.Report)
	}
	if *m.read != 1 {
		t.Error("what one mapping reads was opened by another one")
	}
	if _, err := m.jobs.Mend(t.Context(), accesstest.Director, 1, strings.Replace(book, "instance: book", "instance: other", 1)); !errors.Is(err, imports.ErrOtherInstance) {
		t.Errorf("a mapping for another source: %v", err)
	}
}

func TestATableOfMendedRowsIsTakenOver(t *testing.T) {
	m := newMending(t)
	text := strings.Replace(heldTable(t, m.svc), "Sample,wage,31/02/2024", "Sample,wages,29/02/2024", 1)
	if !strings.Contains(text, "29/02/2024") {
		t.Fatal(text)
	}
	src, err := imports.OpenTable(t.Context(), openHere, "held.csv", []byte(text+"stranger,,,,,99 | x\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	taken, err := m.svc.TakeTable(t.Context(), accesstest.Director, 1, src)
	if err != nil || taken != (imports.TableTaken{Taken: 2, Other: 1}) {
		t.Errorf("%+v, %v", taken, err)
	}
	rows := editsOf(t, m.svc, accesstest.Director, 1)
	if rows[0].Cells[1].Text != "wages" || rows[0].Cells[2].Text != "29/02/2024" || rows[0].Cells[3].Changed() || rows[1].Edited() {
		t.Errorf("%+v", rows)
	}
	src, err = imports.OpenTable(t.Context(), openHere, "other.csv", []byte("A,B\n1,2\n3,4\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.svc.TakeTable(t.Context(), accesstest.Director, 1, src); !errors.Is(err, imports.ErrNoMarks) {
		t.Errorf("a table of something else: %v", err)
	}
}

func TestRepeatsAreMended(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{with(rec("s1", "who/name", "Example", "day", "2024-03-02"),
		"sent", rec("", "where", "court", "why", "a"), rec("", "where", "nowhere", "why", "b"))}
	s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	rows := editsOf(t, s.svc, accesstest.Director, 1)
	if len(rows) != 1 || len(rows[0].Parts) != 2 || rows[0].Parts[1].Cells[0].At != "/sent/1/where" {
		t.Fatalf("%+v", rows)
	}
	m := mending{t: t, db: s.db, svc: s.svc, jobs: s.jobs}
	m.save(rows[0].Mark, "/sent/1/where", "court")
	s.fails = adapters.ErrUnreachable
	if got := m.mend(1, ""); got.Status != imports.JobDone || got.Report.Stream("referral").Created != 2 || got.Report.Stream("case").Created != 1 {
		t.Fatalf("%s %v %+v", got.Status, got.Failure, got.Report)
	}
	if n := count(t, s.db, `SELECT count(*) FROM referrals WHERE note LIKE 'Example%'`); n != 2 {
		t.Errorf("%d referrals", n)
	}
}

// The source says something else of the row since: what was typed over the old text is
// not put over the new one.
func TestWhatWasTypedOverAnOldTextDoesNotHideANewOne(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{with(rec("s1", "who/name", "Example", "day", "2024-03-02"), "sent", rec("", "where", "nowhere", "why", "b"))}
	s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	m := mending{t: t, db: s.db, svc: s.svc, jobs: s.jobs}
	m.save(editsOf(t, s.svc, accesstest.Director, 1)[0].Mark, "/sent/0/where", "court", "/who~1name", "Mended")
	s.source.records[0].Children["sent"][0].Values[0].Raw = "elsewhere"
	s.after(24 * time.Hour)
	row := editsOf(t, s.svc, accesstest.Director, 2)[0]
	if row.Parts[0].Cells[0].Text != "elsewhere" || row.Cells[0].Text != "Mended" {
		t.Errorf("%+v", row)
	}
}

func TestWhoIsKeptOutMendsNothing(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(40, 0))
	s := service(t, db)
	j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	startJob(t, j, accesstest.Director, imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)})
	all := editsOf(t, s, accesstest.Director, 1)
	walled := accesstest.Hire(t, db, "sipho", "")
	accesstest.Appoint(t, db, "sipho", "director", "")
	if n := len(editsOf(t, s, walled, 1)); n != len(all) || n == 0 {
		t.Fatalf("%d of %d rows without a wall", n, len(all))
	}
	var summary string
	if err := db.QueryRow(t.Context(), `SELECT summary FROM cases LIMIT 1`, nil).Scan(&summary); err != nil {
		t.Fatal(err)
	}
	shut(t, db, "sipho", summary)
	seen := editsOf(t, s, walled, 1)
	if len(seen) >= len(all) {
		t.Fatalf("a wall hides none of %d rows", len(all))
	}
	marks := map[string]bool{}
	for _, r := range seen {
		marks[r.Mark] = true
	}
	for _, r := range all {
		_, err := s.SaveEdits(t.Context(), walled, 1, r.Mark, r.Revision, map[string]string{"/Note": "x"})
		if marks[r.Mark] != (err == nil) || err != nil && !errors.Is(err, imports.ErrNoRow) {
			t.Errorf("row %s, seen %v: %v", r.Mark, marks[r.Mark], err)
		}
	}
	run, err := s.RunByID(t.Context(), walled, 1)
	if err != nil || run.Told || len(run.Report.Streams) != 0 {
		t.Errorf("who is kept from something reads the counts: %+v, %v", run, err)
	}
	if run, err = s.RunByID(t.Context(), accesstest.Director, 1); err != nil || !run.Told {
		t.Errorf("who ran it does not read the counts: %v", err)
	}
}

// A row that is held again, for the reason that was settled once, is the row that its
// source has now: what was typed over the earlier one is gone.
func TestWhatWasTypedOverARowThatWasTakenComesNotBack(t *testing.T) {
	s := newScheduled(t)
	s.source.records = []adapters.Record{with(rec("s1", "who/name", "Example", "day", "2024-03-02"), "sent", rec("", "where", "nowhere", "why", "b"))}
	s.save(imports.Schedule{Mapping: intake, Hours: 24, Active: true})
	s.after(0)
	m := mending{t: t, db: s.db, svc: s.svc, jobs: s.jobs}
	m.save(editsOf(t, s.svc, accesstest.Director, 1)[0].Mark, "/sent/0/where", "court")
	s.source.records[0].Children["sent"][0].Values[0].Raw = "court"
	s.after(24 * time.Hour)
	if rows := editsOf(t, s.svc, accesstest.Director, 2); len(rows) != 0 {
		t.Fatalf("%+v", rows)
	}
	s.source.records[0].Children["sent"][0].Values[0].Raw = "nowhere"
	s.after(24 * time.Hour)
	if rows := editsOf(t, s.svc, accesstest.Director, 3); len(rows) != 1 || rows[0].Edited() {
		t.Errorf("%+v", rows)
	}
}
