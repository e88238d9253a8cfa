package twins

import (
	"fmt"
	"testing"

	"casehub/internal/codelist"
)

// TestTheOtherPlayKeepsItsWord holds derive to what it says: what a release may
// follow from is the same, and the rest is not.
func TestTheOtherPlayKeepsItsWord(t *testing.T) {
	codes, waits := 0, 0
	for seed := range uint64(20) {
		a := write(reg, seed, months)
		b := derive(reg, a, 1+seed%twinsEach)
		same, amounts := 0, 0
		sums, people := map[string]int64{}, map[string]int{}
		for i, r := range a.records {
			o := b.records[i]
			if r.set != o.set || r.month != o.month || r.turn != o.turn || r.human != o.human || r.edited != o.edited {
				t.Fatalf("seed %d: record %d is of another measure, month or person", seed, i)
			}
			if r.code != o.code {
				codes++
			}
			if r.set == codelist.AmountsRecovered && !r.foreign && r.edited == 0 {
				// A code that nobody sees has changed places within its category.
				sums[fmt.Sprint(r.code/100, r.turn)] += o.amount - r.amount
				amounts++
				if o.amount == r.amount {
					same++
				}
			}
			people[fmt.Sprint(r.set, r.code, r.turn)] += r.weight
			people[fmt.Sprint(o.set, o.code, o.turn)] -= o.weight
		}
		if 20*same > amounts {
			t.Errorf("seed %d: %d of %d amounts are the same", seed, same, amounts)
		}
		for k, d := range sums {
			if d > 5 || d < -5 {
				t.Errorf("seed %d: the amounts of %s differ by %d cents", seed, k, d)
			}
		}
		for k, d := range people {
			if d != 0 {
				t.Errorf("seed %d: %s has %d participants more", seed, k, d)
			}
		}
		for _, r := range b.records[len(a.records):] {
			if !r.foreign {
				waits++
			}
		}
		unseenKeepsBelow(t, a, b)
	}
	if codes == 0 || waits == 0 {
		t.Errorf("%d codes are others and %d events wait more", codes, waits)
	}
}

// unseenKeepsBelow checks that a leaf whose number is another in the other play can be
// seen in neither.
func unseenKeepsBelow(t *testing.T, a, b play) {
	t.Helper()
	for _, set := range reg.Plan.DataSets {
		one, other := (&editor{play: a}).counted(set.Number), (&editor{play: b}).counted(set.Number)
		for _, l := range reg.List(set.List).Leaves() {
			n, m := one[l.Code], other[l.Code]
			foreign := set.Number == codelist.AmountsRecovered
			if n != m && (max(n, m) > most || l.Sensitive) && !foreign {
				t.Errorf("seed %d: %s has %d and %d under %d", a.seed, set.Name, n, m, l.Code)
			}
		}
	}
}

// TestAmountsStayOffTheBorder: people of up to three amounts cannot stand on the
// border of the p % rule, and no sum in the middle between two hundreds.
func TestAmountsStayOffTheBorder(t *testing.T) {
	for seed := range uint64(20) {
		p := write(reg, seed, months)
		for i, r := range p.records {
			if r.set != codelist.AmountsRecovered {
				continue
			}
			if n := max(r.amount, -r.amount) / unit; r.amount%unit != 0 || n%4 != 1 {
				t.Errorf("seed %d: record %d is of %d", seed, i, r.amount)
			}
		}
		for who, n := range p.payments() {
			if n > 3 || who < 0 {
				t.Errorf("seed %d: somebody has %d amounts", seed, n)
			}
		}
	}
}
