package people

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// Delays after failures. Each key has some failures free; every further one
// doubles the wait until the next try, up to most. One failure is forgiven for
// each pardon that passes.
const (
	freeOfLogin  = 4
	freeOfSource = 20
	firstDelay   = time.Second
	mostLogin    = 15 * time.Minute
	mostSource   = time.Minute
	pardon       = 10 * time.Minute
	// mostKeys bounds the memory; the key whose failures are oldest gives way.
	mostKeys = 20_000
)

// throttle slows whoever guesses. It knows failures by login and source and by
// source alone, never by login alone: nobody can shut another source out, and a
// session that is open is never asked. It is kept in memory: after a restart the
// node is sealed.
type throttle struct {
	now func() time.Time

	mu     sync.Mutex
	failed map[throttleKey]*failures
}

// throttleKey is a digest, so that what strangers type is not kept. by is the
// login's part, to forget it everywhere; zero in the key of a source alone.
type throttleKey struct {
	source [16]byte
	by     [16]byte
}

type failures struct {
	n    int
	last time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, failed: map[throttleKey]*failures{}}
}

func loginDigest(login string) [16]byte {
	sum := sha256.Sum256([]byte("login\x00" + login))
	return [16]byte(sum[:16])
}

// sourceDigest takes an address; of IPv6 the network of 64 bits, which one
// household has.
func sourceDigest(source string) [16]byte {
	if a, err := netip.ParseAddr(source); err == nil && a.Unmap().Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			source = p.String()
		}
	}
	sum := sha256.Sum256([]byte("source\x00" + source))
	return [16]byte(sum[:16])
}

func keys(login, source string) (both, alone throttleKey) {
	s := sourceDigest(source)
	return throttleKey{s, loginDigest(login)}, throttleKey{source: s}
}

// begin counts a try as a failure until success takes it back, so that many at
// once count as many. It returns how long to wait instead when there were too
// many before; that try does not count.
func (t *throttle) begin(login, source string) time.Duration {
	both, alone := keys(login, source)
	t.mu.Lock()
	defer t.mu.Unlock()
	wait := max(t.wait(both, freeOfLogin, mostLogin), t.wait(alone, freeOfSource, mostSource))
	if wait > 0 {
		return wait
	}
	t.add(both)
	t.add(alone)
	return 0
}

// wait returns what is left of the delay of a key.
func (t *throttle) wait(k throttleKey, free int, most time.Duration) time.Duration {
	f := t.failed[k]
	if f == nil {
		return 0
	}
	return f.last.Add(delay(t.left(f)-free, most)).Sub(t.now())
}

// delay is firstDelay for the first failure above the free ones, then doubles.
func delay(above int, most time.Duration) time.Duration {
	d := firstDelay
	switch {
	case above < 0:
		return 0
	case above > 20:
		return most
	}
	return min(d<<above, most)
}

// left returns the failures of which no pardon has come yet.
func (t *throttle) left(f *failures) int {
	return max(f.n-int(t.now().Sub(f.last)/pardon), 0)
}

func (t *throttle) add(k throttleKey) {
	f := t.failed[k]
	if f == nil {
		t.makeRoom()
		f = &failures{}
		t.failed[k] = f
	}
	f.n, f.last = t.left(f)+1, t.now()
}

func (t *throttle) makeRoom() {
	if len(t.failed) < mostKeys {
		return
	}
	var oldest throttleKey
	var at time.Time
	for k, f := range t.failed {
		if t.left(f) == 0 {
			delete(t.failed, k)
		} else if at.IsZero() || f.last.Before(at) {
			oldest, at = k, f.last
		}
	}
	if len(t.failed) >= mostKeys {
		delete(t.failed, oldest)
	}
}

// success takes the try back and forgives the login at this source. What others
// failed at from the source stays counted.
func (t *throttle) success(login, source string) {
	both, alone := keys(login, source)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failed, both)
	t.back(alone)
}

// withdraw takes back a try that came to no answer.
func (t *throttle) withdraw(login, source string) {
	both, alone := keys(login, source)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.back(both)
	t.back(alone)
}

func (t *throttle) back(k throttleKey) {
	if f := t.failed[k]; f != nil {
		if f.n--; f.n <= 0 {
			delete(t.failed, k)
		}
	}
}

// slowed reports whether the next try of this login from here has to wait, and
// did not before the last one: the moment to tell the audit.
func (t *throttle) slowed(login, source string) bool {
	both, _ := keys(login, source)
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.failed[both]
	return f != nil && t.left(f) == freeOfLogin
}

// forget forgives a login everywhere, after a director gave it a new password.
func (t *throttle) forget(login string) {
	by := loginDigest(login)
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.failed {
		if k.by == by {
			delete(t.failed, k)
		}
	}
}
