package ledger

import (
	"slices"

	"casehub/internal/codelist"
)

// mostPacks is how many packs are told apart by what they withhold. What more of them
// withhold counts as of the last of these.
const mostPacks = 5

// views are the sets of codes that somebody outside may know to be withheld: nothing,
// what one pack withholds, what several do together, and all. What leaves has to hold
// for each: the fewer leaves somebody takes for hidden, the less a rest may hold, and the
// fewer ways a total of several categories has.
func (l Limits) views() [][]codelist.Code {
	var packs [][]codelist.Code
	for _, codes := range l.by() {
		one := slices.Compact(slices.Sorted(slices.Values(codes)))
		same := func(o []codelist.Code) bool { return slices.Equal(o, one) }
		switch {
		case len(one) == 0 || slices.ContainsFunc(packs, same):
		case len(packs) < mostPacks:
			packs = append(packs, one)
		default:
			packs[mostPacks-1] = append(packs[mostPacks-1], one...)
		}
	}
	all := [][]codelist.Code{nil}
	for _, codes := range packs {
		for _, known := range slices.Clone(all) {
			all = append(all, slices.Concat(known, codes))
		}
	}
	return all
}

// by are the codes that each pack withholds.
func (l Limits) by() [][]codelist.Code {
	if l.By == nil {
		return [][]codelist.Code{l.Withheld}
	}
	return l.By
}
