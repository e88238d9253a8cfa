package sqlite

import (
	"strings"
	"unicode"
)

// Bounds of a search: more words than this narrow nothing, and a pasted page
// must not become a query.
const (
	matchWords = 8
	matchRunes = 64
)

// Match turns what a person typed into an FTS5 expression: every word must
// occur, each as the beginning of a word. Nothing typed is FTS5 syntax. It
// returns "" for text without a letter or a digit. A word goes into the
// expression as each of its spellings, of which one has to occur.
func Match(typed string, spellings ...func(string) string) string {
	return match(typed, " *", spellings)
}

// MatchWords is Match for whole words.
func MatchWords(typed string) string { return match(typed, "", nil) }

func match(typed, ending string, spellings []func(string) string) string {
	var terms []string
	for _, word := range strings.Fields(strings.Map(visible, typed)) {
		if len(terms) == matchWords {
			break
		}
		if !strings.ContainsFunc(word, searchable) {
			continue
		}
		if r := []rune(word); len(r) > matchRunes {
			word = string(r[:matchRunes])
		}
		terms = append(terms, term(word, ending, spellings))
	}
	return strings.Join(terms, " AND ")
}

// term returns one word and its other spellings as an expression in brackets.
func term(word, ending string, spellings []func(string) string) string {
	term := "(" + quoted(word) + ending
	for _, spell := range spellings {
		if other := spell(word); !strings.EqualFold(other, word) {
			term += " OR " + quoted(other) + ending
		}
	}
	return term + ")"
}

func quoted(word string) string { return `"` + strings.ReplaceAll(word, `"`, `""`) + `"` }

// visible drops what would end or break the expression.
func visible(r rune) rune {
	if r == unicode.ReplacementChar || unicode.IsControl(r) {
		return ' '
	}
	return r
}

func searchable(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
