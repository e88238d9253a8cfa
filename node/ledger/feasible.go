package ledger

import (
	"math/big"
	"slices"
)

// residual is what somebody outside knows of the hidden leaves of a category of
// which no rest left: the most that each can hold, and from how many on they
// would have left as a rest.
type residual struct {
	caps []int64
	k    int64
}

func (r residual) sum() int64 {
	var n int64
	for _, c := range r.caps {
		n += c
	}
	return n
}

// most returns the largest cap.
func (r residual) most() int64 {
	var n int64
	for _, c := range r.caps {
		n = max(n, c)
	}
	return n
}

// silent returns the numbers x that the category's leaves can add up to without
// that a rest would have left of them: x is too small for one, or too large for
// rule D4, or there is but one leaf.
func (r residual) silent() []int64 {
	var can []int64
	for x := range r.sum() + 1 {
		if x < r.k || x > r.sum()-r.most() || len(r.caps) < 2 {
			can = append(can, x)
		}
	}
	return can
}

// restHides is the guard of rule D4: whether each of at least two hidden leaves
// could hold nothing, the others of the category adding up to value.
func restHides(value int64, r residual) bool {
	return len(r.caps) >= 2 && value <= r.sum()-r.most()
}

// feasible is the guard of rule D5: whether, for somebody who sees that the pool
// adds up to total and who knows the rules, every hidden leaf of it could hold
// nothing. It looks at values as if each event were of another person; that the
// true ones are fewer people leaves more possible, not less.
func feasible(total int64, pool []residual) bool {
	var most int64
	for _, r := range pool {
		most += r.sum()
	}
	if total < 0 || total > most {
		return false
	}
	for i, r := range pool {
		if len(r.caps) > 0 && !r.canHide(total, slices.Concat(pool[:i], pool[i+1:])) {
			return false
		}
	}
	return true
}

// canHide reports whether each leaf of the category could hold nothing, the other
// categories of the pool adding up to the rest of total. The leaf with the largest
// cap leaves the least to the others: when it can be empty, each can.
func (r residual) canHide(total int64, others []residual) bool {
	sums := reachable(total, others)
	for _, x := range r.silent() {
		if x <= min(total, r.sum()-r.most()) && sums.Bit(int(total-x)) == 1 {
			return true
		}
	}
	return false
}

// reachable returns the numbers up to total that categories can add up to, as the
// bits of a number.
func reachable(total int64, pool []residual) *big.Int {
	sums := big.NewInt(1)
	mask := new(big.Int).Lsh(big.NewInt(1), uint(total+1))
	mask.Sub(mask, big.NewInt(1))
	for _, r := range pool {
		next, shifted := new(big.Int), new(big.Int)
		for _, x := range r.silent() {
			next.Or(next, shifted.Lsh(sums, uint(x)))
		}
		sums = next.And(next, mask)
	}
	return sums
}
