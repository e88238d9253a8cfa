package auditor

import (
	"testing"

	"casehub/internal/codelist"
)

// TestAReaderMayKnowOnePackOfTwo: five in two categories of which two packs withhold one
// leaf each could be without any leaf for who knows both and for who knows none. For who
// knows one, a category has one leaf beside another that would have left five by itself.
func TestAReaderMayKnowOnePackOfTwo(t *testing.T) {
	categories := [][]codelist.Code{{1101, 1102}, {1201, 1202, 1203}}
	for name, c := range map[string]struct {
		apart          [][]codelist.Code
		readers, sures int // readers who can tell that a leaf is there
	}{
		"one pack":            {nil, 2, 0},
		"one, and one empty":  {[][]codelist.Code{{1102, 1203}, {}}, 2, 0},
		"two":                 {[][]codelist.Code{{1102}, {1203}}, 4, 1},
		"two that are equal":  {[][]codelist.Code{{1203, 1102}, {1102, 1203}}, 2, 0},
		"seven of one table":  {[][]codelist.Code{{1102}, {1203}, {11}, {12}, {13}, {14}, {15}}, 32, 8},
		"two, and each other": {[][]codelist.Code{{1102, 1203}, {1102}, {1203}}, 8, 1},
	} {
		a := &audit{office: Office{K: 5, KSensitive: 10, Never: []codelist.Code{1102, 1203}, Apart: c.apart}}
		minds, sures := a.minds(), 0
		for _, m := range minds {
			var pool []stem
			for _, leaves := range categories {
				s := stem{floor: 5}
				for _, code := range leaves {
					if !m[code] {
						s.caps = append(s.caps, 4)
					}
				}
				pool = append(pool, s)
			}
			if !mayAllBeEmpty(pool, 5) {
				sures++
			}
		}
		if len(minds) != c.readers || sures != c.sures {
			t.Errorf("%s: %d of %d readers are sure of a leaf, want %d of %d", name, sures, len(minds), c.sures, c.readers)
		}
	}
}
