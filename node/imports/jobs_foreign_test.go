package imports_test

import (
	"errors"
	"path/filepath"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// Whoever else imports is told that a job runs and no more, and neither stops it nor reads
// another's file in their own name.
func TestAJobOfAFileIsItsOwners(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(40, 0))
	s := service(t, db)
	accesstest.Office(t, db, "kimberley", "")
	other, whole := accesstest.Hire(t, db, "thandi", "kimberley"), accesstest.Hire(t, db, "sipho", "kimberley")
	accesstest.Appoint(t, db, "thandi", "director", "")
	accesstest.Appoint(t, db, "sipho", "director", "")
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: "register.csv"}
	first := startJob(t, jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))}), accesstest.Director, job)
	wall := access.Wall{CaseID: ids(t, db, `SELECT id FROM cases LIMIT 1`)[0], PersonID: "thandi", Reason: access.Related}
	if _, err := access.NewService(db, accesstest.Gate(t, db, clock), clock).Raise(t.Context(), accesstest.Director, wall); err != nil {
		t.Fatal(err)
	}

	w, open := newWaiting(filepath.Dir(path))
	j := jobsOver(t, s, imports.JobsOptions{Source: open})
	job.DryRun = true
	id, err := j.Start(t.Context(), accesstest.Director, job)
	if err != nil {
		t.Fatal(err)
	}
	<-w.reads
	got, err := j.State(t.Context(), other, id)
	if err != nil || got.Told || got.MayStop || got.Progress != (imports.Progress{Phase: "read", Total: -1}) || got.Mapping != "" {
		t.Errorf("another is told %+v, %v", got, err)
	}
	if got, err := j.State(t.Context(), accesstest.Director, id); err != nil || !got.Told || !got.MayStop || got.Mapping == "" {
		t.Errorf("its owner is told %+v, %v", got, err)
	}
	if got, err := j.State(t.Context(), whole, id); err != nil || !got.Told || got.MayStop {
		t.Errorf("who sees everything is told %+v, %v", got, err)
	}
	list, err := j.Unfinished(t.Context(), other)
	if err != nil || len(list) != 1 || list[0].Told || list[0].Mapping != "" {
		t.Errorf("the list tells %+v, %v", list, err)
	}
	if err := j.Stop(t.Context(), other, id); !errors.Is(err, imports.ErrForeignJob) {
		t.Errorf("another stops it: %v", err)
	}
	if err := j.Stop(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, j, id); got.Status != imports.JobStopped || !got.MayContinue {
		t.Errorf("its owner stopped it: %+v", got)
	}
	close(w.letGo)
	for _, who := range []actor.Actor{other, whole} {
		if err := j.Continue(t.Context(), who, id); !errors.Is(err, imports.ErrForeignJob) {
			t.Errorf("%s continues it: %v", who.ID, err)
		}
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, j, id); got.Report == nil {
		t.Errorf("%+v", got)
	}
	for _, id := range []imports.JobID{first.ID, id} {
		if got, err := j.State(t.Context(), other, id); err != nil || got.Report != nil {
			t.Errorf("another is told the report of job %d: %v", id, err)
		}
	}
}
