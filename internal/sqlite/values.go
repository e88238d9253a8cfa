package sqlite

import (
	"encoding/json"
	"time"
)

// An instant is kept as Unix milliseconds and read in UTC; a day and other text
// that is missing is NULL.

// Row is one row that a query found: *sql.Row or *sql.Rows.
type Row interface{ Scan(into ...any) error }

// Stamp returns an instant as the database keeps it, so that what was saved and
// what is read again are equal.
func Stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Instant reads Unix milliseconds; 0, which stands for NULL, is the zero time.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Milli returns Unix milliseconds for a column that may be NULL, which it is for
// the zero time.
func Milli(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// OrNull returns text for a column that may be NULL, which it is for "".
func OrNull[T ~string](text T) any {
	if text == "" {
		return nil
	}
	return string(text)
}

// List returns values as json_each reads them, for the statement that takes
// however many there are: IN (SELECT value FROM json_each(@list)).
func List[T ~string | ~int | ~int64](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // a type of text that refuses to be written
	}
	return string(b)
}
