// Package text checks what people type and what imports carry before it is
// kept: text that is valid, bounded, and free of control characters.
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

// Clean returns what a person meant: without space around it, and with line
// feeds alone as line ends.
func Clean(s string) string {
	if strings.ContainsRune(s, '\r') {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.TrimSpace(s)
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
	return nil
}

// Compatible returns text in the normal form NFKC: what looks or means the same
// on different keyboards becomes the same.
func Compatible(s string) string { return norm.NFKC.String(s) }
