package access_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/actor"
)

// TestFigureAccess measures a decision about one person and one action: as it is
// kept, and as it is made when somebody's positions have just changed.
func TestFigureAccess(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	decide := func() {
		if _, err := h.gate.Cases(t.Context(), sup, "cases.read"); err != nil {
			t.Fatal(err)
		}
	}
	decide()
	measure(t, "access_cached", "us", 100, time.Microsecond, 2001, func() {}, decide)
	measure(t, "access_uncached", "ms", 1, time.Millisecond, 301, func() {
		h.exec(t, `UPDATE people SET status = 'active' WHERE id = 'sup'`, nil)
	}, decide)
}

func measure(t *testing.T, name, unit string, goal float64, in time.Duration, times int, before, what func()) {
	t.Helper()
	took := make([]float64, times)
	for i := range took {
		before()
		begin := time.Now()
		what()
		took[i] = float64(time.Since(begin)) / float64(in)
	}
	slices.Sort(took)
	verdict := "ok"
	if took[times/2] >= goal {
		verdict = "short"
	}
	fmt.Printf("figure %s %.2f %s goal <%g %s\n", name, took[times/2], unit, goal, verdict)
}

func BenchmarkCase(b *testing.B) {
	h := open(b)
	sup := h.staff(b, "sup", "supervisor", "north")
	h.file(b, "c1", "north", "", wages)
	for name, who := range map[string]actor.Actor{"seen": sup, "unknown": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = h.gate.Case(b.Context(), h.db, who, "cases.edit", "c1")
			}
		})
	}
}
