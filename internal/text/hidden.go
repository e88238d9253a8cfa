package text

import (
	"strings"
	"unicode"
)

// left takes away what programs leave in copied text, which means nothing: soft
// hyphens, spaces without width, marks of an encoding. Ends of lines become one.
var left = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n",
	"\u00ad", "", "\u200b", "", "\u2060", "", "\ufeff", "",
)

// around reports what does not belong to a text at its ends: space, joiners of
// nothing, and the marks of direction that a telephone puts around a number.
func around(r rune) bool {
	return unicode.IsSpace(r) || turns(r) || joins(r) || marks(r)
}

// turns reports the characters that embed, override or isolate a direction.
func turns(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// joins reports the joiner and the non-joiner.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// marks reports the marks of direction that are a character of their own.
func marks(r rune) bool { return r == '\u200e' || r == '\u200f' || r == '\u061c' }

// selects reports the selectors of a variant of the character before.
func selects(r rune) bool {
	return r >= '\ufe00' && r <= '\ufe0f' || r >= '\u180b' && r <= '\u180d' || r >= '\U000e0100' && r <= '\U000e01ef'
}

// blank are letters and signs that are drawn as nothing.
const blank = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"

// fromRight are the scripts that run from right to left and are written today.
var fromRight = []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam}

// joining are the scripts whose letters change beside a joiner.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// hides reports a character that nobody sees and no script needs where it stands:
// one that turns a direction around, a joiner beside a letter that joins nothing,
// a mark of direction in text that runs one way, and the like.
func hides(s string) bool {
	if plain(s) {
		return false
	}
	var before rune // that is seen; accents and selectors count with it
	runs := strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, fromRight...) && unicode.IsLetter(r) })
	for at, r := range s {
		switch {
		case joins(r):
			if !unicode.In(before, joining...) && !(r == '\u200d' && pictured(before)) {
				return true
			}
		case marks(r):
			if !runs {
				return true
			}
		case selects(r):
			if before < '\u2000' && !unicode.Is(unicode.Mongolian, before) && before != '©' && before != '®' && !strings.HasPrefix(s[at:], "\ufe0f\u20e3") {
				return true
			}
		case unseen(r):
			return true
		case !unicode.Is(unicode.Inherited, r):
			before = r
		}
	}
	return false
}

// plain reports text of Latin letters and usual signs alone, which most text is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// pictured reports a picture, which a joiner makes one with the next.
func pictured(r rune) bool {
	return r >= '\u2000' && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r))
}

// unseen reports every other character that is drawn as nothing. The signs that
// Arabic, Syriac and Kaithi put before numbers are seen.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) || strings.ContainsRune(blank, r)
}
