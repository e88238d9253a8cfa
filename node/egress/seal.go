package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// Seal seals an approved draft: the month is closed again, and what comes out must
// be the approved bytes and pass the gate. When it is not, the records changed: the
// draft is made anew, to be looked at again, and Seal fails with ErrDraftChanged.
// It fails with ErrResting before its time, with ErrNotApproved for a draft
// for which two people do not stand, and with ErrHandedMoved for one that was handed
// out and does not come out the same. It fails with ErrPaused after a restore.
func (g *Gate) Seal(ctx context.Context, who actor.Actor, id int64) (Release, error) {
	r, err := g.sealApproved(ctx, who, id)
	for _, early := range []error{ErrResting, ErrNotAlone, ErrNotApproved, ErrPaused} {
		if errors.Is(err, early) {
			return r, err
		}
	}
	g.hear(err)
	return r, err
}

// hear tells how an attempt ended.
func (g *Gate) hear(err error) {
	if g.Heard != nil {
		g.Heard(err)
	}
}

func (g *Gate) sealApproved(ctx context.Context, who actor.Actor, id int64) (Release, error) {
	if err := g.stillAlone(ctx, id); err != nil {
		return Release{}, err
	}
	r, err := g.sealOnce(ctx, who, id)
	if !differs(err) {
		return r, err
	}
	d, e := g.Draft(ctx, id)
	if e != nil || d.Handed {
		return Release{}, errors.Join(e, ErrHandedMoved)
	}
	// What changed may not change what leaves.
	if err := g.refresh(ctx, d.Wanted); err != nil {
		return Release{}, err
	}
	if r, err = g.sealOnce(ctx, who, id); !differs(err) {
		return r, err
	}
	return Release{}, g.putBack(ctx, id)
}

// errOtherBytes reports that closing again gave something else.
var errOtherBytes = errors.New("not what was approved")

func differs(err error) bool {
	var refused *refusal
	return errors.Is(err, errOtherBytes) || errors.As(err, &refused)
}

// sealOnce is the one place in which a release is signed.
func (g *Gate) sealOnce(ctx context.Context, who actor.Actor, id int64) (Release, error) {
	var sealed Release
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		d, err := draftByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := errors.Join(g.unpaused(ctx, tx), g.stands(ctx, tx, d)); err != nil {
			return err
		}
		build := g.buildDraft
		if d.Handed {
			build = g.buildHanded
		}
		c, err := build(ctx, tx, d)
		if err != nil {
			return err
		}
		if err := g.judge(ctx, &c); err != nil {
			return err
		}
		if !bytes.Equal(c.bytes, d.Bytes) {
			return errOtherBytes
		}
		if sealed, err = g.seal(ctx, tx, who, &c); err != nil {
			return err
		}
		d.State, d.Sequence = Sealed, sealed.Sequence
		if err := move(ctx, tx, updateSealed, d); err != nil {
			return err
		}
		return insertStep(ctx, tx, d.ID, Step{At: g.now(), By: who, Step: "sealed", Digest: d.Digest})
	})
	if err != nil {
		return Release{}, fmt.Errorf("sealing draft %d: %w", id, err)
	}
	g.follow(ctx)
	return sealed, nil
}

// stands reports whether two people stand for a draft: one who checked it, and
// another in the office or, after it has rested, one from afar whose signature
// holds.
func (g *Gate) stands(ctx context.Context, tx *sqlite.Tx, d Draft) error {
	if d.State != Approved {
		return ErrNotApproved
	}
	if d.ApprovedBy.Kind == Afar {
		return g.standsAfar(ctx, tx, d)
	}
	did, err := g.hands(ctx, tx, d)
	if err != nil {
		return err
	}
	if d.ApprovedBy.Kind != actor.Person || d.CheckedBy.Kind != actor.Person || slices.Contains(did.all(), d.ApprovedBy) {
		return ErrNotApproved
	}
	return nil
}

// putBack makes a draft whose records changed anew.
func (g *Gate) putBack(ctx context.Context, id int64) error {
	var d Draft
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) (err error) {
		if d, err = draftByID(ctx, tx, id); err != nil {
			return err
		}
		d.State = Drafted
		if err := move(ctx, tx, updateRemade, d); err != nil {
			return err
		}
		return g.step(ctx, tx, actor.Node(), d, "changed", "draft.changed")
	})
	if err != nil {
		return err
	}
	if _, err := g.remake(ctx, actor.Node(), d); err != nil {
		return err
	}
	return ErrDraftChanged
}
