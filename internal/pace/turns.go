package pace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Bounds of those who wait: of one place, and of all.
const (
	mostOfPlace = 4
	mostWaiting = 256
)

// ErrCrowded reports a place that has too many tries waiting already.
var ErrCrowded = errors.New("too many tries wait already")

// Turns lets one costly check of strangers run at a time, and beside it one of
// those who are known. It is safe for use by many goroutines.
//
// Failures of strangers are counted against an allowance that grows by one with
// each interval; when it is used up the next has to wait for it, whoever it is.
// Places come one after the other, so that a crowd at one of them costs the others
// one turn each round.
type Turns struct {
	interval time.Duration
	most     int
	known    chan struct{}

	mu      sync.Mutex
	busy    bool
	waits   map[Place][]*waiter
	round   []Place // places with somebody waiting, the next first
	total   int
	allowed float64 // failures that may still be had at once
	at      time.Time
	timer   *time.Timer
}

type waiter struct {
	place Place
	turn  chan struct{} // closed when it is their turn
}

// NewTurns allows strangers most failures at once and one more with each interval;
// an interval of 0 is no bound.
func NewTurns(interval time.Duration, most int) *Turns {
	return &Turns{
		interval: interval, most: most, known: make(chan struct{}, 1),
		waits: map[Place][]*waiter{}, allowed: float64(most), at: time.Now(),
	}
}

// Known waits for the turn of somebody who is known: strangers are no hindrance.
// Done ends it.
func (t *Turns) Known(ctx context.Context) (done func(), err error) {
	select {
	case t.known <- struct{}{}:
		return func() { <-t.known }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Stranger waits for the turn of a try from a place. Done ends it and says
// whether it failed. It fails with ErrCrowded.
func (t *Turns) Stranger(ctx context.Context, at Place) (done func(failed bool), err error) {
	w := &waiter{at, make(chan struct{})}
	t.mu.Lock()
	if len(t.waits[at]) >= mostOfPlace || t.total >= mostWaiting {
		t.mu.Unlock()
		return nil, ErrCrowded
	}
	if len(t.waits[at]) == 0 {
		t.round = append(t.round, at)
	}
	t.waits[at] = append(t.waits[at], w)
	t.total++
	t.next()
	t.mu.Unlock()
	select {
	case <-w.turn:
		return t.end, nil
	case <-ctx.Done():
		t.giveUp(w)
		return nil, ctx.Err()
	}
}

// end ends a turn.
func (t *Turns) end(failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = false
	if !failed {
		t.allowed++
	}
	t.next()
}

// giveUp takes somebody out of those who wait, or ends the turn that came to them
// at the same moment.
func (t *Turns) giveUp(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waits[w.place], w)
	if i < 0 {
		t.busy = false
		t.allowed++
		t.next()
		return
	}
	t.total--
	if t.waits[w.place] = slices.Delete(t.waits[w.place], i, i+1); len(t.waits[w.place]) == 0 {
		delete(t.waits, w.place)
		t.round = slices.DeleteFunc(t.round, func(p Place) bool { return p == w.place })
	}
}

// next begins the next turn, or sees to it that it begins when it may.
func (t *Turns) next() {
	if t.busy || len(t.round) == 0 {
		return
	}
	if wait := t.grow(); wait > 0 {
		if t.timer == nil {
			t.timer = time.AfterFunc(wait, t.later)
		}
		return
	}
	p := t.round[0]
	w := t.waits[p][0]
	t.round = t.round[1:]
	if t.waits[p] = t.waits[p][1:]; len(t.waits[p]) > 0 {
		t.round = append(t.round, p)
	} else {
		delete(t.waits, p)
	}
	t.total--
	t.allowed--
	t.busy = true
	close(w.turn)
}

func (t *Turns) later() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = nil
	t.next()
}

// grow adds what has come to the allowance and returns how long it is until there
// is a whole one.
func (t *Turns) grow() time.Duration {
	if t.interval <= 0 {
		return 0
	}
	now := time.Now()
	t.allowed = min(float64(t.most), t.allowed+float64(now.Sub(t.at))/float64(t.interval))
	t.at = now
	if t.allowed >= 1 {
		return 0
	}
	return time.Duration((1-t.allowed)*float64(t.interval)) + time.Millisecond
}
