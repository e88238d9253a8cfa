package twins

import (
	"fmt"
	"testing"
	"time"

	"casehub/internal/codelist"
)

func TestTry(t *testing.T) {
	s := newStage(t)
	for seed := range uint64(2) {
		p := write(codelist.National(), seed, 24)
		q := derive(codelist.National(), p)
		at := time.Now()
		a, err := s.play(t.Context(), 0, p, leak{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.play(t.Context(), 1, q, leak{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("seed", seed, len(p.records), len(q.records), time.Since(at), "k", p.k, "closes", p.closes, p.voids)
		if seed == 0 {
			for _, w := range ways() {
				fmt.Println("==", w, len(a.plain(w)))
				for i, l := range a.plain(w) {
					if i < 9 {
						fmt.Printf("%.400s\n", l)
					}
				}
			}
		}
		if d := difference(a, b); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
	}
}
