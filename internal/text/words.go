package text

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words returns the words of some text without what different people write
// differently: case, accents, the order of the words, how often each stands
// there, and everything that is neither a letter nor a digit. Two names with the
// same words may be one name. The words come ascending.
func Words(s string) []string {
	words := strings.FieldsFunc(Plain(s), separates)
	slices.Sort(words)
	return slices.Compact(words)
}

// Marks returns the letters and digits of some text in their order, without
// case and accents: a number as it stands on a document, whoever copied it.
func Marks(s string) string {
	return strings.Join(strings.FieldsFunc(Plain(s), separates), "")
}

// Plain takes case and accents away. An apostrophe is inside a word for one
// person and left out by the next.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == 'ʼ':
			return -1
		default:
			return unicode.ToLower(r)
		}
	}, norm.NFKD.String(s))
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
