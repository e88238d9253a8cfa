package adapters

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// replayEvery is the number of records between two checkpoints.
const replayEvery = 1000

// Replay gives the records of a stream that is read from its beginning each time,
// as files are: a record can depend on those before it. Its cursor counts records
// and names the content by print, so that it fits no other content. next returns
// io.EOF after the last record. It fails with ErrCursor when the cursor is not one
// of this stream in its present state.
func Replay(ctx context.Context, stream, print string, after Cursor, next func() (Record, error), record func(Record) error, checkpoint func(Cursor) error) error {
	done, err := replayed(stream, print, after)
	if err != nil {
		return err
	}
	n := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n++; n <= done {
			continue
		}
		if err := record(rec); err != nil {
			return err
		}
		if n%replayEvery == 0 {
			if err := checkpoint(replayCursor(stream, print, n)); err != nil {
				return err
			}
		}
	}
	if n < done {
		return ErrCursor
	}
	return checkpoint(replayCursor(stream, print, n))
}

func replayCursor(stream, print string, n int64) Cursor {
	return Cursor("1 " + strconv.FormatInt(n, 10) + " " + short(print) + " " + stream)
}

func short(print string) string { return print[:min(16, len(print))] }

// replayed returns how many records were given before the cursor.
func replayed(stream, print string, c Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	parts := strings.SplitN(string(c), " ", 4)
	if len(parts) != 4 || parts[0] != "1" || parts[2] != short(print) || parts[3] != stream {
		return 0, ErrCursor
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || n < 0 {
		return 0, ErrCursor
	}
	return n, nil
}
