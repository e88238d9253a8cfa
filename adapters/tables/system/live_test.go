package system

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"casehub/adapters"
)

// register is a stream whose records were changed at given times, "" where nobody knows.
type register []string

func (r register) Header() *adapters.Header          { return adapters.NewHeader([]string{"changed"}) }
func (r register) Notes() []string                   { return nil }
func (r register) Tell(*adapters.Field)              {}
func (r register) Changed(x *adapters.Record) string { return x.Values[0].Raw }

func (r register) Each(_ context.Context, fn func(adapters.Record) error) error {
	for i, changed := range r {
		if err := fn(adapters.Record{Key: strconv.Itoa(i + 1), Values: []adapters.Value{{Raw: changed}}}); err != nil {
			return err
		}
	}
	return nil
}

// given are the keys that a reading from a mark gives, and the mark at its end.
func given(t *testing.T, st Stream, from mark) (keys []string, end mark) {
	t.Helper()
	after, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	err = live(t.Context(), st, "s", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), adapters.Cursor(after), func(r adapters.Record) error {
		keys = append(keys, r.Key)
		return nil
	}, func(c adapters.Cursor) error { return json.Unmarshal([]byte(c), &end) })
	if err != nil {
		t.Fatal(err)
	}
	return keys, end
}

// A reading that was stopped may be gone on with for days, while a row behind it is held
// back: what was changed before its place meanwhile comes as well.
func TestAReadingGoneOnWithSeesWhatChangedBeforeItsPlace(t *testing.T) {
	st := register{"2026-01-01T00:00:00", "2026-02-05T00:00:00", "", "2026-01-02T00:00:00", "2026-01-03T00:00:00"}
	half := mark{Stream: "s", Given: 3, Key: "3", Next: "2026-02-01T00:00:00"}
	keys, end := given(t, st, half)
	if !slices.Equal(keys, []string{"2", "4", "5"}) || !end.Done || end.Given != 5 || end.Next != half.Next {
		t.Errorf("%v, %+v", keys, end)
	}
	// The next reading gives what was changed since this one began.
	if keys, _ := given(t, st, end); !slices.Equal(keys, []string{"2", "3"}) {
		t.Errorf("%v", keys)
	}
	// Where another record stands at the place, all come again.
	half.Key = "x"
	if keys, _ := given(t, st, half); !slices.Equal(keys[len(keys)-5:], []string{"1", "2", "3", "4", "5"}) {
		t.Errorf("%v", keys)
	}
}
