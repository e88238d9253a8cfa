package auditor

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// someStems draws a pool, small enough to try every way of filling it.
func someStems(t *rapid.T) []stem {
	var pool []stem
	for range rapid.IntRange(1, 3).Draw(t, "categories") {
		s := stem{floor: 5}
		for range rapid.IntRange(0, 3).Draw(t, "leaves") {
			k := rapid.SampledFrom([]int64{5, 5, 7, 10}).Draw(t, "k")
			s.caps, s.floor = append(s.caps, k-1), max(s.floor, k)
		}
		pool = append(pool, s)
	}
	return pool
}

// TestBothGuardsAgree: trying every way, and counting with spans of numbers, are
// two answers to one question.
func TestBothGuardsAgree(t *testing.T) {
	yes, no := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		pool := someStems(t)
		total := rapid.Int64Range(0, 45).Draw(t, "total")
		ways := int64(1)
		for _, s := range pool {
			for _, c := range s.caps {
				ways *= c + 1
			}
		}
		if ways > 200_000 {
			return
		}
		tried, counted := byTrying(pool, total), byIntervals(pool, total)
		if tried != counted {
			t.Fatalf("pool %v, total %d: trying says %v, spans say %v", pool, total, tried, counted)
		}
		if tried {
			yes++
		} else {
			no++
		}
	})
	if yes < 5 || no < 5 {
		t.Errorf("%d pools may be shown and %d not: too few of one kind to compare", yes, no)
	}
}

// TestGuardByHand has the answers of the rules' worked examples.
func TestGuardByHand(t *testing.T) {
	four := stem{[]int64{4, 4, 4, 4}, 5} // hides 0 to 4 and 13 to 16
	two := stem{[]int64{4, 4}, 5}        // hides 0 to 4 and 5 to 8
	one := stem{[]int64{4}, 5}           // hides 0 to 4
	for _, c := range []struct {
		pool  []stem
		total int64
		want  bool
	}{
		{[]stem{two}, 8, false},               // each has four
		{[]stem{two}, 5, false},               // one is not empty, and the other is not empty when it is full
		{[]stem{two, one}, 8, true},           // the other category may have four of them
		{[]stem{two, one}, 9, false},          // then at least one of the two is not empty
		{[]stem{four}, 13, false},             // a rest of 13 is hidden because none is empty
		{[]stem{four, one}, 13, false},        // 13 and nothing, or 9 and 4, which would have been shown
		{[]stem{four, four}, 8, true},         // four and four
		{[]stem{four, four}, 9, false},        // nothing hides nine
		{[]stem{four, four}, 17, true},        // either may be the one with 4
		{[]stem{four, four}, 26, false},       // 13 and 13
		{[]stem{one}, 4, false},               // it is itself
		{[]stem{one, one}, 5, false},          // neither can be empty
		{[]stem{one, one, one}, 8, true},      // two of them
		{[]stem{one, one, one}, 9, false},     // all three
		{[]stem{{nil, 5}, one, one}, 4, true}, // a category of which everything is shown hides nothing
		{nil, 0, false},
	} {
		if got := mayAllBeEmpty(c.pool, c.total); got != c.want {
			t.Errorf("%v, %d: %v, want %v", c.pool, c.total, got, c.want)
		}
		if got := byIntervals(c.pool, c.total); got != c.want {
			t.Errorf("spans of %v, %d: %v, want %v", c.pool, c.total, got, c.want)
		}
	}
}

func TestManyLeavesAreCountedWithSpans(t *testing.T) {
	var pool []stem
	for range 10 {
		pool = append(pool, stem{slices.Repeat([]int64{4}, 5), 5})
	}
	if !mayAllBeEmpty(pool, 25) || mayAllBeEmpty(pool, 200) || mayAllBeEmpty(pool, 201) {
		t.Error("ten categories of five: 25 may be shown, 200 tells of every leaf, 201 cannot be")
	}
}
