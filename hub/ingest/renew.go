package ingest

import (
	"context"
	"fmt"
	"time"

	"casehub/hub/registry"
	"casehub/internal/errs"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrHeld reports an office that is held because of a fork: whoever renews its keys
// must say that they have looked.
var ErrHeld = errs.New(errs.Conflict, "ingest.held")

var (
	// ErrOwnMissing reports an office that says it sent a release which does not count
	// here: what is withdrawn has to come after one that does.
	ErrOwnMissing = errs.New(errs.Conflict, "ingest.own-missing").On("last")
	// ErrOwnMark reports a mark that is not that of the release which counts here.
	ErrOwnMark = errs.New(errs.Conflict, "ingest.own-mark").On("mark")

	// ErrWithdraw reports that not as many releases were confirmed as would be withdrawn.
	ErrWithdraw = errs.New(errs.Conflict, "ingest.withdraw-count").On("withdraw")

	errOwnSequence = errs.New(errs.Invalid, "ingest.last").On("last")
	errOwnText     = errs.New(errs.Invalid, "ingest.mark").On("mark")
)

// Renewal is new keys for an office.
type Renewal struct {
	registry.Keys
	// Resume lets a held office go on, too.
	Resume bool
	// Own is the newest release that the office knows it sent: what counts after it
	// is withdrawn. Nil withdraws nothing.
	Own *Own
}

// Own is a release as its office names it by voice.
type Own struct {
	// Sequence is 0 of an office that sent none.
	Sequence uint32
	// Mark is what release.Mark makes of its digest, as release.ReadMark gives it;
	// "" with 0.
	Mark string
	// Withdraw is how many releases counted after it, as whoever renews the keys has
	// counted them: any other number changes nothing.
	Withdraw int
}

// maxSequence is the highest number of a release.
const maxSequence = 9999

// ReadOwn reads what an office said by voice: a number, 0 for none, and its mark. It
// fails with an error on "last" or "mark".
func ReadOwn(sequence int, mark string) (*Own, error) {
	if sequence < 0 || sequence > maxSequence {
		return nil, errOwnSequence
	}
	own := &Own{Sequence: uint32(sequence)}
	if sequence == 0 && mark == "" {
		return own, nil
	}
	var err error
	if own.Mark, err = release.ReadMark(mark); err != nil || sequence == 0 {
		return nil, errOwnText
	}
	return own, nil
}

// Renewed says what a renewal did.
type Renewed struct {
	// Last is the newest release that counts by a key before; 0 when none does.
	Last uint32
	// Withdrawn is how many releases counted after it and do no more.
	Withdrawn int
	// Dropped is how many releases were here that did not count yet. The office
	// sends them again under its new key.
	Dropped int
	// Resumed says that the office was held and goes on.
	Resumed bool
}

// renewal is a renewal as it is kept.
type renewal struct {
	key     uint32 // number of the new key
	last    uint32 // newest sequence that goes on counting
	arrival int    // newest of the office
	// withdrew is how many counted after last and were withdrawn; nil where none was to
	// be.
	withdrew *int
}

// withdraws reports whether nothing after last goes on counting.
func (r renewal) withdraws() bool { return r.withdrew != nil }

// Renew gives an office new keys: the ones before bring nothing new from then on and
// no longer connect. What counted goes on counting, or, where the office says which
// release was its own last, what came up to that: the rest is withdrawn with all that
// it did, and its bytes are kept as evidence. What was here and did not count
// is taken out, because nobody can tell who signed it; a receipt on it is forgotten,
// so that the office's own release of that number gets one.
//
// It fails with registry.ErrKeyOld, registry.ErrKeySkips, registry.ErrKeyUsed,
// registry.ErrKeyTaken, what Check finds in the keys, ErrHeld, ErrOwnMissing,
// ErrOwnMark, ErrWithdraw, or ErrReason.
func Renew(ctx context.Context, db *pgxpool.Pool, r Renewal, d Decision, at time.Time) (Renewed, error) {
	if err := r.Check(); err != nil {
		return Renewed{}, err
	}
	if err := d.check(); err != nil {
		return Renewed{}, err
	}
	var done Renewed
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		c, err := wholeChain(ctx, tx, r.OrgUnit)
		if err != nil {
			return err
		}
		if err := r.Follow(c.key); err != nil {
			return err
		}
		if c.held && !r.Resume {
			return ErrHeld
		}
		if err := registry.AddKeys(ctx, tx, r.Keys, at); err != nil {
			return err
		}
		done, err = r.settle(ctx, tx, c, d, at)
		return err
	})
	if err != nil {
		return Renewed{}, fmt.Errorf("renewing the keys of office %d: %w", r.OrgUnit, err)
	}
	return done, nil
}

// settle makes the chain that of the new key, and stores it and why.
func (r Renewal) settle(ctx context.Context, tx pgx.Tx, c *chain, d Decision, at time.Time) (Renewed, error) {
	n := renewal{key: r.KeyID, last: c.counted, arrival: c.arrivals}
	done := Renewed{Resumed: c.held}
	if r.Own != nil {
		if err := r.Own.check(c); err != nil {
			return Renewed{}, err
		}
		n.last, done.Withdrawn = r.Own.Sequence, int(c.counted-r.Own.Sequence)
		n.withdrew = &done.Withdrawn
	}
	done.Last = n.last
	c.renew(n)
	if err := saveRenewal(ctx, tx, c, n, d, at); err != nil {
		return Renewed{}, err
	}
	if err := keepEvidence(ctx, tx, c); err != nil {
		return Renewed{}, err
	}
	gone, err := dropUncounted(ctx, tx, c, at)
	if err != nil {
		return Renewed{}, err
	}
	done.Dropped = gone - done.Withdrawn
	if c.held {
		c.resume()
	}
	var ch changes
	ch.gather(c)
	if err := ch.save(ctx, tx, at); err != nil || !done.Resumed {
		return done, err
	}
	return done, saveDecision(ctx, tx, c, d, at)
}

// check holds what an office says against what counts.
func (o Own) check(c *chain) error {
	if o.Sequence > c.counted {
		return ErrOwnMissing.With("counted", c.counted)
	}
	mark := ""
	if k := c.known[o.Sequence]; k != nil {
		mark = release.Mark(k.digest[:])
	}
	if o.Mark != mark {
		return ErrOwnMark
	}
	if n := int(c.counted - o.Sequence); o.Withdraw != n {
		return ErrWithdraw.With("n", n)
	}
	return nil
}

// renew lets another key speak for the office. What does not count by then, beyond
// the newest release that goes on counting, is not kept.
func (c *chain) renew(r renewal) {
	c.key = r.key
	for sequence, k := range c.known {
		if sequence > r.last && (r.withdraws() || k.standing == waiting) {
			delete(c.known, sequence)
		}
	}
	for sequence := range c.forks {
		if sequence > r.last {
			delete(c.forks, sequence)
		}
	}
	if r.withdraws() {
		c.goBack(r.last)
	}
}

// goBack makes a chain of which all is known end at a sequence. What a VOID took back
// that is not in it any more counts again.
func (c *chain) goBack(last uint32) {
	c.counted, c.head, c.month = last, nil, 0
	if k := c.known[last]; k != nil {
		c.head = k.digest[:]
	}
	for _, k := range c.known {
		if k.standing == voided {
			k.standing = counted
		}
		if k.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID {
			c.month = max(c.month, k.month)
		}
	}
	for _, k := range c.known {
		c.void(k)
	}
}
