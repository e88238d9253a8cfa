package adapters

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Counter keeps the cursor of a stream that is read in the same order each time, as
// that of a file: the number of records given, and what they were read from.
type Counter struct {
	stream, print string
	done, n       int64
}

// countedEvery is the number of records between two checkpoints.
const countedEvery = 1000

// NewCounter reads a cursor. It fails with ErrCursor when that is not one of this
// stream of the content with this print.
func NewCounter(stream, print string, after Cursor) (*Counter, error) {
	c := &Counter{stream: stream, print: print[:min(16, len(print))]}
	if after == "" {
		return c, nil
	}
	parts := strings.SplitN(string(after), " ", 4)
	if len(parts) != 4 || parts[0] != "1" || parts[2] != c.print || parts[3] != stream {
		return nil, ErrCursor
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || n < 0 {
		return nil, ErrCursor
	}
	c.done = n
	return c, nil
}

// Skip returns how many records were given before the cursor, to a reader that
// leaves them out by itself.
func (c *Counter) Skip() int64 {
	c.n = c.done
	return c.done
}

// Give hands a record on that was not given before the cursor, and now and then the
// cursor behind it.
func (c *Counter) Give(ctx context.Context, r Record, record func(Record) error, checkpoint func(Cursor) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.n++; c.n <= c.done {
		return nil
	}
	if err := record(r); err != nil {
		return err
	}
	if c.n%countedEvery == 0 {
		return checkpoint(c.cursor())
	}
	return nil
}

// End hands on the cursor of the end. It fails with ErrCursor when there were fewer
// records than the cursor says.
func (c *Counter) End(ctx context.Context, checkpoint func(Cursor) error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.n < c.done:
		return ErrCursor
	}
	return checkpoint(c.cursor())
}

func (c *Counter) cursor() Cursor {
	return Cursor("1 " + strconv.FormatInt(c.n, 10) + " " + c.print + " " + c.stream)
}

// Replay gives the records of a stream that is read from its beginning each time,
// as files are: a record can depend on those before it. next returns io.EOF after the
// last record. It fails with ErrCursor as NewCounter does.
func Replay(ctx context.Context, stream, print string, after Cursor, next func() (Record, error), record func(Record) error, checkpoint func(Cursor) error) error {
	c, err := NewCounter(stream, print, after)
	if err != nil {
		return err
	}
	for {
		rec, err := next()
		if errors.Is(err, io.EOF) {
			return c.End(ctx, checkpoint)
		}
		if err == nil {
			err = c.Give(ctx, rec, record, checkpoint)
		}
		if err != nil {
			return err
		}
	}
}

// lookedAt is the number of records by which Look describes a stream.
const lookedAt = 5000

// Look describes a stream by its first 5,000 records; next returns io.EOF after the
// last. The tally may have names already.
func (st *Stream) Look(ctx context.Context, tally *Tally, next func() (Record, error)) error {
	st.Records = -1
	for n := int64(0); n < lookedAt; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := next()
		if errors.Is(err, io.EOF) {
			st.Records = n
			break
		}
		if err != nil {
			return err
		}
		if rec.Skip == "" && rec.Header != nil {
			tally.Take(&rec)
		}
	}
	st.Fields, st.Children = tally.Fields(), tally.Children()
	return nil
}

// Began reports whether a first record could be read: next says that there is none
// by io.EOF, which is no fault.
func Began(next func() (Record, error)) error {
	_, err := next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
