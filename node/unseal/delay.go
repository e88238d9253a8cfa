package unseal

import (
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
	// sources is how many are remembered at most.
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

// wait returns how long a source still has to wait, and 0 when it may try.
func (d *delays) wait(source string) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(0, d.tried[source].next.Sub(d.now()))
}

// failed counts a wrong password of a source.
func (d *delays) failed(source string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.tried == nil || len(d.tried) >= sources {
		d.forget(now)
	}
	t := d.tried[source]
	if now.After(t.until) {
		t = tries{}
	}
	t.wrong++
	t.next, t.until = now, now.Add(memory)
	if t.wrong > free {
		t.next = now.Add(min(longest, time.Second<<min(t.wrong-free, 10)))
	}
	d.tried[source] = t
}

// forget drops the sources that are quiet, and every one if none is.
func (d *delays) forget(now time.Time) {
	for source, t := range d.tried {
		if now.After(t.until) {
			delete(d.tried, source)
		}
	}
	if d.tried == nil || len(d.tried) >= sources {
		d.tried = map[string]tries{}
	}
}
