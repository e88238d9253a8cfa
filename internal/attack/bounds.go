package attack

import (
	"fmt"
	"slices"
)

// System is what an attacker knows: the statements, and what follows from them
// for each cell.
type System struct {
	Bounds []Bounds
	told   []Statement
	own    int     // the first of told, which follow from no others
	of     [][]int // the statements in which each cell is
}

// NewSystem reads statements about a number of cells, none of which is below 0.
func NewSystem(cells int, told []Statement) *System {
	s := &System{Bounds: make([]Bounds, cells)}
	for i := range s.Bounds {
		s.Bounds[i].Hi = Unbounded
	}
	s.add(told)
	s.own = len(s.told)
	return s
}

// add takes in more statements; what is said of the same cells becomes one.
func (s *System) add(told []Statement) {
	at := map[string]int{}
	for i, t := range s.told {
		at[t.key()] = i
	}
	for _, t := range told {
		if i, known := at[t.key()]; known {
			s.told[i].Lo, s.told[i].Hi = max(s.told[i].Lo, t.Lo), min(s.told[i].Hi, t.Hi)
			continue
		}
		at[t.key()] = len(s.told)
		s.told = append(s.told, t)
	}
	s.of = make([][]int, len(s.Bounds))
	for i, t := range s.told {
		for _, c := range t.Cells {
			s.of[c] = append(s.of[c], i)
		}
	}
}

func (t Statement) key() string { return fmt.Sprint(t.Cells) }

// Propagate narrows the cells by each statement alone until nothing changes: a
// cell is at most what the others leave, and at least what they cannot hold.
func (s *System) Propagate() {
	waiting := make([]int, len(s.told))
	queued := make([]bool, len(s.told))
	for i := range waiting {
		waiting[i], queued[i] = i, true
	}
	for len(waiting) > 0 {
		i := waiting[0]
		waiting, queued[i] = waiting[1:], false
		for _, c := range s.narrow(s.told[i]) {
			for _, j := range s.of[c] {
				if !queued[j] {
					waiting, queued[j] = append(waiting, j), true
				}
			}
		}
	}
}

// narrow applies one statement and returns the cells that changed.
func (s *System) narrow(t Statement) []int {
	var changed []int
	lo, hi := s.reach(t.Cells)
	for _, c := range t.Cells {
		was := s.Bounds[c]
		now := was
		if t.Hi < Unbounded {
			now.Hi = min(now.Hi, t.Hi-(lo-was.Lo))
		}
		if others := hi - was.Hi; others < Unbounded {
			now.Lo = max(now.Lo, t.Lo-others)
		}
		if now != was {
			s.Bounds[c] = now
			lo, hi = lo+now.Lo-was.Lo, hi+now.Hi-was.Hi
			changed = append(changed, c)
		}
	}
	return changed
}

// reach returns the smallest and the largest sum of cells by their bounds. One
// unbounded cell counts Unbounded, so that the others can be told from it.
func (s *System) reach(cells []int) (lo, hi int) {
	for _, c := range cells {
		lo += s.Bounds[c].Lo
		hi += s.Bounds[c].Hi
	}
	return lo, hi
}

// Difference subtracts every statement from those whose cells are all of its and
// more: the oldest attack, and what last-writer-wins cells invite.
func (s *System) Difference() {
	var derived []Statement
	for _, small := range s.told {
		for _, i := range s.of[small.Cells[0]] {
			large := s.told[i]
			if len(large.Cells) <= len(small.Cells) || !within(small.Cells, large.Cells) {
				continue
			}
			d := Statement{without(large.Cells, small.Cells), max(0, large.Lo-small.Hi), large.Hi - small.Lo}
			if large.Hi == Unbounded {
				d.Hi = Unbounded
			}
			if d.Lo > 0 || d.Hi < Unbounded {
				derived = append(derived, d)
			}
		}
	}
	s.add(derived)
}

// within reports whether all of one ascending list is in another.
func within(small, large []int) bool {
	at := 0
	for _, c := range small {
		n, found := slices.BinarySearch(large[at:], c)
		if !found {
			return false
		}
		at += n + 1
	}
	return true
}

// without returns what is in one ascending list and not in another.
func without(large, small []int) []int {
	var left []int
	for _, c := range large {
		if _, found := slices.BinarySearch(small, c); !found {
			left = append(left, c)
		}
	}
	return left
}

// Singles counts the cells that are known to hold exactly one case, and Exact
// those known to hold one to four.
func (s *System) Singles() (singles, exact int) {
	for _, b := range s.Bounds {
		if b.Single() {
			singles++
		}
		if b.Exact() && b.Lo > 0 && b.Lo < least {
			exact++
		}
	}
	return singles, exact
}

// Contradicts returns the first cell whose bounds leave no room for what it
// holds, or -1: an attacker who is wrong has shown nothing.
func (s *System) Contradicts(counts []int) int {
	return slices.IndexFunc(indexes(len(counts)), func(c int) bool {
		return counts[c] < s.Bounds[c].Lo || counts[c] > s.Bounds[c].Hi
	})
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
