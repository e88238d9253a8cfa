package auditor

import (
	"maps"

	"casehub/internal/codelist"
)

// mind is one reader of a release: the codes of which they know that no group leaves.
type mind map[codelist.Code]bool

// apartFrom is how many packs make minds of their own; the codes of further ones are
// known together with those of the last.
const apartFrom = 5

// minds are all readers there may be: each pack is known to them or not.
func (a *audit) minds() []mind {
	sources := a.office.Apart
	if sources == nil {
		sources = [][]codelist.Code{a.office.Never}
	}
	var packs []mind
	for _, codes := range sources {
		m := mind{}
		for _, code := range codes {
			m[code] = true
		}
		told := len(m) == 0
		for _, o := range packs {
			told = told || maps.Equal(o, m)
		}
		if told {
			continue
		}
		if len(packs) == apartFrom {
			maps.Copy(packs[apartFrom-1], m)
			continue
		}
		packs = append(packs, m)
	}
	var all []mind
	for choice := range 1 << len(packs) {
		m := mind{}
		for i, p := range packs {
			if choice>>i&1 == 1 {
				maps.Copy(m, p)
			}
		}
		all = append(all, m)
	}
	return all
}
