package pipe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"casehub/adapters"
	"casehub/adapters/pipe/wire"
)

// Source asks a reading program about the source in it. It implements
// adapters.Source and adapters.Lister; Keys fails with errors.ErrUnsupported where
// the program's source is no Lister. Whoever opened it closes it.
type Source struct {
	child   io.ReadWriteCloser
	in      *bufio.Reader
	buf     []byte
	rd      wire.Reader
	patient time.Duration // with a program that was told to stop

	mu     sync.Mutex // of writing
	broken bool
	busy   bool // with a document that is still open
}

var _ adapters.Lister = (*Source)(nil)

// errBusy reports a question while a document is still open.
var errBusy = errors.New("a document of the source is still open")

// Open opens a source in a reading program: child is its input and output, and
// closing it ends the program. The settings are those of the mapping as JSON. On an
// error the child is closed.
func Open(ctx context.Context, child io.ReadWriteCloser, settings []byte) (*Source, error) {
	s := &Source{child: child, in: bufio.NewReaderSize(child, 64<<10), patient: 10 * time.Second}
	if err := s.call(ctx, wire.AskOpen, settings, nil); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends the reading program.
func (s *Source) Close() error {
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	return s.child.Close()
}

// Check reports whether the source can be reached and read.
func (s *Source) Check(ctx context.Context) error { return s.call(ctx, wire.AskCheck, nil, nil) }

// Discover lists the streams.
func (s *Source) Discover(ctx context.Context) (cat adapters.Catalog, err error) {
	err = s.call(ctx, wire.AskDiscover, nil, func(k wire.Kind, b []byte) error {
		if k != wire.SayCatalog || json.Unmarshal(b, &cat) != nil {
			return wire.ErrFrame
		}
		return nil
	})
	return cat, err
}

// Read gives the records of a stream.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	return s.ask(ctx, wire.AskRead, wire.Place{Stream: stream, After: after}, func(k wire.Kind, b []byte) error {
		switch k {
		case wire.SayRecord:
			r, err := s.rd.Record(b)
			if err != nil {
				return err
			}
			return record(r)
		case wire.SayCursor:
			return checkpoint(adapters.Cursor(b))
		}
		return wire.ErrFrame
	})
}

// Keys gives the key of every record that a stream has now.
func (s *Source) Keys(ctx context.Context, stream string, key func(string) error) error {
	return s.ask(ctx, wire.AskKeys, wire.Place{Stream: stream}, func(k wire.Kind, b []byte) error {
		if k != wire.SayKey {
			return wire.ErrFrame
		}
		return key(string(b))
	})
}

func (s *Source) ask(ctx context.Context, k wire.Kind, at wire.Place, take func(wire.Kind, []byte) error) error {
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return s.call(ctx, k, b, take)
}

// call asks and takes the answer in. When taking fails or the context ends, the
// program is told to stop, and what it says until then is passed over.
func (s *Source) call(ctx context.Context, k wire.Kind, content []byte, take func(wire.Kind, []byte) error) error {
	if err := s.begin(ctx, k, content); err != nil {
		return err
	}
	var end sync.Once
	var killer *time.Timer
	stop := func() {
		end.Do(func() {
			killer = time.AfterFunc(s.patient, func() { _ = s.Close() })
			_ = s.send(wire.AskStop, nil)
		})
	}
	left := context.AfterFunc(ctx, stop)
	defer func() {
		left()
		end.Do(func() {})
		if killer != nil {
			killer.Stop()
		}
	}()
	var failed error
	for {
		said, b, err := wire.ReadFrame(s.in, &s.buf)
		if failed == nil {
			failed = ctx.Err()
		}
		switch {
		case err != nil:
			return s.lost(failed)
		case said == wire.SayEnd:
			if failed != nil {
				return failed
			}
			return wire.DecodeError(b)
		case failed == nil && take != nil:
			if failed = take(said, b); failed != nil {
				stop()
			}
		}
	}
}

// begin sends a question.
func (s *Source) begin(ctx context.Context, k wire.Kind, content []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.busy {
		return errBusy
	}
	return s.send(k, content)
}

func (s *Source) send(k wire.Kind, content []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return adapters.ErrEnded
	}
	if err := wire.WriteFrame(s.child, k, content); err != nil {
		s.broken = true
		return adapters.ErrEnded
	}
	return nil
}

// lost says what a program that is gone means.
func (s *Source) lost(failed error) error {
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	if failed != nil {
		return failed
	}
	return adapters.ErrEnded
}

// Open opens a document. Nothing else can be asked before it is closed.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	content, err := json.Marshal(wire.Place{Blob: b})
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, wire.AskDocument, content); err != nil {
		return nil, err
	}
	d := &document{s: s, left: context.AfterFunc(ctx, func() { _ = s.send(wire.AskStop, nil) })}
	said, rest, err := wire.ReadFrame(s.in, &s.buf)
	if err == nil && said == wire.SayOpened {
		s.busy = true
		return d, nil
	}
	d.left()
	if err != nil || said != wire.SayEnd {
		return nil, s.lost(ctx.Err())
	}
	if err := wire.DecodeError(rest); err != nil {
		return nil, err
	}
	return nil, wire.ErrFrame
}

// document is a document as it comes.
type document struct {
	s    *Source
	left func() bool
	rest []byte
	end  error // what Read says from now on
}

func (d *document) Read(p []byte) (int, error) {
	for len(d.rest) == 0 && d.end == nil {
		said, b, err := wire.ReadFrame(d.s.in, &d.s.buf)
		switch {
		case err != nil:
			d.end = d.s.lost(nil)
		case said == wire.SayEnd:
			if d.end = wire.DecodeError(b); d.end == nil {
				d.end = io.EOF
			}
		default:
			d.rest = b
		}
	}
	if len(d.rest) == 0 {
		return 0, d.end
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// Close tells the program to stop and passes over what it said until then.
func (d *document) Close() error {
	if !d.s.busy {
		return nil
	}
	d.left()
	if d.end == nil {
		_ = d.s.send(wire.AskStop, nil)
		killer := time.AfterFunc(d.s.patient, func() { _ = d.s.child.Close() })
		defer killer.Stop()
	}
	for d.end == nil {
		d.rest = nil
		if _, err := d.Read(make([]byte, 1)); err != nil {
			break
		}
	}
	d.s.busy = false
	return nil
}
