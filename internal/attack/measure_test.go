package attack

import (
	"sync"
	"testing"

	"casehub/internal/proof"
	"casehub/node/ledger"
)

// generated are so many months of offices of all sizes and habits, each run by
// itself; the limits of one in three change.
func generated(total int, do func(w *World)) {
	each((total+months-1)/months, func(i int) {
		habits := []Chances{Plain(), Lived()}[i%2]
		w := Invent(uint64(10_000+i), Sizes[i/2%len(Sizes)], months, habits)
		if i/6%3 == 0 {
			w.Change(uint64(i))
		}
		do(w)
	})
}

// TestProveNothingSmallLeaves counts again, from the records, how many cases and
// how many people are behind every number that leaves.
func TestProveNothingSmallLeaves(t *testing.T) {
	var mu sync.Mutex
	ordinary, sensitive := nothing, nothing
	generated(proof.Size(10_000, 1_000_000), func(w *World) {
		h := ModeD(w, ledger.Choose, ledger.National())
		o, s := h.Smallest()
		mu.Lock()
		defer mu.Unlock()
		ordinary = Smallest{min(ordinary.Value, o.Value), min(ordinary.Clients, o.Clients)}
		sensitive = Smallest{min(sensitive.Value, s.Value), min(sensitive.Clients, s.Clients)}
	})
	proof.AtLeast(t, "attack/smallest-value", float64(min(ordinary.Value, sensitive.Value)), 5)
	proof.AtLeast(t, "attack/smallest-clients", float64(min(ordinary.Clients, sensitive.Clients)), 5)
	proof.AtLeast(t, "attack/smallest-sensitive-value", float64(sensitive.Value), 10)
	proof.AtLeast(t, "attack/smallest-sensitive-clients", float64(sensitive.Clients), 10)
	if sensitive.Value == Unbounded || ordinary.Value == Unbounded {
		t.Error("no group was looked at")
	}
}

// TestTheCountOfClientsSeesRed: with one client for several cases, a rule that
// looks at values alone sends numbers with too few behind them.
func TestTheCountOfClientsSeesRed(t *testing.T) {
	blind := func(t ledger.Table) []ledger.Choice {
		for i := range t.Shares {
			t.Shares[i].Person = person(i)
		}
		return ledger.Choose(t)
	}
	habits := Lived()
	habits.Again = 0.9
	ordinary, _ := ModeD(Invent(1, Sizes[1], months, habits), blind, ledger.National()).Smallest()
	if ordinary.Clients >= 5 {
		t.Errorf("the fewest clients are %d", ordinary.Clients)
	}
}

// TestProveNobodyKnowsAnothersMoney: from no sum that leaves does one who knows
// their own part know another's to within 25 %.
func TestProveNobodyKnowsAnothersMoney(t *testing.T) {
	var mu sync.Mutex
	groups, betrayed, red := 0, 0, 0
	careless := ledger.National()
	careless.P = 0
	each(proof.Size(200, 3000), func(i int) {
		w := InventMoney(uint64(i+1), Sizes[i%len(Sizes)], months)
		h := ModeD(w, ledger.Choose, ledger.National())
		n := ModeD(w, ledger.Choose, careless).Betrayed()
		mu.Lock()
		defer mu.Unlock()
		groups, betrayed, red = groups+len(h.Groups), betrayed+h.Betrayed(), red+n
	})
	t.Logf("%d groups of money", groups)
	proof.AtMost(t, "attack/money-betrayed", float64(betrayed), 0)
	proof.AtLeast(t, "attack/money-betrayed-without-rule", float64(red), 1)
	if groups == 0 {
		t.Error("no group was looked at")
	}
}

func TestBetrays(t *testing.T) {
	for name, c := range map[string]struct {
		parts []int64
		want  bool
	}{
		"one large award":          {[]int64{80_000, 3_000, 2_500, 1_000, 500}, true},
		"well spread":              {[]int64{9_000, 7_500, 4_000, 2_500, 1_200, 800}, false},
		"just enough":              {[]int64{4_000, 1_000, 500, 500}, false},
		"one cent short":           {[]int64{4_000, 1_000, 500, 499}, true},
		"one was taken back":       {[]int64{4_000, -1_000, 500, 500}, false},
		"somebody without a share": {[]int64{0, 0, 0, 0, 0}, false},
	} {
		parts := map[int]int64{}
		for i, x := range c.parts {
			parts[i] = x
		}
		if got := betrays(parts); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestProveUtility is what the public gets, of offices with ten to forty cases a
// month.
func TestProveUtility(t *testing.T) {
	u := Cost(ledger.Choose, ledger.National(), func(seed uint64) *World { return Invent(seed, Sizes[1], months, Plain()) }, proof.Size(40, 200))
	t.Logf("%.1f %% by type, %.1f %% by category, %.1f %% in other", Percent(u.Leaf, u.Published()), Percent(u.Rest, u.Published()), Percent(u.Other, u.Published()))
	proof.AtLeast(t, "utility/by-type-or-category", u.ByTypeOrCategory(), 70)
	proof.AtMost(t, "utility/mean-wait", u.MeanWait(), 1.5)
	proof.AtMost(t, "utility/unpublished", Percent(u.Unpublished, u.Events), 0.5)
	if u.Published()+u.Unpublished != u.Events || u.Events == 0 {
		t.Errorf("%d events of which %d are published and %d are not", u.Events, u.Published(), u.Unpublished)
	}
}
