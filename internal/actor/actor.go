// Package actor says who asks: a person at a page, a run of an import, or the
// node itself. Every operation takes an Actor as a parameter.
package actor

import "log/slog"

// Kind is what sort of actor it is.
type Kind string

// The kinds of actor.
const (
	Person Kind = "person"
	Import Kind = "import"
	System Kind = "system"
)

// Actor is who asks. The ID is what the audit keeps.
type Actor struct {
	Kind Kind
	ID   string
}

// Node returns the node itself, for what happens by schedule.
func Node() Actor { return Actor{Kind: System, ID: "node"} }

// String returns the kind and the identifier, as the audit shows them.
func (a Actor) String() string { return string(a.Kind) + ":" + a.ID }

// LogValue lets a log show the identifier and no name.
func (a Actor) LogValue() slog.Value { return slog.StringValue(a.String()) }
