package ledger

import (
	"fmt"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"

	"github.com/google/go-cmp/cmp"
)

// TestWhatWaitsSaysWhy makes each reason with the records of an office, closes a
// month, and reads what the office is told.
func TestWhatWaitsSaysWhy(t *testing.T) {
	amounts := func(o *office, rands ...int64) {
		for i, r := range rands {
			o.recover(o.open(client(i), dismissal, "2025-01-10"), r*100, "2026-01-10", "ZAR")
		}
	}
	for _, c := range []struct {
		name   string
		set    uint32
		code   codelist.Code
		record func(o *office)
		want   Hold
	}{
		{"four cases", codelist.CasesOpened, wages, func(o *office) { o.cases(4, wages, "2026-01-10") }, Hold{Few, 5}},
		{"nine of one", codelist.CasesOpened, wages, func(o *office) {
			for range 9 {
				o.open(client(0), wages, "2026-01-10")
			}
		}, Hold{People, 5}},
		{"nine without a name", codelist.CasesOpened, wages, func(o *office) {
			for i := range 9 {
				o.open(o.named(reference.Derived("test", fmt.Sprint(i)), "", "", "", nil), wages, "2026-01-10")
			}
		}, Hold{Nameless, 5}},
		{"four of one and one without a name", codelist.CasesOpened, wages, func(o *office) {
			for range 4 {
				o.open(client(0), wages, "2026-01-10")
			}
			o.open(o.named(reference.Derived("test", "0"), "", "", "", nil), wages, "2026-01-10")
		}, Hold{People, 5}},
		{"violence within a quarter", codelist.CasesOpened, violence, func(o *office) { o.cases(30, violence, "2026-01-10") }, Hold{Quarter, 10}},
		{"one large award", codelist.AmountsRecovered, paid, func(o *office) { amounts(o, 80_000, 3_000, 2_500, 1_000, 500) }, Hold{Spread, 5}},
		{"taken back", codelist.AmountsRecovered, paid, func(o *office) { amounts(o, 9_000, 7_500, 4_000, 2_500, 1_200, -800) }, Hold{TakenBack, 10}},
		{"below zero", codelist.AmountsRecovered, paid, func(o *office) { amounts(o, -900, -900, -900, -900, -900) }, Hold{Amount, 5}},
		{"too large", codelist.AmountsRecovered, paid, func(o *office) {
			amounts(o, 900_000_000, 900_000_000, 900_000_000, 900_000_000, 900_000_000)
		}, Hold{Amount, 5}},
		{"more than a group takes", codelist.CasesOpened, wages, func(o *office) { o.cases(27, wages, "2026-01-10") }, Hold{Cap, 20}},
		{"the rest is too small", codelist.CasesOpened, wages, func(o *office) { o.cases(22, wages, "2026-01-10") }, Hold{Few, 5}},
		{"the month after", codelist.CasesOpened, wages, func(o *office) { o.cases(9, wages, "2026-02-10") }, Hold{Later, 5}},
		{"a code that nobody knows", codelist.CasesOpened, 1999, func(o *office) { o.cases(9, 1999, "2026-01-10") }, Hold{Unlisted, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.ledger.limits.Largest = 20
			c.record(o)
			o.close(1, 202601)
			list, err := o.ledger.Waiting(t.Context(), o.db, 202601, access.Everything())
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range list {
				if w.DataSet == c.set && w.Code == c.code {
					if w.Hold != c.want {
						t.Errorf("held by %+v, want %+v", w.Hold, c.want)
					}
					return
				}
			}
			t.Errorf("nothing waits of %d: %+v", c.code, list)
		})
	}
}

// Whoever may not see a case is told what they would be told without it: the same
// numbers, and the same reasons.
func TestWhatWaitsTellsNothingOfAHiddenCase(t *testing.T) {
	told := func(hide bool, record func(o *office)) []Waiting {
		o := newOffice(t)
		seen := access.Everything()
		if hide {
			o.recover(o.open(client(50), violence, "2026-01-09"), 90_000, "2026-01-09", "ZAR")
			o.recover(o.open(client(51), wages, "2026-01-09"), 90_000_000, "2026-01-09", "ZAR")
			seen.SQL = "c.client_id NOT IN ('K50', 'K51')"
		}
		record(o)
		o.tx(func(tx *sqlite.Tx) error { return o.ledger.Refresh(t.Context(), tx) })
		list, err := o.ledger.Waiting(t.Context(), o.db, 202601, seen)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for name, record := range map[string]func(o *office){
		"nothing else":            func(*office) {},
		"twelve within a quarter": func(o *office) { o.cases(12, violence, "2026-01-10") },
		"four":                    func(o *office) { o.cases(4, wages, "2026-01-10") },
		"one client": func(o *office) {
			for range 9 {
				o.open(client(0), wages, "2026-01-10")
			}
		},
		"one large award": func(o *office) {
			for i, rands := range []int64{80_000, 3_000, 2_500, 1_000, 500} {
				o.recover(o.open(client(i), dismissal, "2025-01-10"), rands*100, "2026-01-10", "ZAR")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(told(false, record), told(true, record)); diff != "" {
				t.Errorf("without and with hidden cases:\n%s", diff)
			}
		})
	}
}

// cases opens a case each for the first n clients.
func (o *office) cases(n int, code codelist.Code, day string) {
	o.t.Helper()
	for i := range n {
		o.open(client(i), code, day)
	}
}
