package ledger

import (
	"fmt"
	"slices"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"

	"pgregory.net/rapid"
)

// doing is one case of a story: whose, of what kind, when, what it brought, and what
// it became in a later month.
type doing struct {
	who         int
	code, later codelist.Code // later is 0 where it stays
	month       int
	cents       int64
}

// story invents some months of an office.
func story(t *rapid.T) []doing {
	var all []doing
	for month := range rapid.IntRange(3, 7).Draw(t, "months") {
		for range rapid.IntRange(0, 30).Draw(t, "cases") {
			d := doing{who: rapid.IntRange(0, 40).Draw(t, "who"), code: rapid.SampledFrom(codes).Draw(t, "code"), month: month, cents: rapid.Int64Range(-1_000, 300_000).Draw(t, "cents")}
			if rapid.IntRange(0, 9).Draw(t, "changes") == 0 {
				d.later = rapid.SampledFrom(codes).Draw(t, "later")
			}
			all = append(all, d)
		}
	}
	return all
}

// tell lets an office live through a story and returns everything that left. What
// nobody outside may learn of is drawn: identifiers, days, the order of records.
func tell(t testing.TB, rt *rapid.T, all []doing, name string) string {
	o := newOffice(t)
	ids := rapid.Permutation(numbers(len(all))).Draw(rt, "identifiers of "+name)
	people := rapid.Permutation(numbers(60)).Draw(rt, "clients of "+name)
	var left []Group
	for month := range 8 {
		period := civil.Month(202601).Add(month)
		order := rapid.Permutation(numbers(len(all))).Draw(rt, "order of "+name)
		o.tx(func(tx *sqlite.Tx) error { return live(t, rt, tx, all, order, ids, people, month) })
		left = append(left, o.close(uint32(month+1), period)...)
	}
	return shownWithMoney(left)
}

// live writes what happens in a month.
func live(t testing.TB, rt *rapid.T, tx *sqlite.Tx, all []doing, order, ids, people []int, month int) error {
	for _, i := range order {
		d, id := all[i], fmt.Sprintf("C%05d", ids[i])
		if d.month == month {
			day := fmt.Sprintf("%s-%02d", civil.Month(202601).Add(month).Dash(), rapid.IntRange(1, 28).Draw(rt, "day"))
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, 'open', ?4, 0, 0)`, id, client(people[d.who]), int64(d.code), day); err != nil {
				return err
			}
			if d.cents != 0 {
				if _, err := tx.ExecArgs(t.Context(), `INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at)
VALUES (?1, ?1, 4101, ?2, ?3, 'ZAR', 0, 0)`, id, day, d.cents); err != nil {
					return err
				}
			}
		}
		if d.later != 0 && d.month+2 == month {
			if _, err := tx.ExecArgs(t.Context(), `UPDATE cases SET case_type = ?1 WHERE id = ?2`, int64(d.later), id); err != nil {
				return err
			}
		}
	}
	return nil
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func shownWithMoney(groups []Group) string {
	text := shown(groups)
	for _, g := range groups {
		text += fmt.Sprint(" ", g.AmountHundreds)
	}
	return text
}

// TestInvariantI07EqualOfficesPublishTheSame is the ledger's half of I7: two offices
// in which the same happened, of other people, on other days, written in another
// order under other identifiers, publish the same.
func TestInvariantI07EqualOfficesPublishTheSame(t *testing.T) {
	few(t, "10")
	rapid.Check(t, func(rt *rapid.T) {
		all := story(rt)
		if a, b := tell(t, rt, all, "one"), tell(t, rt, all, "the other"); a != b {
			rt.Fatalf("one published\n%s\nand the other\n%s", a, b)
		}
	})
}

// swapped invents a month, moves one case between two leaves of a category that are too
// few to leave by themselves, before and after, and returns what leaves by a choice each
// time. It invents again where there are no two such leaves.
func swapped(t *rapid.T, list *codelist.List, choose func(Table) []Choice) (before, after []string) {
	table := drawTable(t, list)
	table.Entries, table.Block = nil, nil
	n := map[codelist.Code]int{}
	for _, s := range table.Shares {
		n[s.Code]++
	}
	var pairs [][2]codelist.Leaf
	for _, from := range list.Leaves() {
		for _, to := range list.Leaves() {
			need := int(table.Limits.needs(to.Sensitive))
			if from.Code != to.Code && from.Category == to.Category && from.Sensitive == to.Sensitive && n[from.Code] > 0 && n[from.Code] < need && n[to.Code]+1 < need {
				pairs = append(pairs, [2]codelist.Leaf{from, to})
			}
		}
	}
	if len(pairs) == 0 {
		t.Skip("no two hidden leaves")
	}
	pair := rapid.SampledFrom(pairs).Draw(t, "pair")
	before = wire(choose(table))
	table.Shares = slices.Clone(table.Shares)
	table.Shares[slices.IndexFunc(table.Shares, func(s Share) bool { return s.Code == pair[0].Code })].Code = pair[1].Code
	return before, wire(choose(table))
}

// TestInvariantI08AHiddenCaseOfAnotherHiddenKindChangesNothing: a case of a leaf that
// waits, or left in a rest, moved to another such leaf of its category, with both
// still too few to leave, changes no number.
func TestInvariantI08AHiddenCaseOfAnotherHiddenKindChangesNothing(t *testing.T) {
	list := listOf(t, "oooo os oooo")
	rapid.Check(t, func(t *rapid.T) {
		if before, after := swapped(t, list, Choose); !slices.Equal(before, after) {
			t.Fatalf("%v became %v", before, after)
		}
	})
}

// TestASwapIsSeenThatChangesSomething is its red: a choice with a lower threshold than
// the office has, and one that tells how many kinds are in a rest.
func TestASwapIsSeenThatChangesSomething(t *testing.T) {
	list := listOf(t, "oooo os oooo")
	for name, choose := range map[string]func(Table) []Choice{
		"a threshold of four": func(t Table) []Choice {
			t.Limits.K = 4
			return Choose(t)
		},
		"a rest that counts its kinds": func(t Table) []Choice {
			all := Choose(t)
			for i := range all {
				kinds := map[codelist.Code]bool{}
				for _, s := range t.Shares {
					if all[i].Level != Leaf && slices.Contains(all[i].Leaves, s.Code) {
						kinds[s.Code] = true
					}
				}
				all[i].Value += int64(len(kinds))
			}
			return all
		},
	} {
		seen := 0
		rapid.Check(t, func(t *rapid.T) {
			if before, after := swapped(t, list, choose); !slices.Equal(before, after) {
				seen++
			}
		})
		if seen == 0 {
			t.Errorf("%s is not seen", name)
		}
	}
}
