package egress

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/access"
	"casehub/node/audit"
)

var (
	errApproverName  = errs.New(errs.Invalid, "egress.approver-name-missing").On("name")
	errApproverKey   = errs.New(errs.Invalid, "egress.approver-key").On("key")
	errApproverKnown = errs.New(errs.Invalid, "egress.approver-known").On("key")
	// ErrNoApprover reports a remote approver who is none, or none any more.
	ErrNoApprover = errs.New(errs.NotFound, "egress.approver-unknown")
	// errCode blames a code that no remote approver made for this draft.
	errCode = errs.New(errs.Invalid, "egress.approval-code").On("code")
)

// nameLimit is the largest number of characters of a name.
const nameLimit = 100

// Approver is somebody outside the office who approves where nobody in it can.
type Approver struct {
	ID           int64
	Name, Reason string
	Key          ed25519.PublicKey
	AddedBy      actor.Actor
	AddedAt      time.Time
	// CountsFrom is from when they may approve.
	CountsFrom time.Time
	EndedAt    time.Time // zero while they may
}

// afar is the approver as an actor.
func (a Approver) afar() actor.Actor { return actor.Actor{Kind: Afar, ID: strconv.FormatInt(a.ID, 10)} }

// Enrol notes who may approve from afar, by the text of their public key, and why
// they. They may from 48 hours on.
func (g *Gate) Enrol(ctx context.Context, who actor.Actor, name, reason, key string) (Approver, error) {
	if err := g.person(ctx, who, toManage); err != nil {
		return Approver{}, err
	}
	a := Approver{Name: strings.TrimSpace(name), Reason: strings.TrimSpace(reason), AddedBy: who, AddedAt: g.now().UTC()}
	var err error
	if a.Key, err = a.check(key); err != nil {
		return Approver{}, err
	}
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		all, err := selectApprovers(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(b Approver) bool { return b.Key.Equal(a.Key) }) {
			return errApproverKnown
		}
		from, err := g.noted(ctx, tx)
		if err != nil {
			return err
		}
		a.CountsFrom = from.Add(rest)
		if a.ID, err = insertApprover(ctx, tx, a); err != nil {
			return fmt.Errorf("keeping a remote approver: %w", err)
		}
		return audit.Record(ctx, tx, g.now(), who, "approver.added", strconv.FormatInt(a.ID, 10))
	})
	return a, err
}

// check reports what is wrong with a new approver, and reads the key.
func (a Approver) check(key string) (ed25519.PublicKey, error) {
	switch {
	case a.Name == "":
		return nil, errApproverName
	case a.Reason == "":
		return nil, errDraftReason
	}
	if err := errors.Join(text.Line("name", a.Name, nameLimit), text.Lines("reason", a.Reason, reasonLimit)); err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(key), ""))
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, errApproverKey
	}
	return b, nil
}

// EndApprover lets somebody approve from afar no more.
func (g *Gate) EndApprover(ctx context.Context, who actor.Actor, id int64) error {
	if err := g.person(ctx, who, toManage); err != nil {
		return err
	}
	return g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := endApprover(ctx, tx, id, who, g.now())
		if err != nil {
			return fmt.Errorf("ending a remote approver: %w", err)
		}
		if n == 0 {
			return ErrNoApprover
		}
		return audit.Record(ctx, tx, g.now(), who, "approver.ended", strconv.FormatInt(id, 10))
	})
}

// Approvers lists everybody who ever could approve from afar, the newest first.
func (g *Gate) Approvers(ctx context.Context) ([]Approver, error) {
	list, err := selectApprovers(ctx, g.db)
	if err != nil {
		return nil, fmt.Errorf("reading the remote approvers: %w", err)
	}
	return list, nil
}

// ApproveAfar enters the code by which somebody from afar approved the draft of a
// digest, where nobody in the office can, and seals the draft when it has rested.
// Before that it fails with ErrResting, and the approval stands: the node seals it
// by itself. It fails with ErrNotAlone, and with ErrNotHanded for a draft that nobody
// outside can have seen.
func (g *Gate) ApproveAfar(ctx context.Context, who actor.Actor, id int64, digest []byte, code string) (Release, error) {
	if err := g.reader(ctx, who, toCheck); err != nil {
		return Release{}, err
	}
	d, err := g.Draft(ctx, id)
	if err != nil {
		return Release{}, err
	}
	alone, err := g.Alone(ctx, d)
	if err != nil {
		return Release{}, err
	}
	if !alone {
		return Release{}, ErrNotAlone
	}
	signature, err := release.ParseApproval(code)
	if err != nil {
		return Release{}, errCode
	}
	err = g.db.Tx(ctx, func(tx *sqlite.Tx) error {
		d, err := seen(ctx, tx, id, digest, Checked)
		if err == nil && !d.Handed {
			err = ErrNotHanded
		}
		if err != nil {
			return err
		}
		a, err := g.signer(ctx, tx, d, signature)
		if err != nil {
			return err
		}
		d.State, d.ApprovedBy, d.ApprovedAt, d.Signature = Approved, a.afar(), g.now().UTC(), signature
		if err := move(ctx, tx, updateApproved, d); err != nil {
			return err
		}
		if err := insertStep(ctx, tx, d.ID, Step{At: g.now(), By: a.afar(), Step: "approved-afar", Digest: d.Digest}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, g.now(), who, "draft.approved-afar", fmt.Sprint(d.ID))
	})
	if err != nil {
		return Release{}, err
	}
	return g.Seal(ctx, who, id)
}

// signer finds who of the remote approvers signed a draft.
func (g *Gate) signer(ctx context.Context, tx *sqlite.Tx, d Draft, signature []byte) (Approver, error) {
	all, err := selectApprovers(ctx, tx)
	if err != nil {
		return Approver{}, fmt.Errorf("reading the remote approvers: %w", err)
	}
	for _, a := range all {
		if a.EndedAt.IsZero() && release.VerifyApproval(a.Key, sha256.Sum256(d.Bytes), signature) == nil {
			return a, g.rested(a.CountsFrom)
		}
	}
	return Approver{}, errCode
}

// rested fails with ErrResting before a time.
func (g *Gate) rested(until time.Time) error {
	if g.now().Before(until) {
		return ErrResting.With("until", until.In(g.now().Location()).Format("2006-01-02 15:04"))
	}
	return nil
}

// standsAfar reports whether the one from afar may approve, signed these bytes, and
// the draft has rested since it was checked.
func (g *Gate) standsAfar(ctx context.Context, tx *sqlite.Tx, d Draft) error {
	id, err := strconv.ParseInt(d.ApprovedBy.ID, 10, 64)
	if err != nil {
		return ErrNotApproved
	}
	a, err := selectApprover(ctx, tx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !a.EndedAt.IsZero() {
		return ErrNotApproved
	}
	if err != nil {
		return fmt.Errorf("reading a remote approver: %w", err)
	}
	if !d.Handed || d.CheckedBy.Kind != actor.Person || release.VerifyApproval(a.Key, sha256.Sum256(d.Bytes), d.Signature) != nil {
		return ErrNotApproved
	}
	return errors.Join(g.rested(a.CountsFrom), g.rested(d.RestsUntil()))
}

// stillAlone fails with ErrNotAlone where a draft was approved from afar and somebody
// in the office can approve it by now: then they do, after it is made anew.
func (g *Gate) stillAlone(ctx context.Context, id int64) error {
	d, err := g.Draft(ctx, id)
	if err != nil || d.ApprovedBy.Kind != Afar || d.State != Approved {
		return err
	}
	alone, err := g.Alone(ctx, d)
	if err == nil && !alone {
		err = ErrNotAlone
	}
	return err
}

// RestsUntil is when a draft that is approved from afar has rested.
func (d Draft) RestsUntil() time.Time { return d.RestsFrom.Add(rest) }

// Names puts names in the place of people and remote approvers.
func (g *Gate) namesOf(ctx context.Context, names func(context.Context, ...string) (map[string]string, error), who ...actor.Actor) (map[actor.Actor]string, error) {
	var ids []string
	for _, a := range who {
		ids = append(ids, a.ID)
	}
	people, err := names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	all := map[actor.Actor]string{}
	for _, a := range who {
		if a.Kind == actor.Person {
			all[a] = people[a.ID]
		}
	}
	remote, err := g.Approvers(ctx)
	for _, a := range remote {
		all[a.afar()] = a.Name
	}
	return all, err
}

var _ Staff = (*access.Gate)(nil)
