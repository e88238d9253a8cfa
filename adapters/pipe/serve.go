// Package pipe lets a source live in a program of its own: Serve answers in that
// program, and a Source in the other one asks it, over the program's standard input
// and output.
//
// What is said travels in the frames of package wire. One question is answered at a
// time; its answer ends with a frame that may hold an error. A program whose input
// ends, ends: none outlives the one that started it.
//
// The answering side is in serve.go, the asking side in source.go.
package pipe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"casehub/adapters"
	"casehub/adapters/pipe/wire"
)

// Opener opens the source that settings, which are JSON, are for.
type Opener func(settings []byte) (adapters.Source, error)

// Serve answers questions about one source until the input ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Opener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{out: bufio.NewWriterSize(out, 64<<10), open: open}
	questions := make(chan question)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer cancel()
		defer close(questions)
		s.listen(ctx, in, questions)
	})
	var err error
	for q := range questions {
		if err == nil {
			err = s.answer(q)
		}
		if err != nil {
			cancel()
		}
	}
	reading.Wait()
	if c, ok := s.source.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

type question struct {
	kind    wire.Kind
	content []byte
	ctx     context.Context // ends when the asking side says so
	cancel  context.CancelFunc
}

type server struct {
	open   Opener
	source adapters.Source
	out    *bufio.Writer
	wr     wire.Writer
}

// listen reads questions. One to stop is obeyed at once.
func (s *server) listen(ctx context.Context, in io.Reader, questions chan<- question) {
	r := bufio.NewReader(in)
	stop := func() {} // what is being answered
	defer func() { stop() }()
	for {
		var buf []byte
		k, content, err := wire.ReadFrame(r, &buf)
		if err != nil {
			return
		}
		if k == wire.AskStop {
			stop()
			continue
		}
		stop()
		q := question{kind: k, content: content}
		q.ctx, q.cancel = context.WithCancel(ctx)
		stop = q.cancel
		questions <- q
	}
}

// answer answers one question. Its error is one of the output.
func (s *server) answer(q question) error {
	defer q.cancel()
	err := s.guarded(q.ctx, q)
	if err := wire.WriteFrame(s.out, wire.SayEnd, wire.EncodeError(err)); err != nil {
		return err
	}
	return s.out.Flush()
}

// guarded turns a panic of a source into an error; what it says may be content.
func (s *server) guarded(ctx context.Context, q question) (err error) {
	defer func() {
		if recover() != nil {
			err = adapters.ErrEnded
		}
	}()
	return s.do(ctx, q)
}

func (s *server) do(ctx context.Context, q question) error {
	if q.kind == wire.AskOpen {
		var err error
		s.source, err = s.open(q.content)
		return err
	}
	if s.source == nil {
		return wire.ErrFrame
	}
	var at wire.Place
	if len(q.content) > 0 {
		if err := json.Unmarshal(q.content, &at); err != nil {
			return wire.ErrFrame
		}
	}
	switch q.kind {
	case wire.AskCheck:
		return s.source.Check(ctx)
	case wire.AskDiscover:
		return s.discover(ctx)
	case wire.AskRead:
		return s.source.Read(ctx, at.Stream, at.After, s.record, s.checkpoint)
	case wire.AskKeys:
		l, ok := s.source.(adapters.Lister)
		if !ok {
			return errors.ErrUnsupported
		}
		return l.Keys(ctx, at.Stream, func(key string) error { return wire.WriteFrame(s.out, wire.SayKey, []byte(key)) })
	case wire.AskDocument:
		return s.document(ctx, at.Blob)
	}
	return wire.ErrFrame
}

func (s *server) discover(ctx context.Context) error {
	cat, err := s.source.Discover(ctx)
	if err != nil {
		return err
	}
	b, err := json.Marshal(cat)
	if err != nil {
		return err
	}
	return s.say(wire.SayCatalog, b)
}

// say writes a frame that may be too large.
func (s *server) say(k wire.Kind, b []byte) error {
	if len(b) > wire.MaxFrame {
		return adapters.ErrTooLarge.With("megabytes", wire.MaxFrame>>20)
	}
	return wire.WriteFrame(s.out, k, b)
}

// record writes a record. One past the limit goes without its values, so that it is
// counted.
func (s *server) record(r adapters.Record) error {
	b := s.wr.Record(&r)
	if len(b) > wire.MaxFrame {
		short := adapters.Record{
			Stream: r.Stream, Key: r.Key, Loc: r.Loc, Header: adapters.NewHeader(nil),
			Problems: []adapters.Problem{{Code: adapters.RowTooLong}},
		}
		short.Seal()
		b = s.wr.Record(&short)
	}
	return wire.WriteFrame(s.out, wire.SayRecord, b)
}

func (s *server) checkpoint(c adapters.Cursor) error {
	if err := wire.WriteFrame(s.out, wire.SayCursor, []byte(c)); err != nil {
		return err
	}
	return s.out.Flush()
}

func (s *server) document(ctx context.Context, b adapters.Blob) (err error) {
	from, err := s.source.Open(ctx, b)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := wire.WriteFrame(s.out, wire.SayOpened, nil); err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{piece{s.out}}, struct{ io.Reader }{from}, make([]byte, 64<<10))
	return err
}

// piece writes each piece as a frame.
type piece struct{ w io.Writer }

func (p piece) Write(b []byte) (int, error) {
	if err := wire.WriteFrame(p.w, wire.SayBytes, b); err != nil {
		return 0, err
	}
	return len(b), nil
}
