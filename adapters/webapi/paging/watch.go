package paging

import (
	"hash/maphash"
	"maps"

	"casehub/adapters"
	"casehub/adapters/webapi"
)

// SeenAgain is why a record is left out that came before in the same reading.
const SeenAgain = "changed_while_read"

// Limits of one reading.
const (
	// Most is the most records; a list that has more has no end.
	Most = 5_000_000
	// stale is how many pages in a row may bring nothing that is new. Some do where
	// many records were changed while they were read.
	stale = 20
)

var seed = maphash.MakeSeed()

// Watch looks after one reading. The zero value is ready.
type Watch struct {
	seen    map[uint64]struct{}
	earlier map[uint64]struct{} // seen before the last Over
	given   int64
	before  int // distinct records when the page began
	idle    int // pages in a row without a new one
}

// Over begins to read a list once more, in which what came before may come again.
func (w *Watch) Over() {
	if w.earlier == nil {
		w.earlier = map[uint64]struct{}{}
	}
	maps.Copy(w.earlier, w.seen)
	w.seen, w.before, w.idle = nil, 0, 0
}

// Again reports whether a record of this key came before in the same reading. One
// without a key never did.
func (w *Watch) Again(key string) bool {
	if key == "" {
		return false
	}
	if w.seen == nil {
		w.seen = map[uint64]struct{}{}
	}
	h := maphash.String(seed, key)
	_, again := w.seen[h]
	_, before := w.earlier[h]
	w.seen[h] = struct{}{}
	return again || before
}

// Page ends a page of n records behind which the server has another. It fails with
// adapters.ErrAnswer where pages have brought nothing new for long, or more records
// than there can be: such a list has no end.
func (w *Watch) Page(c *webapi.Client, n int) error {
	w.given += int64(n)
	if w.idle++; w.seen == nil || len(w.seen) > w.before {
		w.idle = 0
	}
	w.before = len(w.seen)
	if w.idle >= stale || w.given > Most {
		return c.Strange()
	}
	return nil
}

// Once marks a record as left out that came before in the same reading, and reports
// whether it did.
func (w *Watch) Once(r *adapters.Record) bool {
	again := w.Again(r.Key)
	if again {
		r.Skip = SeenAgain
	}
	return again
}
