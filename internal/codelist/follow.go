package codelist

import "casehub/internal/civil"

// TakenAfter notes of each leaf since when an office has it that worked by the registry
// before until it took this one, of which from is the first month. It changes r, which
// nothing may use yet.
func (r *Registry) TakenAfter(before *Registry, from civil.Month) {
	for _, l := range r.Lists {
		had := before.List(l.Name)
		for i := range l.Categories {
			c := &l.Categories[i]
			for _, leaves := range [][]Leaf{c.Leaves, c.Former} {
				for j := range leaves {
					leaves[j].taken = had.taken(leaves[j].Code, from)
				}
			}
			note(l.leaves, c.Leaves)
			note(l.former, c.Former)
		}
	}
}

// taken is the first month of the plan by which a leaf of the list was taken, or from
// where the list has none such. A nil list has none.
func (l *List) taken(c Code, from civil.Month) civil.Month {
	if l == nil {
		return from
	}
	f, ok := l.Leaf(c)
	if !ok {
		f, ok = l.Former(c)
	}
	if !ok {
		return from
	}
	return f.taken
}

func note(index map[Code]Leaf, leaves []Leaf) {
	for _, f := range leaves {
		index[f.Code] = f
	}
}
