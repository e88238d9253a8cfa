package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/auditor"
)

var (
	// ErrNotHanded reports a file, or a code, of a draft that was not handed out.
	ErrNotHanded = errs.New(errs.Conflict, "egress.not-handed")
	// ErrHandedMoved reports a draft that was handed out and would not come out the
	// same any more: it can only be discarded.
	ErrHandedMoved = errs.New(errs.Conflict, "egress.handed-moved")
)

// handedGroup is a group of a draft that was handed out: what the ledger writes of
// it, what is in it, and what the auditor found.
type handedGroup struct {
	auditor.Evidence
	place                   groupKey
	period                  civil.Month
	minor, entries, repeats int64
	events                  []int64 // ascending
}

// HandOut gives the file of a checked draft out of the hand: from then on it has left
// the office. It is sealed as it is, or falls as a release that is taken back does
// when it is discarded; no second file of it can have other bytes. It fails with
// ErrNotAlone where somebody here can approve, and with ErrDraftChanged when the
// records changed since it was made: then it is made anew and nothing was handed out. After
// a restore it fails with ErrPaused, and with ErrUnasked where the hub does not agree.
func (g *Gate) HandOut(ctx context.Context, who actor.Actor, id int64, digest []byte) error {
	if err := g.reader(ctx, who, toCheck); err != nil {
		return err
	}
	d, err := g.Draft(ctx, id)
	if err != nil || d.Handed {
		return err
	}
	alone, err := g.Alone(ctx, d)
	if err != nil {
		return err
	}
	if !alone {
		return ErrNotAlone
	}
	if err := g.asTold(ctx); err != nil {
		return err
	}
	if err = g.handOnce(ctx, who, id, digest); !differs(err) {
		return err
	}
	if err := g.refresh(ctx, d.Wanted); err != nil {
		return err
	}
	if err = g.handOnce(ctx, who, id, digest); !differs(err) {
		return err
	}
	return g.putBack(ctx, id)
}

// handOnce closes the draft's month once more on trial, and keeps what it consists of
// when it comes out as the draft and passes the gate.
func (g *Gate) handOnce(ctx context.Context, who actor.Actor, id int64, digest []byte) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		d, err := seen(ctx, tx, id, digest, Checked)
		if err = errors.Join(err, g.unpaused(ctx, tx)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SAVEPOINT handing`, nil); err != nil {
			return fmt.Errorf("handing draft %d out: %w", id, err)
		}
		groups, err := g.consists(ctx, tx, d)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `ROLLBACK TO handing`, nil); err != nil {
			return fmt.Errorf("handing draft %d out: %w", id, err)
		}
		if err := insertHanded(ctx, tx, d.ID, groups, g.now()); err != nil {
			return fmt.Errorf("keeping what was handed out: %w", err)
		}
		return g.step(ctx, tx, who, d, "handed", "draft.handed-out")
	})
}

// consists reads what a draft is made of, from a month that is closed for it and left
// to the caller to take back.
func (g *Gate) consists(ctx context.Context, tx *sqlite.Tx, d Draft) ([]handedGroup, error) {
	c, err := g.build(ctx, tx, d.Wanted)
	if err != nil {
		return nil, err
	}
	if err := g.judge(ctx, &c); err != nil {
		return nil, err
	}
	if !bytes.Equal(c.bytes, d.Bytes) {
		return nil, errOtherBytes
	}
	groups, err := selectGroupsOf(ctx, tx, c.last.sequence+1)
	if err != nil {
		return nil, fmt.Errorf("reading what draft %d consists of: %w", d.ID, err)
	}
	if len(groups) != len(c.evidence) {
		return nil, errOtherBytes
	}
	for i, e := range c.evidence {
		if (groupKey{e.DataSet, e.Level, uint32(e.Code)}) != groups[i].place {
			return nil, errOtherBytes
		}
		groups[i].Evidence = e
	}
	return groups, nil
}

// buildHanded builds a draft that was handed out once more. The auditor judged these
// very bytes when they were: what changed in the records since is taken back after it
// left, as of any release. It fails with errOtherBytes when the ledger would mark
// anything else than it did then.
func (g *Gate) buildHanded(ctx context.Context, tx *sqlite.Tx, d Draft) (candidate, error) {
	c, _, err := g.made(ctx, tx, d.Wanted)
	if err != nil {
		return candidate{}, err
	}
	kept, err := selectHanded(ctx, tx, d.ID)
	if err != nil {
		return candidate{}, fmt.Errorf("reading what was handed out: %w", err)
	}
	same, err := marksHanded(ctx, tx, d.ID, c.last.sequence+1)
	if err != nil {
		return candidate{}, fmt.Errorf("comparing with what was handed out: %w", err)
	}
	if !same {
		return candidate{}, errOtherBytes
	}
	for _, k := range kept {
		c.evidence = append(c.evidence, k.Evidence)
	}
	return c, nil
}

// fall lets what was handed out and does not leave fall: whoever has the file could
// subtract it from what leaves after it. The ledger treats it as a release that was
// taken back (rule D9).
func (g *Gate) fall(ctx context.Context, tx *sqlite.Tx, d Draft) error {
	if !d.Handed {
		return nil
	}
	if err := fallHanded(ctx, tx, d.ID); err != nil {
		return fmt.Errorf("letting draft %d fall: %w", d.ID, err)
	}
	return nil
}

// backAsItIs puts a draft that was handed out back to be looked at again, with the
// same bytes.
func (g *Gate) backAsItIs(ctx context.Context, who actor.Actor, d Draft) (Draft, error) {
	d.State = Drafted
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := move(ctx, tx, updateRemade, d); err != nil {
			return err
		}
		return g.step(ctx, tx, who, d, "back", "draft.back")
	})
	return d, err
}
