// Package text checks what people type and what imports carry before it is
// kept: text that is valid, bounded, and free of control characters and of
// others that nobody sees.
//
// Cleaning and the bounds are in text.go, what nobody sees in hidden.go, words
// for searching in words.go.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"casehub/internal/errs"
)

// ErrTooLong reports text with more characters than its field holds.
var ErrTooLong = errs.New(errs.Invalid, "text.too-long")

// ErrUnreadable reports text with control characters or broken encoding.
var ErrUnreadable = errs.New(errs.Invalid, "text.unreadable")

// ErrHidden reports text with characters that nobody sees: they turn what
// follows around, or make two names look like one.
var ErrHidden = errs.New(errs.Invalid, "text.hidden")

// Clean returns what a person meant: without space and marks of direction around
// it, without what copying leaves inside and nobody sees, and with line feeds
// alone as line ends.
func Clean(s string) string {
	if utf8.ValidString(s) {
		s = left.Replace(s)
	}
	return strings.TrimFunc(s, around)
}

// Line checks text of one line with at most limit characters.
func Line(field, s string, limit int) error { return check(field, s, limit, false) }

// Lines checks text of any number of lines with at most limit characters.
func Lines(field, s string, limit int) error { return check(field, s, limit, true) }

func check(field, s string, limit int, lines bool) error {
	if s == "" {
		return nil
	}
	if len(s) > limit && utf8.RuneCountInString(s) > limit {
		return ErrTooLong.On(field).With("limit", limit)
	}
	if !utf8.ValidString(s) {
		return ErrUnreadable.On(field)
	}
	for _, r := range s {
		if unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t')) {
			return ErrUnreadable.On(field)
		}
	}
	if hides(s) {
		return ErrHidden.On(field)
	}
	return nil
}

// Compatible returns text in the normal form NFKC: what looks or means the same
// on different keyboards becomes the same.
func Compatible(s string) string { return norm.NFKC.String(s) }
