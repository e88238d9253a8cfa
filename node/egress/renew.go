package egress

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// RenewKeys makes the office's next keys in the caller's transaction, which changes
// whatever else a thief of the database has: a new one to sign with and a new one to
// connect with. The seeds of those before are destroyed; their public keys stay, so
// that what they signed still verifies. Releases that wait in the outbox are sealed
// again under the new key, the same bytes with the same digest: the hub takes nothing
// new from the old one as soon as it knows the new one. One that does not hold is left
// as it is, and verify finds it.
//
// It does nothing in an office that never had keys.
func RenewKeys(ctx context.Context, tx *sqlite.Tx, who actor.Actor, now time.Time) error {
	all, err := selectKeys(ctx, tx)
	if err != nil {
		return fmt.Errorf("reading the node's keys: %w", err)
	}
	old, ok := newest(all, purposeRelease)
	if !ok {
		return nil
	}
	next := makeKey(purposeRelease, old.id+1)
	if err := replaceKey(ctx, tx, old, next); err != nil {
		return fmt.Errorf("replacing the key of releases: %w", err)
	}
	if user, ok := newest(all, purposeTransport); ok {
		if err := replaceKey(ctx, tx, user, makeKey(purposeTransport, next.id)); err != nil {
			return fmt.Errorf("replacing the transport key: %w", err)
		}
	}
	err = audit.Record(ctx, tx, now, who, "organisation.keys-renewed", "organisation", audit.Field("key_number", old.id, next.id))
	if err != nil {
		return err
	}
	return sealAgain(ctx, tx, who, now, old, next)
}

// replaceKey destroys a key's seed and stores the key that follows it.
func replaceKey(ctx context.Context, tx *sqlite.Tx, old, next nodeKey) error {
	if err := retireKey(ctx, tx, old); err != nil {
		return err
	}
	return insertKey(ctx, tx, next)
}

// sealAgain puts the new key's signature on what waits in the outbox.
func sealAgain(ctx context.Context, tx *sqlite.Tx, who actor.Actor, now time.Time, old, next nodeKey) error {
	rows, err := selectOutbox(ctx, tx)
	if err != nil {
		return fmt.Errorf("reading the outbox: %w", err)
	}
	for _, row := range rows {
		o, err := openStored(row, map[uint32]ed25519.PublicKey{old.id: old.public})
		if err != nil {
			continue // never sign what nobody sealed
		}
		sealed, err := release.Seal(ed25519.NewKeyFromSeed(next.seed), next.id, o.Bytes)
		if err != nil {
			return fmt.Errorf("sealing release %d again: %w", row.sequence, err)
		}
		if err := replaceSealed(ctx, tx, row.sequence, sealed); err != nil {
			return fmt.Errorf("storing release %d: %w", row.sequence, err)
		}
		if err := audit.Record(ctx, tx, now, who, "release.sealed-again", fmt.Sprint(row.sequence)); err != nil {
			return err
		}
	}
	return nil
}
