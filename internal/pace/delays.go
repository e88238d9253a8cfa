package pace

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// mostKeys bounds the memory; those with the fewest failures give way.
const mostKeys = 20_000

// Delays remembers failures by account and place, never by account alone: nobody
// can make anybody wait at another place. It is safe for use by many goroutines.
type Delays struct {
	rules Rules
	now   func() time.Time

	mu     sync.Mutex
	failed map[lane]*failures
}

// lane is an account at a place.
type lane struct{ account, place Place }

type failures struct {
	n    int
	last time.Time
}

// NewDelays returns delays without any failure.
func NewDelays(r Rules, now func() time.Time) *Delays {
	return &Delays{rules: r, now: now, failed: map[lane]*failures{}}
}

func laneOf(account string, at Place) lane { return lane{place("account", account), at} }

// Begin counts a try as a failure until Success or Withdraw takes it back, so that
// many at once count as many. It returns how long to wait instead when there were
// too many before; that try does not count.
func (d *Delays) Begin(account string, at Place) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := laneOf(account, at)
	f := d.failed[k]
	if f == nil {
		d.makeRoom()
		f = &failures{}
		d.failed[k] = f
	} else if wait := f.last.Add(d.rules.wait(d.left(f))).Sub(d.now()); wait > 0 {
		return min(wait, d.rules.Most) // the clock may have been set back
	}
	f.n, f.last = d.left(f)+1, d.now()
	return 0
}

// left returns the failures of which no pardon has come yet.
func (d *Delays) left(f *failures) int {
	return max(f.n-max(int(d.now().Sub(f.last)/d.rules.Pardon), 0), 0)
}

// makeRoom drops, when there are too many lanes, those that nobody counts any more
// and then an eighth of the rest, those with the fewest and oldest failures first:
// whoever tries many accounts from many places makes nobody's failures forgotten
// but their own.
func (d *Delays) makeRoom() {
	if len(d.failed) < mostKeys {
		return
	}
	var all []lane
	for k, f := range d.failed {
		if d.left(f) == 0 {
			delete(d.failed, k)
			continue
		}
		all = append(all, k)
	}
	if len(d.failed) < mostKeys {
		return
	}
	slices.SortFunc(all, func(a, b lane) int {
		x, y := d.failed[a], d.failed[b]
		return cmp.Or(cmp.Compare(d.left(x), d.left(y)), x.last.Compare(y.last))
	})
	for _, k := range all[:len(all)/8] {
		delete(d.failed, k)
	}
}

// Success forgives the account at this place.
func (d *Delays) Success(account string, at Place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.failed, laneOf(account, at))
}

// Withdraw takes back a try that came to no answer.
func (d *Delays) Withdraw(account string, at Place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := laneOf(account, at)
	if f := d.failed[k]; f != nil {
		if f.n--; f.n <= 0 {
			delete(d.failed, k)
		}
	}
}

// every is after how many further failures somebody should be told again.
const every = 500

// Telling reports whether the failures of the account at this place have just come
// to where the next has to wait, or to a great number: the moments to tell
// somebody.
func (d *Delays) Telling(account string, at Place) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.failed[laneOf(account, at)]
	return f != nil && (d.left(f) == d.rules.Free || d.left(f) > 0 && d.left(f)%every == 0)
}

// Forget forgives an account everywhere.
func (d *Delays) Forget(account string) {
	by := place("account", account)
	d.mu.Lock()
	defer d.mu.Unlock()
	for k := range d.failed {
		if k.account == by {
			delete(d.failed, k)
		}
	}
}
