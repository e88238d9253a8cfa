package egress

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"casehub/internal/release"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// permit is the right to publish exactly these bytes. Only permitFor makes one.
type permit struct {
	sequence uint32
	sealed   []byte
	digest   [32]byte
}

// ErrBytesChanged reports a stored release that is not what was sealed. It is
// not sent.
var ErrBytesChanged = errors.New("a stored release is not what was sealed")

// permitFor checks a stored release before it is sent: its structure, its
// digest, and this office's own signature by its newest key.
func (g *Gate) permitFor(row outgoing) (permit, error) {
	o, err := openStored(row, map[uint32]ed25519.PublicKey{g.keys.releaseID: g.keys.public[g.keys.releaseID]})
	if err != nil || o.Release.GetOrgUnit() != g.office.OrgUnit {
		return permit{}, fmt.Errorf("release %d: %w", row.sequence, ErrBytesChanged)
	}
	return permit{sequence: row.sequence, sealed: row.sealed, digest: o.Digest}, nil
}

// drain publishes the outbox in order. What the broker takes is marked as sent,
// which proves nothing: the rows stay until their receipts come.
func (g *Gate) drain(ctx context.Context) (int, error) {
	rows, err := selectOutbox(ctx, g.db)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	nc, js, err := g.broker()
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	for i, row := range rows {
		p, err := g.permitFor(row)
		if err != nil {
			return i, err
		}
		if err := g.publish(ctx, js, p); err != nil {
			return i, fmt.Errorf("publishing release %d: %w", p.sequence, err)
		}
	}
	return len(rows), nil
}

// publish sends the bytes of a permit. The message id lets the broker drop a
// repetition of these very bytes, but never a release that was sealed again: what came
// by the seal of before may have been refused. What counts is the key at the hub.
func (g *Gate) publish(ctx context.Context, js jetstream.JetStream, p permit) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	msg := nats.NewMsg(release.Subject(g.office.OrgUnit))
	msg.Data = p.sealed
	id := sha256.Sum256(p.sealed)
	msg.Header.Set(nats.MsgIdHdr, hex.EncodeToString(id[:]))
	if _, err := js.PublishMsg(ctx, msg); err != nil {
		return err
	}
	return markSent(ctx, g.db, p.sequence, g.now())
}

// Synced is what one exchange with the hub did.
type Synced struct {
	// Sent releases were taken by the broker, Receipted ones left the outbox,
	// Left ones are still in it.
	Sent, Receipted, Left int
}

// Sync publishes the outbox and fetches receipts until the hub has spoken on
// every release in it or patience is over. It fails with ErrNoHub without a
// hub, and with ErrKeyUnknown when the hub does not know the office's keys; every
// failure leaves the outbox for the next time.
func (g *Gate) Sync(ctx context.Context, patience time.Duration) (Synced, error) {
	if g.link == nil {
		return Synced{}, ErrNoHub
	}
	var s Synced
	var err error
	if err = g.asItLeft(ctx); err != nil {
		return s, err
	}
	if s.Sent, err = g.drain(ctx); err != nil {
		return s, fmt.Errorf("sending: %w", err)
	}
	if s.Receipted, err = g.awaitReceipts(ctx, patience); err != nil {
		return s, fmt.Errorf("fetching receipts: %w", err)
	}
	s.Left, err = g.Left(ctx)
	return s, err
}

// Left counts the releases in the outbox.
func (g *Gate) Left(ctx context.Context) (int, error) { return countOutbox(ctx, g.db) }
