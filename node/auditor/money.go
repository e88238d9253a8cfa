package auditor

import (
	"math/big"
	"slices"
)

// purse adds up money in minor units, by person, without a bound.
type purse struct {
	of       map[int]*big.Int
	negative bool
}

// put adds one amount of a person.
func (p *purse) put(person int, minor int64) {
	if p.of == nil {
		p.of = map[int]*big.Int{}
	}
	if p.of[person] == nil {
		p.of[person] = new(big.Int)
	}
	p.of[person].Add(p.of[person], big.NewInt(minor))
	p.negative = p.negative || minor < 0
}

// total is the sum of all amounts.
func (p *purse) total() *big.Int {
	sum := new(big.Int)
	for _, x := range p.of {
		sum.Add(sum, x)
	}
	return sum
}

// sizes are the absolute net amounts of the persons, the largest first, and their
// sum. There are always at least two sizes.
func (p *purse) sizes() (sizes []*big.Int, sum *big.Int) {
	sizes, sum = []*big.Int{new(big.Int), new(big.Int)}, new(big.Int)
	for _, x := range p.of {
		size := new(big.Int).Abs(x)
		sizes = append(sizes, size)
		sum.Add(sum, size)
	}
	slices.SortFunc(sizes, func(a, b *big.Int) int { return b.Cmp(a) })
	return sizes, sum
}

// spread reports whether (X - x1 - x2) >= p % of x1: then nobody inside can work
// out another's amount to within p % (rule D7). Where all amounts are nothing,
// everybody's is known.
func (p *purse) spread(percent int64) bool {
	sizes, sum := p.sizes()
	if sizes[0].Sign() == 0 {
		return false
	}
	rest := new(big.Int).Sub(sum, sizes[0])
	rest.Sub(rest, sizes[1])
	rest.Mul(rest, big.NewInt(100))
	return rest.Cmp(new(big.Int).Mul(sizes[0], big.NewInt(percent))) >= 0
}

// share is 100 (X - x1 - x2) / x1 in whole percent, from 0 to 100.
func (p *purse) share() int64 {
	sizes, sum := p.sizes()
	if sizes[0].Sign() == 0 {
		return 0
	}
	rest := new(big.Int).Sub(sum, sizes[0])
	rest.Sub(rest, sizes[1])
	return min(100, new(big.Int).Div(rest.Mul(rest, big.NewInt(100)), sizes[0]).Int64())
}

// mostHundreds is the largest amount that the wire takes.
const mostHundreds = 10_000_000

// rounded returns a sum in whole hundreds, half a hundred and more counting as
// one, and what is left over, which may be below zero. A sum below zero is sent as
// nothing. It fits when the wire takes it and no more than half a hundred is left
// over.
func rounded(sum *big.Int, perHundred int64) (hundreds, left int64, fits bool) {
	unit := big.NewInt(perHundred)
	whole, part := new(big.Int), new(big.Int)
	if sum.Sign() >= 0 {
		whole.DivMod(sum, unit, part)
		if new(big.Int).Lsh(part, 1).Cmp(unit) >= 0 {
			whole.Add(whole, big.NewInt(1))
		}
	}
	rest := new(big.Int).Sub(sum, new(big.Int).Mul(whole, unit))
	if !whole.IsInt64() || !rest.IsInt64() {
		return 0, 0, false
	}
	twice := new(big.Int).Abs(new(big.Int).Lsh(rest, 1))
	return whole.Int64(), rest.Int64(), whole.Int64() <= mostHundreds && twice.Cmp(unit) <= 0
}
