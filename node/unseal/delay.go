package unseal

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// free is how many wrong passwords cost no wait.
	free = 3
	// longest is the longest wait.
	longest = time.Minute
	// memory is after which time without a try a source is forgotten.
	memory = 15 * time.Minute
	// sources is how many are remembered at most; the one with the fewest wrong
	// tries gives way.
	sources = 4096
)

// delays makes whoever guesses wait, each source by itself: nobody can shut
// another machine out. It is safe for use by many goroutines.
type delays struct {
	now   func() time.Time
	mu    sync.Mutex
	tried map[string]tries
}

type tries struct {
	wrong       int
	next, until time.Time // next try; forgotten after until
}

// begin counts a try as a wrong one until forgive takes it back, so that many at
// once count as many. It returns how long the source still has to wait instead
// when there were too many before; that try does not count.
func (d *delays) begin(source string) time.Duration {
	source = network(source)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	t := d.tried[source]
	if left := t.next.Sub(now); left > 0 {
		return left
	}
	if now.After(t.until) {
		t = tries{}
	}
	t.wrong++
	t.next, t.until = now, now.Add(memory)
	if t.wrong > free {
		t.next = now.Add(min(longest, time.Second<<min(t.wrong-free, 10)))
	}
	d.makeRoom(source, now)
	d.tried[source] = t
	return 0
}

// forgive takes back a try that was right, or came to no answer.
func (d *delays) forgive(source string) {
	source = network(source)
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.tried[source]
	if t.wrong--; !ok || t.wrong <= 0 {
		delete(d.tried, source)
		return
	}
	t.next = d.now()
	d.tried[source] = t
}

// makeRoom drops the sources that are quiet when there are too many, or else the
// one with the fewest wrong tries: whoever comes from many places forgives nobody
// by it.
func (d *delays) makeRoom(source string, now time.Time) {
	if _, known := d.tried[source]; d.tried == nil {
		d.tried = map[string]tries{}
	} else if known || len(d.tried) < sources {
		return
	}
	least := ""
	for s, t := range d.tried {
		if now.After(t.until) {
			delete(d.tried, s)
		} else if least == "" || t.wrong < d.tried[least].wrong {
			least = s
		}
	}
	if len(d.tried) >= sources {
		delete(d.tried, least)
	}
}

// network returns of an IPv6 address the network of 64 bits, which one household
// has, and any other address as it is.
func network(source string) string {
	a, err := netip.ParseAddr(source)
	if err != nil || !a.Unmap().Is6() {
		return source
	}
	if p, err := a.WithZone("").Prefix(64); err == nil {
		return p.String()
	}
	return source
}
