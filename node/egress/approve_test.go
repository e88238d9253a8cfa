package egress

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node/access"
	releasev1 "casehub/proto/casehub/release/v1"
)

// drafted is an office with the draft of September.
func drafted(t *testing.T, who actor.Actor) (*Gate, *sqlite.DB, Draft) {
	t.Helper()
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	d, err := g.Make(t.Context(), who, Wanted{Period: 202609})
	if err != nil {
		t.Fatal(err)
	}
	return g, db, d
}

func sealedCount(t *testing.T, db *sqlite.DB) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM releases`, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func person(id string) actor.Actor { return actor.Actor{Kind: actor.Person, ID: id} }

// TestADraftLeavesNothing: it has the bytes that would leave, and neither the
// ledger nor the outbox knows of it.
func TestADraftLeavesNothing(t *testing.T) {
	_, db, d := drafted(t, actor.Node())
	m, err := d.Message()
	if err != nil || m.GetTables()[0].GetGroups()[0].GetValue() != 9 {
		t.Fatalf("the draft says %v, %v", m, err)
	}
	for _, table := range []string{"releases", "outbox", "ledger_groups", "egress_decisions", "ledger_events WHERE state <> 'unpublished'"} {
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM `+table, nil).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
}

// TestNothingIsSealedWithoutTwoPeople tries every way round the second person.
func TestNothingIsSealedWithoutTwoPeople(t *testing.T) {
	for _, c := range []struct {
		name string
		maker, checks,
		approves actor.Actor
		want error
	}{
		{"who checked it", actor.Node(), approver, approver, access.ErrOwnWork},
		{"who had it made", approver, checker, approver, access.ErrOwnWork},
		{"who may not", actor.Node(), approver, checker, access.ErrForbidden},
		{"the program", actor.Node(), checker, actor.Node(), access.ErrForbidden},
		{"an import", actor.Node(), checker, actor.Actor{Kind: actor.Import, ID: approver.ID}, access.ErrForbidden},
		{"nobody", actor.Node(), checker, actor.Actor{}, access.ErrForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, db, d := drafted(t, c.maker)
			if _, err := g.Check(t.Context(), c.checks, d.ID, d.Digest); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Approve(t.Context(), c.approves, d.ID, d.Digest); !errors.Is(err, c.want) {
				t.Errorf("error = %v, want %v", err, c.want)
			}
			if _, err := g.Seal(t.Context(), actor.Node(), d.ID); !errors.Is(err, ErrNotApproved) {
				t.Errorf("sealing: %v, want ErrNotApproved", err)
			}
			if n := sealedCount(t, db); n != 0 {
				t.Errorf("%d releases were sealed", n)
			}
		})
	}
}

// TestWhoEverCheckedADraftDoesNotApproveIt: also where another one checked it after
// them, until it is made anew; who had it made never does.
func TestWhoEverCheckedADraftDoesNotApproveIt(t *testing.T) {
	g, db, d := drafted(t, actor.Node())
	third := person("third")
	both := []string{toCheck, toApprove}
	g.staff = crew{may: map[string][]string{checker.ID: both, approver.ID: both, third.ID: both}}
	check := func(who actor.Actor) {
		t.Helper()
		_, err := g.Check(t.Context(), who, d.ID, d.Digest)
		must(t, err)
	}
	refused := func(who actor.Actor) {
		t.Helper()
		if _, err := g.Approve(t.Context(), who, d.ID, d.Digest); !errors.Is(err, access.ErrOwnWork) || sealedCount(t, db) != 0 {
			t.Errorf("%s approves: %v, want ErrOwnWork", who.ID, err)
		}
	}
	check(approver)
	check(checker)
	refused(approver)
	refused(checker)
	_, err := db.Exec(t.Context(), `UPDATE release_drafts SET state = 'approved', approved_by = @by, approved_at = 1`, sqlite.Args{"by": approver.String()})
	if err == nil {
		t.Error("the database takes the approval of who checked it first")
	}
	d, err = g.Remake(t.Context(), third, d.ID)
	must(t, err)
	check(checker)
	refused(third)
	must(t, g.Discard(t.Context(), checker, d.ID))
	d, err = g.Make(t.Context(), actor.Node(), Wanted{Period: 202609})
	must(t, err)
	check(approver)
	check(checker)
	if _, err := g.Approve(t.Context(), third, d.ID, d.Digest); err != nil {
		t.Errorf("somebody who only looks at it last: %v", err)
	}
}

// TestTheProgramChecksNothing: no schedule and no import looks in a person's place.
func TestTheProgramChecksNothing(t *testing.T) {
	g, _, d := drafted(t, actor.Node())
	for _, who := range []actor.Actor{actor.Node(), {}, {Kind: actor.Import, ID: checker.ID}, person("stranger")} {
		if _, err := g.Check(t.Context(), who, d.ID, d.Digest); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%v checks: %v", who, err)
		}
	}
	if _, err := g.Approve(t.Context(), approver, d.ID, d.Digest); !errors.Is(err, ErrDraftMoved) {
		t.Errorf("approving what nobody checked: %v", err)
	}
}

// TestOnlyWhatWasSeenIsApproved: another digest, and a draft that was made anew.
func TestOnlyWhatWasSeenIsApproved(t *testing.T) {
	g, db, d := drafted(t, actor.Node())
	if _, err := g.Check(t.Context(), checker, d.ID, make([]byte, 32)); !errors.Is(err, ErrDraftChanged) {
		t.Errorf("checking another digest: %v", err)
	}
	if _, err := g.Check(t.Context(), checker, d.ID, d.Digest); err != nil {
		t.Fatal(err)
	}
	openCases(t, db, 20, 22, 1101, "2026-09-03")
	again, err := g.Remake(t.Context(), checker, d.ID)
	if err != nil || bytes.Equal(again.Digest, d.Digest) || again.State != Drafted {
		t.Fatalf("made anew: %v, %v", again.State, err)
	}
	if _, err := g.Approve(t.Context(), approver, d.ID, d.Digest); !errors.Is(err, ErrDraftChanged) {
		t.Errorf("approving what was before: %v", err)
	}
}

// TestADraftWhoseRecordsChangedGoesBack: the two look again, at what is there now;
// what came later and waits for the next month does not send it back.
func TestADraftWhoseRecordsChangedGoesBack(t *testing.T) {
	g, db, d := drafted(t, actor.Node())
	if _, err := g.Check(t.Context(), checker, d.ID, d.Digest); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `UPDATE cases SET case_type = 1103 WHERE id = 'C0003-1101'`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Approve(t.Context(), approver, d.ID, d.Digest); !errors.Is(err, ErrDraftChanged) {
		t.Fatalf("error = %v, want ErrDraftChanged", err)
	}
	now, err := g.Draft(t.Context(), d.ID)
	if err != nil || now.State != Drafted || now.CheckedBy != actorOf("") || bytes.Equal(now.Digest, d.Digest) || sealedCount(t, db) != 0 {
		t.Fatalf("the draft is %s, %v", now.State, err)
	}
	openCases(t, db, 30, 32, 1101, "2026-09-03")
	if _, err := g.Check(t.Context(), checker, d.ID, now.Digest); err != nil {
		t.Fatal(err)
	}
	r, err := g.Approve(t.Context(), approver, d.ID, now.Digest)
	if err != nil || !bytes.Equal(r.Digest, now.Digest) {
		t.Fatalf("sealed %x, %v, want the approved digest", r.Digest, err)
	}
	steps, err := g.Steps(t.Context(), d.ID)
	var all []string
	for _, s := range steps {
		all = append(all, s.Step)
	}
	if want := "[made checked approved changed made checked approved sealed]"; err != nil || len(all) != 8 || all[3] != "changed" || all[7] != "sealed" {
		t.Errorf("steps = %v, %v, want %s", all, err, want)
	}
	if err := g.VerifyDecisions(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTheDatabaseLetsNobodyRoundTheSecondPerson: not even who writes into it.
func TestTheDatabaseLetsNobodyRoundTheSecondPerson(t *testing.T) {
	g, db, d := drafted(t, actor.Node())
	if _, err := g.Check(t.Context(), checker, d.ID, d.Digest); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE release_drafts SET state = 'approved', approved_by = checked_by, approved_at = 1`,
		`UPDATE release_drafts SET state = 'approved'`,
		`UPDATE release_drafts SET state = 'sealed', sequence = 1, approved_by = 'person:x', approved_at = 1`,
		`UPDATE release_drafts SET bytes = x'00'`,
		`UPDATE release_drafts SET period = 202608`,
		`DELETE FROM release_drafts`,
		`UPDATE release_draft_steps SET actor = 'person:x'`,
		`DELETE FROM release_draft_steps`,
		`INSERT INTO release_drafts (kind, period, state, bytes, digest, made_by, made_at, checked_by, checked_at, rests_from, approved_by, approved_at)
VALUES (1, 202609, 'approved', x'00', zeroblob(32), 'system:node', 1, 'person:a', 1, 1, 'person:b', 1)`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("the database takes %s", statement)
		}
	}
	if _, err := g.Make(t.Context(), checker, Wanted{Period: 202609}); !errors.Is(err, ErrDraftOpen) {
		t.Errorf("a second draft: %v", err)
	}
}

// TestAReleaseIsTakenBackLikeAnyOther: two people, a reason, once, and its numbers
// leave again; after the last release of an office nothing does.
func TestAReleaseIsTakenBackLikeAnyOther(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-07-02")
	if _, err := g.Close(t.Context(), actor.Node(), 202607); err != nil {
		t.Fatal(err)
	}
	void := Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: 1}
	if _, err := g.Make(t.Context(), approver, void); errs.KindOf(err) != errs.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	void.Reason = "the wrong register was imported"
	for _, who := range []actor.Actor{checker, actor.Node()} {
		if _, err := g.Make(t.Context(), who, void); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%v asks: %v", who, err)
		}
	}
	manager, second := person("m"), person("s")
	g.staff = crew{may: map[string][]string{"m": {toManage, toCheck}, checker.ID: {toCheck}, approver.ID: {toApprove}, second.ID: {}}}
	r, err := g.through(t.Context(), manager, void)
	if err != nil || r.Kind != releasev1.ReleaseKind_RELEASE_KIND_VOID || r.Voids != 1 || r.Period != 202607 {
		t.Fatalf("release %+v, %v", r, err)
	}
	if _, err := g.Make(t.Context(), manager, void); !errors.Is(err, ErrNotToTakeBack) {
		t.Errorf("a second time: %v", err)
	}
	r, err = g.through(t.Context(), manager, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_CLOSING, Period: 202609, Reason: "the office closes"})
	if err != nil || r.Kind != releasev1.ReleaseKind_RELEASE_KIND_CLOSING {
		t.Fatalf("the last release: %+v, %v", r, err)
	}
	_, m, _, err := g.Sent(t.Context(), r.Sequence)
	if err != nil || len(m.GetTables()) == 0 {
		t.Errorf("what was taken back did not leave again: %v, %v", m, err)
	}
	g.now = func() time.Time { return now.AddDate(0, 2, 0) }
	if _, err := g.Make(t.Context(), manager, Wanted{Period: 202610}); !errors.Is(err, ErrEnded) {
		t.Errorf("after the last release: %v", err)
	}
	if due, err := g.CatchUp(t.Context(), 202607); err != nil || len(due) > 0 {
		t.Errorf("due after the last release: %v, %v", due, err)
	}
}

// lone is an office of one with a remote approver and a clock of its own.
type lone struct {
	*Gate
	at      time.Time
	key     ed25519.PrivateKey
	draft   Draft
	someone actor.Actor
}

func newLone(t *testing.T) (*lone, *sqlite.DB) {
	t.Helper()
	g, db := newOffice(t)
	l := &lone{Gate: g, at: now, someone: person("one"), key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))}
	g.staff = crew{may: map[string][]string{"one": {toCheck, toApprove, toManage}}}
	g.now = func() time.Time { return l.at }
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	return l, db
}

func (l *lone) enrol(t *testing.T) {
	t.Helper()
	if _, err := l.Enrol(t.Context(), l.someone, "R. Afar", "chair of the board", hex.EncodeToString(l.key.Public().(ed25519.PublicKey))); err != nil {
		t.Fatal(err)
	}
}

func (l *lone) check(t *testing.T) {
	t.Helper()
	var err error
	if l.draft, err = l.Make(t.Context(), actor.Node(), Wanted{Period: 202609}); err != nil {
		t.Fatal(err)
	}
	if l.draft, err = l.Check(t.Context(), l.someone, l.draft.ID, l.draft.Digest); err != nil {
		t.Fatal(err)
	}
	if err := l.HandOut(t.Context(), l.someone, l.draft.ID, l.draft.Digest); err != nil {
		t.Fatal(err)
	}
}

func (l *lone) code() string {
	return release.ApprovalCode(release.SignApproval(l.key, sha256.Sum256(l.draft.Bytes)))
}

// TestAnOfficeOfOneReleasesWithSomebodyAfar: after 48 hours, by a key that was
// enrolled before, and not a second earlier.
func TestAnOfficeOfOneReleasesWithSomebodyAfar(t *testing.T) {
	l, db := newLone(t)
	l.enrol(t)
	l.at = l.at.Add(rest)
	l.check(t)
	if _, err := l.Approve(t.Context(), l.someone, l.draft.ID, l.draft.Digest); !errors.Is(err, access.ErrOwnWork) {
		t.Errorf("approving alone: %v", err)
	}
	if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrResting) {
		t.Fatalf("before it has rested: %v, want ErrResting", err)
	}
	for _, early := range []time.Duration{time.Hour, rest - time.Second, -72 * time.Hour} {
		before := l.at
		l.at = before.Add(early)
		if _, err := l.Seal(t.Context(), actor.Node(), l.draft.ID); !errors.Is(err, ErrResting) {
			t.Errorf("after %s: %v, want ErrResting", early, err)
		}
		l.at = before
	}
	l.at = l.at.Add(rest)
	r, err := l.Seal(t.Context(), actor.Node(), l.draft.ID)
	if err != nil || !bytes.Equal(r.Digest, l.draft.Digest) || sealedCount(t, db) != 1 {
		t.Fatalf("after 48 hours: %+v, %v", r, err)
	}
}

// TestAClockSetBackShortensNothing: it stood two days back while somebody checked,
// or while an approver was enrolled.
func TestAClockSetBackShortensNothing(t *testing.T) {
	l, _ := newLone(t)
	l.enrol(t) // the audit knows what time it was
	l.at = now.Add(-rest)
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	a, err := l.Enrol(t.Context(), l.someone, "S. Else", "for a while", hex.EncodeToString(other.Public().(ed25519.PublicKey)))
	if err != nil || a.CountsFrom.Before(now.Add(rest)) {
		t.Errorf("a second approver may from %s, %v", a.CountsFrom, err)
	}
	l.check(t)
	if l.draft.RestsUntil().Before(now.Add(rest)) {
		t.Errorf("the draft rests until %s only", l.draft.RestsUntil())
	}
}

func TestACodeThatIsNotForThisDraftIsRefused(t *testing.T) {
	l, _ := newLone(t)
	l.check(t)
	good := l.code()
	afar := func(code string) error {
		_, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, code)
		return err
	}
	if err := afar(good); errs.KindOf(err) != errs.Invalid {
		t.Errorf("nobody is enrolled: %v", err)
	}
	l.enrol(t)
	if err := afar(good); !errors.Is(err, ErrResting) {
		t.Errorf("an approver of today: %v, want ErrResting", err)
	}
	if d, err := l.Draft(t.Context(), l.draft.ID); err != nil || d.State != Checked {
		t.Errorf("the draft is %s, %v", d.State, err)
	}
	l.at = l.at.Add(rest)
	signed := release.SignApproval(l.key, sha256.Sum256(l.draft.Bytes))
	for name, code := range map[string]string{
		"none": "", "cut off": good[:len(good)-6], "another draft": release.ApprovalCode(release.SignApproval(l.key, [32]byte{1})),
		"another key": release.ApprovalCode(release.SignApproval(ed25519.NewKeyFromSeed(make([]byte, 32)), sha256.Sum256(l.draft.Bytes))),
		"no approval": release.ApprovalCode(ed25519.Sign(l.key, l.draft.Digest)), "mistyped": flip(good),
		"one bit": release.ApprovalCode(append([]byte{signed[0] ^ 1}, signed[1:]...)),
	} {
		if err := afar(code); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want a code that is refused", name, err)
		}
	}
	list, err := l.Approvers(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	if err := l.EndApprover(t.Context(), l.someone, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := afar(good); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an approver who ended: %v", err)
	}
}

// flip changes the first character of a code into another one.
func flip(code string) string {
	if code[0] == 'A' {
		return "B" + code[1:]
	}
	return "A" + code[1:]
}

// TestNobodyAfarApprovesWhereTwoAreHere: whoever could act here has to.
func TestNobodyAfarApprovesWhereTwoAreHere(t *testing.T) {
	l, _ := newLone(t)
	l.enrol(t)
	l.at = l.at.Add(rest)
	l.check(t)
	for _, c := range []struct {
		name  string
		may   map[string][]string
		alone bool
	}{
		{"one", map[string][]string{"one": {toCheck, toApprove}}, true},
		{"a second who only checks", map[string][]string{"one": {toCheck, toApprove}, "two": {toCheck}}, false},
		{"a second who only approves", map[string][]string{"one": {toCheck, toApprove}, "two": {toApprove}}, false},
		{"a second who may nothing", map[string][]string{"one": {toCheck, toApprove}, "two": {}}, true},
		{"two who only check", map[string][]string{"one": {toCheck}, "two": {toCheck}}, true},
	} {
		l.staff = crew{may: c.may}
		alone, err := l.Alone(t.Context(), l.draft)
		if err != nil || alone != c.alone {
			t.Errorf("%s: alone %v, %v", c.name, alone, err)
		}
		if c.alone {
			continue
		}
		if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrNotAlone) {
			t.Errorf("%s: %v, want ErrNotAlone", c.name, err)
		}
	}
}

// TestWhoCameWhileItRestedIsAsked: somebody who can approve here came in the 48 hours,
// so nobody afar does any more.
func TestWhoCameWhileItRestedIsAsked(t *testing.T) {
	l, db := newLone(t)
	l.enrol(t)
	l.at = l.at.Add(rest)
	l.check(t)
	if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrResting) {
		t.Fatalf("before it has rested: %v, want ErrResting", err)
	}
	l.at = l.at.Add(rest)
	l.staff = crew{may: map[string][]string{"one": {toCheck, toApprove, toManage}, "two": {toApprove}}}
	if _, err := l.Seal(t.Context(), actor.Node(), l.draft.ID); !errors.Is(err, ErrNotAlone) || sealedCount(t, db) != 0 {
		t.Errorf("sealed: %v, want ErrNotAlone", err)
	}
	l.staff = crew{may: l.staff.(crew).may, kept: []string{"two"}}
	if _, err := l.Seal(t.Context(), actor.Node(), l.draft.ID); err != nil {
		t.Errorf("somebody came from whom something is kept: %v", err)
	}
}

// counted is a crew that counts how often it is asked what is kept from somebody.
type counted struct {
	crew
	asked map[string]int
}

func (c counted) SeesWhole(ctx context.Context, q sqlite.Querier, who actor.Actor) (bool, error) {
	c.asked[who.ID]++
	return c.crew.SeesWhole(ctx, q, who)
}

// TestWhatIsKeptIsAskedOnceOfEach: it takes four questions to the policy, and a page asks
// about everybody who works here.
func TestWhatIsKeptIsAskedOnceOfEach(t *testing.T) {
	l, _ := newLone(t)
	l.check(t)
	both := []string{toCheck, toApprove}
	staff := counted{crew{may: map[string][]string{"one": both, "two": both, "three": {toCheck}, "four": {}}, kept: []string{"two", "three"}}, map[string]int{}}
	l.staff = staff
	if alone, err := l.Alone(t.Context(), l.draft); err != nil || !alone {
		t.Errorf("alone %v, %v", alone, err)
	}
	if want := map[string]int{"one": 1, "two": 1, "three": 1}; !maps.Equal(staff.asked, want) {
		t.Errorf("asked %v, want %v", staff.asked, want)
	}
	clear(staff.asked)
	v := draftPage{Draft: l.draft}
	if err := (&pages{gate: l.Gate}).mayDo(t.Context(), l.someone, &v); err != nil || !v.Alone || !v.Discards {
		t.Errorf("the page says %+v, %v", v, err)
	}
	if want := map[string]int{"one": 1, "two": 1, "three": 1}; !maps.Equal(staff.asked, want) {
		t.Errorf("the page asked %v, want %v", staff.asked, want)
	}
}
