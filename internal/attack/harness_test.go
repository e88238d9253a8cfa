package attack

import (
	"os"
	"sync"
	"testing"

	"casehub/internal/proof"
	"casehub/node/ledger"
)

// solver returns the linear programming attack, or skips where the solver is not
// installed.
func solver(t *testing.T) *Linear {
	t.Helper()
	l, err := NewLinear(t.TempDir())
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no glpsol is installed; deploy/dev/install glpk brings it")
	}
	return l
}

const months = 24

// offices invents as many offices as a run looks at: half of them of ten to forty
// cases a month, a quarter smaller, a quarter larger.
func offices(c Chances) []*World {
	sizes := []Size{Sizes[1], Sizes[0], Sizes[1], Sizes[2]}
	var all []*World
	for i := range proof.Size(20, 300) {
		all = append(all, Invent(uint64(i+1), sizes[i%len(sizes)], months, c))
	}
	return all
}

// changing are offices whose limits change over the months, every second with all that
// happens in one.
func changing() []*World {
	all := offices(Plain())
	for i, lived := range offices(Lived()) {
		if i%2 == 1 {
			all[i] = lived
		}
		all[i].Change(uint64(i + 1))
	}
	return all
}

// each calls a function for numbers up to n, two at a time.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// modeD runs offices through Mode D as it is.
func modeD(worlds []*World) []*History {
	all := make([]*History, len(worlds))
	each(len(worlds), func(i int) { all[i] = ModeD(worlds[i], ledger.Choose, ledger.National()) })
	return all
}

// singles counts the cells that hold exactly one.
func singles(counts []int) int {
	n := 0
	for _, c := range counts {
		if c == 1 {
			n++
		}
	}
	return n
}
