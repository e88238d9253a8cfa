package ledger

import (
	"fmt"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// TestTheRandomHistoriesSeeRed: the check of I3 that the random histories make of each
// release finds a ledger that does not hold rule D2, and one that does not hold rule
// D7, in a history that the rules let pass.
func TestTheRandomHistoriesSeeRed(t *testing.T) {
	for name, c := range map[string]struct {
		limits  Limits
		amounts func(i int) int64
		cases   int
		want    string // what the check says; "" where nothing is wrong
	}{
		"as the rules are":              {National(), func(int) int64 { return 100_000 }, 8, ""},
		"as the rules are, of four":     {National(), func(int) int64 { return 100_000 }, 4, ""},
		"as the rules are, and one has": {National(), func(i int) int64 { return []int64{100_000, 9_000_000}[number(i == 0)] }, 8, ""},
		"without D2":                    {Limits{K: 1, KSensitive: 1, P: 25, Largest: 5000}, func(int) int64 { return 100_000 }, 4, "has too few"},
		"without D7":                    {Limits{K: 5, KSensitive: 10, P: 0, Largest: 5000}, func(i int) int64 { return []int64{100_000, 9_000_000}[number(i == 0)] }, 8, "can be worked out"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, nil)
			h.ledger = New(codelist.National(), c.limits, "ZAR", 10_000)
			if c.limits.K < 5 {
				h.exec(`PRAGMA ignore_check_constraints = on`)
			}
			for i := range c.cases {
				h.recover(h.open(client(i), dismissal, "2026-01-10"), c.amounts(i), "2026-01-12", "ZAR")
			}
			h.refresh()
			h.sequence = 1
			h.tx(func(tx *sqlite.Tx) error {
				_, err := h.ledger.Close(t.Context(), tx, 1, h.month, Regular)
				return err
			})
			evidence, err := h.ledger.Evidence(t.Context(), h.db, 1)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, e := range evidence {
				if err := h.large(e); err != nil {
					said = append(said, err.Error())
				}
			}
			if got := fmt.Sprint(said); (len(said) == 0) != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("of %d groups the check says %s, want %q", len(evidence), got, c.want)
			}
		})
	}
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}
