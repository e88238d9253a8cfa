package egress

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/ledger"

	releasev1 "casehub/proto/casehub/release/v1"
)

var (
	// ErrPaused reports that nothing is drafted, sealed or sent before a person has said
	// what left last.
	ErrPaused = errs.New(errs.Conflict, "egress.paused")
	// ErrNotPaused reports a word on what left last that nobody waits for.
	ErrNotPaused = errs.New(errs.Conflict, "egress.not-paused")
	// ErrWithheld reports releases of which the hub was told to speak and does not give
	// its receipts: without these their digests are not known.
	ErrWithheld = errs.New(errs.Conflict, "egress.withheld")
	// ErrUncounted reports releases that are not here and do not count at the hub, so
	// that nobody knows what follows them.
	ErrUncounted = errs.New(errs.Conflict, "egress.uncounted")

	errTold      = errs.New(errs.Invalid, "egress.told-sequence").On("sequence")
	errToldLess  = errs.New(errs.Invalid, "egress.told-less").On("sequence")
	errToldMark  = errs.New(errs.Invalid, "egress.told-mark").On("mark")
	errToldMonth = errs.New(errs.Invalid, "egress.told-month").On("month")
)

// Pause is why a person has to say what left last.
type Pause struct {
	// At is since when, Found that the hub spoke of releases that are not here. Else
	// the database was put back from a backup.
	At    time.Time
	Found bool
}

// KeyOf returns the catalogue's key of why.
func (p Pause) KeyOf() string {
	if p.Found {
		return "egress.paused-found"
	}
	return "egress.paused-restored"
}

// Paused returns what a person has to decide on before anything leaves, or false.
func (g *Gate) Paused(ctx context.Context) (Pause, bool, error) {
	p, yes, err := selectPause(ctx, g.db)
	if err != nil {
		err = fmt.Errorf("reading whether releases wait: %w", err)
	}
	return p, yes, err
}

// unpaused fails with ErrPaused while a person has to say what left last.
func (g *Gate) unpaused(ctx context.Context, q sqlite.Querier) error {
	_, yes, err := selectPause(ctx, q)
	if err == nil && yes {
		err = ErrPaused
	}
	return err
}

// pause lets everything wait for a person, because of what the hub said.
func (g *Gate) pause(ctx context.Context) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := g.unpaused(ctx, tx); err != nil {
			if errors.Is(err, ErrPaused) {
				return nil
			}
			return err
		}
		if err := insertPause(ctx, tx, g.now()); err != nil {
			return fmt.Errorf("letting releases wait: %w", err)
		}
		return audit.Record(ctx, tx, g.now(), actor.Node(), "releases.paused", "")
	})
}

// Told is what the hub says of the office's last release, read out by telephone.
type Told struct {
	// Sequence is its number, 0 when the hub has none. Mark is the beginning of its
	// digest, at least 8 hexadecimal digits, however they are grouped; Month is its month.
	Sequence uint32
	Mark     string
	Month    civil.Month
}

// markDigits is how many digits of a digest are enough to compare by.
const markDigits = 8

// marks reports whether a mark is the beginning of a digest.
func marks(mark string, digest []byte) bool {
	mark = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(mark))
	return len(mark) >= markDigits && strings.HasPrefix(hex.EncodeToString(digest), mark)
}

// Resume takes the word of somebody who may approve on what left last, and lets what
// waits go on. What the hub answers has to agree with it, where it answers. Releases
// that are not in this database are noted by their digests, so that no number gets
// another content, and all that could have been in them is never counted again; nor is,
// where a draft may have been handed out, all that could have been in that.
// It fails with ErrNotPaused, with a fault of the form, with ErrRolledBack when a number
// here has another content than at the hub, with ErrWithheld, and with ErrUncounted.
func (g *Gate) Resume(ctx context.Context, who actor.Actor, told Told) error {
	if err := g.person(ctx, who, toApprove); err != nil {
		return err
	}
	if _, yes, err := g.Paused(ctx); err != nil || !yes {
		return errors.Join(err, notPausedOr(err))
	}
	heard, asked := g.heard(ctx)
	alone, err := g.Alone(ctx, Draft{})
	if err != nil {
		return err
	}
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		last, err := selectLast(ctx, tx)
		if err != nil {
			return fmt.Errorf("reading the last release: %w", err)
		}
		if err := g.agrees(ctx, tx, told, last, heard); err != nil {
			return err
		}
		if told.Sequence > last.sequence {
			if asked != nil {
				return errors.Join(ErrWithheld, asked)
			}
			if err := g.lose(ctx, tx, told, last, heard); err != nil {
				return err
			}
		}
		if err := g.giveUp(ctx, tx, told.Sequence > last.sequence || alone); err != nil {
			return err
		}
		if err := endPause(ctx, tx, told.Sequence, g.now()); err != nil {
			return fmt.Errorf("ending the wait: %w", err)
		}
		return audit.Record(ctx, tx, g.now(), who, "releases.resumed", fmt.Sprint(told.Sequence))
	})
}

func notPausedOr(err error) error {
	if err != nil {
		return nil
	}
	return ErrNotPaused
}

// heard asks the hub for its words on all releases of the office, by number. That it
// cannot be asked, or gives false ones, is an error beside none.
func (g *Gate) heard(ctx context.Context) (map[uint32]*releasev1.Receipt, error) {
	if g.link == nil {
		return nil, ErrNoHub
	}
	all := map[uint32]*releasev1.Receipt{}
	err := g.everyWord(ctx, func(r *releasev1.Receipt) error {
		all[r.GetSequence()] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// agrees compares what was told with what is here and with what the hub signed.
func (g *Gate) agrees(ctx context.Context, tx *sqlite.Tx, told Told, last lastRelease, heard map[uint32]*releasev1.Receipt) error {
	counted, err := selectReceipted(ctx, tx)
	if err != nil {
		return fmt.Errorf("reading the receipts: %w", err)
	}
	for _, sequence := range counted {
		if sequence > told.Sequence {
			return errToldLess.With("n", sequence)
		}
	}
	for sequence, r := range heard {
		if sequence > told.Sequence {
			return errToldLess.With("n", sequence)
		}
		own, err := digestOf(ctx, tx, sequence)
		if err != nil {
			return err
		}
		if own != nil && !bytes.Equal(own, r.GetReleaseDigest()) {
			return ErrRolledBack
		}
	}
	digest, err := digestOf(ctx, tx, told.Sequence)
	if r := heard[told.Sequence]; r != nil && digest == nil {
		digest = r.GetReleaseDigest()
	}
	switch {
	case err != nil:
		return err
	case told.Sequence == 0, told.Sequence > last.sequence && digest == nil:
		return nil // there is nothing to compare by; the second fails for want of receipts
	case !marks(told.Mark, digest):
		return errToldMark
	}
	return nil
}

// digestOf returns the digest of a release that is in the database, or was lost; nil
// for neither.
func digestOf(ctx context.Context, q sqlite.Querier, sequence uint32) ([]byte, error) {
	digest, err := selectDigest(ctx, q, sequence)
	if errors.Is(err, sqlite.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading release %d: %w", sequence, err)
	}
	return digest, nil
}

// lose notes the releases after the last one as lost, which only such can be as count
// at the hub: its word on another is none on what follows it.
func (g *Gate) lose(ctx context.Context, tx *sqlite.Tx, told Told, last lastRelease, heard map[uint32]*releasev1.Receipt) error {
	if !told.Month.Valid() || told.Month > g.over() || told.Month < last.period {
		return errToldMonth
	}
	for sequence := last.sequence + 1; sequence <= told.Sequence; sequence++ {
		r := heard[sequence]
		switch {
		case r == nil:
			return ErrWithheld
		case !counts(r.GetStatus()):
			return ErrUncounted.With("n", sequence)
		}
		if err := insertLost(ctx, tx, sequence, r.GetReleaseDigest(), g.over(), g.now()); err != nil {
			return fmt.Errorf("noting release %d: %w", sequence, err)
		}
	}
	return nil
}

// over is the last month that is over: no release and no draft can have counted a later
// one.
func (g *Gate) over() civil.Month { return civil.MonthOf(g.now()).Add(-1) }

// giveUp gives up everything that could have been counted in what left the office and
// is not in this database: whatever happened up to the last month that is over. Releases
// or a draft that was handed out can have left; the second in an office that may have
// had somebody from afar, whatever was told. A draft that is open may be one of them,
// and ends.
func (g *Gate) giveUp(ctx context.Context, tx *sqlite.Tx, left bool) error {
	afar, err := selectAfar(ctx, tx)
	if err != nil {
		return fmt.Errorf("reading whether drafts were handed out: %w", err)
	}
	if !left && !afar {
		return nil
	}
	if err := g.endOpen(ctx, tx); err != nil {
		return err
	}
	for _, set := range g.reg.Now().Plan.DataSets {
		err := g.ledger.Elsewhere(ctx, tx, set.Number, g.over(), actor.Node().String(), g.now())
		if err != nil && !errors.Is(err, ledger.ErrElsewhere) {
			return fmt.Errorf("giving up what left: %w", err)
		}
	}
	return elsewhereToo(ctx, tx, g.over(), g.now())
}

// endOpen discards the draft that is open, if one is.
func (g *Gate) endOpen(ctx context.Context, tx *sqlite.Tx) error {
	id, err := selectOpenDraft(ctx, tx)
	if err != nil || id == 0 {
		return err
	}
	d, err := draftByID(ctx, tx, id)
	if err != nil {
		return err
	}
	return g.discard(ctx, tx, actor.Node(), d)
}
