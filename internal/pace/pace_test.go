package pace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

var rules = Rules{Free: 5, First: time.Second, Most: 30 * time.Second, Pardon: 10 * time.Minute}

// clock is a clock that a test moves.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func TestTheDelayDoublesAndEnds(t *testing.T) {
	c := newClock()
	d := NewDelays(rules, c.now)
	for n := range rules.Free {
		if wait := d.Begin("ana", Address("a")); wait > 0 {
			t.Fatalf("try %d has to wait %v", n+1, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		want *= time.Second
		if got := d.Begin("ana", Address("a")); got != want {
			t.Fatalf("wait %v, want %v", got, want)
		}
		c.pass(want)
		if wait := d.Begin("ana", Address("a")); wait > 0 {
			t.Fatalf("after %v still %v", want, wait)
		}
	}
	c.pass(24 * time.Hour)
	if d.Begin("ana", Address("a")) > 0 {
		t.Error("a day later the try has to wait still")
	}
}

// Whatever somebody does at other places, and however often, a person's own place
// is free; at the very place where it was done they wait no longer than the rules
// say, and then they are in.
func TestNobodyIsShutOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		d := NewDelays(rules, c.now)
		for range rapid.IntRange(0, 400).Draw(t, "guesses") {
			at := Address(fmt.Sprintf("10.0.0.%d", rapid.IntRange(1, 9).Draw(t, "source")))
			if rapid.Bool().Draw(t, "at the person's address, by another browser") {
				at = Address("127.0.0.1")
			}
			d.Begin(rapid.SampledFrom([]string{"miriam", "nomsa", "x"}).Draw(t, "login"), at)
			c.pass(time.Duration(rapid.IntRange(0, 60_000).Draw(t, "pause")) * time.Millisecond)
		}
		for _, own := range []Place{Address("10.0.1.1"), Named("device", "known")} {
			if wait := d.Begin("miriam", own); wait > 0 {
				t.Fatalf("miriam waits %v at a place of her own", wait)
			}
		}
		wait := d.Begin("miriam", Address("127.0.0.1"))
		if wait > rules.Most {
			t.Fatalf("miriam waits %v at the place of the guesses, want at most %v", wait, rules.Most)
		}
		if wait > 0 {
			c.pass(wait)
			if again := d.Begin("miriam", Address("127.0.0.1")); again > 0 {
				t.Fatalf("after %v she waits %v more", wait, again)
			}
		}
	})
}

// A guesser gets no more than the bound however they spread their tries, and many
// at once count as many.
func TestAGuesserGetsNoMoreThanTheBound(t *testing.T) {
	most := 0
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		d := NewDelays(rules, c.now)
		begun, got := c.now(), 0
		longest := rapid.IntRange(30, 1800).Draw(t, "longest pause in seconds")
		for c.now().Sub(begun) < 24*time.Hour {
			for range rapid.IntRange(1, 8).Draw(t, "at once") {
				if d.Begin("miriam", Address("10.0.0.1")) == 0 {
					got++
				}
			}
			c.pass(time.Duration(rapid.IntRange(1, longest).Draw(t, "pause")) * time.Second)
		}
		most = max(most, got)
		if bound := rules.MostIn(24 * time.Hour); got > bound {
			t.Fatalf("%d tries in a day, want at most %d", got, bound)
		}
	})
	// Whoever comes back at the very moment gets nearly that many: the bound is no
	// larger than it has to be.
	c := newClock()
	d := NewDelays(rules, c.now)
	got := 0
	for begun := c.now(); c.now().Sub(begun) < 24*time.Hour; {
		if wait := d.Begin("miriam", Address("10.0.0.1")); wait > 0 {
			c.pass(wait)
			continue
		}
		got++
	}
	if bound := rules.MostIn(24 * time.Hour); got > bound || got < bound*9/10 {
		t.Errorf("%d tries in a day at the most, and the bound says %d", got, bound)
	}
	t.Logf("at most %d guesses in a day from one place, %d by chance; the bound is %d", got, most, rules.MostIn(24*time.Hour))
}

func TestANetworkIsOnePlace(t *testing.T) {
	for _, same := range [][2]string{{"2001:db8::1", "2001:db8::ffff:2"}, {"fe80::1%eth0", "fe80::2%eth1"}} {
		if Address(same[0]) != Address(same[1]) {
			t.Errorf("%s and %s are two places", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"2001:db8::1", "2001:db8:0:1::1"}, {"10.0.0.1", "10.0.0.2"}, {"::ffff:10.0.0.1", "::ffff:10.0.0.2"}} {
		if Address(other[0]) == Address(other[1]) {
			t.Errorf("%s and %s are one place", other[0], other[1])
		}
	}
	if Address("x") == Named("device", "x") {
		t.Error("an address is a device")
	}
}

// Tries from very many places make nobody's failures forgotten.
func TestTheMemoryIsBoundedAndForgivesNobody(t *testing.T) {
	c := newClock()
	d := NewDelays(rules, c.now)
	for range rules.Free + 1 {
		d.Begin("miriam", Address("10.0.0.1"))
	}
	for n := range mostKeys + 5000 {
		d.Begin(fmt.Sprint(n), Address("10.0.0.2"))
		c.pass(time.Microsecond)
	}
	if len(d.failed) > mostKeys {
		t.Errorf("%d lanes are remembered", len(d.failed))
	}
	if d.Begin("miriam", Address("10.0.0.1")) <= 0 {
		t.Error("the failures at one account were forgotten")
	}
	d.Forget("miriam")
	if d.Begin("miriam", Address("10.0.0.1")) > 0 {
		t.Error("what was forgiven is not forgotten")
	}
}

func TestTellingComesOnceAndThenSeldom(t *testing.T) {
	c := newClock()
	d := NewDelays(rules, c.now)
	told := 0
	for range 1200 {
		d.Begin("miriam", Address("a"))
		if d.Telling("miriam", Address("a")) {
			told++
		}
		c.pass(rules.Most)
	}
	if told != 3 {
		t.Errorf("told %d times of 1200 failures, want 3", told)
	}
}

func TestAClockSetBackHoldsNobodyOut(t *testing.T) {
	c := newClock()
	d := NewDelays(rules, c.now)
	for range rules.Free {
		d.Begin("miriam", Address("a"))
	}
	c.pass(-1000 * time.Hour)
	if wait := d.Begin("miriam", Address("a")); wait > rules.Most {
		t.Errorf("wait %v", wait)
	}
}

// crowd keeps as many tries of a place waiting as fit, until ctx ends. Each takes
// some time and fails. It returns how many had their turn.
func crowd(ctx context.Context, wg *sync.WaitGroup, turns *Turns, at Place) *int {
	had := new(int)
	for range 3 * mostOfPlace {
		wg.Go(func() {
			for ctx.Err() == nil {
				done, err := turns.Stranger(ctx, at)
				if err != nil {
					time.Sleep(500 * time.Millisecond)
					continue
				}
				time.Sleep(400 * time.Millisecond)
				*had++ // one turn at a time
				done(true)
			}
		})
	}
	return had
}

// However many crowd at other places, somebody alone at their own comes after at
// most one turn of each place and those that are running.
func TestACrowdTakesNoMoreThanItsTurn(t *testing.T) {
	for _, places := range []int{1, 5, 40} {
		synctest.Test(t, func(t *testing.T) {
			turns := NewTurns(time.Second, 20)
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for n := range places {
				crowd(ctx, &wg, turns, Address(fmt.Sprintf("10.0.0.%d", n)))
			}
			time.Sleep(5 * time.Minute) // the allowance is used up
			begun := time.Now()
			done, err := turns.Stranger(t.Context(), Address("10.0.1.1"))
			if err != nil {
				t.Fatal(err)
			}
			waited := time.Since(begun)
			done(false)
			if most := time.Duration(places+1)*time.Second + 2*time.Second; waited > most {
				t.Errorf("beside %d places with a crowd: %v, want at most %v", places, waited, most)
			}
			begun = time.Now()
			known, err := turns.Known(t.Context())
			if err != nil || time.Since(begun) > 0 {
				t.Errorf("somebody known waits %v, %v", time.Since(begun), err)
			}
			known()
			stop()
			wg.Wait()
		})
	}
}

// However many places guess, all of them together get no more failures than the
// allowance; whoever succeeds uses none of it up.
func TestGuessesOfAllPlacesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(time.Second, 20)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var had []*int
		for n := range 12 {
			had = append(had, crowd(ctx, &wg, turns, Address(fmt.Sprint(n))))
		}
		time.Sleep(10 * time.Minute)
		stop()
		wg.Wait()
		sum := 0
		for _, n := range had {
			sum += *n
		}
		if sum > 600+20+1 || sum < 500 {
			t.Errorf("%d failures in ten minutes, want about one a second", sum)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(time.Second, 20)
		begun := time.Now()
		for range 200 {
			done, err := turns.Stranger(t.Context(), Address("a"))
			if err != nil {
				t.Fatal(err)
			}
			done(false)
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("200 people who knew their passwords waited %v", took)
		}
	})
}

func TestWhoGivesUpMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(0, 1)
		done, err := turns.Stranger(t.Context(), Address("a"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range mostOfPlace {
			wg.Go(func() {
				if _, err := turns.Stranger(ctx, Address("a")); !errors.Is(err, context.Canceled) {
					t.Errorf("%v", err)
				}
			})
		}
		synctest.Wait()
		if _, err := turns.Stranger(t.Context(), Address("a")); !errors.Is(err, ErrCrowded) {
			t.Errorf("one more than fit: %v", err)
		}
		stop()
		wg.Wait()
		done(true)
		again, err := turns.Stranger(t.Context(), Address("a"))
		if err != nil || turns.total != 0 || len(turns.round) != 0 {
			t.Fatalf("%v; %d wait", err, turns.total)
		}
		again(true)
	})
}
