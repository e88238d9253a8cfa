package cases

import (
	"fmt"
	"io"
	"log/slog"

	"casehub/internal/reference"
)

// ID names a case within its node: a UUID.
type ID string

// NewID returns an identifier for a new case.
func NewID() ID { return ID(reference.NewID()) }

// referenceOf returns the short reference of a case, "C-7KQ4MX2P" with the
// shortest number of characters, which Insert raises where another case has the
// same.
func referenceOf(id ID, characters int) string { return reference.Short("C", string(id), characters) }

// LogValue lets a log show the identifier and nothing else.
func (c Case) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// Format writes the identifier, whatever the verb.
func (c Case) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(c.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Case) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// LogValue lets a log show the identifier and nothing else.
func (l Line) LogValue() slog.Value { return slog.StringValue(string(l.ID)) }

// Format writes the identifier, whatever the verb.
func (l Line) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(l.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (l Line) MarshalText() ([]byte, error) { return []byte(l.ID), nil }

// LogValue lets a log show that there was a search, and not for what.
func (f Filter) LogValue() slog.Value { return slog.StringValue("cases filter") }

// Format writes that there was a search, and not for what.
func (f Filter) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "cases filter") }

// MarshalText returns that there was a search, and not for what.
func (f Filter) MarshalText() ([]byte, error) { return []byte("cases filter"), nil }
