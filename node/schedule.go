package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/node/egress"
)

const (
	// tick is how often a node looks whether a month is due and whether the hub
	// can be reached.
	tick = 10 * time.Minute
	// patience is how long one exchange waits for receipts.
	patience = 30 * time.Second
)

// ErrNoOffice reports a node that has no office number and so nothing to
// release.
var ErrNoOffice = errors.New("setting office.org_unit: is missing, so this node releases nothing")

// Release closes every month that is due and returns the releases it made. A
// refusal ends it: a later month never overtakes an earlier one. It fails with
// egress.ErrClock when too many months are due.
func (n *Node) Release(ctx context.Context, who actor.Actor) ([]egress.Release, error) {
	if n.Gate == nil {
		return nil, ErrNoOffice
	}
	return n.release(ctx, who, n.Gate.Due)
}

// CatchUp is Release for any number of months, after somebody has looked at the
// clock.
func (n *Node) CatchUp(ctx context.Context, who actor.Actor) ([]egress.Release, error) {
	if n.Gate == nil {
		return nil, ErrNoOffice
	}
	return n.release(ctx, who, n.Gate.CatchUp)
}

// NextPeriod returns the month that the next release is for; 0 in a node that
// releases nothing.
func (n *Node) NextPeriod(ctx context.Context) (civil.Month, error) {
	if n.Gate == nil {
		return 0, nil
	}
	return n.Gate.Next(ctx, n.firstPeriod())
}

func (n *Node) release(ctx context.Context, who actor.Actor, list func(context.Context, civil.Month) ([]civil.Month, error)) ([]egress.Release, error) {
	n.closing.Lock()
	defer n.closing.Unlock()
	due, err := list(ctx, n.firstPeriod())
	if err != nil {
		return nil, err
	}
	var made []egress.Release
	for _, m := range due {
		r, err := n.closeMonth(ctx, who, m)
		if err != nil {
			return made, err
		}
		made = append(made, r)
	}
	return made, nil
}

// CloseMonth makes the release of one month without regard to its slot.
func (n *Node) CloseMonth(ctx context.Context, who actor.Actor, m civil.Month) (egress.Release, error) {
	if n.Gate == nil {
		return egress.Release{}, ErrNoOffice
	}
	n.closing.Lock()
	defer n.closing.Unlock()
	return n.closeMonth(ctx, who, m)
}

func (n *Node) closeMonth(ctx context.Context, who actor.Actor, m civil.Month) (egress.Release, error) {
	r, err := n.Gate.Close(ctx, who, m)
	n.metrics.closed(err)
	return r, err
}

// Sync exchanges releases and receipts with the hub once.
func (n *Node) Sync(ctx context.Context) (egress.Synced, error) {
	if n.Gate == nil {
		return egress.Synced{}, ErrNoOffice
	}
	n.closing.Lock()
	defer n.closing.Unlock()
	s, err := n.Gate.Sync(ctx, patience)
	n.metrics.synced(s, err)
	return s, err
}

// tidy takes away what a crash left. Only the program that serves the node does
// it: what it finds may be the unfinished work of another.
func (n *Node) tidy(ctx context.Context) error {
	return errors.Join(n.Documents.Tidy(ctx), n.People.Tidy(ctx))
}

// follow does by itself what a node has to do, until ctx ends: close the months
// that are due, exchange with the hub, erase what is due, make the backups that are
// due, and look whether the key file is the newest. A failure is logged and tried again.
func (n *Node) follow(ctx context.Context) {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		if n.Gate != nil {
			n.once(ctx)
		}
		n.erase(ctx)
		n.Backups.RunDue(ctx)
		n.daily(ctx)
		if err := n.Keys.Watch(ctx); err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "looking at the key file failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// daily ends what is over: sessions of yesterday, and keys that nobody may use.
func (n *Node) daily(ctx context.Context) {
	today := civil.On(n.now())
	if n.tidied == today {
		return
	}
	n.tidied = today
	if err := n.People.Tidy(ctx); err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "ending old sessions failed", "error", err)
	}
}

// packs asks the hub for what the national body signed, before releases are judged
// by it.
func (n *Node) packs(ctx context.Context) {
	taken, err := n.Gate.FetchPacks(ctx)
	for _, t := range taken {
		n.log.InfoContext(ctx, "pack taken", "name", t.Name, "version", t.Version)
	}
	if err != nil && !errors.Is(err, egress.ErrNoHub) && ctx.Err() == nil {
		n.log.WarnContext(ctx, "fetching packs failed", "error", err)
	}
}

func (n *Node) once(ctx context.Context) {
	n.packs(ctx)
	made, err := n.Release(ctx, actor.Node())
	for _, r := range made {
		n.log.InfoContext(ctx, "release sealed", "sequence", r.Sequence, "period", r.Period)
	}
	if err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "release failed", "error", err)
	}
	s, err := n.Sync(ctx)
	switch {
	case errors.Is(err, egress.ErrNoHub), ctx.Err() != nil:
	case err != nil:
		n.log.WarnContext(ctx, "hub not reached", "error", err)
	case s.Sent > 0 || s.Receipted > 0:
		n.log.InfoContext(ctx, "hub reached", "sent", s.Sent, "receipted", s.Receipted, "left", s.Left)
	}
}

// Enrolment returns the public keys that the hub needs to enrol this office.
func (n *Node) Enrolment() (egress.Enrolment, error) {
	if n.Gate == nil {
		return egress.Enrolment{}, ErrNoOffice
	}
	e, err := n.Gate.Enrolment()
	if err != nil {
		return egress.Enrolment{}, fmt.Errorf("reading the office's keys: %w", err)
	}
	return e, nil
}
