package ledger

import (
	"fmt"
	"strings"
	"testing"

	"casehub/internal/codelist"

	"pgregory.net/rapid"
)

// TestALargeGroupThatFellFindsRoom: of 4,990 cases of one kind as many leave as will
// fit into "other" beside whatever waits. When their release was taken back and one of
// them is of another kind, all of them leave at the next flush.
func TestALargeGroupThatFellFindsRoom(t *testing.T) {
	o := newOffice(t)
	o.exec(`
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4990)
INSERT INTO clients (id, reference, id_number, surname, created_at, updated_at)
SELECT 'M' || i, 'M' || i, 8000000 + i, 'Surname' || i, 0, 0
FROM n`)
	o.exec(`
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
SELECT 'D' || id, id, id, 1101, 'open', '2026-01-10', 0, 0
FROM clients
WHERE id LIKE 'M%'`)
	if got := only(o.close(1, 202601)); got != "1/1101=4785@202601" {
		t.Fatalf("%s left, want 5,000 less four for each of 38 ordinary kinds and nine for each of 7 sensitive ones", got)
	}
	if got := o.holds(202601, dismissal); got != (Hold{Cap, 4785}) {
		t.Errorf("the others are held by %+v, want the largest group", got)
	}
	if err := o.takeBack(2, 1); err != nil {
		t.Fatal(err)
	}
	o.exec(`UPDATE cases SET case_type = 1102 WHERE id = (SELECT source_id FROM ledger_events WHERE block IS NOT NULL AND data_set = 1 ORDER BY id LIMIT 1)`)
	for i, code := range []codelist.Code{1201, 1301, 1601, 1701, 1801} {
		for j := range 4 {
			o.open(client(4*i+j), code, "2026-03-10")
		}
	}
	if got := only(o.close(3, 202602)); got != "1/1101=205@202601" {
		t.Fatalf("%s left, want the cases that had not fit", got)
	}
	if got := only(o.close(4, 202603)); got != "3/1000=4805@202601" {
		t.Fatalf("%s left, want twenty others with all that fell", got)
	}
}

// lists are those of the registry with a measure that counts each record once.
func lists(t *testing.T) map[*codelist.List]codelist.DataSet {
	t.Helper()
	all := map[*codelist.List]codelist.DataSet{}
	reg := codelist.National()
	for _, set := range reg.Plan.DataSets {
		if !set.Weighted() {
			all[reg.List(set.List)] = set
		}
	}
	if len(all) != len(reg.Lists) {
		t.Fatalf("%d of %d lists have a measure", len(all), len(reg.Lists))
	}
	return all
}

// TestWhateverFellFitsBesideWhatWaits: of every list, the largest group of a leaf has
// room in one group with the largest "other" that the guard lets leave.
func TestWhateverFellFitsBesideWhatWaits(t *testing.T) {
	for list, set := range lists(t) {
		var pool []residual
		var sum int64
		for _, c := range list.Categories {
			r := residual{k: 5}
			for _, leaf := range c.Leaves {
				u := National().known(leaf.Sensitive) - 1
				r.caps, r.k, sum = append(r.caps, u), max(r.k, u+1), sum+u
			}
			pool = append(pool, r)
		}
		for total := sum + 9; total > 0; total-- {
			if feasible(total, pool) {
				if most := National().ofLeaf(set, list); total+most > National().Largest || most < National().Largest/2 {
					t.Errorf("%s: other may hold %d and a leaf %d", list.Name, total, most)
				}
				break
			}
		}
	}
}

// TestABlockOfOneGroupAlwaysLeavesWithOther is the same of offices: where "other"
// leaves with people enough, what is left of one group that fell goes with it, however
// large that was. With leaves that fill a group it would not.
func TestABlockOfOneGroupAlwaysLeavesWithOther(t *testing.T) {
	all := lists(t)
	list := codelist.National().List(codelist.CaseTypes)
	for name, c := range map[string]struct {
		most  func(Limits) int64
		stays bool // some block does
	}{
		"as it is":                 {func(l Limits) int64 { return l.ofLeaf(all[codelist.National().List(codelist.CaseTypes)], list) }, false},
		"a leaf that fills groups": {func(l Limits) int64 { return l.Largest }, true},
	} {
		left, stayed := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			table := Table{Set: codelist.DataSet{Number: 1}, List: list, Period: 202612, Limits: National(), Mixed: true}
			for _, leaf := range list.Leaves() {
				n := rapid.Int64Range(0, table.Limits.known(leaf.Sensitive)-1).Draw(t, "cases")
				if rapid.IntRange(0, 2).Draw(t, "none") > 0 {
					n = min(n, 1)
				}
				for i := range n {
					table.Shares = append(table.Shares, Share{Code: leaf.Code, Person: fmt.Sprint(leaf.Code, "-", i), Value: 1})
				}
			}
			size := c.most(table.Limits) - rapid.Int64Range(0, 20).Draw(t, "fewer")
			table.Block = []Share{{Code: 1101, Person: "fell", Value: size, Fell: 7}}
			for _, choice := range Choose(table) {
				switch {
				case choice.Level != Other:
				case choice.Block && choice.Value <= table.Limits.Largest:
					left++
				default:
					stayed++
				}
			}
		})
		if left+stayed == 0 || (stayed > 0) != c.stays {
			t.Errorf("%s: the block left %d times and stayed %d times", name, left, stayed)
		}
	}
}

// TestALeafIsNotDividedTooSmall: where groups may be so small that the leaves of a list
// would have no room, half a group is for a leaf, and a whole one where that is too
// few people; and a measure whose records count for many has whole groups.
func TestALeafIsNotDividedTooSmall(t *testing.T) {
	list, weighted := codelist.National().List(codelist.CaseTypes), codelist.DataSet{Name: "activity_participants"}
	for largest, want := range map[int64]int64{5000: 4785, 500: 285, 431: 216, 430: 215, 429: 215, 400: 200, 41: 21, 40: 20, 38: 38, 20: 20} {
		l := National()
		if l.Largest = largest; l.ofLeaf(codelist.DataSet{}, list) != want || l.ofLeaf(weighted, list) != largest {
			t.Errorf("of %d a leaf takes %d, want %d", largest, l.ofLeaf(codelist.DataSet{}, list), want)
		}
	}
	if !strings.Contains(fmt.Sprint(codelist.National().Plan.DataSets), weighted.Name) {
		t.Error("no measure is weighted")
	}
}
