package policy

import "slices"

// Limits are the parameters of a layer (rules D2, D4 to D7). What several layers
// demand adds up to the stricter of each.
type Limits struct {
	// K is the smallest group, KSensitive that of a sensitive code, in distinct
	// clients and in events.
	K, KSensitive uint32
	// P is the p of the p % rule, in percent.
	P uint32
	// Largest is the largest value of a group.
	Largest uint32
	// Hold is how many months what is too small waits before it is rolled up: 3, 6
	// or 12, counted from January. 0 is 3.
	Hold uint32
	// DataSets are the tables that may leave; nil is every table of the plan.
	DataSets []uint32
	// Withheld are codes of which no group leaves, ascending.
	Withheld []uint32
}

// Floor is what the program itself demands. No layer goes below it.
func Floor() Limits { return Limits{K: 5, KSensitive: 10, P: 25, Largest: 5000, Hold: 3} }

// Tighten merges limits so that the stricter of each holds: the greater of a
// threshold, the smaller of a maximum, the tables that both allow, and the codes
// that either withholds.
func (l Limits) Tighten(o Limits) Limits {
	return Limits{
		K: max(l.K, o.K), KSensitive: max(l.KSensitive, o.KSensitive, l.K, o.K), P: max(l.P, o.P),
		Largest: min(l.Largest, o.Largest), Hold: max(l.Hold, o.Hold),
		DataSets: both(l.DataSets, o.DataSets), Withheld: either(l.Withheld, o.Withheld),
	}
}

// Stricter reports whether the limits demand anything beside the floor.
func (l Limits) Stricter() bool {
	f := Floor()
	return l.K > f.K || l.KSensitive > f.KSensitive || l.P > f.P || l.Largest < f.Largest || l.Hold > f.Hold || l.DataSets != nil || len(l.Withheld) > 0
}

// Allows reports whether a table may leave.
func (l Limits) Allows(dataSet uint32) bool {
	return l.DataSets == nil || slices.Contains(l.DataSets, dataSet)
}

// Withholds reports whether a code is withheld.
func (l Limits) Withholds(code uint32) bool { return slices.Contains(l.Withheld, code) }

// both intersects allowed sets, of which nil is everything. Nothing left is an
// empty set and not nil.
func both(a, b []uint32) []uint32 {
	switch {
	case a == nil:
		return slices.Clone(b)
	case b == nil:
		return slices.Clone(a)
	}
	out := []uint32{}
	for _, x := range a {
		if slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// either unites withheld sets.
func either(a, b []uint32) []uint32 {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
