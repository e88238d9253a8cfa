package adaptertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// list is a source of records in memory that keeps every rule, unless one of
// its faults is set.
type list struct {
	n     int
	fault string
	reads *int // readings of all sources of a harness
}

func (l list) Check(context.Context) error {
	if l.fault == "panic" {
		panic("out of order")
	}
	return nil
}

func (l list) Discover(context.Context) (adapters.Catalog, error) {
	fields := []adapters.Field{{Name: "name"}, {Name: "note"}}
	if l.fault == "discover" {
		fields[1].Name = "name"
	}
	return adapters.Catalog{Streams: []adapters.Stream{{Name: "people", Fields: fields}}}, nil
}

func (l list) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

func (l list) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if stream != "people" {
		return adapters.ErrStream
	}
	start, err := l.start(after)
	if err != nil {
		return err
	}
	*l.reads++
	head := adapters.NewHeader([]string{"name", "note"})
	for i := start; i < l.n; i++ {
		if err := ctx.Err(); err != nil && l.fault != "cancel" {
			return err
		}
		if err := record(l.record(head, i)); err != nil && l.fault != "stop" {
			return err
		}
		if (i+1)%10 == 0 {
			if err := checkpoint(l.cursor(i + 1)); err != nil {
				return err
			}
		}
	}
	if l.fault == "checkpoint" {
		return nil
	}
	return checkpoint(l.cursor(l.n))
}

func (l list) start(after adapters.Cursor) (int, error) {
	if after == "" || l.fault == "refuse" {
		return 0, nil
	}
	n, err := strconv.Atoi(string(after))
	if err != nil && l.fault == "leak" {
		return 0, fmt.Errorf("%w near Canary", adapters.ErrCursor)
	}
	if err != nil {
		return 0, adapters.ErrCursor
	}
	return n, nil
}

func (l list) cursor(n int) adapters.Cursor {
	switch {
	case l.fault == "resume":
		n = max(n-1, 0)
	case l.fault == "kill" && n < l.n:
		n++
	}
	return adapters.Cursor(strconv.Itoa(n))
}

func (l list) record(head *adapters.Header, i int) adapters.Record {
	r := adapters.Record{
		Stream: "people", Header: head, Loc: adapters.Locator{File: "list", Row: int64(i + 1)},
		Values: []adapters.Value{{Raw: "Canary " + strconv.Itoa(i)}, {Null: true}},
	}
	switch l.fault {
	case "repeatable":
		r.Values[1] = adapters.Value{Raw: strconv.Itoa(*l.reads)}
	case "place":
		r.Loc = adapters.Locator{}
	case "codes":
		r.Problems = []adapters.Problem{{Code: "oops"}}
	case "header":
		r.Header = nil
	case "children":
		r.Children = map[string][]adapters.Record{"a/b": nil}
	case "documents":
		r.Documents = []adapters.Document{{Column: "photo"}}
	}
	r.Seal()
	if l.fault == "hash" {
		r.Hash[0]++
	}
	return r
}

func harness(fault string) adaptertest.Harness {
	reads := 0
	open := func() (adapters.Source, error) { return list{25, fault, &reads}, nil }
	h := adaptertest.Harness{Open: open, Canary: "Canary", Patience: time.Second}
	switch fault {
	case "open":
		h.Open = func() (adapters.Source, error) { return nil, errors.New("gone") }
	case "read":
		h.Open = func() (adapters.Source, error) { return list{0, "", &reads}, nil }
	case "kept": // a source that opens no file, whatever becomes of it
		h.File, h.At = os.Args[0], func(place.Place) (adapters.Source, error) { return list{25, "", &reads}, nil }
	case "hostile":
		h.Patience = 50 * time.Millisecond
		h.Hostile = map[string]func() (adapters.Source, error){"endless": func() (adapters.Source, error) { return endless{}, nil }}
	case "leak":
		h.Hostile = map[string]func() (adapters.Source, error){"telltale": func() (adapters.Source, error) { return nil, errors.New("bad value Canary") }}
	}
	return h
}

// endless never ends, but for its context.
type endless struct{ list }

func (endless) Check(context.Context) error { return nil }

func (endless) Discover(context.Context) (adapters.Catalog, error) {
	return adapters.Catalog{Streams: []adapters.Stream{{Name: "people"}}}, nil
}

func (endless) Read(ctx context.Context, _ string, _ adapters.Cursor, _ func(adapters.Record) error, _ func(adapters.Cursor) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAGoodSourcePasses(t *testing.T) { adaptertest.Run(t, harness("")) }

func TestABrokenSourceFails(t *testing.T) {
	for _, rule := range []string{
		"panic", "discover", "cancel", "stop", "checkpoint", "refuse", "leak", "resume", "kill", "repeatable", "place", "codes",
		"header", "hash", "children", "documents", "open", "read", "hostile", "kept",
	} {
		t.Run(rule, func(t *testing.T) {
			faults := adaptertest.Check(t.Context(), harness(rule))
			if !slices.ContainsFunc(faults, func(f adaptertest.Fault) bool { return f.Rule == rule }) {
				t.Errorf("the rule %q did not go red; red were %v", rule, faults)
			}
		})
	}
}
