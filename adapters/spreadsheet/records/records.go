// Package records turns the lines of a table into records: those below a header, or
// those whose cells name themselves, as KEY=value.
//
// Every line comes as a record, those that are no data with Skip set. Tables are in
// table.go with the marks for the value above in ditto.go, and the other kind in
// keyvalue.go.
package records

import (
	"io"
	"strings"

	"casehub/adapters"
)

// Reader gives the records of a table one by one.
type Reader interface {
	// Next returns the next record, and io.EOF after the last.
	Next() (adapters.Record, error)
	// Header names the values; nil where each record has its own.
	Header() *adapters.Header
	// Notes says how the table is read.
	Notes() []string
	// Hidden reports a table that the file hides from its readers.
	Hidden() bool
	io.Closer
}

// nullSet returns the texts that stand for no value.
func nullSet(nulls []string) map[string]bool {
	set := map[string]bool{}
	for _, n := range nulls {
		set[n] = true
	}
	return set
}

func markNulls(values []adapters.Value, nulls map[string]bool) {
	for i := range values {
		v := &values[i]
		if strings.TrimSpace(v.Raw) == "" || len(nulls) > 0 && nulls[strings.TrimSpace(v.Raw)] {
			v.Null = true
		}
	}
}
