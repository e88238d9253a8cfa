package imports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
)

// Errors of jobs.
var (
	// ErrNoJob reports a number that no job has.
	ErrNoJob = errs.New(errs.NotFound, "runs.no-job")
	// ErrJobOver reports a job that is to be stopped or continued and is not of that
	// kind any more.
	ErrJobOver = errs.New(errs.Conflict, "runs.job-over")
	// ErrClosing reports a program that is about to end and begins nothing new.
	ErrClosing = errs.New(errs.Unavailable, "runs.closing")
	// ErrForeignJob reports a job that reads a file of somebody else, who alone stops and
	// continues it.
	ErrForeignJob = errs.New(errs.Forbidden, "runs.foreign-job")
	// errFault is what a person is told of a job that failed for a reason that no
	// message has; the log has the error.
	errFault = errs.New(errs.Internal, "runs.job-fault")
	// errStopped is why a job ends that somebody stopped.
	errStopped = errors.New("somebody stopped it")
)

// JobID is the number of a job.
type JobID int64

// Job is one run in the background.
type Job struct {
	// Mapping is the text of the mapping file.
	Mapping string
	// Upload is what is read, as JobsOptions.Source knows it; "" for a live source.
	Upload string
	// Name of the source for the report: a file's name without its folder, or the type
	// of a live source.
	Name string
	// DryRun stops before the first write, and Accept goes on where too many rows
	// failed or are gone.
	DryRun, Accept bool
	// Mends is the run whose held rows are read as they were mended on the pages, in
	// place of the whole source; 0 for the source.
	Mends int64
	// Schedule that started it, 0 for a person.
	Schedule int64
}

// JobStatus says how a job stands.
type JobStatus string

// How a job stands. Interrupted is one that ended with its program, Replaced one
// whose source another job has begun with since.
const (
	JobRunning     JobStatus = "running"
	JobDone        JobStatus = "done"
	JobRefused     JobStatus = "refused"
	JobFailed      JobStatus = "failed"
	JobStopped     JobStatus = "stopped"
	JobReplaced    JobStatus = "replaced"
	JobInterrupted JobStatus = "interrupted"
)

// JobState is a job as the node knows it.
type JobState struct {
	Job
	ID       JobID
	Instance string
	Status   JobStatus
	Progress Progress // while it is running
	// Run is the run that it made or went on with, 0 for none.
	Run int64
	// Report is what was decided; nil while running, and where nothing was.
	Report *Report
	// Failure is why it failed, nil unless it did.
	Failure error
	Actor   string // kind:identifier
	// Told says that its counts and its report are for who asked: for whoever started it,
	// and for whoever nothing is kept from. Without it there is the phase alone.
	Told bool
	// MayStop and MayContinue say what who asked may do with it, as it stands.
	MayStop, MayContinue bool
	// StartedAt is when it was started or continued last; EndedAt is zero while it
	// runs and for one that was interrupted.
	StartedAt, EndedAt time.Time
}

// Continues reports whether a job can be begun again where it ended.
func (s JobState) Continues() bool {
	return s.Status == JobInterrupted || s.Status == JobStopped || s.Status == JobFailed
}

// JobsOptions is what jobs need of the node around them.
type JobsOptions struct {
	// Source opens what a job reads: an upload, or where that is "" the live source of
	// the mapping. It opens an upload for whoever it is of alone, and fails with
	// ErrNoOriginal for anybody else. One that is an io.Closer is closed.
	Source func(ctx context.Context, who actor.Actor, m *Mapping, upload string) (adapters.Source, error)
	// Documents keeps the content of documents; nil where none are kept.
	Documents Papers
	// NextRelease returns the month of the office's next release, 0 for none; nil
	// stands for 0.
	NextRelease func(context.Context) (civil.Month, error)
	// Log is told of jobs that failed; nil for nobody.
	Log *slog.Logger
}

// Jobs runs imports in the background of this process, one of an instance at a time.
// What a job was told, and how it ended, is kept in the database: a job that died with
// its process is shown as interrupted, and can be continued. It is safe for use by
// several goroutines. Close ends what runs.
type Jobs struct {
	svc   *Service
	o     JobsOptions
	works sync.WaitGroup
	stop  context.CancelFunc
	life  context.Context //nolint:containedctx // of the runs that a page began and that outlive its request

	mu      sync.Mutex
	closed  bool
	running map[JobID]*runningJob
}

// runningJob is a job that runs in this process.
type runningJob struct {
	instance string
	cancel   context.CancelCauseFunc
	done     chan struct{}

	mu       sync.Mutex
	progress Progress
}

// NewJobs makes the jobs of a service. Close ends what they begin.
func NewJobs(svc *Service, o JobsOptions) *Jobs {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	life, stop := context.WithCancel(context.Background())
	return &Jobs{svc: svc, o: o, life: life, stop: stop, running: map[JobID]*runningJob{}}
}

// Close ends every job that runs and waits for it. What a job has written stays, and
// the job can be continued when the node is open again.
func (j *Jobs) Close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.stop()
	j.works.Wait()
}

// Start begins a job and returns its number at once. Whoever starts it may import. It
// fails with a *MappingError, with ErrRunning while a job of the same instance runs in
// this process, with ErrNoRun for held rows of a run that is not there, and with
// ErrClosing. What becomes of the job is in State. An older job of
// the same source that was interrupted cannot be continued any more.
func (j *Jobs) Start(ctx context.Context, who actor.Actor, job Job) (JobID, error) {
	return j.startWith(ctx, who, job, func(*sqlite.Tx, JobID) error { return nil })
}

// startWith is Start with what else is written down together with the job, or neither is.
func (j *Jobs) startWith(ctx context.Context, who actor.Actor, job Job, also func(*sqlite.Tx, JobID) error) (JobID, error) {
	if err := j.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return 0, err
	}
	m, err := ParseMapping([]byte(job.Mapping), j.svc.reg)
	if err != nil {
		return 0, err
	}
	if job.Mends != 0 {
		if _, err := j.svc.past(ctx, job.Mends); err != nil {
			return 0, err
		}
	}
	return j.begin(ctx, who, m, job, func(tx *sqlite.Tx, now time.Time) (JobID, error) {
		if err := insertMapping(ctx, tx, m.Hash, job.Mapping); err != nil {
			return 0, err
		}
		if err := replaceJobs(ctx, tx, m.Instance, now); err != nil {
			return 0, err
		}
		if err := forgetJobs(ctx, tx, job.Schedule); err != nil {
			return 0, err
		}
		id, err := insertJob(ctx, tx, who, m, job, now)
		if err != nil {
			return 0, err
		}
		return id, also(tx, id)
	})
}

// Continue begins a job again that was interrupted or stopped, or that failed, as
// whoever continues it. What it had written is known again. It fails with ErrNoJob, with
// ErrForeignJob for a file that somebody else brought, with ErrScheduleKept for a job of a
// schedule and whoever may not start it, with ErrJobOver for any other job, and as Start.
func (j *Jobs) Continue(ctx context.Context, who actor.Actor, id JobID) error {
	s, err := j.state(ctx, who, id)
	if err != nil {
		return err
	}
	if err := j.mayContinue(ctx, who, s); err != nil {
		return err
	}
	if !s.Continues() {
		return ErrJobOver
	}
	m, err := ParseMapping([]byte(s.Mapping), j.svc.reg)
	if err != nil {
		return err
	}
	_, err = j.begin(ctx, who, m, s.Job, func(tx *sqlite.Tx, now time.Time) (JobID, error) {
		if err := resumeJob(ctx, tx, who, id, now); err != nil {
			return 0, err
		}
		return id, replaceOthers(ctx, tx, m.Instance, id, now)
	})
	return err
}

// mayContinue reports whether somebody may begin a job again: what it reads is read as
// them.
func (j *Jobs) mayContinue(ctx context.Context, who actor.Actor, s JobState) error {
	if s.Schedule != 0 {
		return j.svc.maySchedule(ctx, who)
	}
	return s.mayStop(who)
}

// mayStop fails with ErrForeignJob for a file that somebody else brought.
func (s JobState) mayStop(who actor.Actor) error {
	if s.Upload != "" && (who.ID == "" || personOf(s.Actor) != who.ID) {
		return ErrForeignJob
	}
	return nil
}

// begin writes a job down and lets it run.
func (j *Jobs) begin(ctx context.Context, who actor.Actor, m *Mapping, job Job, save func(*sqlite.Tx, time.Time) (JobID, error)) (JobID, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, ErrClosing
	}
	for _, r := range j.running {
		if r.instance == m.Instance {
			return 0, ErrRunning
		}
	}
	var id JobID
	err := j.svc.db.Tx(ctx, func(tx *sqlite.Tx) (err error) {
		id, err = save(tx, sqlite.Stamp(j.svc.now()))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("beginning an import: %w", err)
	}
	life, cancel := context.WithCancelCause(j.life)
	r := &runningJob{instance: m.Instance, cancel: cancel, done: make(chan struct{}), progress: Progress{Phase: "read", Total: -1}}
	j.running[id] = r
	j.works.Go(func() {
		defer cancel(nil)
		defer close(r.done)
		j.work(life, who, id, m, job, r)
	})
	return id, nil
}

// Stop ends a job that runs. What it has written stays; it can be continued. It fails
// with ErrNoJob, with ErrForeignJob for a file that somebody else brought, and with
// ErrJobOver.
func (j *Jobs) Stop(ctx context.Context, who actor.Actor, id JobID) error {
	s, err := j.state(ctx, who, id)
	if err != nil {
		return err
	}
	if err := s.mayStop(who); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.running[id]
	if s.Status != JobRunning || r == nil {
		return ErrJobOver
	}
	r.cancel(errStopped)
	return nil
}

// Wait returns when a job does not run any more in this process, or with the error of
// ctx.
func (j *Jobs) Wait(ctx context.Context, id JobID) error {
	j.mu.Lock()
	r := j.running[id]
	j.mu.Unlock()
	if r == nil {
		return nil
	}
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// State returns how a job stands, to whoever may import. What it counted, its mapping and
// its report are left out for whom they are not, see JobState.Told. It fails with ErrNoJob.
func (j *Jobs) State(ctx context.Context, who actor.Actor, id JobID) (JobState, error) {
	s, err := j.state(ctx, who, id)
	if err != nil {
		return JobState{}, err
	}
	list, err := j.shown(ctx, who, []JobState{s})
	if err != nil {
		return JobState{}, err
	}
	return list[0], nil
}

// state is State with all there is.
func (j *Jobs) state(ctx context.Context, who actor.Actor, id JobID) (JobState, error) {
	if err := j.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return JobState{}, err
	}
	list, err := selectJobs(ctx, j.svc.db, jobsAsked{ID: id, Limit: 1})
	if err != nil {
		return JobState{}, fmt.Errorf("reading an import: %w", err)
	}
	if len(list) == 0 {
		return JobState{}, ErrNoJob
	}
	return j.live(list[0]), nil
}

// shown leaves out of jobs what is not for somebody, as Service.Runs does of runs.
func (j *Jobs) shown(ctx context.Context, who actor.Actor, list []JobState) ([]JobState, error) {
	whole, err := j.svc.gate.SeesWhole(ctx, j.svc.db, who)
	if err != nil {
		return nil, fmt.Errorf("asking who sees an import: %w", err)
	}
	for i := range list {
		s := &list[i]
		s.Told = whole || who.ID != "" && personOf(s.Actor) == who.ID
		s.MayStop = s.Status == JobRunning && s.mayStop(who) == nil
		s.MayContinue = s.Continues() && s.mayStop(who) == nil && (whole || s.Schedule == 0)
		if !s.Told {
			s.Progress, s.Report, s.Mapping = Progress{Phase: s.Progress.Phase, Total: -1}, nil, ""
		}
	}
	return list, nil
}

// live adds what only this process knows of a job.
func (j *Jobs) live(s JobState) JobState {
	if s.Status != JobRunning {
		return s
	}
	j.mu.Lock()
	r := j.running[s.ID]
	j.mu.Unlock()
	if r == nil {
		s.Status = JobInterrupted
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Progress = r.progress
	return s
}

// Unfinished lists the jobs that run or were interrupted, newest first, as State does.
func (j *Jobs) Unfinished(ctx context.Context, who actor.Actor) ([]JobState, error) {
	if err := j.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return nil, err
	}
	list, err := selectJobs(ctx, j.svc.db, jobsAsked{Running: true, Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("listing imports: %w", err)
	}
	for i := range list {
		list[i] = j.live(list[i])
	}
	return j.shown(ctx, who, list)
}
