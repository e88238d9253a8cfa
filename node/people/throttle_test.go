package people

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// guess is a failed try that is not waited for.
func guess(t *throttle, login, source string) bool { return t.begin(login, source) == 0 }

func TestTheDelayDoublesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(time.Now)
		for n := range freeOfLogin {
			if !guess(th, "ana", "a") {
				t.Fatalf("try %d has to wait", n+1)
			}
		}
		for want := time.Second; want <= 64*time.Second; want *= 2 {
			if got := th.begin("ana", "a"); got != want {
				t.Fatalf("wait %v, want %v", got, want)
			}
			time.Sleep(want)
			if !guess(th, "ana", "a") {
				t.Fatalf("after %v the try has to wait still", want)
			}
		}
		time.Sleep(24 * time.Hour)
		if !guess(th, "ana", "a") {
			t.Error("a day later the try has to wait still")
		}
	})
}

// Whatever strangers do at other sources, and at other logins within the
// source's own measure, somebody's first tries from their own place are free.
func TestNobodyIsShutOutByOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{at: time.Unix(1_800_000_000, 0)}
		th := newThrottle(c.now)
		for range rapid.IntRange(0, 300).Draw(t, "guesses") {
			source := fmt.Sprintf("10.0.0.%d", rapid.IntRange(1, 9).Draw(t, "source"))
			th.begin(rapid.SampledFrom([]string{"miriam", "nomsa", "x"}).Draw(t, "login"), source)
			c.pass(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * time.Millisecond)
		}
		if wait := th.begin("miriam", "10.0.1.1"); wait > 0 {
			t.Fatalf("miriam waits %v at her own place", wait)
		}
	})
}

// A guesser gets few tries however they spread them over time, and many at once
// count as many.
func TestAGuesserGetsFewTries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{at: time.Unix(1_800_000_000, 0)}
		th := newThrottle(c.now)
		begun, got := c.now(), 0
		for c.now().Sub(begun) < 24*time.Hour {
			for range rapid.IntRange(1, 20).Draw(t, "at once") {
				if guess(th, "miriam", "10.0.0.1") {
					got++
				}
			}
			c.pass(time.Duration(rapid.IntRange(1, 1800).Draw(t, "pause")) * time.Second)
		}
		// One is forgiven every ten minutes, and each of those buys one more.
		if most := freeOfLogin + 10 + int(24*time.Hour/pardon) + 1; got > most {
			t.Fatalf("%d tries in a day, want at most %d", got, most)
		}
	})
}

func TestASourceWithManyLoginsIsSlowed(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.now)
	got := 0
	for n := range 200 {
		if guess(th, fmt.Sprintf("login%d", n), "10.0.0.1") {
			got++
		}
	}
	if got != freeOfSource {
		t.Errorf("%d tries at once, want %d", got, freeOfSource)
	}
	if wait := th.begin("other", "10.0.0.1"); wait <= 0 || wait > mostSource {
		t.Errorf("wait %v", wait)
	}
}

func TestANetworkIsOneSource(t *testing.T) {
	for _, same := range [][2]string{{"2001:db8::1", "2001:db8::ffff:2"}, {"fe80::1%eth0", "fe80::2%eth1"}} {
		if sourceDigest(same[0]) != sourceDigest(same[1]) {
			t.Errorf("%s and %s are two sources", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"2001:db8::1", "2001:db8:0:1::1"}, {"10.0.0.1", "10.0.0.2"}, {"::ffff:10.0.0.1", "::ffff:10.0.0.2"}} {
		if sourceDigest(other[0]) == sourceDigest(other[1]) {
			t.Errorf("%s and %s are one source", other[0], other[1])
		}
	}
}

func TestASuccessForgivesTheLoginAndNotTheSource(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.now)
	for n := range freeOfSource - 1 {
		guess(th, fmt.Sprintf("victim%d", n), "10.0.0.1")
	}
	guess(th, "mine", "10.0.0.1")
	th.success("mine", "10.0.0.1")
	if !guess(th, "victim99", "10.0.0.1") {
		t.Fatal("the last free try has to wait")
	}
	if guess(th, "victim100", "10.0.0.1") {
		t.Error("signing in oneself made room for more guesses")
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	th := newThrottle(c.now)
	for n := range mostKeys + 500 {
		th.add(throttleKey{source: sourceDigest(fmt.Sprint(n))})
		c.pass(time.Millisecond)
	}
	if len(th.failed) > mostKeys {
		t.Errorf("%d keys", len(th.failed))
	}
}
