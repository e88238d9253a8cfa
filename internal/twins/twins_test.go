package twins

import (
	"context"
	"fmt"
	"os"
	"runtime"
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

// pair plays a world and one of its twins, and returns what was heard of each.
func (s *stage) pair(t *testing.T, p play, leaks []leak, look [2]func(*office) error) ([2]all, error) {
	var heard [2]all
	for i, p := range []play{p, derive(reg, p, 1)} {
		var err error
		if heard[i], err = s.play(t.Context(), i, p, leaks, look[i]); err != nil {
			return heard, err
		}
	}
	return heard, nil
}

// twinsEach is how many twins a world has. All are compared with it, and so with each
// other; the world itself is played once for them.
const twinsEach = 4

// pairOf is a pair by its number: the seed of its play, and which of the twins it is,
// from 1.
type pairOf struct{ seed, twin uint64 }

func numbered(n uint64) pairOf { return pairOf{(n-1)/twinsEach + 1, (n-1)%twinsEach + 1} }

// wanted are the pairs of CASEHUB_TWINS, for example "17" or "1000-1999", or as many as
// the proof takes, from 1; in everyday tests one of each of two plays.
func wanted(t *testing.T) []pairOf {
	first, last, step := uint64(1), uint64(1000), uint64(1)
	if !proof.Full() {
		last, step = 1+twinsEach, twinsEach
	}
	if wanted := os.Getenv("CASEHUB_TWINS"); wanted != "" {
		from, to, several := strings.Cut(wanted, "-")
		var err error
		if first, err = strconv.ParseUint(from, 10, 64); err == nil && several {
			last, err = strconv.ParseUint(to, 10, 64)
		} else {
			last = first
		}
		if err != nil || first == 0 {
			t.Fatalf("CASEHUB_TWINS is %q", wanted)
		}
		step = 1
	}
	var all []pairOf
	for n := first; n <= last; n += step {
		all = append(all, numbered(n))
	}
	return all
}

// tally is what the pairs have shown so far.
type tally struct {
	t      *testing.T
	mu     sync.Mutex
	begun  time.Time
	wanted int
	played int
	differ int
	plays  int
}

// pair counts a pair, and says from time to time how far the proof is.
func (c *tally) pair(p pairOf, said string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.played++
	if said != "" {
		c.differ++
		c.t.Errorf("pair %d (seed %d, twin %d): %s", (p.seed-1)*twinsEach+p.twin, p.seed, p.twin, said)
	}
	if c.played%20 == 0 {
		each := time.Since(c.begun) / time.Duration(c.played)
		fmt.Printf("%d of %d pairs, %d differ, %v to go\n", c.played, c.wanted, c.differ, (each * time.Duration(c.wanted-c.played)).Round(time.Second))
	}
}

// heard plays one world. Rules that do not answer in time, on a busy machine, end a
// play with an error: then it is played once again. A difference never is.
func (s *stage) heard(ctx context.Context, flavour int, p play) (*heard, error) {
	h, err := s.play(ctx, flavour, p, []leak{{}}, nil)
	if err != nil {
		fmt.Printf("seed %d, played again: %v\n", p.seed, err)
		h, err = s.play(ctx, flavour, p, []leak{{}}, nil)
	}
	if err != nil {
		return nil, err
	}
	return h[0], nil
}

// compare plays a world and its twins.
func (s *stage) compare(ctx context.Context, pairs []pairOf, count *tally) {
	p := write(reg, pairs[0].seed, months)
	a, err := s.heard(ctx, 0, p)
	for _, pair := range pairs {
		b, err := (*heard)(nil), err
		if err == nil {
			b, err = s.heard(ctx, 1, derive(reg, p, pair.twin))
		}
		if err != nil {
			count.pair(pair, err.Error())
			continue
		}
		count.pair(pair, difference(a, b))
	}
	count.mu.Lock()
	defer count.mu.Unlock()
	count.plays++
}

// TestProveTwins plays pairs, on all processors, and counts those in which anything
// that came out differs by a byte. Play one again with CASEHUB_TWINS=NUMBER.
func TestProveTwins(t *testing.T) {
	all := wanted(t)
	t.Logf("pairs of the seeds %d to %d, %d months each", all[0].seed, all[len(all)-1].seed, months)
	count := &tally{t: t, begun: time.Now(), wanted: len(all)}
	work := make(chan []pairOf)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		s := newStage(t)
		wg.Go(func() {
			for pairs := range work {
				s.compare(t.Context(), pairs, count)
			}
		})
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].seed == all[0].seed {
			n++
		}
		work <- all[:n]
		all = all[n:]
	}
	close(work)
	wg.Wait()
	proof.AtMost(t, "twins/worlds-differ", float64(count.differ), 0)
	if os.Getenv("CASEHUB_TWINS") == "" {
		proof.AtLeast(t, "twins/pairs", float64(count.played), float64(proof.Size(2, 1000)))
		proof.AtLeast(t, "twins/plays", float64(count.plays), float64(proof.Size(2, 1000/twinsEach)))
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
