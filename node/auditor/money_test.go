package auditor

import (
	"math"
	"math/big"
	"testing"
)

func TestSpreadByHand(t *testing.T) {
	for _, c := range []struct {
		name  string
		rands []int64
		want  bool
		share int64
	}{
		{"one stands out", []int64{80_000, 3_000, 2_500, 1_000, 500}, false, 5},
		{"nobody stands out", []int64{9_000, 7_500, 4_000, 2_500, 1_200, 800}, true, 94},
		{"exactly a quarter", []int64{4_000, 2_000, 1_000}, true, 25},
		{"a cent below a quarter", []int64{4_001, 2_000, 1_000}, false, 24},
		{"all the same", []int64{5, 5, 5, 5, 5}, true, 100},
		{"nothing at all", []int64{0, 0, 0}, false, 0},
		{"below zero counts by its size", []int64{-4_000, 2_000, -1_000}, true, 25},
		{"one person", []int64{7}, false, 0},
	} {
		var p purse
		for who, r := range c.rands {
			p.put(who+1, r*100)
		}
		if got := p.spread(25); got != c.want || p.share() != c.share {
			t.Errorf("%s: spread %v, share %d, want %v and %d", c.name, got, p.share(), c.want, c.share)
		}
	}
}

func TestSpreadIsOfPeopleNotOfAmounts(t *testing.T) {
	var p purse
	for range 9 {
		p.put(1, 100)
	}
	p.put(2, 100)
	p.put(3, 100)
	if p.spread(25) {
		t.Error("nine amounts of one person hide nobody")
	}
}

func TestRoundedByHand(t *testing.T) {
	for _, c := range []struct {
		sum, hundreds, left int64
		fits                bool
	}{
		{2_500_000, 250, 0, true},
		{2_504_999, 250, 4_999, true},
		{2_505_000, 251, -5_000, true},
		{0, 0, 0, true},
		{4_999, 0, 4_999, true},
		{-5_000, 0, -5_000, true},
		{-5_001, 0, -5_001, false},
		{100_000_000_000, 10_000_000, 0, true},
		{100_000_005_000, 10_000_001, -5_000, false},
	} {
		hundreds, left, fits := rounded(big.NewInt(c.sum), 10_000)
		if hundreds != c.hundreds || left != c.left || fits != c.fits {
			t.Errorf("%d: %d hundreds, %d left, fits %v, want %d, %d, %v", c.sum, hundreds, left, fits, c.hundreds, c.left, c.fits)
		}
	}
	huge := new(big.Int).Mul(big.NewInt(math.MaxInt64), big.NewInt(math.MaxInt64))
	if _, _, fits := rounded(huge, 1); fits {
		t.Error("more than any number holds fits the wire")
	}
}
