package keys

import (
	"fmt"
	"sync"
	"time"

	"casehub/node/vault"
)

// draftLife is how long new words wait to be typed back, and mostDrafts how many
// directors may be at it at once.
const (
	draftLife  = 30 * time.Minute
	mostDrafts = 20
)

// draft is new words that do not count yet.
type draft struct {
	words vault.Words
	ask   []int // which have to be typed back, from 1
	ends  time.Time
}

// Format hides the words.
func (draft) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("draft(hidden)")) }

// drafts holds words for the sessions that asked for them, in memory alone.
type drafts struct {
	now func() time.Time

	mu  sync.Mutex
	all map[string]draft
}

func newDrafts(now func() time.Time) *drafts { return &drafts{now: now, all: map[string]draft{}} }

// begin makes new words for a session. Those that it had before are forgotten.
func (d *drafts) begin(session string) {
	words := vault.NewWords()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	for other := range d.all {
		if len(d.all) < mostDrafts {
			break
		}
		delete(d.all, other)
	}
	d.all[session] = draft{words, Ask(words), d.now().Add(draftLife)}
}

// of returns the words that wait for a session.
func (d *drafts) of(session string) (draft, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	w, ok := d.all[session]
	return w, ok
}

func (d *drafts) drop(session string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.all, session)
}

// sweep forgets what waited too long.
func (d *drafts) sweep() {
	for session, w := range d.all {
		if !d.now().Before(w.ends) {
			delete(d.all, session)
		}
	}
}
