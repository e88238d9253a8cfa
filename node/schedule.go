package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/node/egress"
	releasev1 "casehub/proto/casehub/release/v1"
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

// Done is what a node did by itself with its releases.
type Done struct {
	// Sealed was approved and has rested; Drafted waits for people. Each is nil when
	// there was none.
	Sealed  *egress.Release
	Drafted *egress.Draft
}

// Release does what a node does with its releases by itself: it seals a draft that
// is approved and has rested, and drafts the first month that is due. Nothing
// leaves without two people. It fails with egress.ErrClock when too many months are
// due.
func (n *Node) Release(ctx context.Context) (done Done, err error) {
	if n.Gate == nil {
		return Done{}, ErrNoOffice
	}
	n.closing.Lock()
	defer n.closing.Unlock()
	d, open, err := n.Gate.OpenDraft(ctx)
	if err != nil {
		return Done{}, err
	}
	if open {
		if d.State != egress.Approved {
			return Done{}, nil
		}
		if r, err := n.Gate.Seal(ctx, actor.Node(), d.ID); err == nil {
			done.Sealed = &r
		} else if !errors.Is(err, egress.ErrResting) {
			return Done{}, err
		} else {
			return Done{}, nil
		}
	}
	due, err := n.Gate.Due(ctx, n.firstPeriod())
	if err != nil || len(due) == 0 {
		return done, err
	}
	if d, err = n.Gate.Make(ctx, actor.Node(), egress.Wanted{Period: due[0]}); err != nil {
		return done, err
	}
	done.Drafted = &d
	return done, nil
}

// Pair is two people who stand for a release.
type Pair struct {
	// Checker looked at it, Approver approves it; each signed in.
	Checker, Approver actor.Actor
	// Look shows a draft to both of them, who refuse it by an error; nil where they
	// saw it before.
	Look func(egress.Draft) error
}

// NextPeriod returns the month that the next release is for; 0 in a node that
// releases nothing.
func (n *Node) NextPeriod(ctx context.Context) (civil.Month, error) {
	if n.Gate == nil {
		return 0, nil
	}
	return n.Gate.Next(ctx, n.firstPeriod())
}

// CloseMonth takes the release of one month all the way in the names of two people,
// without regard to its slot. A draft of that month that stands already is taken
// on from where it is.
func (n *Node) CloseMonth(ctx context.Context, by Pair, m civil.Month) (egress.Release, error) {
	if n.Gate == nil {
		return egress.Release{}, ErrNoOffice
	}
	n.closing.Lock()
	defer n.closing.Unlock()
	d, open, err := n.Gate.OpenDraft(ctx)
	if err == nil && !open {
		d, err = n.Gate.Make(ctx, actor.Node(), egress.Wanted{Period: m})
	}
	if err == nil && (d.Period != m || d.Kind != releasev1.ReleaseKind_RELEASE_KIND_REGULAR) {
		err = egress.ErrDraftOpen
	}
	if err != nil {
		return egress.Release{}, err
	}
	if d.State == egress.Approved {
		return n.Gate.Seal(ctx, by.Approver, d.ID)
	}
	if by.Look != nil {
		for _, who := range []actor.Actor{by.Checker, by.Approver} {
			shows, err := n.Gate.Shows(ctx, who, d)
			if err == nil && !shows {
				err = egress.ErrKept
			}
			if err != nil {
				return egress.Release{}, err
			}
		}
		if err := by.Look(d); err != nil {
			return egress.Release{}, err
		}
	}
	if _, err := n.Gate.Check(ctx, by.Checker, d.ID, d.Digest); err != nil {
		return egress.Release{}, err
	}
	return n.Gate.Approve(ctx, by.Approver, d.ID, d.Digest)
}

// CatchUp lists the months that are due, any number of them, for somebody who has
// looked at the clock; without all, it fails with egress.ErrClock when there are too
// many.
func (n *Node) CatchUp(ctx context.Context, all bool) ([]civil.Month, error) {
	switch {
	case n.Gate == nil:
		return nil, ErrNoOffice
	case all:
		return n.Gate.CatchUp(ctx, n.firstPeriod())
	}
	return n.Gate.Due(ctx, n.firstPeriod())
}

// Resume takes the word of somebody who may approve on what left last, after this
// database was put back; see egress.Gate.Resume.
func (n *Node) Resume(ctx context.Context, who actor.Actor, told egress.Told) error {
	if n.Gate == nil {
		return ErrNoOffice
	}
	n.closing.Lock()
	defer n.closing.Unlock()
	return n.Gate.Resume(ctx, who, told)
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

// follow takes its turn again and again until ctx ends.
func (n *Node) follow(ctx context.Context) {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		n.Turn(ctx)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// Turn does once what a served node does by itself: draft the month that is due and
// seal what was approved, exchange with the hub, erase what is due, make the backups
// that are due, read the live sources that are due, and look whether the key file is the newest. A failure is logged and
// tried again at the next turn.
func (n *Node) Turn(ctx context.Context) {
	if n.Gate != nil {
		n.once(ctx)
	}
	n.erase(ctx)
	n.Backups.RunDue(ctx)
	n.readDue(ctx)
	n.daily(ctx)
	if err := n.Keys.Watch(ctx); err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "looking at the key file failed", "error", err)
	}
}

// readDue starts the live sources that are due, and counts those that need a person.
func (n *Node) readDue(ctx context.Context) {
	n.Schedules.Turn(ctx)
	counts, err := n.Schedules.Counts(ctx)
	if err != nil {
		if ctx.Err() == nil {
			n.log.ErrorContext(ctx, "schedules could not be counted", "error", err)
		}
		return
	}
	n.metrics.alerted(counts)
}

// daily ends what is over: sessions of yesterday, and keys that nobody may use.
func (n *Node) daily(ctx context.Context) {
	today := civil.On(n.now())
	if n.tidied == today {
		return
	}
	n.tidied = today
	if err := n.Wizard.Tidy(ctx); err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "throwing old imports away failed", "error", err)
	}
	if err := n.Jobs.Tidy(ctx); err != nil && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "throwing old imports away failed", "error", err)
	}
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
	if err != nil && !errors.Is(err, egress.ErrNoHub) && !errors.Is(err, egress.ErrKeyUnknown) && ctx.Err() == nil {
		n.log.WarnContext(ctx, "fetching packs failed", "error", err)
	}
}

func (n *Node) once(ctx context.Context) {
	n.packs(ctx)
	done, err := n.Release(ctx)
	if r := done.Sealed; r != nil {
		n.log.InfoContext(ctx, "release sealed", "sequence", r.Sequence, "period", r.Period)
	}
	if d := done.Drafted; d != nil {
		n.log.InfoContext(ctx, "draft made", "draft", d.ID, "period", d.Period)
	}
	if err != nil && !errors.Is(err, egress.ErrPaused) && ctx.Err() == nil {
		n.log.ErrorContext(ctx, "release failed", "error", err)
	}
	s, err := n.Sync(ctx)
	switch {
	case errors.Is(err, egress.ErrNoHub), ctx.Err() != nil:
	case errors.Is(err, egress.ErrPaused):
		n.log.InfoContext(ctx, "releases wait for somebody to say which was the last")
	case errors.Is(err, egress.ErrKeyUnknown):
		n.log.InfoContext(ctx, "the hub does not know the office's keys yet; releases wait")
	case err != nil:
		n.log.WarnContext(ctx, "hub not reached", "error", err)
	case s.Sent > 0 || s.Receipted > 0:
		n.log.InfoContext(ctx, "hub reached", "sent", s.Sent, "receipted", s.Receipted, "left", s.Left)
	}
}

// Enrolments returns the public keys that the hub was not given yet, or all that the
// office ever had; see egress.Gate.Enrolments.
func (n *Node) Enrolments(ctx context.Context, all bool) ([]egress.Enrolment, error) {
	if n.Gate == nil {
		return nil, ErrNoOffice
	}
	return n.Gate.Enrolments(ctx, all)
}

// Own returns the newest release that the office knows it sent; see egress.Gate.Own.
func (n *Node) Own(ctx context.Context) (egress.Own, error) {
	if n.Gate == nil {
		return egress.Own{}, ErrNoOffice
	}
	return n.Gate.Own(ctx)
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
