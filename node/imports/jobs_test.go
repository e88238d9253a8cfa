package imports_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// uploads open the files of a folder, which an upload names.
func uploads(dir string) func(context.Context, actor.Actor, *imports.Mapping, string) (adapters.Source, error) {
	return func(_ context.Context, _ actor.Actor, m *imports.Mapping, upload string) (adapters.Source, error) {
		var settings spreadsheet.Settings
		if err := m.DecodeSource(&settings); err != nil {
			return nil, err
		}
		return spreadsheet.Open(place.On(filepath.Join(dir, upload)), settings)
	}
}

// startJob starts a job and waits for its end.
func startJob(t testing.TB, j *imports.Jobs, who actor.Actor, job imports.Job) imports.JobState {
	t.Helper()
	id, err := j.Start(t.Context(), who, job)
	if err != nil {
		t.Fatal(err)
	}
	return ended(t, j, id)
}

func ended(t testing.TB, j *imports.Jobs, id imports.JobID) imports.JobState {
	t.Helper()
	if err := j.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return stateOf(t, j, id)
}

func stateOf(t testing.TB, j *imports.Jobs, id imports.JobID) imports.JobState {
	t.Helper()
	s, err := j.State(t.Context(), accesstest.Director, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func jobsOver(t testing.TB, s *imports.Service, o imports.JobsOptions) *imports.Jobs {
	t.Helper()
	j := imports.NewJobs(s, o)
	t.Cleanup(j.Close)
	return j
}

func TestAJobForeseesAndDoesWhatARunDoes(t *testing.T) {
	other := sqlitetest.Open(t, migrations.FS)
	path := write(t, visits(40, 0))
	want := run(t, other, parse(t, register), path, imports.Options{})
	db := sqlitetest.Open(t, migrations.FS)
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path), DryRun: true}
	foreseen := startJob(t, j, accesstest.Director, job)
	if foreseen.Status != imports.JobDone || foreseen.Run != 0 || foreseen.Report == nil {
		t.Fatalf("the dry run: %+v", foreseen)
	}
	if n := count(t, db, `SELECT count(*) FROM clients`) + count(t, db, `SELECT count(*) FROM import_runs`); n != 0 {
		t.Errorf("the dry run wrote %d records", n)
	}
	job.DryRun = false
	done := startJob(t, j, accesstest.Director, job)
	if done.Status != imports.JobDone || done.Run != 1 || done.Failure != nil || done.EndedAt.IsZero() {
		t.Fatalf("the run: %+v", done)
	}
	sameReport(t, *foreseen.Report, *done.Report)
	sameReport(t, want, *done.Report)
	if a, b := content(t, other), content(t, db); a != b {
		t.Error("a job ends in another state than a run")
	}
	if done.Actor != "person:"+accesstest.Director.ID {
		t.Errorf("the job is of %s", done.Actor)
	}
	if n := count(t, db, `SELECT count(*) FROM audit WHERE action = 'import.finished' AND actor LIKE 'import:%'`); n != 1 {
		t.Errorf("%d entries in the audit", n)
	}
}

// waiting is a source that waits at its first row until it is let go.
type waiting struct {
	adapters.Source
	reads chan struct{} // closed at the first reading
	once  *sync.Once
	letGo chan struct{}
}

func (w waiting) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	w.once.Do(func() { close(w.reads) })
	select {
	case <-w.letGo:
	case <-ctx.Done():
		return ctx.Err()
	}
	return w.Source.Read(ctx, stream, after, record, checkpoint)
}

// newWaiting returns what opens a file so that its reading waits.
func newWaiting(dir string) (waiting, func(context.Context, actor.Actor, *imports.Mapping, string) (adapters.Source, error)) {
	w := waiting{reads: make(chan struct{}), once: &sync.Once{}, letGo: make(chan struct{})}
	open := uploads(dir)
	return w, func(ctx context.Context, who actor.Actor, m *imports.Mapping, upload string) (adapters.Source, error) {
		src, err := open(ctx, who, m, upload)
		return waiting{src, w.reads, w.once, w.letGo}, err
	}
}

func TestOneJobOfAnInstanceRunsAtATime(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(20, 0))
	w, open := newWaiting(filepath.Dir(path))
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: open})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)}
	var ids []imports.JobID
	var mu sync.Mutex
	var wg sync.WaitGroup
	refused := 0
	for range 6 {
		wg.Go(func() {
			id, err := j.Start(t.Context(), accesstest.Director, job)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				ids = append(ids, id)
			case errors.Is(err, imports.ErrRunning):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || refused != 5 {
		t.Fatalf("%d jobs run and %d were refused", len(ids), refused)
	}
	<-w.reads
	if s := stateOf(t, j, ids[0]); s.Status != imports.JobRunning || s.Progress.Phase != "read" {
		t.Errorf("while it runs: %+v", s)
	}
	list, err := j.Unfinished(t.Context(), accesstest.Director)
	if err != nil || len(list) != 1 || list[0].Status != imports.JobRunning {
		t.Errorf("%v, %v", list, err)
	}
	close(w.letGo)
	if s := ended(t, j, ids[0]); s.Status != imports.JobDone {
		t.Errorf("%+v", s)
	}
	if s := startJob(t, j, accesstest.Director, job); s.Status != imports.JobDone || s.Report.Stream("case").Created != 0 {
		t.Errorf("once more: %+v", s)
	}
}

func TestAJobThatWasStoppedIsContinued(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(40, 0))
	want := sqlitetest.Open(t, migrations.FS)
	run(t, want, parse(t, register), path, imports.Options{})
	w, open := newWaiting(filepath.Dir(path))
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: open})
	id, err := j.Start(t.Context(), accesstest.Director, imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)})
	if err != nil {
		t.Fatal(err)
	}
	<-w.reads
	if err := j.Stop(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if s := ended(t, j, id); s.Status != imports.JobStopped || !s.Continues() {
		t.Fatalf("%+v", s)
	}
	if err := j.Stop(t.Context(), accesstest.Director, id); !errors.Is(err, imports.ErrJobOver) {
		t.Errorf("stopping it again: %v", err)
	}
	close(w.letGo)
	if err := j.Continue(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if s := ended(t, j, id); s.Status != imports.JobDone {
		t.Fatalf("%+v", s)
	}
	if content(t, db) != content(t, want) {
		t.Error("it ends in another state than a run that nobody stopped")
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); !errors.Is(err, imports.ErrJobOver) {
		t.Errorf("continuing one that is done: %v", err)
	}
}

// The node closes in the middle of a run: nothing of the job goes on, and it is
// continued when the node is open again.
func TestClosingEndsAJobAndKeepsItsPlace(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(visitRows, 0))
	want := sqlitetest.Open(t, migrations.FS)
	run(t, want, parse(t, register), path, imports.Options{})
	s, open := service(t, db), uploads(filepath.Dir(path))
	var life context.Context
	j := imports.NewJobs(s, imports.JobsOptions{Source: func(ctx context.Context, who actor.Actor, m *imports.Mapping, upload string) (adapters.Source, error) {
		life = ctx
		return open(ctx, who, m, upload)
	}})
	n, closed := 0, make(chan struct{})
	s.BreakOff(func(point string) error {
		if n++; point == "committed" && closed != nil {
			go func(done chan struct{}) { j.Close(); close(done) }(closed)
			<-life.Done()
		}
		return nil
	})
	id, err := j.Start(t.Context(), accesstest.Director, imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)})
	if err != nil {
		t.Fatal(err)
	}
	<-closed
	left := count(t, db, `SELECT count(*) FROM import_xref`)
	if left == 0 || left >= count(t, want, `SELECT count(*) FROM import_xref`) {
		t.Fatalf("%d records were written: not in the middle", left)
	}
	if _, err := j.Start(t.Context(), accesstest.Director, imports.Job{Mapping: register}); !errors.Is(err, imports.ErrClosing) {
		t.Errorf("a job begins after the end: %v", err)
	}
	again := jobsOver(t, service(t, db), imports.JobsOptions{Source: open})
	continues(t, again, id)
	if content(t, db) != content(t, want) {
		t.Error("it ends in another state than a run that was not interrupted")
	}
}

// continues continues a job that was interrupted, to its end.
func continues(t *testing.T, j *imports.Jobs, id imports.JobID) {
	t.Helper()
	if s := stateOf(t, j, id); s.Status != imports.JobInterrupted || !s.Continues() {
		t.Fatalf("the job stands as %s", s.Status)
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if s := ended(t, j, id); s.Status != imports.JobDone || s.Run != 1 || !s.Report.Balanced {
		t.Fatalf("continued: %+v", s)
	}
}

// jobEnv tells the test program to be a process that starts a job and dies.
const jobEnv = "CASEHUB_TEST_IMPORT_JOB"

// startAndDie starts a job of the register in a database, and dies at the third of its
// commits.
func startAndDie(task string) (err error) {
	var c child
	if err := json.Unmarshal([]byte(task), &c); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, c.Database, sqlitetest.Key)
	if err != nil {
		return err
	}
	gate, err := accesstest.Over(ctx, db, clock)
	if err != nil {
		return err
	}
	s, commits := imports.NewService(db, codelist.National(), gate, clock), 0
	s.BreakOff(func(point string) error {
		if point == "committed" {
			if commits++; commits == c.Die {
				killMyself()
			}
		}
		return nil
	})
	j := imports.NewJobs(s, imports.JobsOptions{Source: uploads(filepath.Dir(c.Register))})
	id, err := j.Start(ctx, accesstest.Director, imports.Job{Mapping: register, Upload: filepath.Base(c.Register), Name: filepath.Base(c.Register)})
	if err != nil {
		return err
	}
	return errors.Join(j.Wait(ctx, id), errors.New("it was to die"))
}

func TestAKilledJobIsContinuedToTheSameEnd(t *testing.T) {
	path, file := write(t, visits(visitRows, 0)), filepath.Join(t.TempDir(), "node.db")
	want := sqlitetest.Open(t, migrations.FS)
	run(t, want, parse(t, register), path, imports.Options{})
	closed(t, file, func(db *sqlite.DB) { service(t, db) })
	task, err := json.Marshal(child{Database: file, Register: path, Die: 3})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jobEnv+"="+string(task))
	if out, err := cmd.CombinedOutput(); !killed(cmd.ProcessState) {
		t.Fatalf("the process was not killed: %v %s", err, out)
	}
	db := sqlitetest.OpenAt(t, file, migrations.FS)
	if n := count(t, db, `SELECT count(*) FROM import_xref`); n == 0 {
		t.Fatal("it died before it wrote anything")
	}
	s := imports.NewService(db, codelist.National(), accesstest.Gate(t, db, clock), clock)
	continues(t, jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))}), 1)
	if content(t, db) != content(t, want) {
		t.Error("it ends in another state than a run that was not killed")
	}
}

// A job that was interrupted is over once another one of its source begins.
func TestAnotherJobTakesThePlaceOfAnInterruptedOne(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(20, 0))
	w, open := newWaiting(filepath.Dir(path))
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)}
	s := service(t, db)
	first := imports.NewJobs(s, imports.JobsOptions{Source: open})
	id, err := first.Start(t.Context(), accesstest.Director, job)
	if err != nil {
		t.Fatal(err)
	}
	<-w.reads
	first.Close()
	j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobDone {
		t.Fatalf("%+v", got)
	}
	if got := stateOf(t, j, id); got.Status != imports.JobReplaced || got.Continues() {
		t.Errorf("the first stands as %s", got.Status)
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); !errors.Is(err, imports.ErrJobOver) {
		t.Errorf("it is continued: %v", err)
	}
}

func TestTheRightToImportIsAskedAtEachStart(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(20, 0))
	s := service(t, db)
	accesstest.Office(t, db, "kimberley", "")
	none := accesstest.Hire(t, db, "thandi", "kimberley")
	open, withdrawn := uploads(filepath.Dir(path)), false
	j := jobsOver(t, s, imports.JobsOptions{Source: func(ctx context.Context, who actor.Actor, m *imports.Mapping, upload string) (adapters.Source, error) {
		if !withdrawn {
			withdrawn = true
			if _, err := db.Exec(ctx, `DELETE FROM positions WHERE person_id = @id`, sqlite.Args{"id": accesstest.Director.ID}); err != nil {
				return nil, err
			}
		}
		return open(ctx, who, m, upload)
	}})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: filepath.Base(path)}
	if _, err := j.Start(t.Context(), none, job); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("somebody without the right starts a job: %v", err)
	}
	id, err := j.Start(t.Context(), accesstest.Director, job)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := j.State(t.Context(), accesstest.Director, id); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who lost the right sees the job: %v", err)
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who lost the right continues the job: %v", err)
	}
	if n := count(t, db, `SELECT count(*) FROM clients`) + count(t, db, `SELECT count(*) FROM import_runs`); n != 0 {
		t.Errorf("%d records came in without the right", n)
	}
	accesstest.Appoint(t, db, accesstest.Director.ID, "director", "")
	got := stateOf(t, j, id)
	if e := errs.As(got.Failure); got.Status != imports.JobFailed || e == nil || e.Key() != errs.As(access.ErrForbidden).Key() || errs.KindOf(e) != errs.Forbidden {
		t.Errorf("the job stands as %s, %v", got.Status, got.Failure)
	}
	if err := j.Continue(t.Context(), accesstest.Director, id); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, j, id); got.Status != imports.JobDone {
		t.Errorf("with the right again: %+v", got)
	}
}

func TestAFailureIsToldWithItsNames(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	path := write(t, "Other;Columns\n1;2\n3;4\n")
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	got := startJob(t, j, accesstest.Director, imports.Job{Mapping: register, Upload: filepath.Base(path), Name: "register.csv"})
	if e := errs.As(got.Failure); got.Status != imports.JobFailed || e == nil || !errors.Is(e, imports.ErrColumn) || e.Args()["column"] == nil {
		t.Errorf("%s: %v", got.Status, got.Failure)
	}
	var wrong *imports.MappingError
	if _, err := j.Start(t.Context(), accesstest.Director, imports.Job{Mapping: "mapping: x\n"}); !errors.As(err, &wrong) {
		t.Errorf("a broken mapping: %v", err)
	}
	if _, err := j.State(t.Context(), accesstest.Director, 99); !errors.Is(err, imports.ErrNoJob) {
		t.Errorf("no such job: %v", err)
	}
}

// bursting is a source with a fault of its program.
type bursting struct{ adapters.Source }

func (bursting) Read(context.Context, string, adapters.Cursor, func(adapters.Record) error, func(adapters.Cursor) error) error {
	panic("Nomsa Example")
}

func TestAFaultOfAReaderEndsTheJobAlone(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, visits(20, 0))
	open := uploads(filepath.Dir(path))
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: func(ctx context.Context, who actor.Actor, m *imports.Mapping, upload string) (adapters.Source, error) {
		src, err := open(ctx, who, m, upload)
		return bursting{src}, err
	}})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: "register.csv", DryRun: true}
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobFailed || errs.KindOf(got.Failure) != errs.Internal {
		t.Errorf("%s: %v", got.Status, got.Failure)
	}
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobFailed {
		t.Errorf("once more: %s", got.Status)
	}
}

func TestAJobThatWasRefusedSaysWhy(t *testing.T) {
	db, path := sqlitetest.Open(t, migrations.FS), write(t, registerHeader+"1;P1;A;0;F;nothing;01/02/2024;;;;;x\n2;P2;B;0;F;nothing;01/02/2024;;;;;x\n")
	j := jobsOver(t, service(t, db), imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	job := imports.Job{Mapping: register, Upload: filepath.Base(path), Name: "register.csv"}
	got := startJob(t, j, accesstest.Director, job)
	if got.Status != imports.JobRefused || got.Report == nil || got.Report.Refused != "too_many_failed" || got.Continues() {
		t.Fatalf("%+v", got)
	}
	job.Accept = true
	if got := startJob(t, j, accesstest.Director, job); got.Status != imports.JobDone || got.Report.Stream("case").Quarantined != 2 {
		t.Errorf("accepted: %+v", got)
	}
}
