package text_test

import (
	"errors"
	"strings"
	"testing"

	"casehub/internal/errs"
	"casehub/internal/text"
)

func TestCleanKeepsTheWordsAndMendsTheEnds(t *testing.T) {
	if got := text.Clean(" a\r\nb\rc \n"); got != "a\nb\nc" {
		t.Errorf("got %q", got)
	}
}

func TestLineRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"an accent counts once", strings.Repeat("é", 10), nil},
		{"too long", strings.Repeat("é", 11), text.ErrTooLong},
		{"line end", "a\nb", text.ErrUnreadable},
		{"zero byte", "a\x00b", text.ErrUnreadable},
		{"broken encoding", "a\xffb", text.ErrUnreadable},
	} {
		err := text.Line("surname", c.text, 10)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if err != nil && errs.As(err).Field() != "surname" {
			t.Errorf("%s: blames %q", c.name, errs.As(err).Field())
		}
	}
}

func TestLinesAllowsLineEnds(t *testing.T) {
	if err := text.Lines("notes", "a\n\tb", 10); err != nil {
		t.Error(err)
	}
	if err := text.Lines("notes", "a\rb", 10); !errors.Is(err, text.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
}

func TestWordsAreTheSameHoweverTheyAreWritten(t *testing.T) {
	for _, s := range []string{"Núñez O'Brien", " o’brien  NUNEZ", "obrien, nuñez", "NU\u0301N\u0303EZ O'Brien O'Brien", "ＮＵＮＥＺ obrien"} {
		if got := strings.Join(text.Words(s), " "); got != "nunez obrien" {
			t.Errorf("%q has the words %q", s, got)
		}
	}
	if got := text.Words(" - ? "); len(got) != 0 {
		t.Errorf("no letter gives %q", got)
	}
}

func TestMarksAreTheSameHoweverANumberIsCopied(t *testing.T) {
	for _, s := range []string{"AB-12 34", "ab1234", " Ab.1234/"} {
		if got := text.Marks(s); got != "ab1234" {
			t.Errorf("%q has the marks %q", s, got)
		}
	}
}
