package ledger

import (
	"context"
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

// fallenHistory is one in which a release with two groups was taken back, and then one
// case of the first group deleted: that is the block, the second group is whole.
func fallenHistory(t *testing.T) *history {
	t.Helper()
	h := newHistory(t, nil)
	for i := range 7 {
		h.open(client(i), dismissal, "2026-01-10")
		h.open(client(10+i), wages, "2026-01-10")
	}
	h.closes()
	if err := h.takesBackThat("1", h.ledger.Void); err != nil {
		t.Fatal(err)
	}
	h.exec(`DELETE FROM cases WHERE id = (SELECT min(id) FROM cases WHERE case_type = 1101)`)
	for i, code := range []codelist.Code{1201, 1301, 1302, 1601, 1602, 1701} {
		h.open(client(30+i), code, "2026-03-10")
	}
	return h
}

// TestTheRandomHistoriesSeeRedWhatFell: the checks of I12 and I14 that the random
// histories make find what a ledger could do wrong with a release that was taken back.
func TestTheRandomHistoriesSeeRedWhatFell(t *testing.T) {
	h := fallenHistory(t)
	h.month = 202603
	h.closes()
	if h.again != 1 || h.blocks != 1 {
		t.Fatalf("%d groups left again and %d blocks, want one of each", h.again, h.blocks)
	}
	const guards = `DROP TRIGGER ledger_groups_stay; DROP TRIGGER ledger_events_stay_published; DROP TRIGGER ledger_events_keep_their_block;`
	for name, c := range map[string]struct{ statement, want string }{
		"nothing": {`SELECT 1`, ""},
		"again with another number": {
			`UPDATE ledger_groups SET value = value + 1 WHERE again IS NOT NULL`, "I14",
		},
		"again without one case": {
			`UPDATE ledger_events SET state = 'unpublished', group_id = NULL WHERE id IN (SELECT min(e.id) FROM ledger_events e JOIN ledger_groups g ON g.id = e.group_id WHERE g.again IS NOT NULL)`, "I14",
		},
		"as a slightly different group": {
			`UPDATE ledger_groups SET again = NULL WHERE again IS NOT NULL`, "I14: 7 events",
		},
		"one case of the block stays behind": {
			`UPDATE ledger_events SET state = 'unpublished', group_id = NULL WHERE id IN (SELECT min(e.id) FROM ledger_events e JOIN ledger_groups g ON g.id = e.group_id WHERE g.level = 3 AND e.block IS NOT NULL)`, "stayed behind",
		},
		"the block with too few others": {
			`UPDATE ledger_events SET state = 'unpublished', group_id = NULL WHERE id IN (SELECT e.id FROM ledger_events e JOIN ledger_groups g ON g.id = e.group_id WHERE g.level = 3 AND e.block IS NULL ORDER BY e.id LIMIT 2)`, "only 4 others",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := fallenHistory(t)
			h.month = 202603
			h.closes()
			for _, statement := range append(strings.Split(guards, ";"), c.statement) {
				if strings.TrimSpace(statement) != "" {
					h.exec(statement)
				}
			}
			if err := h.comeBack(true); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the checks say %v, want %q", err, c.want)
			}
		})
	}
	for name, void := range map[string]string{
		"one group of it goes on counting": `UPDATE ledger_groups SET voided_by = ?1 WHERE id = (SELECT min(id) FROM ledger_groups WHERE sequence = ?2)`,
		"another release falls with it":    `UPDATE ledger_groups SET voided_by = ?1 WHERE sequence IN (?2, ?2 + 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, nil)
			for month := range 2 {
				for i := range 7 {
					h.open(client(i), dismissal, fmt.Sprintf("2026-%02d-10", month+1))
					h.open(client(10+i), wages, fmt.Sprintf("2026-%02d-10", month+1))
				}
				h.closes()
			}
			err := h.takesBackThat("1", func(ctx context.Context, tx *sqlite.Tx, sequence, voids uint32) error {
				_, err := tx.ExecArgs(ctx, void, sequence, voids)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "I12") {
				t.Errorf("the check says %v, want I12", err)
			}
		})
	}
}
