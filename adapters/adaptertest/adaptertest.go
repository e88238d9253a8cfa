// Package adaptertest holds what every source must pass, whatever it reads.
//
// A source's own test calls Run with a few ways to open it. The rules are those
// that an import stands on: what is read twice is equal, reading can go on from
// any cursor, a callback's error ends it, nothing of a value is in an error,
// and bad input ends in an error or in problems, never in a panic.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/place"
)

// Harness says how a source is opened in a test.
type Harness struct {
	// Open opens a source on the same content each time. To prove anything it
	// needs streams with more records than the source gives between two
	// checkpoints.
	Open func() (adapters.Source, error)
	// File and At are, in place of Open, the file of a source that reads one and how
	// the source is opened on it wherever it lies.
	File string
	At   func(at place.Place) (adapters.Source, error)
	// Hostile opens sources on input that nobody should send, by name. Opening
	// may fail.
	Hostile map[string]func() (adapters.Source, error)
	// Canary is a text that is among the values, in hostile input as well, and
	// must not be in any error.
	Canary string
	// Patience is the longest that one reading may take; 10 seconds when zero.
	Patience time.Duration
}

// Fault is a rule that a source broke.
type Fault struct {
	Rule string // short name
	What string
}

// String returns the rule and what broke it.
func (f Fault) String() string { return f.Rule + ": " + f.What }

// Run checks a source and fails the test for each rule that it breaks.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, f := range Check(t.Context(), h) {
		t.Error(f)
	}
}

// Check returns every rule that a source breaks.
func Check(ctx context.Context, h Harness) []Fault {
	if h.Patience == 0 {
		h.Patience = 10 * time.Second
	}
	if h.At != nil {
		h.Open = func() (adapters.Source, error) { return h.At(place.On(h.File)) }
	}
	c := &checker{h: h}
	c.guard("panic", func() { c.ordinary(ctx) })
	for name, open := range h.Hostile {
		c.guard("panic", func() { c.hostile(ctx, name, open) })
	}
	return c.faults
}

type checker struct {
	h      Harness
	faults []Fault
}

func (c *checker) broke(rule, format string, args ...any) {
	c.faults = append(c.faults, Fault{rule, fmt.Sprintf(format, args...)})
}

func (c *checker) guard(rule string, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			c.broke(rule, "%v", p)
		}
	}()
	fn()
}

// errorHides checks that an error shows no value.
func (c *checker) errorHides(err error) {
	if err != nil && c.h.Canary != "" && strings.Contains(err.Error(), c.h.Canary) {
		c.broke("leak", "an error shows a value of the source")
	}
}

// ordinary checks the source on good input.
func (c *checker) ordinary(ctx context.Context) {
	src, err := c.h.Open()
	if err != nil {
		c.broke("open", "%v", err)
		return
	}
	if err := src.Check(ctx); err != nil {
		c.broke("check", "%v", err)
		return
	}
	cat, err := src.Discover(ctx)
	if err != nil || len(cat.Streams) == 0 {
		c.broke("discover", "%d streams, %v", len(cat.Streams), err)
		return
	}
	for _, st := range cat.Streams {
		c.catalogue(st)
		c.stream(ctx, st.Name)
	}
	c.refusals(ctx, src, cat.Streams[0].Name)
	if c.h.At != nil {
		c.kept(ctx, cat.Streams)
	}
}

func (c *checker) catalogue(st adapters.Stream) {
	seen := map[string]bool{}
	for _, f := range st.Fields {
		if f.Name == "" || seen[f.Name] {
			c.broke("discover", "stream %s names a field twice or not at all", st.Name)
		}
		seen[f.Name] = true
	}
}

// reading is what one reading gave.
type reading struct {
	records []adapters.Record
	// marks are the cursors with the number of records given before each.
	marks []mark
	err   error
}

type mark struct {
	cursor adapters.Cursor
	after  int
}

// read reads a stream with a source of its own. stop ends it with an error
// after so many records; -1 never.
func (c *checker) read(ctx context.Context, stream string, from adapters.Cursor, stop int) reading {
	return c.readFrom(ctx, c.h.Open, stream, from, stop)
}

func (c *checker) readFrom(ctx context.Context, open func() (adapters.Source, error), stream string, from adapters.Cursor, stop int) (r reading) {
	src, err := open()
	if err != nil {
		return reading{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.h.Patience)
	defer cancel()
	r.err = src.Read(ctx, stream, from, func(rec adapters.Record) error {
		if len(r.records) == stop {
			return errStopped
		}
		r.records = append(r.records, rec)
		return nil
	}, func(cur adapters.Cursor) error {
		r.marks = append(r.marks, mark{cur, len(r.records)})
		return nil
	})
	c.errorHides(r.err)
	return r
}

var errStopped = errors.New("stopped by the test")

// stream checks the reading of one stream.
func (c *checker) stream(ctx context.Context, name string) {
	whole := c.read(ctx, name, "", -1)
	if whole.err != nil {
		c.broke("read", "stream %s: %v", name, whole.err)
		return
	}
	if len(whole.records) == 0 {
		c.broke("read", "stream %s is empty: the test proves nothing", name)
		return
	}
	for i := range whole.records {
		c.record(name, &whole.records[i])
	}
	if again := c.read(ctx, name, "", -1); !same(whole.records, again.records) {
		c.broke("repeatable", "stream %s reads otherwise the second time", name)
	}
	c.marks(ctx, name, whole)
	c.stops(ctx, name, whole)
	c.cancel(ctx, name)
}

// record checks one record by itself.
func (c *checker) record(stream string, r *adapters.Record) {
	if r.Stream != stream || r.Loc == (adapters.Locator{}) {
		c.broke("place", "a record of %s does not say where it is from", stream)
	}
	if r.Skip == "" && r.Header == nil {
		c.broke("header", "a record of %s has values without names", stream)
	}
	if want := r.Hash; len(r.Problems) == 0 {
		if r.Seal(); r.Hash != want {
			c.broke("hash", "the hash of %s is not that of its content", r)
		}
	}
	for name, children := range r.Children {
		if name == "" || strings.Contains(name, "/") {
			c.broke("children", "children of %s have a name with a slash, or none", stream)
		}
		for i := range children {
			c.record(stream, &children[i])
		}
	}
	for _, d := range r.Documents {
		if d.Blob == "" || d.Column != "" && r.Header.Index(d.Column) < 0 {
			c.broke("documents", "a document of %s names nothing, or a column that is not there", stream)
		}
	}
	for _, p := range r.Problems {
		if !slices.Contains(adapters.Codes(), p.Code) {
			c.broke("codes", "code %q is not in the list", p.Code)
		}
		if p.Column != "" && r.Header.Index(p.Column) < 0 {
			c.broke("codes", "a problem blames a column that is not there")
		}
	}
}

// marks checks the cursors: there is one at the end, and reading goes on from
// each with exactly what was not given before it.
func (c *checker) marks(ctx context.Context, name string, whole reading) {
	n := len(whole.marks)
	if n == 0 || whole.marks[n-1].after != len(whole.records) || whole.marks[n-1].cursor == "" {
		c.broke("checkpoint", "stream %s has no cursor at its end", name)
		return
	}
	for _, m := range whole.marks {
		rest := c.read(ctx, name, m.cursor, -1)
		if rest.err != nil || !same(whole.records[m.after:], rest.records) {
			c.broke("resume", "stream %s from the cursor after %d records gives %d of %d, %v",
				name, m.after, len(rest.records), len(whole.records)-m.after, rest.err)
		}
	}
}

// stops checks that a callback's error ends the reading and that what was given
// by then and what comes from the last cursor make the whole.
func (c *checker) stops(ctx context.Context, name string, whole reading) {
	for _, at := range []int{0, 1, len(whole.records) / 2, len(whole.records) - 1} {
		if at >= len(whole.records) {
			continue
		}
		part := c.read(ctx, name, "", at)
		if !errors.Is(part.err, errStopped) {
			c.broke("stop", "stream %s went on after a callback's error: %v", name, part.err)
			return
		}
		last := mark{}
		if n := len(part.marks); n > 0 {
			last = part.marks[n-1]
		}
		rest := c.read(ctx, name, last.cursor, -1)
		if rest.err != nil || !same(whole.records, slices.Concat(part.records[:last.after], rest.records)) {
			c.broke("kill", "stream %s stopped after %d records does not go on from its last cursor", name, at)
		}
	}
}

// cancel checks that a reading ends soon after its context does.
func (c *checker) cancel(ctx context.Context, name string) {
	src, err := c.h.Open()
	if err != nil {
		c.broke("open", "%v", err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	after := 0
	err = src.Read(ctx, name, "", func(adapters.Record) error {
		cancel()
		after++
		return nil
	}, func(adapters.Cursor) error { return nil })
	if after > 1 || !errors.Is(err, context.Canceled) && after > 0 {
		c.broke("cancel", "stream %s gave %d records after its context ended: %v", name, after-1, err)
	}
}

// refusals checks what a source must refuse.
func (c *checker) refusals(ctx context.Context, src adapters.Source, stream string) {
	record := func(adapters.Record) error { return nil }
	checkpoint := func(adapters.Cursor) error { return nil }
	if err := src.Read(ctx, "no such stream", "", record, checkpoint); !errors.Is(err, adapters.ErrStream) {
		c.broke("refuse", "an unknown stream gives %v, not ErrStream", err)
	}
	if err := src.Read(ctx, stream, "no such cursor", record, checkpoint); !errors.Is(err, adapters.ErrCursor) {
		c.broke("refuse", "a foreign cursor gives %v, not ErrCursor", err)
	}
	if b, err := src.Open(ctx, "no such document"); !errors.Is(err, adapters.ErrBlob) {
		closeQuietly(b)
		c.broke("refuse", "an unknown document gives %v, not ErrBlob", err)
	}
	broken := errors.New("the checkpoint failed")
	if err := src.Read(ctx, stream, "", record, func(adapters.Cursor) error { return broken }); !errors.Is(err, broken) {
		c.broke("refuse", "a failed checkpoint gives %v", err)
	}
}

func closeQuietly(r io.Closer) {
	if r != nil {
		_ = r.Close()
	}
}

// hostile checks that bad input ends, in an error that shows no value or in
// records.
func (c *checker) hostile(ctx context.Context, name string, open func() (adapters.Source, error)) {
	ctx, cancel := context.WithTimeout(ctx, c.h.Patience)
	defer cancel()
	src, err := open()
	if err != nil {
		c.errorHides(err)
		return
	}
	c.errorHides(src.Check(ctx))
	cat, err := src.Discover(ctx)
	c.errorHides(err)
	for _, st := range cat.Streams {
		err := src.Read(ctx, st.Name, "", func(r adapters.Record) error {
			c.record(st.Name, &r)
			return nil
		}, func(adapters.Cursor) error { return nil })
		c.errorHides(err)
	}
	if ctx.Err() != nil {
		c.broke("hostile", "%s was not done in time", name)
	}
}

// same reports whether two readings gave equal records.
func same(a, b []adapters.Record) bool {
	return slices.EqualFunc(a, b, func(x, y adapters.Record) bool {
		return x.Hash == y.Hash && x.Key == y.Key && x.Skip == y.Skip && x.Loc == y.Loc && x.Stream == y.Stream &&
			x.Deleted == y.Deleted && slices.Equal(x.Problems, y.Problems) && slices.Equal(x.Documents, y.Documents) &&
			slices.Equal(x.AltKeys, y.AltKeys) && x.Version == y.Version
	})
}
