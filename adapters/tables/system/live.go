package system

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"casehub/adapters"
)

// Dated is a Stream that knows when its records were changed.
type Dated interface {
	// Changed returns when a record was last changed, as YYYY-MM-DDThh:mm:ss, and ""
	// where nobody knows.
	Changed(r *adapters.Record) string
}

// overlap is how far before the last reading changes are looked for: clocks differ, some
// times are those of the place, and what is written first is not always committed first.
const overlap = 24 * time.Hour

// mark is the cursor of a stream of a live database.
type mark struct {
	Stream string
	Given  int64  // records of this reading
	Key    string // of the last one
	Since  string // what was changed before is left out; "" gives all
	Next   string // is Since once this reading is done
	Done   bool
}

// stamp is how times are compared.
const stamp = "2006-01-02T15:04:05"

func markOf(name string, after adapters.Cursor, now time.Time) (mark, error) {
	fresh := mark{Stream: name, Next: now.UTC().Add(-overlap).Format(stamp)}
	if after == "" {
		return fresh, nil
	}
	var before mark
	if json.Unmarshal([]byte(after), &before) != nil || before.Stream != name || before.Given < 0 {
		return fresh, adapters.ErrCursor
	}
	if before.Done {
		fresh.Since = before.Next
		return fresh, nil
	}
	return before, nil
}

// due reports whether a reading gives a record: one that was changed since, that is gone,
// or of which nobody knows.
func (m *mark) due(st Stream, r *adapters.Record) bool {
	if m.Since == "" || r.Deleted {
		return true
	}
	d, ok := st.(Dated)
	if !ok {
		return true
	}
	changed := d.Changed(r)
	return changed == "" || changed >= m.Since
}

// since reports a record that was changed since this reading began, which may be days ago
// where it was stopped.
func (m *mark) since(st Stream, r *adapters.Record) bool {
	d, ok := st.(Dated)
	return ok && d.Changed(r) >= m.Next
}

// errMoved reports that another record stands where the last one was given.
var errMoved = errors.New("the records moved")

// live gives the records of a stream of a database that changes: all the first time, and
// then those that were changed since. A reading that was stopped goes on behind the last
// record; where another stands there by now it begins again.
func live(ctx context.Context, st Stream, name string, now time.Time, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	m, err := markOf(name, after, now)
	if err != nil {
		return err
	}
	save := func() error {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return checkpoint(adapters.Cursor(b))
	}
	err = m.each(ctx, st, record, save)
	if errors.Is(err, errMoved) {
		m.Given, m.Key = 0, ""
		err = m.each(ctx, st, record, save)
	}
	if err != nil {
		return err
	}
	m.Done = true
	return save()
}

// each gives the records behind the mark. It fails with errMoved.
func (m *mark) each(ctx context.Context, st Stream, record func(adapters.Record) error, save func() error) error {
	met, before := int64(0), m.Given
	err := st.Each(ctx, func(r adapters.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !m.due(st, &r) {
			return nil
		}
		if met++; met <= before {
			if met == before && r.Key != m.Key {
				return errMoved
			}
			if m.since(st, &r) {
				return record(r)
			}
			return nil
		}
		if err := record(r); err != nil {
			return err
		}
		if m.Given, m.Key = met, r.Key; met%liveEvery == 0 {
			return save()
		}
		return nil
	})
	if err == nil && met < before {
		return errMoved
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// liveEvery is the number of records between two checkpoints.
const liveEvery = 1000
