package release

import (
	"encoding/hex"
	"errors"
	"strings"
)

// markBytes is how much of a digest a mark shows. Somebody who wants two releases with
// one mark has to make some ten billion billion of them to find it for a given one.
const markBytes = 8

// ErrMark reports a text that is no mark.
var ErrMark = errors.New("a mark is four times four letters and digits")

// Mark is the beginning of a release's digest as it is read out by telephone: 16
// hexadecimal digits, a hyphen after each four. It is "" of a digest that is too short.
func Mark(digest []byte) string {
	if len(digest) < markBytes {
		return ""
	}
	text := hex.EncodeToString(digest[:markBytes])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// ReadMark returns a mark in its one form, however it was typed: in capitals, with
// spaces, with other hyphens or none. It fails with ErrMark.
func ReadMark(text string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\u00a0', '\u2010', '\u2011', '\u2013':
			return -1
		}
		return r
	}, text)
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != markBytes {
		return "", ErrMark
	}
	return Mark(b), nil
}
