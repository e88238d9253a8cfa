// Package paging is what sources over the network share that read lists page by page:
// cursors that say how far a reading came and from when the next one asks, how far
// before that changes are looked for, what came before in the same reading, and the
// records of one page.
//
// A cursor is a mark as JSON. Each source has a mark of its own with a Span in it; the
// names of what it holds stand in cursors that nodes keep, and stay as they are.
//
// Cursors are in mark.go, pages in page.go, a reading as a whole in watch.go.
package paging

import (
	"encoding/json"
	"time"

	"casehub/adapters"
	"casehub/adapters/webapi"
)

// Span is the part of a mark that says what a reading asks for.
type Span struct {
	// Since is from when on changes may not have been seen; zero for a reading of all.
	Since time.Time
	// Next is Since of the reading after this one; zero before the first answer.
	Next time.Time
	// Done is true once all that was asked for was given.
	Done bool
}

// strayed is how far behind the time of an earlier reading a clock may be.
const strayed = 5 * time.Minute

// Later returns the span of the reading after one that is done. Where the clock is
// before the time that the earlier reading had, one of them was wrong, nobody knows by
// how much, and everything is read again.
func (s Span) Later(now time.Time) Span {
	if s.Next.After(now.Add(strayed)) {
		return Span{}
	}
	return Span{Since: s.Next}
}

// Half reports a reading that was stopped before its end. Whoever goes on with it reads
// once more from where it began: a node goes on from the same place again and again
// while a record behind it is held back, and would not see what changed before it.
func (s Span) Half() bool { return !s.Done && !s.Next.IsZero() }

// Begin notes when a reading began, at its first answer: by the earlier of the
// server's clock and this computer's, so that neither can hide a change by being ahead.
func (s *Span) Begin(a webapi.Answer, now time.Time) {
	if s.Next.IsZero() {
		s.Next = Earlier(a, now)
	}
}

// Earlier returns the earlier of the time that an answer tells and this computer's.
func Earlier(a webapi.Answer, now time.Time) time.Time {
	now = now.UTC()
	if at := a.Time(); !at.IsZero() && at.Before(now) {
		return at
	}
	return now
}

// usual is how many hours before the last reading changes are looked for.
const usual = 24

// Hours is how far before the last reading changes are looked for, in hours; a day
// where a mapping says nothing.
type Hours int

// Before returns from when on changes are asked for.
func (h Hours) Before(since time.Time) time.Time {
	if h <= 0 {
		h = usual
	}
	return since.Add(-time.Duration(h) * time.Hour)
}

// Read reads a cursor. It fails with adapters.ErrCursor for what is no mark, or none
// that fits the stream.
func Read[M any](c adapters.Cursor, fits func(M) bool) (M, error) {
	var m M
	if json.Unmarshal([]byte(c), &m) != nil || !fits(m) {
		var none M
		return none, adapters.ErrCursor
	}
	return m, nil
}

// Saving returns what gives a checkpoint the cursor that a mark stands at when it is
// called.
func Saving[M any](mark *M, checkpoint func(adapters.Cursor) error) func() error {
	return func() error {
		b, err := json.Marshal(mark)
		if err != nil {
			return err
		}
		return checkpoint(adapters.Cursor(b))
	}
}
