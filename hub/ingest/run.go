package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"casehub/internal/release"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// ackWait is how long the stream waits for an acknowledgement before it hands
	// a message out again.
	ackWait = 5 * time.Second
	// pull is the most messages on their way at once; at 33 KiB each they stay
	// below what the server keeps for a slow reader.
	pull = 400
	// checkers is how many messages are checked at once.
	checkers = 2
)

// job is a message on its way through the pipeline.
type job struct {
	message
	msg     jetstream.Msg
	checked chan struct{}
}

// done is a batch that is committed and waits for its receipts.
type done struct {
	outcome
	jobs []*job
}

// Run takes releases in until the context ends. Messages that are not done by
// then come again.
func (in *Ingest) Run(ctx context.Context, stream jetstream.Stream) error {
	if err := in.CatchUp(ctx); err != nil {
		return err
	}
	id, err := in.reg.ID(ctx)
	if err != nil {
		return err
	}
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: "ingest-" + id, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckWait: ackWait, MaxDeliver: -1, MaxAckPending: 4 * pull, FilterSubject: release.Subjects,
	})
	if err != nil {
		return fmt.Errorf("reading the stream of releases: %w", err)
	}
	g := newGroup(ctx)
	in.pipeline(g, consumer)
	return g.wait()
}

// group is the stages of a pipeline: when one fails, all end.
type group struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stages sync.WaitGroup
}

func newGroup(ctx context.Context) *group {
	ctx, cancel := context.WithCancelCause(ctx)
	return &group{ctx: ctx, cancel: cancel}
}

func (g *group) run(stage func(context.Context) error) {
	g.stages.Go(func() {
		if err := stage(g.ctx); err != nil {
			g.cancel(err)
		}
	})
}

// wait waits for all stages and returns why they ended, nil when they were
// called off.
func (g *group) wait() error {
	g.stages.Wait()
	if err := context.Cause(g.ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// pipeline starts the stages: one reads, some check, one deals messages out by
// office, and for each writer one commits and one gives receipts. Order is kept
// from the first to the last.
func (in *Ingest) pipeline(g *group, consumer jetstream.Consumer) {
	unchecked, inOrder := make(chan *job, pull), make(chan *job, pull)
	g.run(func(ctx context.Context) error { return in.read(ctx, consumer, unchecked, inOrder) })
	for range checkers {
		g.run(func(ctx context.Context) error { return in.check(ctx, unchecked) })
	}
	var queues [writers]chan *job
	for i := range queues {
		queues[i] = make(chan *job, 2*batchSize)
		committed := make(chan done, 1)
		g.run(func(ctx context.Context) error { return in.write(ctx, queues[i], committed) })
		g.run(func(ctx context.Context) error { return in.answer(ctx, committed) })
	}
	g.run(func(ctx context.Context) error { return deal(ctx, inOrder, queues[:]) })
	g.run(func(ctx context.Context) error { return in.watch(ctx, consumer) })
}

// read passes messages on as the stream hands them out.
func (in *Ingest) read(ctx context.Context, consumer jetstream.Consumer, unchecked, inOrder chan<- *job) error {
	for {
		messages, err := consumer.Messages(jetstream.PullMaxMessages(pull),
			jetstream.PullExpiry(10*time.Second), jetstream.PullHeartbeat(2*time.Second), jetstream.WithMessagesErrOnMissingHeartbeat(true))
		if err == nil {
			stop := context.AfterFunc(ctx, messages.Stop)
			err = in.readAll(ctx, messages, unchecked, inOrder)
			stop()
			messages.Stop()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.log.Warn("reading the stream of releases; trying again", "err", err)
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

func (in *Ingest) readAll(ctx context.Context, messages jetstream.MessagesContext, unchecked, inOrder chan<- *job) error {
	for {
		msg, err := messages.Next()
		if err != nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		j := &job{msg: msg, checked: make(chan struct{})}
		j.stream = meta.Sequence.Stream
		for _, next := range []chan<- *job{inOrder, unchecked} {
			select {
			case next <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// check judges messages, each on its own.
func (in *Ingest) check(ctx context.Context, unchecked <-chan *job) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-unchecked:
			stream := j.stream
			j.message = check(j.msg.Subject(), j.msg.Data(), in.reg, in.reg.CodesOf, in.now())
			j.stream = stream
			close(j.checked)
		}
	}
}

// deal hands checked messages to the writers, one office always to the same.
func deal(ctx context.Context, inOrder <-chan *job, queues []chan *job) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-inOrder:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-j.checked:
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case queues[int(j.orgUnit)%len(queues)] <- j:
			}
		}
	}
}

// watch says from time to time how much the stream holds for us.
func (in *Ingest) watch(ctx context.Context, consumer jetstream.Consumer) error {
	for {
		if info, err := consumer.Info(ctx); err == nil {
			in.meter.Pending(info.NumPending + uint64(info.NumAckPending))
		}
		if err := pause(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
