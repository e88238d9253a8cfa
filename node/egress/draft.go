package egress

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/access"
	"casehub/node/audit"
	releasev1 "casehub/proto/casehub/release/v1"
)

var (
	// ErrDraftOpen reports a second draft while the first is not decided on.
	ErrDraftOpen = errs.New(errs.Conflict, "egress.draft-open")
	// ErrNoDraft reports a number that no draft bears.
	ErrNoDraft = errs.New(errs.NotFound, "egress.draft-unknown")
	// ErrDraftMoved reports a step on a draft with which somebody went on since.
	ErrDraftMoved = errs.New(errs.Conflict, "egress.draft-moved")
	// ErrDraftChanged reports a draft that is not what would leave any more.
	ErrDraftChanged = errs.New(errs.Conflict, "egress.draft-changed")
	// ErrEnded reports an office that has sent its last release.
	ErrEnded = errs.New(errs.Conflict, "egress.ended")
	// ErrNotToTakeBack reports a release that never left or was taken back before.
	ErrNotToTakeBack = errs.New(errs.Conflict, "egress.not-to-take-back")

	errDraftReason = errs.New(errs.Invalid, "egress.reason-missing").On("reason")
)

// Staff says who may do what in the office; access.Gate does.
type Staff interface {
	May(ctx context.Context, who actor.Actor, action string) error
	Second(ctx context.Context, q sqlite.Querier, who actor.Actor, action string, did ...actor.Actor) error
	Staff(ctx context.Context) ([]access.Member, error)
	SeesWhole(ctx context.Context, q sqlite.Querier, who actor.Actor) (bool, error)
}

// The actions of the life of a release.
const (
	toCheck   = "releases.check"
	toApprove = "releases.approve"
	toManage  = "releases.manage"
)

// reasonLimit is the largest number of characters of a reason.
const reasonLimit = 1000

// Wanted is a release that somebody asks for. The zero Kind is a month like any
// other.
type Wanted struct {
	Kind releasev1.ReleaseKind
	// Period is the month to close; what takes another release back has none of its
	// own.
	Period civil.Month
	// Voids is the sequence of the release that is taken back, 0 for none.
	Voids uint32
	// Reason is why, for all but a month like any other. It stays in the office.
	Reason string
}

// regular reports whether a month like any other is wanted.
func (w Wanted) regular() bool { return w.Kind == releasev1.ReleaseKind_RELEASE_KIND_REGULAR }

// check reports what is wrong with what is wanted.
func (w Wanted) check(today civil.Month) error {
	void := w.Kind == releasev1.ReleaseKind_RELEASE_KIND_VOID
	switch {
	case void && w.Voids == 0:
		return ErrNotToTakeBack
	case !void && (!w.Period.Valid() || w.Period >= today):
		return ErrPeriodOpen
	case !w.regular() && strings.TrimSpace(w.Reason) == "":
		return errDraftReason
	}
	return text.Lines("reason", w.Reason, reasonLimit)
}

// DraftState is how far a draft is.
type DraftState string

// The states of a draft. The first three are open.
const (
	Drafted   DraftState = "draft"
	Checked   DraftState = "checked"
	Approved  DraftState = "approved"
	Sealed    DraftState = "sealed"
	Discarded DraftState = "discarded"
)

// Draft is a release before it is sealed: the exact bytes, and who stands for them.
type Draft struct {
	Wanted
	ID    int64
	State DraftState
	// Bytes are what would leave, Digest is their SHA-256.
	Bytes, Digest []byte
	MadeBy        actor.Actor
	MadeAt        time.Time
	// CheckedBy is the zero Actor and CheckedAt zero before somebody checked it;
	// RestsFrom is from when the time to think it over runs.
	CheckedBy            actor.Actor
	CheckedAt, RestsFrom time.Time
	// ApprovedBy is of the kind Afar with the number of a remote approver where
	// nobody in the office could approve; Signature is theirs then.
	ApprovedBy actor.Actor
	ApprovedAt time.Time
	Signature  []byte
	// Sequence is the release that it became, 0 before.
	Sequence uint32
	// Handed says that its file was handed out: it leaves as it is, or falls.
	Handed bool
}

// Open reports whether the draft is still to be decided on.
func (d Draft) Open() bool { return d.State == Drafted || d.State == Checked || d.State == Approved }

// holds reports whether the bytes are those of the digest.
func (d Draft) holds() bool {
	sum := sha256.Sum256(d.Bytes)
	return string(sum[:]) == string(d.Digest)
}

// Step is one thing that became of a draft.
type Step struct {
	At     time.Time
	By     actor.Actor
	Step   string
	Digest []byte
}

// errRolledBack ends a transaction that must leave nothing.
var errRolledBack = errors.New("rolled back on purpose")

// Make makes a draft: the records are read, the month is closed and judged on
// trial, and the bytes that came out are kept. It fails with ErrDraftOpen, with
// ErrEnded, with ErrPeriodOpen and ErrPeriodClosed, with ErrNotToTakeBack, and with
// ErrRefused when the gate would let nothing out, and with ErrPaused after a restore.
func (g *Gate) Make(ctx context.Context, who actor.Actor, w Wanted) (Draft, error) {
	if w.Kind == releasev1.ReleaseKind_RELEASE_KIND_UNSPECIFIED {
		w.Kind = releasev1.ReleaseKind_RELEASE_KIND_REGULAR
	}
	if err := g.mayAsk(ctx, who, w); err != nil {
		return Draft{}, err
	}
	if err := w.check(civil.MonthOf(g.now())); err != nil {
		return Draft{}, err
	}
	if _, open, err := g.OpenDraft(ctx); err != nil || open {
		return Draft{}, errors.Join(err, openOr(err))
	}
	if err := g.unpaused(ctx, g.db); err != nil {
		return Draft{}, err
	}
	c, err := g.onTrial(ctx, w)
	if err != nil {
		g.hear(err)
		return Draft{}, fmt.Errorf("drafting %s: %w", w.Period.Dash(), err)
	}
	w.Period = c.period
	d := Draft{Wanted: w, State: Drafted, Bytes: c.bytes, Digest: c.digest[:], MadeBy: who, MadeAt: g.now().UTC()}
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		if d.ID, err = insertDraft(ctx, tx, d); err != nil {
			return fmt.Errorf("keeping the draft: %w", err)
		}
		return g.step(ctx, tx, who, d, "made", "draft.made")
	})
	return d, err
}

func openOr(err error) error {
	if err != nil {
		return nil
	}
	return ErrDraftOpen
}

// mayAsk reports whether somebody may ask for a release. The program itself asks
// for months like any other alone.
func (g *Gate) mayAsk(ctx context.Context, who actor.Actor, w Wanted) error {
	switch {
	case who == actor.Node() && w.regular():
		return nil
	case w.regular():
		return g.reader(ctx, who, toCheck)
	}
	return g.staff.May(ctx, who, toManage)
}

// onTrial reads the records, builds what would leave and judges it, and leaves
// nothing of that but what the records say, and a refusal.
func (g *Gate) onTrial(ctx context.Context, w Wanted) (candidate, error) {
	if err := g.refresh(ctx, w); err != nil {
		return candidate{}, err
	}
	var c candidate
	err := g.db.Tx(ctx, func(tx *sqlite.Tx) (err error) {
		if c, err = g.build(ctx, tx, w); err != nil {
			return err
		}
		if err = g.judge(ctx, &c); err != nil {
			return err
		}
		return errRolledBack
	})
	var refused *refusal
	switch {
	case errors.Is(err, errRolledBack):
		return c, nil
	case errors.As(err, &refused):
		err = errors.Join(ErrRefused.With("check", refused.check), g.recordRefusal(ctx, &c, refused))
	}
	return candidate{}, err
}

// refresh brings the ledger in line with the records.
func (g *Gate) refresh(ctx context.Context, w Wanted) error {
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		reg, err := g.planFor(ctx, tx, w)
		if err != nil {
			return err
		}
		_, books, _ := g.layers(ctx, tx, reg) // what is wrong with a pack shows when it is asked
		return books.Refresh(ctx, tx)
	})
}

// Remake makes an open draft anew, after its records were mended. Whoever had it
// made cannot approve it. One that was handed out stays as it is, and is only put back
// to be looked at again.
func (g *Gate) Remake(ctx context.Context, who actor.Actor, id int64) (Draft, error) {
	d, err := g.Draft(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	if err := g.mayAsk(ctx, who, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR}); err != nil {
		return Draft{}, err
	}
	if d.Handed {
		return g.backAsItIs(ctx, who, d)
	}
	return g.remake(ctx, who, d)
}

func (g *Gate) remake(ctx context.Context, who actor.Actor, d Draft) (Draft, error) {
	c, err := g.onTrial(ctx, d.Wanted)
	if err != nil {
		return Draft{}, fmt.Errorf("drafting %s: %w", d.Period.Dash(), err)
	}
	d.Bytes, d.Digest, d.MadeBy, d.MadeAt = c.bytes, c.digest[:], who, g.now().UTC()
	d.State = Drafted
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := move(ctx, tx, updateRemade, d); err != nil {
			return err
		}
		return g.step(ctx, tx, who, d, "made", "draft.made")
	})
	return d, err
}

// move writes a draft by a statement that names the states it may come from. It
// fails with ErrDraftMoved when the draft is in none of these.
func move(ctx context.Context, tx *sqlite.Tx, update func(context.Context, *sqlite.Tx, Draft) (int64, error), d Draft) error {
	n, err := update(ctx, tx, d)
	if err != nil {
		return fmt.Errorf("moving draft %d: %w", d.ID, err)
	}
	if n == 0 {
		return ErrDraftMoved
	}
	return nil
}

// step notes what somebody did to a draft, here and in the audit.
func (g *Gate) step(ctx context.Context, tx *sqlite.Tx, who actor.Actor, d Draft, step, action string) error {
	if err := insertStep(ctx, tx, d.ID, Step{At: g.now(), By: who, Step: step, Digest: d.Digest}); err != nil {
		return fmt.Errorf("noting a step of draft %d: %w", d.ID, err)
	}
	return audit.Record(ctx, tx, g.now(), who, action, fmt.Sprint(d.ID))
}

// Draft returns a draft. It fails with ErrNoDraft.
func (g *Gate) Draft(ctx context.Context, id int64) (Draft, error) { return draftByID(ctx, g.db, id) }

func draftByID(ctx context.Context, q sqlite.Querier, id int64) (Draft, error) {
	d, err := selectDraft(ctx, q, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, ErrNoDraft
	}
	if err != nil {
		return Draft{}, fmt.Errorf("reading draft %d: %w", id, err)
	}
	if !d.holds() {
		return Draft{}, fmt.Errorf("draft %d: %w", id, ErrBytesChanged)
	}
	return d, nil
}

// OpenDraft returns the draft that is still to be decided on, or false.
func (g *Gate) OpenDraft(ctx context.Context) (Draft, bool, error) {
	id, err := selectOpenDraft(ctx, g.db)
	if err != nil || id == 0 {
		return Draft{}, false, err
	}
	d, err := g.Draft(ctx, id)
	return d, err == nil, err
}

// Steps returns what became of a draft, the first first.
func (g *Gate) Steps(ctx context.Context, id int64) ([]Step, error) {
	return selectSteps(ctx, g.db, id)
}

// DraftOf returns the draft that a release was, or false for one that left before
// there were drafts.
func (g *Gate) DraftOf(ctx context.Context, sequence uint32) (Draft, bool, error) {
	id, err := selectDraftOf(ctx, g.db, sequence)
	if err != nil || id == 0 {
		return Draft{}, false, err
	}
	d, err := g.Draft(ctx, id)
	return d, err == nil, err
}

// Message returns the very numbers that would leave, read from the bytes.
func (d Draft) Message() (*releasev1.Release, error) {
	r, err := release.Decode(d.Bytes)
	if err != nil {
		return nil, fmt.Errorf("draft %d: %w", d.ID, ErrBytesChanged)
	}
	return r, nil
}
