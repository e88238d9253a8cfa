package civil_test

import (
	"errors"
	"testing"

	"casehub/internal/civil"

	"pgregory.net/rapid"
)

func TestParseRefusesWhatIsNoDay(t *testing.T) {
	for _, s := range []string{"", "2026-02-30", "2026-2-3", "0000-00-00", "20260203", "1899-12-31", "2026-02-03x"} {
		if d, err := civil.Parse(s); !errors.Is(err, civil.ErrDate) {
			t.Errorf("Parse(%q) = %q, %v, want ErrDate", s, d, err)
		}
	}
}

func TestMonthArithmetic(t *testing.T) {
	if got := civil.Month(202512).Add(1); got != 202601 {
		t.Errorf("December + 1 = %d", got)
	}
	if got := civil.Month(202601).Add(-13); got != 202412 {
		t.Errorf("January 2026 - 13 = %d", got)
	}
	if got := civil.Month(202402).Last(); got != "2024-02-29" {
		t.Errorf("last of February 2024 = %s", got)
	}
	if got := civil.Date("2026-09-30").Month(); got != 202609 {
		t.Errorf("month = %d", got)
	}
}

func TestQuarters(t *testing.T) {
	for m, start := range map[civil.Month]civil.Month{202601: 202601, 202602: 202601, 202603: 202601, 202610: 202610, 202612: 202610} {
		if got := m.QuarterStart(); got != start || m.QuarterEnd() != (m == start+2) {
			t.Errorf("%d: begins %d, ends %v, want %d", m, got, m.QuarterEnd(), start)
		}
	}
}

func TestMonthAddIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := civil.Month(rapid.IntRange(1950, 2050).Draw(t, "year")*100 + rapid.IntRange(1, 12).Draw(t, "month"))
		n := rapid.IntRange(-500, 500).Draw(t, "n")
		if got := m.Add(n).Add(-n); got != m {
			t.Fatalf("%d + %d - %d = %d", m, n, n, got)
		}
		if p, err := civil.ParseMonth(m.Dash()); err != nil || p != m {
			t.Fatalf("ParseMonth(%q) = %d, %v", m.Dash(), p, err)
		}
	})
}
