package audit

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
)

// Fault is what is wrong with a link of the chain.
type Fault string

// The faults of a link.
const (
	// Missing: no entry has this number, though a later one or the head is there.
	Missing Fault = "is missing"
	// Altered: the entry is not what was hashed, or was hashed without the key,
	// or what came before it was exchanged.
	Altered Fault = "was altered, or what came before it was exchanged"
	// ValueAltered: a value is not the one that the entry was made with.
	ValueAltered Fault = "has a value that was altered"
	// ValueMissing: the entry tells of a value that is not there, or the other
	// way round.
	ValueMissing Fault = "has not the values that it tells of"
	// ValueErased: values are gone, and no entry tells of their erasure.
	ValueErased Fault = "has lost values, and no entry tells of an erasure"
	// Unknown: the entry is in a format that this program does not know.
	Unknown Fault = "is in a format that this program does not know"
	// Beyond: entries follow the head.
	Beyond Fault = "comes after the end of the chain"
	// Rewritten: the chain holds, and is not the one whose head was noted.
	Rewritten Fault = "is not the entry that was noted: the chain was written anew"
)

// Broken is the first link of the chain that does not hold.
type Broken struct {
	Seq   int64
	Fault Fault
}

// Error names the entry by its number and says what is wrong with it.
func (b *Broken) Error() string { return fmt.Sprintf("audit entry %d %s", b.Seq, b.Fault) }

// Verify follows the chain from its first entry and returns its head. It fails
// with a *Broken at the first link that does not hold. Heads that were noted
// elsewhere are compared with the entries that they were noted of. q is a
// snapshot where others write meanwhile. Memory does not grow with the chain.
func Verify(ctx context.Context, q sqlite.Querier, noted ...Head) (Head, error) {
	k, head, err := selectHead(ctx, q)
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of the audit: %w", err)
	}
	w := walk{key: k, noted: noted}
	if err := everything(ctx, q, w.step); err != nil {
		return Head{}, verifying(err)
	}
	if err := errors.Join(w.closeEntry(), w.end(head)); err != nil {
		return Head{}, verifying(firstBroken(err))
	}
	return head, verifying(besideTheChain(ctx, q))
}

// besideTheChain looks for values without an entry and for values that went
// without a word.
func besideTheChain(ctx context.Context, q sqlite.Querier) error {
	for _, look := range []struct {
		find  func(context.Context, sqlite.Querier) (int64, error)
		fault Fault
	}{{strayValue, ValueMissing}, {secretErasure, ValueErased}} {
		seq, err := look.find(ctx, q)
		if err != nil {
			return err
		}
		if seq > 0 {
			return &Broken{seq, look.fault}
		}
	}
	return nil
}

// verifying leaves a Broken as it is and says what was being done otherwise.
func verifying(err error) error {
	if b := (*Broken)(nil); err == nil || errors.As(err, &b) {
		return err
	}
	return fmt.Errorf("reading the audit: %w", err)
}

func firstBroken(err error) error {
	var b *Broken
	if errors.As(err, &b) {
		return b
	}
	return err
}

// walk goes along the chain, value by value.
type walk struct {
	key   key
	last  Head
	noted []Head
	open  []pledged // fields of the last entry whose values were not seen yet
}

// step takes one row of everything.
func (w *walk) step(s stored) error {
	if s.Seq != w.last.Seq || s.Seq == 0 {
		if err := w.closeEntry(); err != nil {
			return err
		}
		if err := w.entry(s); err != nil {
			return err
		}
	}
	if !s.n.Valid {
		return nil
	}
	return w.value(s)
}

// entry checks the next link.
func (w *walk) entry(s stored) error {
	next := w.last.Seq + 1
	switch {
	case s.Seq != next:
		return &Broken{next, Missing}
	case s.format != format:
		return &Broken{next, Unknown}
	}
	hash := link(w.key, w.last.Hash, s.Entry, s.changes)
	if !hmac.Equal(hash[:], s.hash) {
		return &Broken{next, Altered}
	}
	var err error
	if w.open, err = pledgesOf(s.changes); err != nil {
		return &Broken{next, Altered}
	}
	w.last = Head{next, hash}
	for _, h := range w.noted {
		if h.Seq == next && h.Hash != hash {
			return &Broken{next, Rewritten}
		}
	}
	return nil
}

// value checks one value of the entry against its commitment.
func (w *walk) value(s stored) error {
	if len(w.open) == 0 || w.open[0].field != s.field.String {
		return &Broken{s.Seq, ValueMissing}
	}
	pledge := w.open[0]
	w.open = w.open[1:]
	if s.salt == nil {
		return nil // erased: besideTheChain asks whether an entry tells of it
	}
	if commitment(Change{s.field.String, s.old.String, s.new.String}, s.salt) != pledge.commitment {
		return &Broken{s.Seq, ValueAltered}
	}
	return nil
}

// closeEntry reports values of the last entry that never came.
func (w *walk) closeEntry() error {
	if len(w.open) > 0 {
		return &Broken{w.last.Seq, ValueMissing}
	}
	return nil
}

// end compares where the chain ended with its head and with those noted.
func (w *walk) end(head Head) error {
	longest := head.Seq
	for _, h := range w.noted {
		longest = max(longest, h.Seq)
	}
	switch {
	case longest > w.last.Seq:
		return &Broken{w.last.Seq + 1, Missing}
	case head.Seq < w.last.Seq:
		return &Broken{head.Seq + 1, Beyond}
	case head.Hash != w.last.Hash:
		return &Broken{head.Seq, Altered}
	}
	return nil
}
