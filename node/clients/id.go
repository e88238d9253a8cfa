package clients

import (
	"fmt"
	"io"
	"log/slog"

	"casehub/internal/reference"
)

// ID names a client within its node: a UUID.
type ID string

// NewID returns an identifier for a new client.
func NewID() ID { return ID(reference.NewID()) }

// referenceOf returns the short reference of a client, "K-7KQ4MX2P" with the
// shortest number of characters, which Insert raises where another client has the
// same.
func referenceOf(id ID, characters int) string { return reference.Short("K", string(id), characters) }

// LogValue lets a log show the identifier and nothing else.
func (c Client) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// Format writes the identifier, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(c.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.ID), nil }

// LogValue lets a log show the identifier and nothing else.
func (l Line) LogValue() slog.Value { return slog.StringValue(string(l.ID)) }

// Format writes the identifier, whatever the verb.
func (l Line) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(l.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (l Line) MarshalText() ([]byte, error) { return []byte(l.ID), nil }

// LogValue lets a log show that there was a search, and not for whom.
func (f Filter) LogValue() slog.Value { return slog.StringValue("clients filter") }

// Format writes that there was a search, and not for whom.
func (f Filter) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "clients filter") }

// MarshalText returns that there was a search, and not for whom.
func (f Filter) MarshalText() ([]byte, error) { return []byte("clients filter"), nil }
