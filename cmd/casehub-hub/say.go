package main

import (
	"strings"
	"sync"

	hublocale "casehub/hub/locale"
	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
)

// catalog is what the hub says. The commands speak English: they are for those
// who run the hub, and scripts read them.
var catalog = sync.OnceValues(func() (*locale.Catalog, error) { return locale.Load(web.Locale(), hublocale.FS) })

// message is what an error with a key says of itself.
func message(e *errs.Error) string {
	c, err := catalog()
	if err != nil {
		return e.Error()
	}
	return c.Error(locale.Default, e)
}

// sentence tells any error on one line: keys by the catalogue, each with the
// setting at fault, and what stands around them as it is.
func sentence(err error) string {
	text := err.Error()
	for _, e := range keyed(err) {
		said := message(e)
		if e.Field() != "" {
			said = e.Field() + ": " + said
		}
		text = strings.ReplaceAll(text, e.Error(), said)
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
}

// keyed returns the errors with a key inside err.
func keyed(err error) []*errs.Error {
	if e, ok := err.(*errs.Error); ok { //nolint:errorlint // the loop below looks inside
		return []*errs.Error{e}
	}
	var inside []error
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		inside = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		inside = e.Unwrap()
	}
	var all []*errs.Error
	for _, e := range inside {
		if e != nil {
			all = append(all, keyed(e)...)
		}
	}
	return all
}
