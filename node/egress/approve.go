package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// rest is how long a draft rests after it was checked where nobody else in the
// office can approve it, and how long a new remote approver does.
const rest = 48 * time.Hour

// Afar is the kind of a remote approver, whose identifier is their number.
const Afar actor.Kind = "remote"

var (
	// ErrResting reports a draft, or a remote approver, whose time to think it over
	// is not past.
	ErrResting = errs.New(errs.Conflict, "egress.resting")
	// ErrNotAlone reports an approval from afar where somebody in the office can
	// approve.
	ErrNotAlone = errs.New(errs.Conflict, "egress.not-alone")
	// ErrKept reports a draft that is not for the reader: its numbers move with
	// records that are kept from them.
	ErrKept = errs.New(errs.Forbidden, "egress.draft-kept")
	// ErrNotApproved reports a seal that was asked for without two people.
	ErrNotApproved = errs.New(errs.Forbidden, "egress.not-approved")
)

// Check notes that somebody looked at the draft of a digest and found it right.
// Another one may do it in the place of who did before. It fails with
// ErrDraftChanged when the draft has other bytes by now.
func (g *Gate) Check(ctx context.Context, who actor.Actor, id int64, digest []byte) (Draft, error) {
	if err := g.reader(ctx, who, toCheck); err != nil {
		return Draft{}, err
	}
	var d Draft
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) (err error) {
		if d, err = seen(ctx, tx, id, digest, Drafted, Checked); err != nil {
			return err
		}
		d.State, d.CheckedBy, d.CheckedAt = Checked, who, g.now().UTC()
		if d.RestsFrom, err = g.noted(ctx, tx); err != nil {
			return err
		}
		if err := move(ctx, tx, updateChecked, d); err != nil {
			return err
		}
		return g.step(ctx, tx, who, d, "checked", "draft.checked")
	})
	return d, err
}

// person reports whether a person, and nobody else, may do something.
func (g *Gate) person(ctx context.Context, who actor.Actor, action string) error {
	if who.Kind != actor.Person {
		return access.ErrForbidden
	}
	return g.staff.May(ctx, who, action)
}

// reader reports whether a person may do something to a draft: only whoever nothing
// is kept from. It fails with ErrKept for everybody else who may do it.
func (g *Gate) reader(ctx context.Context, who actor.Actor, action string) error {
	if err := g.person(ctx, who, action); err != nil {
		return err
	}
	sees, err := g.staff.SeesWhole(ctx, g.db, who)
	if err == nil && !sees {
		err = ErrKept
	}
	return err
}

// does reports whether a person may do something to a draft now.
func (g *Gate) does(ctx context.Context, who actor.Actor, action string) (bool, error) {
	err := g.reader(ctx, who, action)
	if errors.Is(err, ErrKept) {
		return false, nil
	}
	return access.Allowed(err)
}

// Shows reports whether the numbers of a draft may be shown to somebody: those of
// one that left are the same for everybody, any other is for whoever nothing is kept
// from.
func (g *Gate) Shows(ctx context.Context, who actor.Actor, d Draft) (bool, error) {
	if d.State == Sealed {
		return true, nil
	}
	return g.staff.SeesWhole(ctx, g.db, who)
}

// seen reads a draft that somebody saw by its digest, in one of some states.
func seen(ctx context.Context, tx *sqlite.Tx, id int64, digest []byte, states ...DraftState) (Draft, error) {
	d, err := draftByID(ctx, tx, id)
	switch {
	case err != nil:
		return Draft{}, err
	case !bytes.Equal(d.Digest, digest):
		return Draft{}, ErrDraftChanged
	case !slices.Contains(states, d.State):
		return Draft{}, ErrDraftMoved
	}
	return d, nil
}

// noted is now, or the latest of what the office noted lately where that is later:
// a clock that was set back does not shorten what runs from it.
func (g *Gate) noted(ctx context.Context, q sqlite.Querier) (time.Time, error) {
	latest, err := selectNoted(ctx, q)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading what was noted last: %w", err)
	}
	if at := g.now().UTC(); at.After(latest) {
		return at, nil
	}
	return latest, nil
}

// Approve notes that somebody who neither checked the draft of a digest nor had it
// made stands for it, and seals it. It fails with access.ErrOwnWork, and as Seal
// does.
func (g *Gate) Approve(ctx context.Context, who actor.Actor, id int64, digest []byte) (Release, error) {
	if err := g.reader(ctx, who, toApprove); err != nil {
		return Release{}, err
	}
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		d, err := seen(ctx, tx, id, digest, Checked)
		if err != nil {
			return err
		}
		did, err := g.hands(ctx, tx, d)
		if err != nil {
			return err
		}
		if err := g.staff.Second(ctx, tx, who, toApprove, did.all()...); err != nil {
			return err
		}
		d.State, d.ApprovedBy, d.ApprovedAt = Approved, who, g.now().UTC()
		if err := move(ctx, tx, updateApproved, d); err != nil {
			return err
		}
		return g.step(ctx, tx, who, d, "approved", "draft.approved")
	})
	if err != nil {
		return Release{}, err
	}
	return g.Seal(ctx, who, id)
}

// people are those who had a hand in a draft.
type people struct {
	// made had it made, ever: whoever chose the moment. checked looked at it since it
	// was made or put back, also those whom another one followed.
	made, checked []actor.Actor
}

// all are those who do not approve the draft.
func (p people) all() []actor.Actor { return slices.Concat(p.checked, p.made) }

// hands are the people who had a hand in a draft.
func (g *Gate) hands(ctx context.Context, q sqlite.Querier, d Draft) (people, error) {
	steps, err := selectSteps(ctx, q, d.ID)
	if err != nil {
		return people{}, fmt.Errorf("reading the steps of draft %d: %w", d.ID, err)
	}
	p := people{checked: []actor.Actor{d.CheckedBy}}
	for _, s := range steps {
		switch s.Step {
		case "made", "changed", "back":
			p.checked = []actor.Actor{d.CheckedBy}
		case "checked":
			p.checked = append(p.checked, s.By)
		}
		if s.Step == "made" && s.By.Kind == actor.Person {
			p.made = append(p.made, s.By)
		}
	}
	return p, nil
}

// power is what somebody may do to a draft now.
type power struct{ checks, approves bool }

// powers returns what everybody who works here may do: nothing, from whom anything is
// kept. What is kept is asked once of each, for it is dear.
func (g *Gate) powers(ctx context.Context) (map[actor.Actor]power, error) {
	members, err := g.staff.Staff(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading who works here: %w", err)
	}
	all := map[actor.Actor]power{}
	for _, m := range members {
		who := actor.Actor{Kind: actor.Person, ID: m.ID}
		if all[who], err = g.powerOf(ctx, who); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (g *Gate) powerOf(ctx context.Context, who actor.Actor) (power, error) {
	checks, err := access.Allowed(g.person(ctx, who, toCheck))
	if err != nil {
		return power{}, err
	}
	approves, err := access.Allowed(g.person(ctx, who, toApprove))
	if err != nil || !checks && !approves {
		return power{}, err
	}
	sees, err := g.staff.SeesWhole(ctx, g.db, who)
	if err != nil || !sees {
		return power{}, err
	}
	return power{checks, approves}, nil
}

// Alone reports whether nobody in the office can approve a draft, whoever checks
// it: then a remote approver does. It needs two people of whom one may check and
// the other, who did not have it made, may approve.
func (g *Gate) Alone(ctx context.Context, d Draft) (bool, error) {
	did, err := g.hands(ctx, g.db, d)
	if err != nil {
		return false, err
	}
	all, err := g.powers(ctx)
	return err == nil && did.alone(all), err
}

// alone is Alone for those who had a hand in a draft, and those who work here.
func (p people) alone(all map[actor.Actor]power) bool {
	for b, can := range all {
		if !can.approves || slices.Contains(p.made, b) {
			continue
		}
		for a, can := range all {
			if can.checks && a != b {
				return false
			}
		}
	}
	return true
}

// Discard ends an open draft. The month is drafted anew when it is still due. What was
// handed out falls: its groups leave again as they were, or in a block (rule D9).
func (g *Gate) Discard(ctx context.Context, who actor.Actor, id int64) error {
	if err := g.reader(ctx, who, toCheck); err != nil {
		return err
	}
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		d, err := draftByID(ctx, tx, id)
		if err != nil {
			return err
		}
		return g.discard(ctx, tx, who, d)
	})
}

// discard ends a draft and lets fall what was handed out of it.
func (g *Gate) discard(ctx context.Context, tx *sqlite.Tx, who actor.Actor, d Draft) error {
	if err := g.fall(ctx, tx, d); err != nil {
		return err
	}
	if err := move(ctx, tx, updateDiscarded, d); err != nil {
		return err
	}
	return g.step(ctx, tx, who, d, "discarded", "draft.discarded")
}
