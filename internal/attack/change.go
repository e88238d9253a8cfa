package attack

import (
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// Change draws how the limits of an office change over its months, in one of three
// ways: the office raises its thresholds, some months apart; a pack tightens them, and
// how long what is small waits, and loosens both again, as the office accepts it; or a
// pack keeps a code from leaving for a while. An attacker knows all of it.
func (w *World) Change(seed uint64) {
	g := newChance(seed)
	w.Limits = make([]ledger.Limits, w.Months)
	from := 1 + g.IntN(w.Months/2)
	to := from + 1 + g.IntN(w.Months-from)
	way, tight, withheld := g.IntN(3), tightened(g), w.anyCode(g)
	limits := ledger.National()
	for month := range w.Limits {
		inside := month >= from && month < to
		switch {
		case way == 0 && month > 0 && g.Float64() < 0.15:
			limits.K += int64(g.IntN(2))
			limits.KSensitive += int64(g.IntN(3))
		case way == 1 && inside:
			limits = tight
		case way == 2 && inside:
			limits.Withheld = []codelist.Code{withheld}
		case way > 0:
			limits = ledger.National()
		}
		w.Limits[month] = limits
	}
}

// tightened are limits that a pack may set.
func tightened(g *chance) ledger.Limits {
	l := ledger.National()
	l.K += int64(1 + g.IntN(5))
	l.KSensitive += int64(g.IntN(8))
	l.Months = []int64{3, 6, 12}[g.IntN(3)]
	return l
}

// anyCode draws a leaf, or a category.
func (w *World) anyCode(g *chance) codelist.Code {
	leaf := w.Leaves[g.IntN(len(w.Leaves))]
	if g.IntN(3) == 0 {
		return leaf.Category
	}
	return leaf.Code
}

// within returns the limits of a month.
func (w *World) within(limits ledger.Limits, month int) ledger.Limits {
	if len(w.Limits) > 0 {
		return w.Limits[month]
	}
	return limits
}
