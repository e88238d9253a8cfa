package egress

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/pack"
	"casehub/internal/sqlite"
)

// stuck is an office whose gate refuses whatever a switch says.
func stuck(t *testing.T) (*Gate, *sqlite.DB, *string) {
	t.Helper()
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	verdict := "never"
	for _, code := range []string{"never", "either"} {
		g.checks = append(g.checks, check{code, func(context.Context, *candidate) bool { return verdict != code }})
	}
	return g, db, &verdict
}

func refusals(t *testing.T, db *sqlite.DB) []Decision {
	t.Helper()
	list, err := selectDecisions(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestARefusalThatIsTheSameAgainIsWrittenOnce tries as a node does, every ten
// minutes of a day.
func TestARefusalThatIsTheSameAgainIsWrittenOnce(t *testing.T) {
	g, db, verdict := stuck(t)
	tries := func(n int) {
		for range n {
			at := g.now().Add(10 * time.Minute)
			g.now = func() time.Time { return at }
			if _, err := g.Close(t.Context(), actor.Node(), 202609); !errors.Is(err, ErrRefused) {
				t.Fatalf("error = %v, want ErrRefused", err)
			}
		}
	}
	tries(20)
	if n := len(refusals(t, db)); n != 1 {
		t.Errorf("20 tries wrote %d entries, want 1", n)
	}
	s, _, err := g.Stopped(t.Context())
	if err != nil || !s.Last.Equal(g.now()) || !s.Since.Before(s.Last) {
		t.Errorf("stopped since %s, last tried %s (%v), want now", s.Since, s.Last, err)
	}
	*verdict = "either"
	tries(3)
	openCases(t, db, 20, 30, 1102, "2026-09-02")
	tries(3)
	*verdict = "never"
	tries(3)
	if n := len(refusals(t, db)); n != 4 {
		t.Errorf("%d entries, want 4: another check, other bytes, the first check again", n)
	}
	if err := g.VerifyDecisions(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestADecisionNamesItsLayers: the log says by which rules a release left, and
// nothing of what was in it.
func TestADecisionNamesItsLayers(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	must(t, take(t, g, nationalPack(t, 7, pack.Contents{Rules: acceptAll(7)})))
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	list := refusals(t, db)
	if len(list) != 1 || list[0].Layers != "baseline 2, national 7, auditor agreed" || list[0].Verdict != allowed {
		t.Errorf("decisions = %+v", list)
	}
	var columns string
	if err := db.QueryRow(t.Context(), `SELECT group_concat(name, ' ') FROM pragma_table_info('egress_decisions')`, nil).Scan(&columns); err != nil {
		t.Fatal(err)
	}
	if columns != "seq at period digest layers verdict previous hash" || strings.Contains(columns, "input") {
		t.Errorf("the decision log keeps %s", columns)
	}
}
