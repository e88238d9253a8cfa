package ingest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"casehub/hub/registry"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nkeys"
)

// renewed returns the author with new keys, whose chain goes on where it was. The
// author of before is a thief.
func (a *author) renewed(t testing.TB) *author {
	t.Helper()
	n := *a
	n.keyID++
	seed := sha256.Sum256(fmt.Append(nil, "office ", n.orgUnit, " key ", n.keyID))
	n.key = ed25519.NewKeyFromSeed(seed[:])
	var err error
	if n.user, err = nkeys.CreateUser(); err != nil {
		t.Fatal(err)
	}
	return &n
}

func (a *author) keys(t testing.TB) registry.Keys {
	t.Helper()
	o := a.office(t)
	return registry.Keys{OrgUnit: o.OrgUnit, KeyID: o.KeyID, ReleaseKey: o.ReleaseKey, TransportKey: o.TransportKey}
}

// renew gives the office the author's keys, and tells the register as a running hub
// is told.
func (b *bench) renew(t testing.TB, a *author, resume bool) Renewed {
	t.Helper()
	done, err := Renew(t.Context(), b.db, Renewal{Keys: a.keys(t), Resume: resume}, decision, clock())
	if err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	return done
}

func (b *bench) follow(t testing.TB) {
	t.Helper()
	if err := errors.Join(b.reg.Reload(t.Context()), b.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantRefusals(t testing.TB, reason releasev1.ReasonCode, want int) {
	t.Helper()
	if n := b.number(t, `SELECT count(*) FROM refusals WHERE reason = $1`, int16(reason)); n != want {
		t.Errorf("%d refusals for %v, want %d", n, reason, want)
	}
}

func TestAReplacedKeyBringsNothingNew(t *testing.T) {
	b := newBench(t, 1)
	thief := b.offices[1]
	before := thief.months(t, 3, 2)
	b.arrive(t, 1, before...)
	own := thief.renewed(t)
	if done := b.renew(t, own, false); done != (Renewed{Last: 3}) {
		t.Errorf("%+v, want three releases that count and nothing dropped", done)
	}
	total := b.total(t)

	b.arrive(t, 1, thief.seal(t, thief.draft(4)), thief.seal(t, forgery(thief)), before[2])
	b.wantHeld(t, 1, false)
	b.wantRefusals(t, keyReplaced, 2)
	b.wantReceipt(t, 1, 3, duplicate, noReason)
	if n := b.number(t, `SELECT count(*) FROM receipts WHERE sequence > 3`); n != 0 {
		t.Error("whoever has the old key got a receipt")
	}
	if n := b.meter.words["RECEIPT_STATUS_REFUSED REASON_CODE_KEY_REPLACED"]; n != 0 {
		t.Errorf("the meter counted %d refusals that nobody told it of", n)
	}
	if got := b.total(t); got != total {
		t.Errorf("the total went from %d to %d by the old key", total, got)
	}

	b.arrive(t, 1, own.publish(t, own.draft(2)), own.publish(t, own.void(2)))
	b.wantReceipt(t, 1, 4, accepted, noReason)
	b.wantReceipt(t, 1, 5, accepted, noReason)
	b.wantDerivable(t)
}

// The hub checks many messages ahead: one that was checked before the renewal and is
// committed after it brings nothing either.
func TestAReleaseOnItsWayWhenItsKeyIsReplacedIsRefused(t *testing.T) {
	b := newBench(t, 1)
	thief := b.offices[1]
	b.arrive(t, 1, thief.months(t, 1, 2)...)
	own := thief.renewed(t)
	underway := b.message(1, thief.seal(t, thief.draft(3)))
	b.renew(t, own, false)
	if out := b.take(t, underway); len(out.replaced) != 1 || len(out.words) != 0 {
		t.Errorf("%+v, want one refusal without a word", out)
	}
	b.arrive(t, 1, own.publish(t, own.draft(2)))
	b.wantReceipt(t, 1, 2, accepted, noReason)
	b.wantDerivable(t)
}

// What waited may be the office's own or a thief's; the office has its own still and
// seals it again, with the same digest.
func TestWhatWaitedUnderAReplacedKeyComesAgain(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	first := old.publish(t, old.draft(1))
	missing := old.draft(2)
	second := old.publish(t, missing)
	late := old.draft(3)
	third := old.publish(t, late)
	b.arrive(t, 1, first, third)
	b.wantReceipt(t, 1, 3, waits, gap)
	own := old.renewed(t)
	if done := b.renew(t, own, false); done != (Renewed{Last: 1, Dropped: 1}) {
		t.Errorf("%+v, want one release dropped", done)
	}
	b.wantDerivable(t)
	b.arrive(t, 1, second, third)
	if n := b.number(t, `SELECT count(*) FROM releases`); n != 1 {
		t.Errorf("%d releases are kept, want the first alone", n)
	}
	b.arrive(t, 1, own.seal(t, late), own.seal(t, missing))
	b.wantReceipt(t, 1, 2, accepted, noReason)
	b.wantReceipt(t, 1, 3, accepted, noReason)
	b.wantDerivable(t)
}

// A thief's fork holds the office. Whoever renews its keys has to say that they know.
func TestAHeldOfficeIsRenewedByAPersonWhoLooked(t *testing.T) {
	b := newBench(t, 1)
	thief := b.offices[1]
	b.arrive(t, 1, thief.months(t, 2, 2)...)
	b.arrive(t, 1, thief.seal(t, forgery(thief)), thief.seal(t, thief.draft(2)))
	b.wantReceipt(t, 1, 3, waits, officeHeld)
	other := thief.draft(3)
	b.arrive(t, 1, thief.seal(t, other))
	own := thief.renewed(t)
	_, err := Renew(t.Context(), b.db, Renewal{Keys: own.keys(t)}, decision, clock())
	if !errors.Is(err, ErrHeld) {
		t.Fatalf("%v, want ErrHeld", err)
	}
	b.wantHeld(t, 1, true)
	if done := b.renew(t, own, true); done != (Renewed{Last: 2, Dropped: 2, Resumed: true}) {
		t.Errorf("%+v, want the waiting release and its fork dropped", done)
	}
	b.wantHeld(t, 1, false)
	if n := b.number(t, `SELECT count(*) FROM alarms WHERE resumption IS NULL`); n != 0 {
		t.Errorf("%d alarms are open", n)
	}
	if n := b.number(t, `SELECT count(*) FROM forks`); n != 1 {
		t.Errorf("%d forks are kept, want the one of a number that counts", n)
	}
	b.arrive(t, 1, own.publish(t, own.draft(1)))
	b.wantReceipt(t, 1, 3, accepted, noReason)
	b.wantDerivable(t)
}

// Nothing arrived between the two decisions.
func TestARenewalAfterAResumptionDropsNothingThatCounts(t *testing.T) {
	b := newBench(t, 1)
	old := b.offices[1]
	b.arrive(t, 1, old.months(t, 2, 2)...)
	b.arrive(t, 1, old.seal(t, forgery(old)), old.publish(t, old.draft(2)))
	b.letGoOn(t, 1)
	own := old.renewed(t)
	if done := b.renew(t, own, false); done != (Renewed{Last: 3}) {
		t.Errorf("%+v, want three releases that count", done)
	}
	b.wantDerivable(t)
}

func TestKeysFollowEachOther(t *testing.T) {
	b := newBench(t, 1, 2)
	old := b.offices[1]
	second := old.renewed(t)
	third := second.renewed(t)
	ask := func(k registry.Keys, d Decision) error {
		_, err := Renew(t.Context(), b.db, Renewal{Keys: k}, d, clock())
		return err
	}
	elsewhere, used, short := second.keys(t), second.keys(t), second.keys(t)
	elsewhere.TransportKey = b.offices[2].office(t).TransportKey
	used.ReleaseKey = old.keys(t).ReleaseKey
	short.ReleaseKey = short.ReleaseKey[:31]
	for name, c := range map[string]struct {
		err, want error
	}{
		"one is left out":    {ask(third.keys(t), decision), registry.ErrKeySkips},
		"the same again":     {ask(old.keys(t), decision), registry.ErrKeyOld},
		"another's":          {ask(elsewhere, decision), registry.ErrKeyTaken},
		"the old one":        {ask(used, decision), registry.ErrKeyUsed},
		"for no reason":      {ask(second.keys(t), Decision{Who: "thandi"}), ErrReason},
		"half a signing key": {ask(short, decision), short.Check()},
	} {
		if c.want == nil || !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	b.renew(t, second, false)
	b.renew(t, third, false)
	if err := ask(second.keys(t), decision); !errors.Is(err, registry.ErrKeyOld) {
		t.Errorf("back to the second: %v, want ErrKeyOld", err)
	}
	for id, want := range map[uint32]bool{1: false, 2: false, 3: true, 4: false} {
		_, known := b.reg.Key(1, id)
		if _, speaks := b.reg.Newest(1, id); speaks != want || known != (id < 4) {
			t.Errorf("key %d speaks %v and is known %v", id, speaks, known)
		}
	}
	if n := b.number(t, `SELECT count(*) FROM renewals WHERE who = $1 AND reason = $2`, decision.Who, decision.Reason); n != 2 {
		t.Errorf("%d renewals are kept, want 2", n)
	}
	b.wantDerivable(t)
}

// A row that a replaced key signed and that somebody put into the database after the
// renewal does not follow.
func TestARebuildFindsWhatAReplacedKeyBrought(t *testing.T) {
	b := newBench(t, 1)
	thief := b.offices[1]
	b.arrive(t, 1, thief.months(t, 1, 2)...)
	own := thief.renewed(t)
	second := own.draft(2)
	b.renew(t, own, false)
	b.arrive(t, 1, own.publish(t, second))
	b.wantDerivable(t)
	forged := thief.seal(t, second)
	if _, err := b.db.Exec(t.Context(), `UPDATE releases SET sealed = $1 WHERE sequence = 2`, forged); err != nil {
		t.Fatal(err)
	}
	if c, err := Rebuild(t.Context(), b.db, b.reg, false, clock()); err != nil || c.Standings == 0 || c.Chains == 0 {
		t.Errorf("%+v, %v: the rebuild holds a release by a replaced key for good", c, err)
	}
}

// Whatever comes in whatever order, by old keys and new ones, with forks, renewals
// and resumptions between: what is stored follows from what is kept, and no key that
// was replaced brought anything.
func TestRenewalsAmongEverythingElse(t *testing.T) {
	const histories, steps, seed = 12, 40, 20261122
	for n := range histories {
		b := newBench(t, 1)
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		h := &renewing{bench: b, t: t, r: r, own: b.offices[1]}
		for range steps {
			h.step()
		}
		if t.Failed() {
			t.Fatalf("history %d of seed %d:\n%s", n, seed, strings.Join(h.did, "\n"))
		}
	}
}

// renewing is an office that lives through a history.
type renewing struct {
	*bench
	t    *testing.T
	r    *rand.Rand
	own  *author
	old  []*author
	made []*releasev1.Release // its own chain, in order
	did  []string
}

func (h *renewing) step() {
	b, t := h.bench, h.t
	held := b.number(t, `SELECT count(*) FROM chains WHERE held_since IS NOT NULL`) == 1
	counted := b.number(t, `SELECT counted_sequence FROM chains`)
	switch n := h.r.IntN(10); {
	case n < 4: // the office makes a release, which arrives or is lost
		d := h.own.draft(1 + h.r.IntN(2))
		sealed := h.own.publish(t, d)
		h.made = append(h.made, d)
		if h.r.IntN(3) > 0 {
			h.say("release %d arrives", d.GetSequence())
			b.arrive(t, 1, sealed)
		}
	case n < 6 && len(h.made) > 0: // it sends one again under its newest key
		d := h.made[h.r.IntN(len(h.made))]
		h.say("release %d again", d.GetSequence())
		b.arrive(t, 1, h.own.seal(t, d))
	case n < 8 && len(h.old) > 0: // a thief sends one by an old key
		thief := *h.old[h.r.IntN(len(h.old))]
		thief.next, thief.head = h.own.next, h.own.head
		d := thief.draft(3)
		if len(h.made) > 0 && h.r.IntN(2) == 0 {
			d = forgery(&thief)
		}
		h.say("a thief's release %d by key %d", d.GetSequence(), thief.keyID)
		b.arrive(t, 1, thief.seal(t, d))
		if now := b.number(t, `SELECT count(*) FROM chains WHERE held_since IS NOT NULL`) == 1; now != held {
			t.Error("a key that was replaced held the office")
		}
		if now := b.number(t, `SELECT counted_sequence FROM chains`); now != counted {
			t.Error("a key that was replaced counted")
		}
	case n == 8 && len(h.made) > 0 && !held: // the copy of the office speaks by its own key
		h.say("a fork of release %d", h.own.next-1)
		b.arrive(t, 1, h.own.seal(t, forgery(h.own)))
	case held && h.r.IntN(2) == 0:
		h.say("resume")
		b.letGoOn(t, 1)
	case n == 9 && !held && h.r.IntN(2) == 0: // the thief is before the office with its next releases
		thief := *h.own
		for range 1 + h.r.IntN(2) {
			d := thief.draft(3)
			if h.r.IntN(3) == 0 && d.GetSequence() > 1 {
				d = thief.void(1 + uint32(h.r.IntN(int(d.GetSequence()-1))))
			}
			h.say("a thief's release %d by the newest key", d.GetSequence())
			b.arrive(t, 1, thief.publish(t, d))
		}
	case len(h.old) < 5:
		h.old = append(h.old, h.own)
		h.own = h.own.renewed(t)
		own := h.newestThatCounts()
		if h.r.IntN(2) == 0 {
			own = nil
		}
		h.say("renew to %d: %+v with %v", h.own.keyID, b.renewUpTo(t, h.own, own, true), own)
		if own != nil && b.number(t, `SELECT counted_sequence FROM chains`) != int(own.Sequence) {
			t.Error("the chain does not end at the office's own release")
		}
	}
	b.wantDerivable(t)
}

// newestThatCounts is the office's newest release that the hub counts.
func (h *renewing) newestThatCounts() *Own {
	h.t.Helper()
	rows, err := h.db.Query(h.t.Context(), `SELECT digest FROM releases WHERE status <> 'waiting' ORDER BY sequence`)
	if err != nil {
		h.t.Fatal(err)
	}
	at, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		h.t.Fatal(err)
	}
	own := &Own{}
	for i, d := range h.made {
		b, err := release.Encode(d)
		if err != nil {
			h.t.Fatal(err)
		}
		digest := sha256.Sum256(b)
		if i >= len(at) || !bytes.Equal(at[i], digest[:]) {
			break
		}
		own.Sequence, own.Mark = d.GetSequence(), release.Mark(digest[:])
	}
	return own
}

func (h *renewing) say(format string, a ...any) { h.did = append(h.did, fmt.Sprintf(format, a...)) }
