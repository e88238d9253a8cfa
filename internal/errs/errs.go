// Package errs holds the errors that the outside must tell apart: each has a
// kind, a message key for the catalogues, and, where a person can mend it, the
// name of the form field or setting at fault. Pages, gRPC and the command line
// turn kinds into their own terms in one place each. No error names a client.
package errs

import (
	"errors"
	"maps"
)

// Kind says what sort of failure an error is.
type Kind int

// The kinds. Internal is every error that was not made by New.
const (
	Internal Kind = iota
	// Invalid input: the sender can mend it.
	Invalid
	// NotFound: there is nothing by that name, or not for this person.
	NotFound
	// Conflict: the thing has moved on, or its state does not allow this.
	Conflict
	// Forbidden: the person may not do this.
	Forbidden
	// Unavailable: a part outside this process is out of reach; try later.
	Unavailable
)

// Error is an error with a kind and a message key. It is immutable.
type Error struct {
	kind  Kind
	key   string
	field string
	args  map[string]any
}

// New makes an error of a kind. The key names a message in the catalogues.
func New(kind Kind, key string) *Error {
	return &Error{kind: kind, key: key}
}

// Again makes the error that another program of ours made by New and sent here: its
// key has a sentence there and so here.
func Again(kind Kind, key string) *Error { return New(kind, key) }

// On returns the error with the form field or setting that is at fault.
func (e *Error) On(field string) *Error {
	c := *e
	c.field = field
	return &c
}

// With returns the error with a value for its message. Never personal data:
// errors are logged.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.args = maps.Clone(e.args)
	if c.args == nil {
		c.args = map[string]any{}
	}
	c.args[name] = value
	return &c
}

// Error returns the message key, with the field where there is one.
func (e *Error) Error() string {
	if e.field != "" {
		return e.key + " (" + e.field + ")"
	}
	return e.key
}

// Is reports whether target is the same error, whatever its field and values.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.kind == e.kind && t.key == e.key
}

// Key returns the message key.
func (e *Error) Key() string { return e.key }

// Field returns the field or setting at fault, or "".
func (e *Error) Field() string { return e.field }

// Args returns the values for the message.
func (e *Error) Args() map[string]any { return maps.Clone(e.args) }

// As returns the Error inside err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of err; Internal for nil and for foreign errors.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.kind
	}
	return Internal
}
