package egress

import (
	"context"
	"testing"
)

// TestRulesThatDoNotAnswerRefuse: however often they are asked, and at once when
// nobody waits any more.
func TestRulesThatDoNotAnswerRefuse(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	c := goodCandidate(t, g, db)
	if err := g.judge(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if g.policyAccepts(over, &c) {
		t.Error("rules that were not asked accepted")
	}
}
