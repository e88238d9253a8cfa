package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// write commits batches.
func (in *Ingest) write(ctx context.Context, queue <-chan *job, committed chan<- done) error {
	for {
		jobs, err := collect(ctx, queue)
		if err != nil {
			return err
		}
		out, err := in.persist(ctx, jobs)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case committed <- done{out, jobs}:
		}
	}
}

// collect waits for a message and then for more: until the batch is full, the
// time is over, or none comes for a while.
func collect(ctx context.Context, queue <-chan *job) ([]*job, error) {
	var jobs []*job
	var over <-chan time.Time
	quiet := time.NewTimer(lull)
	quiet.Stop()
	for len(jobs) < batchSize {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-over:
			return jobs, nil
		case <-quiet.C:
			return jobs, nil
		case j := <-queue:
			if len(jobs) == 0 {
				over = time.After(linger)
			}
			jobs = append(jobs, j)
			quiet.Reset(lull)
		}
	}
	return jobs, nil
}

// persist commits a batch. What the database refuses for the data's sake is
// found by halving the batch, so that one message cannot hold up the rest; for
// any other failure the batch waits for the database to come back.
func (in *Ingest) persist(ctx context.Context, jobs []*job) (outcome, error) {
	batch := make([]message, len(jobs))
	for i, j := range jobs {
		batch[i] = j.message
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		out, err := in.commit(ctx, batch)
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return outcome{}, ctx.Err()
		case blamesData(err) && len(jobs) > 1:
			return in.halves(ctx, jobs)
		case blamesData(err) && jobs[0].opened != nil:
			in.log.Error("a release that the database does not take is refused",
				"org_unit", jobs[0].orgUnit, "stream_sequence", jobs[0].stream, "err", err)
			jobs[0].ours, jobs[0].opened, jobs[0].reason = jobs[0].opened, nil, invalid
			batch[0] = jobs[0].message
			continue
		}
		in.log.Error("taking in releases; trying again", "err", err)
		if err := pause(ctx, wait); err != nil {
			return outcome{}, err
		}
	}
}

func (in *Ingest) halves(ctx context.Context, jobs []*job) (outcome, error) {
	first, err := in.persist(ctx, jobs[:len(jobs)/2])
	if err != nil {
		return outcome{}, err
	}
	second, err := in.persist(ctx, jobs[len(jobs)/2:])
	first.releases, first.facts = first.releases+second.releases, first.facts+second.facts
	first.words = append(first.words, second.words...)
	first.forks = append(first.forks, second.forks...)
	first.replaced = append(first.replaced, second.replaced...)
	return first, err
}

// blamesData reports whether the database said no to values (class 22) or to a
// constraint on them (class 23).
func blamesData(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code[:2] == "23")
}

// answer gives receipts for what is committed, then acknowledges.
func (in *Ingest) answer(ctx context.Context, committed <-chan done) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case d := <-committed:
			if err := in.finish(ctx, d); err != nil {
				return err
			}
		}
	}
}

func (in *Ingest) finish(ctx context.Context, d done) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		err := in.speak(ctx, d.words)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.log.Error("giving receipts; trying again", "err", err)
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
	in.tell(d)
	for _, j := range d.jobs {
		if err := j.msg.Ack(); err != nil {
			in.log.Warn("acknowledging a message; it will come again", "err", err)
		}
	}
	return nil
}

// tell counts what was done and logs what a person must look at.
func (in *Ingest) tell(d done) {
	for _, w := range d.words {
		if w.status != refused {
			in.meter.Message(w.status, w.reason)
		}
		if w.dropped {
			in.meter.Message(refused, w.reason)
			in.log.Warn("a release does not follow the one before and is refused",
				"org_unit", w.orgUnit, "sequence", w.sequence, "reason", w.reason.String())
		}
	}
	for _, j := range d.jobs {
		if j.opened == nil {
			in.meter.Message(refused, j.reason)
			in.log.Warn("a message is refused", "org_unit", j.orgUnit, "stream_sequence", j.stream, "reason", j.reason.String())
		}
	}
	for _, n := range d.replaced {
		in.meter.Message(refused, keyReplaced)
		in.log.Warn("a release by a key that was replaced is refused", "org_unit", n.orgUnit, "sequence", n.sequence)
	}
	for _, f := range d.forks {
		in.log.Error("two releases bear one number; the office is held", "org_unit", f.orgUnit, "sequence", f.sequence)
	}
}
