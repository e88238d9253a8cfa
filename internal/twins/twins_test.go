package twins

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/proof"
)

// reg are the national code lists.
var reg = codelist.National()

// months is how long every play is.
const months = 24

// pair plays both worlds of a seed and returns what was heard of each.
func (s *stage) pair(t *testing.T, p play, leaks []leak, look [2]func(*office) error) ([2]all, error) {
	var heard [2]all
	for i, p := range []play{p, derive(reg, p)} {
		var err error
		if heard[i], err = s.play(t.Context(), i, p, leaks, look[i]); err != nil {
			return heard, err
		}
	}
	return heard, nil
}

// seeds are those of CASEHUB_TWINS, for example "17" or "1000-1999", or as many as the
// proof takes, from 1.
func seeds(t *testing.T) []uint64 {
	first, last := uint64(1), uint64(proof.Size(2, 1000))
	if wanted := os.Getenv("CASEHUB_TWINS"); wanted != "" {
		from, to, several := strings.Cut(wanted, "-")
		var err error
		if first, err = strconv.ParseUint(from, 10, 64); err == nil && several {
			last, err = strconv.ParseUint(to, 10, 64)
		} else {
			last = first
		}
		if err != nil {
			t.Fatalf("CASEHUB_TWINS: %v", err)
		}
	}
	var all []uint64
	for seed := first; seed <= last; seed++ {
		all = append(all, seed)
	}
	return all
}

// TestProveTwins plays pairs, two at a time, and counts those in which anything that
// came out differs by a byte. Run one again with CASEHUB_TWINS=SEED.
func TestProveTwins(t *testing.T) {
	work := make(chan uint64)
	var differ, played int
	var took time.Duration
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 2 {
		s := newStage(t)
		wg.Go(func() {
			for seed := range work {
				begun := time.Now()
				said, p := "", write(reg, seed, months)
				heard, err := s.pair(t, p, []leak{{}}, [2]func(*office) error{})
				if err != nil { // rules that did not answer in time, on a busy machine; a difference is never played again
					fmt.Printf("seed %d, played again: %v\n", seed, err)
					heard, err = s.pair(t, p, []leak{{}}, [2]func(*office) error{})
				}
				if err == nil {
					said = difference(heard[0][0], heard[1][0])
				} else {
					said = err.Error()
				}
				mu.Lock()
				played++
				took += time.Since(begun)
				if said != "" {
					differ++
					t.Errorf("seed %d: %s", seed, said)
				}
				if played%50 == 0 {
					fmt.Printf("%d pairs, %d differ, %.1f s each\n", played, differ, took.Seconds()/float64(played))
				}
				mu.Unlock()
			}
		})
	}
	all := seeds(t)
	t.Logf("seeds %d to %d, %d months each", all[0], all[len(all)-1], months)
	for _, seed := range all {
		work <- seed
	}
	close(work)
	wg.Wait()
	proof.AtMost(t, "twins/worlds-differ", float64(differ), 0)
	if os.Getenv("CASEHUB_TWINS") == "" {
		proof.AtLeast(t, "twins/pairs", float64(played), float64(proof.Size(2, 1000)))
	}
}

// busy is the play in which everything happens: something is taken back, another
// system published the first months of a measure, the national body tightens the
// rules, and backups are made.
func busy() play {
	p := write(reg, 0, 18)
	p.voids[4], p.elsewhere, p.backups = 3, codelist.Services, true
	p.rules = &pack.Limits{K: 6, Hold: 3}
	return p
}

// TestProveLeaks has one pair of worlds overheard with many leaks at once, each by
// itself: all must show. The same pair without a leak shows nothing, and no column
// of it is left as it is.
func TestProveLeaks(t *testing.T) {
	s := newStage(t)
	var pair [2]columns
	reading := func(i int) func(*office) error {
		return func(o *office) error {
			holdsAll(t, o)
			return pair[i].read(t, o)
		}
	}
	heard, err := s.pair(t, busy(), append(leaks(), leak{}), [2]func(*office) error{reading(0), reading(1)})
	if err != nil {
		t.Fatal(err)
	}
	if said := difference(heard[0][len(leaks())], heard[1][len(leaks())]); said != "" {
		t.Fatalf("without a leak: %s", said)
	}
	seen := 0
	for i, l := range leaks() {
		if difference(heard[0][i], heard[1][i]) == "" {
			t.Errorf("%s: nothing was seen", l.name)
			continue
		}
		seen++
	}
	proof.AtLeast(t, "twins/leaks-seen", float64(seen), float64(len(leaks())))
	t.Run("columns", func(t *testing.T) { compare(t, pair) })
}

// holdsAll fails when the play was one in which little left: then nothing is shown.
func holdsAll(t *testing.T, o *office) {
	t.Helper()
	for what, statement := range map[string]string{
		"leaves":              `SELECT count(*) FROM ledger_groups WHERE level = 1`,
		"rests":               `SELECT count(*) FROM ledger_groups WHERE level = 2`,
		"other":               `SELECT count(*) FROM ledger_groups WHERE level = 3`,
		"measures":            `SELECT count(DISTINCT data_set) / 11 FROM ledger_groups`,
		"money":               `SELECT count(*) FROM ledger_groups WHERE amount_hundreds > 0`,
		"a carry":             `SELECT count(*) FROM ledger_groups WHERE carry_minor <> 0`,
		"what fell":           `SELECT count(*) FROM ledger_groups WHERE voided_by IS NOT NULL`,
		"what left again":     `SELECT count(*) FROM ledger_groups WHERE again IS NOT NULL`,
		"netted entries":      `SELECT count(*) FROM ledger_entries WHERE state = 'netted'`,
		"published elsewhere": `SELECT count(*) FROM ledger_events WHERE reason = 'elsewhere'`,
		"what waits":          `SELECT count(*) FROM ledger_events WHERE state = 'unpublished'`,
		"erased clients":      `SELECT count(*) FROM erasures WHERE state = 'done'`,
		"persons of two":      `SELECT count(*) FROM ledger_persons WHERE client_id <> person AND person <> 'import'`,
	} {
		if o.text1(statement) == "0" {
			t.Errorf("world %s: there is nothing of: %s", o.name, what)
		}
	}
}
