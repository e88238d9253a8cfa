package policy

import (
	"testing"

	"casehub/internal/codelist"
)

// manyGroups spreads n groups over the codes of the registry and over small
// values, as a large office's release does.
func manyGroups(n int) []Group {
	leaves := codelist.National().List(codelist.CaseTypes).Leaves()
	groups := make([]Group, n)
	for i := range groups {
		size := uint32(10 + i%60)
		groups[i] = Group{DataSet: 1, Code: uint32(leaves[i%len(leaves)].Code), Level: 1, FromPeriod: 202608, Value: size, Clients: size}
	}
	return groups
}

func BenchmarkDecide100(b *testing.B) {
	e, err := NewEgress(b.Context(), codelist.National(), office)
	if err != nil {
		b.Fatal(err)
	}
	q := Question{Header: goodHeader(), Groups: manyGroups(100)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Decide(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
