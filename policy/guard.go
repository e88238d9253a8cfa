package policy

import "math/big"

// everyZero reports whether, of pooled categories that hide total events together,
// every leaf could hold none, as far as somebody can tell who knows the rules: a
// category is pooled only with a residual for which it would not have shown a rest
// of its own (rules D4 and D5).
func everyZero(pool []hidden, total uint32) bool {
	before, after := sums(pool), big.NewInt(1)
	if total >= uint32(before[len(pool)].BitLen()) {
		return false // more than they can hide together
	}
	for i := len(pool) - 1; i >= 0; i-- {
		if len(pool[i].leaves) > 0 && !pool[i].couldBeZero(add(before[i], after), total) {
			return false
		}
		after = add(after, pool[i].residuals())
	}
	return true
}

// couldBeZero reports whether the category's residual can be made without the leaf
// that can hold most, and the rest of the total by the other categories. Then it
// can be made without any other.
func (h hidden) couldBeZero(others *big.Int, total uint32) bool {
	possible := h.residuals()
	for x := range min(total, h.capacity()) + 1 {
		if possible.Bit(int(x)) == 1 && others.Bit(int(total-x)) == 1 {
			return true
		}
	}
	return false
}

// residuals are the totals with which a category is pooled, as a set of bits: too
// few for a rest, too many for one, or of one leaf alone.
func (h hidden) residuals() *big.Int {
	set := new(big.Int)
	for x := range h.most() + 1 {
		if x < h.k() || x > h.capacity() || len(h.leaves) < 2 {
			set.SetBit(set, int(x), 1)
		}
	}
	return set
}

// sums returns for each category what the ones before it can add up to.
func sums(pool []hidden) []*big.Int {
	out := []*big.Int{big.NewInt(1)} // nothing adds up to zero
	for _, h := range pool {
		out = append(out, add(out[len(out)-1], h.residuals()))
	}
	return out
}

// add returns the set of all sums of one element of each set.
func add(a, b *big.Int) *big.Int {
	out := new(big.Int)
	for x := range b.BitLen() {
		if b.Bit(x) == 1 {
			out.Or(out, new(big.Int).Lsh(a, uint(x)))
		}
	}
	return out
}
