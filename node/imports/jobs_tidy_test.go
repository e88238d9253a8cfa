package imports_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// The name of a file and the words of a mapping can be a client's: they go 30 days after
// the job, whether anybody is erased or not.
func TestWhatAJobWasToldGoesAfterThirtyDays(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(20, 0))
	now := noon
	gate, _ := accesstest.OpenAt(t, db, clock)
	s := imports.NewService(db, codelist.National(), gate, func() time.Time { return now })
	j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	const erased = "Nomsa Erasedova"
	named := strings.Replace(register, "streams:", "leave_out: [\""+erased+"\"]\nstreams:", 1)
	job := imports.Job{Mapping: named, Upload: filepath.Base(path), Name: erased + ".csv", DryRun: true}
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobDone {
		t.Fatalf("%+v", got)
	}
	tidied := func(jobs, mappings int) {
		t.Helper()
		if err := j.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := count(t, db, `SELECT count(*) FROM import_jobs`), count(t, db, `SELECT count(*) FROM import_mappings`); a != jobs || b != mappings {
			t.Errorf("%d jobs and %d mappings are left, want %d and %d", a, b, jobs, mappings)
		}
	}
	now = noon.Add(30 * 24 * time.Hour)
	tidied(1, 1)
	now = now.Add(time.Second)
	tidied(0, 0)
	if n := count(t, db, `SELECT count(*) FROM import_jobs WHERE source_name LIKE '%Erasedova%'`) + count(t, db, `SELECT count(*) FROM import_mappings WHERE text LIKE '%Erasedova%'`); n != 0 {
		t.Error("the name is left")
	}
}

// What rows in quarantine are mended by stays, and what a schedule reads by, and the last
// job of a draft that is kept.
func TestWhatIsStillReadByIsKept(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, registerHeader+"1;P1;A;0;F;nothing;01/02/2024;;;;;x\n")
	now := noon
	gate, _ := accesstest.OpenAt(t, db, clock)
	s := imports.NewService(db, codelist.National(), gate, func() time.Time { return now })
	j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: "register.csv", Accept: true}
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobDone || got.Report.Stream("case").Quarantined != 1 {
		t.Fatalf("%+v", got)
	}
	if _, err := imports.NewSchedules(s, j, nil).Save(t.Context(), accesstest.Director, imports.Schedule{Mapping: intake, Hours: 6}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(31 * 24 * time.Hour)
	if err := j.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT count(*) FROM import_jobs`); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
	if text, err := s.MappingOf(t.Context(), accesstest.Director, 1); err != nil || text != register {
		t.Errorf("the mapping of rows that are held is gone: %v", err)
	}
	if n := count(t, db, `SELECT count(*) FROM import_mappings`); n != 2 {
		t.Errorf("%d mappings are left", n)
	}
	if _, err := db.Exec(t.Context(), `UPDATE import_quarantine SET status = 'resolved'`, nil); err != nil {
		t.Fatal(err)
	}
	if err := j.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT count(*) FROM import_mappings`); n != 1 {
		t.Errorf("%d mappings are left once nothing is held", n)
	}
}

// TestTheMappingOfACommandIsKept: whoever mends a row on a page has it only here. An
// aggregate import keeps no rows, and none.
func TestTheMappingOfACommandIsKept(t *testing.T) {
	held := write(t, registerHeader+"1;P1;A;0;F;nothing;01/02/2024;;;;;x\n")
	db := sqlitetest.Open(t, migrations.FS)
	report := run(t, db, parse(t, register), held, imports.Options{Accept: true})
	if text, err := service(t, db).MappingOf(t.Context(), accesstest.Director, report.Run); err != nil || text != register {
		t.Errorf("%v, %q", err, text)
	}
	db = sqlitetest.Open(t, migrations.FS)
	run(t, db, parse(t, network), write(t, networkRows()), imports.Options{})
	if n := count(t, db, `SELECT count(*) FROM import_mappings`); n != 0 {
		t.Errorf("an aggregate import keeps %d", n)
	}
}

// Why a job failed is kept without the name of its file, and told with it.
func TestAFailureIsKeptWithoutTheNameOfAFile(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: func(context.Context, actor.Actor, *imports.Mapping, string) (adapters.Source, error) {
		return nil, adapters.ErrKept.With("file", "Nomsa Erasedova.csv")
	}})
	got := startJob(t, j, accesstest.Director, imports.Job{Mapping: register, Upload: "a-draft", Name: "Nomsa Erasedova.csv"})
	if !errors.Is(got.Failure, adapters.ErrKept) {
		t.Fatalf("%+v", got)
	}
	if n := count(t, db, `SELECT count(*) FROM import_jobs WHERE failure LIKE '%Erasedova%'`); n != 0 {
		t.Error("the failure holds the name")
	}
	if e := errs.As(got.Failure).Args(); e["file"] != "Nomsa Erasedova.csv" {
		t.Errorf("the page is told %v", e)
	}
}
