package ledger

import (
	"maps"

	"casehub/internal/codelist"
)

// By returns the ledger of the same office by another plan and code lists.
func (l *Ledger) By(reg *codelist.Registry) *Ledger {
	other := *l
	other.reg = reg
	return &other
}

// Within returns the ledger of the same office with limits that are stricter
// somewhere: the larger of each threshold, the smaller of what is largest.
func (l *Ledger) Within(limits Limits) *Ledger {
	other := *l
	other.limits = Limits{
		K: max(l.limits.K, limits.K), KSensitive: max(l.limits.KSensitive, limits.KSensitive),
		P: max(l.limits.P, limits.P), Largest: min(l.limits.Largest, limits.Largest),
	}
	return &other
}

// Mixing returns the ledger of the same office with rule D8 off for more tables.
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
