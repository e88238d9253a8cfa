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
	case errors.Is(err, ErrRefused):
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
	src, err := j.source(ctx, who, m, job)
	if err != nil {
		return report, err
	}
	if c, ok := src.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	next := civil.Month(0)
	if j.o.NextRelease != nil {
		if next, err = j.o.NextRelease(ctx); err != nil {
			return report, err
		}
	}
	return j.svc.Run(ctx, who, m, src, Options{
		DryRun: job.DryRun, Accept: job.Accept, Name: job.Name, NextRelease: next, Documents: j.o.Documents, Progress: r.tell,
	})
}

// source opens what a job reads.
func (j *Jobs) source(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, error) {
	// Whoever started it may have lost the right since.
	if err := j.svc.gate.May(ctx, who, "imports.run"); err != nil {
		return nil, err
	}
	return j.o.Source(ctx, m, job.Upload)
}

func (r *runningJob) tell(p Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = p
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
