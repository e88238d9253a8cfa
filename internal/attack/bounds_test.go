package attack

import (
	"slices"
	"testing"
)

// known runs one attacker over statements and returns the bounds.
func known(t *testing.T, attacker string, cells int, told ...Statement) []Bounds {
	t.Helper()
	s := NewSystem(cells, told)
	switch attacker {
	case "bounds":
		s.Propagate()
	case "differences":
		s.Difference()
		s.Propagate()
	default:
		if err := solver(t).Attack(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return s.Bounds
}

// TestAttackersByHand gives each attacker what it must see through, by sums that
// can be done on paper.
func TestAttackersByHand(t *testing.T) {
	star := func(cell int) Statement { return Statement{[]int{cell}, 1, 4} }
	for _, c := range []struct {
		name, attacker string
		cells          int
		told           []Statement
		cell           int
		want           Bounds
	}{
		{"one star in a category", "bounds", 3, []Statement{star(0), Exactly(7, 1), Exactly(0, 2), Exactly(8, 0, 1, 2)}, 0, Bounds{1, 1}},
		{"two stars that add up to two", "bounds", 3, []Statement{star(0), star(1), Exactly(9, 2), Exactly(11, 0, 1, 2)}, 1, Bounds{1, 1}},
		{"two stars that add up to five", "bounds", 2, []Statement{star(0), star(1), Exactly(5, 0, 1)}, 0, Bounds{1, 4}},
		{"seven becomes eight", "differences", 3, []Statement{AtMost(4, 0), Exactly(7, 0, 1), Exactly(8, 0, 1, 2)}, 2, Bounds{1, 1}},
		{"a threshold that was not reached", "differences", 3, []Statement{AtMost(4, 0), AtMost(4, 0, 1), Exactly(5, 0, 1, 2)}, 2, Bounds{1, 5}},
		{"the same by linear programs", "programs", 3, []Statement{AtMost(4, 0), AtMost(4, 0, 1), Exactly(5, 0, 1, 2)}, 2, Bounds{1, 5}},
		// All three together hold half of six, and each what the other two leave of it.
		{"three pairs", "programs", 3, []Statement{Exactly(2, 0, 1), Exactly(2, 1, 2), Exactly(2, 0, 2)}, 1, Bounds{1, 1}},
		{"a group of two leaves", "programs", 4, []Statement{AtMost(4, 0), AtMost(4, 1), Exactly(5, 0, 1)}, 0, Bounds{1, 4}},
		{"a rest that hides", "programs", 3, []Statement{AtMost(4, 0), AtMost(4, 1), AtMost(4, 2), Exactly(8, 0, 1, 2)}, 2, Bounds{0, 4}},
	} {
		if got := known(t, c.attacker, c.cells, c.told...)[c.cell]; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestLinearProgramsSeeMoreThanBounds: the three pairs above say nothing to the
// other attackers.
func TestLinearProgramsSeeMoreThanBounds(t *testing.T) {
	pairs := []Statement{Exactly(2, 0, 1), Exactly(2, 1, 2), Exactly(2, 0, 2)}
	if got := known(t, "bounds", 3, pairs...)[1]; got.Exact() {
		t.Errorf("propagation finds %+v", got)
	}
	if got := known(t, "differences", 3, pairs...)[1]; got.Exact() {
		t.Errorf("differencing finds %+v", got)
	}
}

// TestARunWithoutOptimumIsAnError: statements that contradict each other must not
// pass for a cell that cannot be known.
func TestARunWithoutOptimumIsAnError(t *testing.T) {
	s := NewSystem(3, []Statement{Exactly(1, 0, 1), Exactly(1, 1, 2), Exactly(1, 0, 2), {Cells: []int{0, 1, 2}, Lo: 2, Hi: 3}})
	if err := solver(t).Attack(t.Context(), s); err == nil {
		t.Errorf("bounds %+v of what cannot be", s.Bounds)
	}
}

// TestASeedIsAWorld: the same seed gives the same office, another another.
func TestASeedIsAWorld(t *testing.T) {
	a, b, c := Invent(5, Sizes[1], months, Lived()), Invent(5, Sizes[1], months, Lived()), Invent(6, Sizes[1], months, Lived())
	if !slices.Equal(a.Events, b.Events) || len(a.Leaves) != len(b.Leaves) {
		t.Error("the same seed gave two offices")
	}
	if slices.Equal(a.Events, c.Events) {
		t.Error("two seeds gave one office")
	}
	for seed := range uint64(30) {
		if w := Invent(seed, Sizes[seed%3], months, Lived()); len(w.Leaves) < fewestTypes || len(w.Leaves) > mostTypes {
			t.Errorf("office %d has %d case types", seed, len(w.Leaves))
		}
	}
}
