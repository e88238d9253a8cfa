package text_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"casehub/internal/errs"
	"casehub/internal/text"
)

// hidden are characters that nobody sees and that make two names one, or one
// read as another.
var hidden = []rune{
	'\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f',
	'\u061c', '\u00ad', '\ufeff', '\u2060', '\u2063', '\u206a', '\u180e', '\u034f', '\u115f', '\u3164', '\uffa0', '\u2800', '\ufff9', '\U000e0041', '\u2028', '\u2029',
}

func TestWhatNobodySeesIsRefusedInsideAName(t *testing.T) {
	for _, r := range hidden {
		for _, s := range []string{"Ana" + string(r) + "Diaz", string(r) + "Ana", "Ana" + string(r), "12" + string(r) + "34"} {
			err := text.Line("surname", s, 40)
			if !errors.Is(err, text.ErrHidden) && !errors.Is(err, text.ErrUnreadable) {
				t.Errorf("%U in a name: %v", r, err)
			} else if errs.As(err).Field() != "surname" {
				t.Errorf("%U blames %q", r, errs.As(err).Field())
			}
			if text.Lines("notes", s, 40) == nil {
				t.Errorf("%U in lines is let through", r)
			}
		}
	}
}

// What scripts need is kept: they are written with joiners and with marks of
// direction.
func TestScriptsKeepTheirJoiners(t *testing.T) {
	for name, s := range map[string]string{
		"Persian with a non-joiner":         "می\u200cخواهم",
		"Hindi with a joiner":               "क्\u200dष",
		"Sinhala with a joiner":             "ශ්\u200dරී",
		"Malayalam with a non-joiner":       "ക്\u200cഷ",
		"Arabic with a number and a mark":   "شارع 5\u200f، الحي",
		"Hebrew with a left-to-right mark":  "רחוב 12\u200e א",
		"a family of emoji":                 "👨\u200d👩\u200d👧",
		"a heart with a variation selector": "❤\ufe0f",
		"a Spanish name":                    "Núñez O’Brien-Ñandú",
		"accents as marks of their own":     "Nu\u0301n\u0303ez",
	} {
		if err := text.Line("name", s, 60); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := text.Clean(s); got != s {
			t.Errorf("%s: cleaned to %q", name, got)
		}
	}
}

// What programs leave around and inside copied text is taken away before it is
// checked.
func TestCleanTakesAwayWhatCopyingLeaves(t *testing.T) {
	for from, want := range map[string]string{
		"\u202a+27 82 555 0100\u202c": "+27 82 555 0100", // a telephone's list of contacts
		"\u2068Ana\u2069":             "Ana",
		"\ufeffAna":                   "Ana",
		" \u200e Ana \u200f":          "Ana",
		"Rechts\u00adhilfe":           "Rechtshilfe",
		"a\u200bb":                    "ab",
		"one\u2028two\u2029three":     "one\ntwo\nthree",
		"\u202a":                      "",
	} {
		if got := text.Clean(from); got != want {
			t.Errorf("%q is cleaned to %q, want %q", from, got, want)
		}
	}
	if err := text.Line("name", text.Clean("Ana\u202eзaiD"), 20); !errors.Is(err, text.ErrHidden) {
		t.Errorf("an override inside: %v", err)
	}
}

// FuzzLine holds, whatever is typed: what passes has no character that turns or
// hides other text, and cleaning it again changes nothing.
func FuzzLine(f *testing.F) {
	for _, r := range hidden {
		f.Add("Ana" + string(r) + "Diaz")
		f.Add(string(r) + " می" + string(r) + "خ")
	}
	f.Add("👨\u200d👩")
	f.Add("a\xff\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		c := text.Clean(s)
		if again := text.Clean(c); again != c {
			t.Fatalf("%q is cleaned to %q and then to %q", s, c, again)
		}
		if text.Line("f", c, 1<<20) != nil {
			return
		}
		if !utf8.ValidString(c) || strings.ContainsAny(c, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff\u2060\n\r\t") {
			t.Fatalf("%q passes", c)
		}
		// Two names of Latin letters that pass and look the same are the same.
		bare := strings.Map(func(r rune) rune {
			if strings.ContainsRune("\u200c\u200d\u200e\u200f\u061c", r) {
				return -1
			}
			return r
		}, c)
		if latin := strings.IndexFunc(bare, func(r rune) bool { return r >= 0x250 }) < 0; latin && norm.NFC.String(bare) != norm.NFC.String(c) {
			t.Fatalf("%q passes and looks like %q", c, bare)
		}
	})
}
