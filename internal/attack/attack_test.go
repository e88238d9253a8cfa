package attack

import (
	"slices"
	"sync/atomic"
	"testing"

	"casehub/internal/proof"
	"casehub/node/ledger"
)

// recovered is what each attacker has found of some offices: differencing and
// bounds alone, and linear programming on top.
type recovered struct{ cells, bounds, differences, linear int }

// attacked lets all attackers loose on what a scheme told of some offices.
func attacked(t *testing.T, l *Linear, told [][]Statement, counts [][]int) (recovered, []*System) {
	t.Helper()
	systems := make([]*System, len(told))
	var found recovered
	for i := range told {
		s := NewSystem(len(counts[i]), told[i])
		s.Propagate()
		n, _ := s.Singles()
		found.bounds += n
		s.Difference()
		s.Propagate()
		n, _ = s.Singles()
		found.differences += n
		found.cells += singles(counts[i])
		systems[i] = s
	}
	if err := l.Attack(t.Context(), systems...); err != nil {
		t.Fatal(err)
	}
	for i, s := range systems {
		n, _ := s.Singles()
		found.linear += n
		if c := s.Contradicts(counts[i]); c >= 0 {
			t.Fatalf("office %d: cell %d holds %d, and the attack says %+v", i, c, counts[i][c], s.Bounds[c])
		}
	}
	return found, systems
}

// TestProveTheAttackersBite: the same attackers that find nothing in Mode D find
// single cases by the thousand in what others publish.
func TestProveTheAttackersBite(t *testing.T) {
	l := solver(t)
	worlds := offices(Plain())
	for _, c := range []struct {
		name   string
		scheme Scheme
	}{
		{"per-case", PerCase}, {"year-to-date", YearToDate}, {"suppressed", Suppressed}, {"rounded", Rounded},
	} {
		told, counts := make([][]Statement, len(worlds)), make([][]int, len(worlds))
		for i, w := range worlds {
			told[i], counts[i] = c.scheme(w), w.Counts()
		}
		found, _ := attacked(t, l, told, counts)
		t.Logf("%s: of %d single cases %d by bounds, %d by differences, %d by linear programs", c.name, found.cells, found.bounds, found.differences, found.linear)
		// More than a thousand of 300 offices, and in proportion of fewer.
		proof.AtLeast(t, "attack/"+c.name+"-recovered", float64(found.linear), float64(1000*len(worlds)/300+1))
	}
}

// TestProveModeDGivesNoSingleCaseAway: nothing is found by differencing, bounds and
// linear programs, neither in offices of which an attacker knows that every
// client has one case, nor in those with all that happens in an office, nor in those
// whose limits change over the months; and no sensitive month is known not to be empty.
func TestProveModeDGivesNoSingleCaseAway(t *testing.T) {
	l := solver(t)
	var found recovered
	ordinary, sensitive, corrections := 0, 0, 0
	for _, worlds := range [][]*World{offices(Plain()), offices(Lived()), changing()} {
		histories := modeD(worlds)
		told, counts := make([][]Statement, len(histories)), make([][]int, len(histories))
		for i, h := range histories {
			told[i], counts[i] = h.Told(), h.Counts()
			h.check(t)
			corrections += h.Corrections
		}
		f, systems := attacked(t, l, told, counts)
		found.cells, found.linear = found.cells+f.cells, found.linear+f.linear
		for i, s := range systems {
			o, v := histories[i].World.notEmpty(s)
			ordinary, sensitive = ordinary+o, sensitive+v
		}
	}
	t.Logf("%d single cases, %d linear programs, %d corrections, %d ordinary cells known not to be empty", found.cells, l.Programs(), corrections, ordinary)
	proof.AtMost(t, "attack/mode-d-recovered", float64(found.linear), 0)
	proof.AtMost(t, "attack/mode-d-sensitive-bounds", float64(sensitive), 0)
}

// check holds what the attack is told against what was so: every group is the sum
// of its cells, and no event is in two.
func (h *History) check(t *testing.T) {
	t.Helper()
	counts := h.Counts()
	for i, g := range h.cellsOfGroups() {
		if sum(counts, g.cells) != g.n {
			t.Fatalf("group %+v is said to be the sum of cells that hold %d", h.Releases[i], sum(counts, g.cells))
		}
	}
	if n := h.Overlaps(); n > 0 {
		t.Fatalf("%d groups share an event or do not add up", n)
	}
}

// notEmpty counts the ordinary and the sensitive cells that are known to hold
// something.
func (w *World) notEmpty(s *System) (ordinary, sensitive int) {
	for c, b := range s.Bounds {
		switch {
		case b.Lo == 0:
		case w.Leaves[c%len(w.Leaves)].Sensitive:
			sensitive++
		default:
			ordinary++
		}
	}
	return ordinary, sensitive
}

// TestTheAttackSeesSensitiveMonths is the red of the proof above: were every
// release the end of a quarter, sensitive cells would be known not to be empty.
func TestTheAttackSeesSensitiveMonths(t *testing.T) {
	l := solver(t)
	w := Invent(7, Sizes[2], months, Plain())
	w.First, w.Step = 202503, 3
	h := ModeD(w, ledger.Choose, ledger.National())
	_, systems := attacked(t, l, [][]Statement{h.Told()}, [][]int{h.Counts()})
	if _, sensitive := w.notEmpty(systems[0]); sensitive == 0 {
		t.Error("no sensitive cell is known not to be empty")
	}
}

// TestProveEveryCaseCouldBeElsewhere: for every single case of Mode D there is
// another world, made of the same records but one, with the same releases and
// another number in that cell.
func TestProveEveryCaseCouldBeElsewhere(t *testing.T) {
	offices := slices.Concat(offices(Plain()), offices(Lived()), changing())
	if !proof.Full() { // one in five, of each size and of all three
		offices = slices.DeleteFunc(offices, func(w *World) bool { i := slices.Index(offices, w); return i%5 != 0 })
	}
	var cells, without, worlds atomic.Int64
	each(len(offices), func(i int) {
		s := NewSearcher(offices[i], ledger.Choose, ledger.National())
		for cell, n := range s.History.Counts() {
			if n != 1 {
				continue
			}
			cells.Add(1)
			if !s.Other(cell, func(n int) bool { return n != 1 }) {
				without.Add(1)
				t.Logf("office %d, month %d, leaf %d", i, cell/len(offices[i].Leaves), offices[i].Leaves[cell%len(offices[i].Leaves)].Code)
			}
		}
		worlds.Add(int64(s.Worlds))
	})
	t.Logf("%d single cases, %d worlds tried", cells.Load(), worlds.Load())
	proof.AtMost(t, "attack/mode-d-without-other-world", float64(without.Load()), 0)
}

// TestTheSearchFindsNoOtherWorldWhereThereIsNone is its red: who is told each
// number from one on leaves no other world.
func TestTheSearchFindsNoOtherWorldWhereThereIsNone(t *testing.T) {
	all := func(t ledger.Table) []ledger.Choice {
		t.Limits.K, t.Limits.KSensitive, t.Period = 1, 1, quarterEnd
		return ledger.Choose(t)
	}
	s := NewSearcher(Invent(3, Sizes[0], 3, Plain()), all, ledger.National())
	cells := 0
	for cell, n := range s.History.Counts() {
		if n != 1 {
			continue
		}
		cells++
		if s.Other(cell, func(n int) bool { return n != 1 }) {
			t.Errorf("cell %d was published by itself and could hold something else", cell)
		}
	}
	if cells == 0 {
		t.Error("no single case was looked at")
	}
}
