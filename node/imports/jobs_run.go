package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
)

// outcome is what became of a job.
type outcome struct {
	status  JobStatus
	report  Report
	failure error
}

// work runs a job and keeps what became of it. A job that ends with its program is left
// as it is: nobody said that it should end.
func (j *Jobs) work(ctx context.Context, who actor.Actor, id JobID, m *Mapping, job Job, r *runningJob) {
	o := j.attempt(ctx, who, m, job, r)
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errStopped) && o.status == JobFailed {
		j.forget(id)
		return
	}
	if o.failure != nil && errs.As(o.failure) == nil {
		j.o.Log.ErrorContext(ctx, "an import failed", "job", int64(id), "error", o.failure)
	}
	if job.Upload != "" {
		o.failure = unnamed(o.failure)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := j.svc.db.Tx(end, func(tx *sqlite.Tx) error { return endJob(end, tx, id, o, sqlite.Stamp(j.svc.now())) })
	if err != nil {
		j.o.Log.ErrorContext(ctx, "what became of an import could not be kept", "job", int64(id), "error", err)
	}
	j.forget(id)
}

func (j *Jobs) forget(id JobID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.running, id)
}

// attempt runs a job. A fault of what reads a file ends the job and not the node.
func (j *Jobs) attempt(ctx context.Context, who actor.Actor, m *Mapping, job Job, r *runningJob) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			// Its value may hold what a file says of somebody.
			j.o.Log.ErrorContext(ctx, "an import panicked", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			o = outcome{status: JobFailed, failure: errFault}
		}
	}()
	report, err := j.run(ctx, who, m, job, r)
	switch {
	case err == nil:
		return outcome{JobDone, report, nil}
	case errors.Is(err, ErrRefused), errors.Is(err, ErrIncomplete):
		return outcome{JobRefused, report, nil}
	case errors.Is(context.Cause(ctx), errStopped):
		return outcome{JobStopped, report, nil}
	}
	return outcome{JobFailed, report, err}
}

// run opens what a job reads and imports it as whoever started it.
func (j *Jobs) run(ctx context.Context, who actor.Actor, m *Mapping, job Job, r *runningJob) (report Report, err error) {
	if who.Kind == actor.Person {
		who.Kind = actor.Import
	}
	src, closer, err := j.source(ctx, who, m, job)
	if err != nil {
		return report, err
	}
	if closer != nil {
		defer func() { err = errors.Join(err, closer.Close()) }()
	}
	next := civil.Month(0)
	if j.o.NextRelease != nil {
		if next, err = j.o.NextRelease(ctx); err != nil {
			return report, err
		}
	}
	office, err := j.officeOf(ctx, job)
	if err != nil {
		return report, err
	}
	return j.svc.Run(ctx, who, m, src, Options{
		Office: office, DryRun: job.DryRun, Accept: job.Accept, Name: job.Name, NextRelease: next, Documents: j.o.Documents, Progress: r.tell,
	})
}

// source opens what a job reads; the closer is nil where there is nothing to close.
func (j *Jobs) source(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, io.Closer, error) {
	// Whoever started it may have lost the right since.
	if err := j.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return nil, nil, err
	}
	if job.Mends != 0 {
		return j.mended(ctx, who, m, job)
	}
	src, err := j.o.Source(ctx, who, m, job.Upload)
	closer, _ := src.(io.Closer)
	return src, closer, err
}

// officeOf returns the office of whoever set up the schedule of a job, "" without one: the
// program itself sits nowhere, and what it brings has to be in somebody's reach.
func (j *Jobs) officeOf(ctx context.Context, job Job) (string, error) {
	if job.Schedule == 0 {
		return "", nil
	}
	person, err := schedulerOf(ctx, j.svc.db, job.Schedule)
	if err != nil || person == "" {
		return "", err
	}
	_, office, err := j.svc.gate.Seat(ctx, j.svc.db, actor.Actor{Kind: actor.Person, ID: person})
	return office, err
}

func (r *runningJob) tell(p Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = p
}

// unnamed leaves the name of a file that somebody brought out of an error: it stands with
// the job once, and named puts it back.
func unnamed(err error) error {
	e := errs.As(err)
	if e == nil || e.Args()["file"] == nil {
		return err
	}
	without := errs.Again(errs.KindOf(e), e.Key())
	for name, v := range e.Args() {
		if name != "file" {
			without = without.With(name, v)
		}
	}
	return without
}

// named puts the name of its file into the error of a job.
func (s JobState) named(err error) error {
	if e := errs.As(err); e != nil && s.Upload != "" {
		return e.With("file", s.Name)
	}
	return err
}

// failureText returns an error as it is kept: the key of its message and the values for
// it, which are no one's data.
func failureText(err error) (string, error) {
	if err == nil {
		return "", nil
	}
	e := errs.As(err)
	if e == nil {
		e = errFault
	}
	b, err := json.Marshal(failure{errs.KindOf(e), e.Key(), e.Args()})
	return string(b), err
}

// failure is an error as the database has it.
type failure struct {
	Kind errs.Kind      `json:"kind"`
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
}

// readFailure makes the error again.
func readFailure(text string) (error, error) { //nolint:revive // the first is what was kept
	if text == "" {
		return nil, nil
	}
	var f failure
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, err
	}
	e := errs.Again(f.Kind, f.Key)
	for name, v := range f.Args {
		if n, ok := v.(float64); ok && n == float64(int64(n)) {
			v = int64(n)
		}
		e = e.With(name, v)
	}
	return e, nil
}
