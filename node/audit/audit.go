// Package audit keeps who did what to which record, and when, with the old and
// new value of each field that changed. Entries are only ever added, and each
// is chained to the one before it: whoever changes, removes or swaps entries
// afterwards leaves a broken link, which Verify names.
//
// The chain is a keyed hash over every column of an entry and over the hash
// before. It does not stop somebody who has the database open, with its key,
// and writes everything anew from some entry on; that shows beside a head that
// was noted before: printed, in a backup, or on another machine.
//
// Values are not hashed themselves. The entry has a salted commitment to each,
// and the value lies beside it with its salt: erasing both leaves the chain
// whole, and nobody can guess a value from what is left. An erasure has an
// entry of its own, without which Verify reports it.
//
// Rules are in audit.go, the bytes that are hashed in chain.go, operations in
// service.go, checks in verify.go, SQL in sql.go, and the page in http.go with
// the templates beside it.
package audit

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"casehub/internal/actor"
)

// Entry is one thing that somebody did.
type Entry struct {
	// Seq numbers the entries of the node from 1, in the order of their commit.
	// No page shows it: a gap in what a person sees would say that something is
	// kept from them.
	Seq int64
	At  time.Time
	// Actor is the kind and the identifier, "person:miriam".
	Actor string
	// Action is area.verb, "case.closed".
	Action string
	// Subject is the identifier of the record.
	Subject string
	// Within is the identifier of the case in which the record stands, "" for a
	// record that stands in none and for a case itself.
	Within string
}

// About returns the identifiers that decide who may see the entry.
func (e Entry) About() []string {
	if e.Within == "" {
		return []string{e.Subject}
	}
	return []string{e.Subject, e.Within}
}

// Change is the value of one field before and after. A record that is new has
// "" before.
type Change struct {
	// Field is the column, "opened_on".
	Field    string
	Old, New string
}

// LogValue lets a log show which field it is and no value.
func (c Change) LogValue() slog.Value { return slog.StringValue(c.Field) }

// Format writes which field it is, whatever the verb.
func (c Change) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Field) }

// MarshalText returns which field it is, so that no encoder writes the rest.
func (c Change) MarshalText() ([]byte, error) { return []byte(c.Field), nil }

// Field compares the two values of a field. Zero is no value: it is kept as "".
func Field[T ~string | ~int | ~int64 | ~uint32](name string, before, after T) Change {
	return Change{Field: name, Old: written(before), New: written(after)}
}

func written[T comparable](v T) string {
	var zero T
	if v == zero {
		return ""
	}
	return fmt.Sprint(v)
}

// Diff returns the fields that differ.
func Diff(fields ...Change) []Change {
	var differ []Change
	for _, f := range fields {
		if f.Old != f.New {
			differ = append(differ, f)
		}
	}
	return differ
}

// Line is an entry as a page shows it.
type Line struct {
	// Key is the message of what was done, "audit.case-closed".
	Key string
	// At is in the office's zone.
	At time.Time
	// Who is the identifier of a person; WhoKey is a message in its place for
	// what no person did.
	Who, WhoKey string
}

// Lines returns entries as pages show them.
func Lines(entries []Entry, zone *time.Location) []Line {
	all := make([]Line, len(entries))
	for i, e := range entries {
		all[i] = Line{Key: KeyOf(e.Action), At: e.At.In(zone)}
		all[i].Who, all[i].WhoKey = doer(e.Actor)
	}
	return all
}

// KeyOf returns the catalogue's key of an action.
func KeyOf(action string) string { return "audit." + strings.ReplaceAll(action, ".", "-") }

// doer takes an actor apart into the person, or the message for what no person
// did.
func doer(who string) (person, key string) {
	kind, id, _ := strings.Cut(who, ":")
	switch actor.Kind(kind) {
	case actor.Import:
		return "", "audit.import"
	case actor.System:
		return "", "audit.node"
	case actor.Person:
	}
	return id, ""
}
