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
