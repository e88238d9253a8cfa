package auditor

import "slices"

// stem is one category of a pool, as somebody sees it who knows the rules and not
// the records: the most that each of its hidden leaves can hold, and the smallest
// rest of it that would have been shown.
type stem struct {
	caps  []int64
	floor int64 // K of the category's rest
}

// sum and largest of the caps.
func (s stem) sum() (sum, largest int64) {
	for _, c := range s.caps {
		sum, largest = sum+c, max(largest, c)
	}
	return sum, largest
}

// hides reports whether the rules would not have shown a rest of x (rule D4): it
// is too small, or would have proved that no leaf is empty, or is one leaf.
func (s stem) hides(x int64) bool {
	sum, largest := s.sum()
	return x >= 0 && x <= sum && (len(s.caps) < 2 || x < s.floor || x > sum-largest)
}

// many is the number of assignments from which on they are no longer all tried.
const many = 20_000

// mayAllBeEmpty reports whether a total lets every single leaf of the pool be
// empty (rule D5): for each there is a way to fill the others, within what the
// rules say of hidden leaves, that adds up to the total.
func mayAllBeEmpty(pool []stem, total int64) bool {
	ways := int64(1)
	for _, s := range pool {
		for _, c := range s.caps {
			if ways *= c + 1; ways > many {
				return byIntervals(pool, total)
			}
		}
	}
	return byTrying(pool, total)
}

// byTrying fills the leaves in every way there is.
func byTrying(pool []stem, total int64) bool {
	var empty [][]bool
	leaves := 0
	for _, s := range pool {
		empty = append(empty, make([]bool, len(s.caps)))
		leaves += len(s.caps)
	}
	held := make([][]int64, len(pool))
	for i, s := range pool {
		held[i] = make([]int64, len(s.caps))
	}
	var fill func(at, leaf int, inStem, sum int64)
	fill = func(at, leaf int, inStem, sum int64) {
		switch {
		case sum > total:
		case at == len(pool):
			if sum == total {
				mark(empty, held)
			}
		case leaf == len(pool[at].caps):
			if pool[at].hides(inStem) {
				fill(at+1, 0, 0, sum)
			}
		default:
			for n := range pool[at].caps[leaf] + 1 {
				held[at][leaf] = n
				fill(at, leaf+1, inStem+n, sum+n)
			}
		}
	}
	fill(0, 0, 0, 0)
	for _, of := range empty {
		if slices.Contains(of, false) {
			return false
		}
	}
	return leaves > 0
}

// mark notes the leaves that hold nothing.
func mark(empty [][]bool, held [][]int64) {
	for i, of := range held {
		for j, n := range of {
			empty[i][j] = empty[i][j] || n == 0
		}
	}
}

// span is every whole number from one to another, both inside.
type span struct{ lo, hi int64 }

// spans are the rests of a stem that the rules hide, at most two spans.
func (s stem) spans() []span {
	sum, largest := s.sum()
	if len(s.caps) < 2 || s.floor > sum-largest {
		return []span{{0, sum}}
	}
	return []span{{0, s.floor - 1}, {sum - largest + 1, sum}}
}

// byIntervals answers the same with spans of numbers: what several stems can hold
// together is every sum of one span of each.
func byIntervals(pool []stem, total int64) bool {
	before := make([][]span, len(pool)+1)
	before[0] = []span{{0, 0}}
	for i, s := range pool {
		before[i+1] = plus(before[i], s.spans())
	}
	after, leaves := []span{{0, 0}}, 0
	for i := len(pool) - 1; i >= 0; i-- {
		others := plus(before[i], after)
		sum, _ := pool[i].sum()
		for _, c := range pool[i].caps {
			if !meets(pool[i].spans(), others, sum-c, total) {
				return false
			}
			leaves++
		}
		after = plus(after, pool[i].spans())
	}
	return leaves > 0
}

// plus returns all sums of a number of one and a number of the other, as spans
// that neither meet nor touch, ascending.
func plus(a, b []span) []span {
	var all []span
	for _, x := range a {
		for _, y := range b {
			all = append(all, span{x.lo + y.lo, x.hi + y.hi})
		}
	}
	slices.SortFunc(all, func(x, y span) int { return int(x.lo - y.lo) })
	var apart []span
	for _, x := range all {
		if n := len(apart); n > 0 && x.lo <= apart[n-1].hi+1 {
			apart[n-1].hi = max(apart[n-1].hi, x.hi)
		} else {
			apart = append(apart, x)
		}
	}
	return apart
}

// meets reports whether the total is a number of own, at most limit, and a number
// of others.
func meets(own, others []span, limit, total int64) bool {
	for _, x := range own {
		for _, y := range others {
			if max(x.lo, total-y.hi) <= min(x.hi, limit, total-y.lo) {
				return true
			}
		}
	}
	return false
}
