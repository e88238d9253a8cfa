package ingest

import (
	"context"
	"fmt"
	"time"

	"casehub/hub/registry"
	"casehub/internal/errs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrHeld reports an office that is held because of a fork: whoever renews its keys
// must say that they have looked.
var ErrHeld = errs.New(errs.Conflict, "ingest.held")

// Renewal is new keys for an office.
type Renewal struct {
	registry.Keys
	// Resume lets a held office go on, too.
	Resume bool
}

// Renewed says what a renewal did.
type Renewed struct {
	// Last is the newest release that counts by a key before; 0 when none does.
	Last uint32
	// Dropped is how many releases were here that did not count yet. The office
	// sends them again under its new key.
	Dropped int
	// Resumed says that the office was held and goes on.
	Resumed bool
}

// renewal is a renewal as it is kept.
type renewal struct {
	key     uint32 // number of the new key
	last    uint32 // newest sequence that counted
	arrival int    // newest of the office
}

// Renew gives an office new keys: the ones before bring nothing new from then on and
// no longer connect. What counted goes on counting. What was here and did not count
// is taken out, because nobody can tell who signed it; a receipt on it is forgotten,
// so that the office's own release of that number gets one.
//
// It fails with registry.ErrKeyOld, registry.ErrKeySkips, registry.ErrKeyUsed,
// registry.ErrKeyTaken, what Check finds in the keys, ErrHeld, or ErrReason.
func Renew(ctx context.Context, db *pgxpool.Pool, r Renewal, d Decision, at time.Time) (Renewed, error) {
	if err := r.Check(); err != nil {
		return Renewed{}, err
	}
	if err := d.check(); err != nil {
		return Renewed{}, err
	}
	var done Renewed
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		chains, err := lockChains(ctx, tx, []uint32{r.OrgUnit})
		if err != nil {
			return err
		}
		c := chains[r.OrgUnit]
		if err := r.Follow(c.key); err != nil {
			return err
		}
		if c.held && !r.Resume {
			return ErrHeld
		}
		if err := registry.AddKeys(ctx, tx, r.Keys, at); err != nil {
			return err
		}
		done = Renewed{Last: c.counted, Resumed: c.held}
		if done.Dropped, err = dropUncounted(ctx, tx, c, at); err != nil {
			return err
		}
		c.renew(renewal{r.KeyID, c.counted, c.arrivals})
		if err := saveRenewal(ctx, tx, c, d, at); err != nil || !c.held {
			return err
		}
		c.resume()
		ch := changes{chains: []*chain{c}}
		if err := ch.save(ctx, tx, at); err != nil {
			return err
		}
		return saveDecision(ctx, tx, c, d, at)
	})
	if err != nil {
		return Renewed{}, fmt.Errorf("renewing the keys of office %d: %w", r.OrgUnit, err)
	}
	return done, nil
}

// renew lets another key speak for the office. What does not count by then, beyond
// the newest release that did, is not kept.
func (c *chain) renew(r renewal) {
	c.key = r.key
	for sequence, k := range c.known {
		if k.standing == waiting && sequence > r.last {
			delete(c.known, sequence)
		}
	}
	for sequence := range c.forks {
		if sequence > r.last {
			delete(c.forks, sequence)
		}
	}
}
