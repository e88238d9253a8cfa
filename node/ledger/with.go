package ledger

import (
	"maps"
	"slices"

	"casehub/internal/codelist"
)

// By returns the ledger of the same office by another plan and code lists.
func (l *Ledger) By(reg *codelist.Registry) *Ledger {
	other := *l
	other.reg = reg
	return &other
}

// Within returns the ledger of the same office with limits that are stricter
// somewhere: the larger of each threshold, the smaller of what is largest, the
// measures that both let leave, and the codes that either withholds.
func (l *Ledger) Within(limits Limits) *Ledger {
	other := *l
	other.limits = Limits{
		K: max(l.limits.K, limits.K), KSensitive: max(l.limits.KSensitive, limits.KSensitive),
		P: max(l.limits.P, limits.P), Largest: min(l.limits.Largest, limits.Largest), Months: max(l.limits.Months, limits.Months),
		DataSets: both(l.limits.DataSets, limits.DataSets), Withheld: slices.Concat(l.limits.Withheld, limits.Withheld),
		By: slices.Concat(l.limits.by(), limits.by()),
	}
	return &other
}

// both are the measures that two lists have, of which nil is every one.
func both(a, b []uint32) []uint32 {
	switch {
	case a == nil:
		return slices.Clone(b)
	case b == nil:
		return slices.Clone(a)
	}
	return append([]uint32{}, slices.DeleteFunc(slices.Clone(a), func(set uint32) bool { return !slices.Contains(b, set) })...)
}

// Mixing returns the ledger of the same office with rule D8 off for more tables: there
// nearly all that leaves may be of one sensitive code, by the signed plan of an office
// that works on such matters.
func (l *Ledger) Mixing(sets ...uint32) *Ledger {
	other := *l
	other.mixed = maps.Clone(l.mixed)
	for _, set := range sets {
		other.mixed[set] = true
	}
	return &other
}

// Money returns the currency that is counted, ISO 4217, and the minor units in a
// hundred of it.
func (l *Ledger) Money() (currency string, minorPerHundred int64) { return l.currency, l.minor }

// Mixed returns the tables for which rule D8 is off.
func (l *Ledger) Mixed() map[uint32]bool { return maps.Clone(l.mixed) }
