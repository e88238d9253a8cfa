package main

import (
	"cmp"
	"slices"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
)

// said returns what somebody at the console is told about an error, on one line:
// each coded error inside as its English sentence, behind the setting or field at
// fault, and all that was said around it.
func said(err error) string {
	text := err.Error()
	c, broken := locale.Load(web.Locale(), nodelocale.FS)
	if broken != nil {
		return text
	}
	all := coded(err)
	slices.SortStableFunc(all, func(a, b *errs.Error) int { return cmp.Compare(len(b.Error()), len(a.Error())) })
	for _, e := range all {
		sentence := c.Error(locale.Default, e)
		if e.Field() != "" {
			sentence = e.Field() + ": " + sentence
		}
		text = strings.Replace(text, e.Error(), sentence, 1)
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// coded returns every coded error inside an error, in the order of its text.
func coded(err error) []*errs.Error {
	switch e := err.(type) {
	case *errs.Error:
		return []*errs.Error{e}
	case interface{ Unwrap() error }:
		return coded(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*errs.Error
		for _, one := range e.Unwrap() {
			all = append(all, coded(one)...)
		}
		return all
	}
	return nil
}
