package pipe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"casehub/adapters"
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
	kind    kind
	content []byte
	ctx     context.Context // ends when the asking side says so
	cancel  context.CancelFunc
}

type server struct {
	open   Opener
	source adapters.Source
	out    *bufio.Writer
	wr     writer
}

// listen reads questions. One to stop is obeyed at once.
func (s *server) listen(ctx context.Context, in io.Reader, questions chan<- question) {
	r := bufio.NewReader(in)
	stop := func() {} // what is being answered
	defer func() { stop() }()
	for {
		var buf []byte
		k, content, err := readFrame(r, &buf)
		if err != nil {
			return
		}
		if k == askStop {
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
	if err := writeFrame(s.out, sayEnd, encodeError(err)); err != nil {
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
	if q.kind == askOpen {
		var err error
		s.source, err = s.open(q.content)
		return err
	}
	if s.source == nil {
		return errFrame
	}
	var at place
	if len(q.content) > 0 {
		if err := json.Unmarshal(q.content, &at); err != nil {
			return errFrame
		}
	}
	switch q.kind {
	case askCheck:
		return s.source.Check(ctx)
	case askDiscover:
		return s.discover(ctx)
	case askRead:
		return s.source.Read(ctx, at.Stream, at.After, s.record, s.checkpoint)
	case askKeys:
		l, ok := s.source.(adapters.Lister)
		if !ok {
			return errors.ErrUnsupported
		}
		return l.Keys(ctx, at.Stream, func(key string) error { return writeFrame(s.out, sayKey, []byte(key)) })
	case askDocument:
		return s.document(ctx, at.Blob)
	}
	return errFrame
}

func (s *server) discover(ctx context.Context) error {
	cat, err := s.source.Discover(ctx)
	if err != nil {
		return err
	}
	b, err := encode(cat)
	if err != nil {
		return err
	}
	return s.say(sayCatalog, b)
}

// say writes a frame that may be too large.
func (s *server) say(k kind, b []byte) error {
	if len(b) > maxFrame {
		return adapters.ErrTooLarge.With("megabytes", maxFrame>>20)
	}
	return writeFrame(s.out, k, b)
}

// record writes a record. One past the limit goes without its values, so that it is
// counted.
func (s *server) record(r adapters.Record) error {
	b := s.wr.record(&r)
	if len(b) > maxFrame {
		short := adapters.Record{
			Stream: r.Stream, Key: r.Key, Loc: r.Loc, Header: adapters.NewHeader(nil),
			Problems: []adapters.Problem{{Code: adapters.RowTooLong}},
		}
		short.Seal()
		b = s.wr.record(&short)
	}
	return writeFrame(s.out, sayRecord, b)
}

func (s *server) checkpoint(c adapters.Cursor) error {
	if err := writeFrame(s.out, sayCursor, []byte(c)); err != nil {
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
	if err := writeFrame(s.out, sayOpened, nil); err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{piece{s.out}}, struct{ io.Reader }{from}, make([]byte, 64<<10))
	return err
}

// piece writes each piece as a frame.
type piece struct{ w io.Writer }

func (p piece) Write(b []byte) (int, error) {
	if err := writeFrame(p.w, sayBytes, b); err != nil {
		return 0, err
	}
	return len(b), nil
}
