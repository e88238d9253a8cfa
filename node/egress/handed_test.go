package egress

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// TestWhatWasHandedOutIsSealedAsItIs: records that are mended while the one from afar
// looks do not change what leaves; they are taken back afterwards like in any release.
func TestWhatWasHandedOutIsSealedAsItIs(t *testing.T) {
	l, db := newLone(t)
	l.enrol(t)
	l.at = l.at.Add(rest)
	l.check(t)
	for _, statement := range []string{
		`UPDATE cases SET case_type = 1103 WHERE id = 'C0003-1101'`, `DELETE FROM cases WHERE id = 'C0004-1101'`,
	} {
		_, err := db.Exec(t.Context(), statement, nil)
		must(t, err)
	}
	openCases(t, db, 20, 23, 1101, "2026-09-03")
	again, err := l.Remake(t.Context(), l.someone, l.draft.ID)
	if err != nil || again.State != Drafted || !bytes.Equal(again.Bytes, l.draft.Bytes) {
		t.Fatalf("made anew it is %s, %v, with other bytes: %v", again.State, err, !bytes.Equal(again.Bytes, l.draft.Bytes))
	}
	if again.MadeBy != actor.Node() {
		t.Errorf("who put it back is now who made it: %v", again.MadeBy)
	}
	_, err = l.Check(t.Context(), l.someone, l.draft.ID, l.draft.Digest)
	must(t, err)
	if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrResting) {
		t.Fatalf("approved afar: %v, want ErrResting", err)
	}
	l.at = l.at.Add(rest)
	r, err := l.Seal(t.Context(), actor.Node(), l.draft.ID)
	if err != nil || !bytes.Equal(r.Digest, l.draft.Digest) {
		t.Fatalf("sealed %x, %v, want what was handed out", r.Digest, err)
	}
	openCases(t, db, 30, 40, 1101, "2026-10-01")
	l.at = l.at.AddDate(0, 1, 0)
	next, err := l.Make(t.Context(), actor.Node(), Wanted{Period: 202610})
	must(t, err)
	m, err := next.Message()
	must(t, err)
	if n := m.GetTables()[0].GetGroups()[0].GetValue(); n != 11 {
		t.Errorf("the next month says %d, want thirteen new ones net of the two that were mended", n)
	}
}

// TestWhatWasHandedOutDoesNotChange, not even by who writes into the database, and
// what became unlike it can only be discarded.
func TestWhatWasHandedOutDoesNotChange(t *testing.T) {
	l, db := newLone(t)
	l.enrol(t)
	l.at = l.at.Add(rest)
	l.check(t)
	for _, statement := range []string{
		`UPDATE release_drafts SET state = 'draft', bytes = x'00', checked_by = '', checked_at = NULL, rests_from = NULL`,
		`UPDATE release_drafts SET state = 'discarded'`,
		`DELETE FROM release_handed`, `UPDATE release_handed SET at = 0`,
		`DELETE FROM release_handed_groups`, `UPDATE release_handed_groups SET value = 5`,
		`DELETE FROM release_handed_events`, `UPDATE release_handed_events SET weight = 2`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("the database takes %s", statement)
		}
	}
	if err := l.HandOut(t.Context(), l.someone, l.draft.ID, l.draft.Digest); err != nil {
		t.Errorf("the same file once more: %v", err)
	}
	_, err := db.Exec(t.Context(), `UPDATE ledger_events SET erased = 1, client_id = '', code = 0, period = 0, state = 'withdrawn' WHERE source_id = 'C0003-1101'`, nil)
	must(t, err)
	if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrResting) {
		t.Fatal(err)
	}
	l.at = l.at.Add(rest)
	if _, err := l.Seal(t.Context(), actor.Node(), l.draft.ID); !errors.Is(err, ErrHandedMoved) {
		t.Errorf("after an erasure: %v, want ErrHandedMoved", err)
	}
	must(t, l.Discard(t.Context(), l.someone, l.draft.ID))
	d, err := l.Make(t.Context(), actor.Node(), Wanted{Period: 202609})
	must(t, err)
	if m, err := d.Message(); err != nil || len(m.GetTables()) != 0 {
		t.Errorf("eight of the nine leave at once: %v, %v", m, err)
	}
}

// TestNothingIsHandedOutForNothing: by whoever may, where nobody here can approve, of
// what is checked, and what the records say.
func TestNothingIsHandedOutForNothing(t *testing.T) {
	l, db := newLone(t)
	var err error
	l.draft, err = l.Make(t.Context(), actor.Node(), Wanted{Period: 202609})
	must(t, err)
	hand := func(who actor.Actor) error { return l.HandOut(t.Context(), who, l.draft.ID, l.draft.Digest) }
	if err := hand(l.someone); !errors.Is(err, ErrDraftMoved) {
		t.Errorf("unchecked: %v", err)
	}
	l.draft, err = l.Check(t.Context(), l.someone, l.draft.ID, l.draft.Digest)
	must(t, err)
	if err := hand(person("stranger")); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a stranger: %v", err)
	}
	if err := l.HandOut(t.Context(), l.someone, l.draft.ID, make([]byte, 32)); !errors.Is(err, ErrDraftChanged) {
		t.Errorf("another digest: %v", err)
	}
	alone := l.staff
	l.staff = crew{may: map[string][]string{"one": {toCheck}, "two": {toApprove}}}
	if err := hand(l.someone); !errors.Is(err, ErrNotAlone) {
		t.Errorf("with somebody who can approve: %v", err)
	}
	l.staff = alone
	if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrNotHanded) {
		t.Errorf("a code for what nobody has: %v", err)
	}
	_, err = db.Exec(t.Context(), `UPDATE cases SET case_type = 1103 WHERE id = 'C0003-1101'`, nil)
	must(t, err)
	if err := hand(l.someone); !errors.Is(err, ErrDraftChanged) {
		t.Errorf("after the records changed: %v", err)
	}
	if d, err := l.Draft(t.Context(), l.draft.ID); err != nil || d.State != Drafted || d.Handed || bytes.Equal(d.Digest, l.draft.Digest) {
		t.Errorf("the draft is %s, handed out %v, %v", d.State, d.Handed, err)
	}
}

// file is what somebody afar has: the numbers of a draft, and, for the test alone, the
// events behind each.
type file struct {
	value   map[wireGroup]uint32 // by what a group is called, without its numbers
	members map[wireGroup]map[int64]bool
	fell    bool
}

// called is a group without its numbers.
func called(g wireGroup) wireGroup { return wireGroup{g.dataSet, g.code, g.level, g.from, 0, 0} }

func (l *lone) fileOf(t *testing.T) file {
	t.Helper()
	m, err := l.draft.Message()
	must(t, err)
	f := file{map[wireGroup]uint32{}, map[wireGroup]map[int64]bool{}, false}
	n := 0
	for _, table := range m.GetTables() {
		for _, g := range table.GetGroups() {
			name := called(groupOnWire(table.GetDataSet(), g))
			f.value[name], f.members[name] = g.GetValue(), map[int64]bool{}
			rows, err := l.db.Query(t.Context(), `SELECT event_id FROM release_handed_events WHERE draft_id = @d AND n = @n`, sqlite.Args{"d": l.draft.ID, "n": n})
			must(t, err)
			for rows.Next() {
				var id int64
				must(t, rows.Scan(&id))
				f.members[name][id] = true
			}
			must(t, rows.Close())
			n++
		}
	}
	return f
}

// told counts the numbers of one to four that somebody finds, and is right about, who
// takes one file off another: a number under the same name with a few cases more, and
// otherwise the same ones.
func told(before, after file) (n int) {
	for name, v := range after.value {
		was, ok := before.value[name]
		few, many := before.members[name], after.members[name]
		if was > v {
			few, many = many, few
		}
		if d := max(v, was) - min(v, was); ok && d > 0 && d < 5 && within(few, many) {
			n++
		}
	}
	return n
}

func within(few, many map[int64]bool) bool {
	for id := range few {
		if !many[id] {
			return false
		}
	}
	return true
}

// apart reports what of a file can be taken off one that fell: a group holds members
// of a fallen one and is neither the same nor "other" with five more.
func apart(fell, after file) error {
	for name, members := range after.members {
		for other, those := range fell.members {
			shared, more := 0, 0
			for id := range members {
				if those[id] {
					shared++
				} else {
					more++
				}
			}
			same := maps.Equal(members, those) && name == other && after.value[name] == fell.value[other]
			if shared > 0 && !same && (name.level != uint32(codelistOther) || more < 5) {
				return fmt.Errorf("%+v shares %d with %+v and has %d more", name, shared, other, more)
			}
		}
	}
	return nil
}

const codelistOther = 3

// playHanded has an office of one hand drafts out for two months, mend records in between,
// and then seal or discard what was handed out by discard. It returns how many small
// numbers whoever kept every file finds, and the first group that is not apart.
func playHanded(t *testing.T, seed uint64, discard func(*lone) error) (found, sealed int, wrong error) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	l, db := newLone(t)
	l.at = now.AddDate(0, 0, -9)
	l.enrol(t)
	codes := []codelist.Code{1101, 1102, 1103, 1201, 1301, 1302, 1601}
	next := 100
	add := func(n int, code codelist.Code, m civil.Month) {
		openCases(t, db, next, next+n, code, fmt.Sprintf("%d-%02d-03", m/100, m%100))
		next += n
	}
	mend := func(m civil.Month) {
		switch r.IntN(3) {
		case 0:
			add(1+r.IntN(3), codes[r.IntN(3)], m)
		case 1:
			_, err := db.Exec(t.Context(), `UPDATE cases SET case_type = 1102 WHERE id IN (SELECT id FROM cases WHERE case_type = 1101 ORDER BY id DESC LIMIT 1)`, nil)
			must(t, err)
		default:
			_, err := db.Exec(t.Context(), `DELETE FROM cases WHERE id IN (SELECT id FROM cases WHERE case_type IN (1101, 1102) ORDER BY id DESC LIMIT 1)`, nil)
			must(t, err)
		}
	}
	var before []file
	for m := civil.Month(202611); m <= 202612; m = m.Add(1) {
		l.at = m.Add(1).First().Time().AddDate(0, 0, 4)
		for i, code := range codes {
			add(r.IntN(10-i), code, m)
		}
		for try := range 3 {
			var err error
			l.draft, err = l.Make(t.Context(), actor.Node(), Wanted{Period: m})
			must(t, err)
			l.draft, err = l.Check(t.Context(), l.someone, l.draft.ID, l.draft.Digest)
			must(t, err)
			must(t, l.HandOut(t.Context(), l.someone, l.draft.ID, l.draft.Digest))
			now := l.fileOf(t)
			for _, b := range before {
				found += told(b, now)
				if err := apart(b, now); b.fell && wrong == nil && err != nil {
					wrong = fmt.Errorf("month %d, file %d: %w", m, try+1, err)
				}
			}
			mend(m)
			if now.fell = try < 2; now.fell {
				must(t, discard(l))
			} else {
				if _, err := l.ApproveAfar(t.Context(), l.someone, l.draft.ID, l.draft.Digest, l.code()); !errors.Is(err, ErrResting) {
					t.Fatal(err)
				}
				l.at = l.at.Add(rest)
				_, err := l.Seal(t.Context(), actor.Node(), l.draft.ID)
				must(t, err)
				sealed++
			}
			before = append(before, now)
		}
	}
	return found, sealed, wrong
}

// handedSeeds are the offices of the two tests below.
var handedSeeds = []uint64{1, 2, 3, 4}

// TestNoTwoFilesCanBeSubtracted: whoever approves from afar keeps every file that they
// were given, and what left. Of no two of them the difference is a case.
func TestNoTwoFilesCanBeSubtracted(t *testing.T) {
	for _, seed := range handedSeeds {
		found, sealed, wrong := playHanded(t, seed, func(l *lone) error { return l.Discard(t.Context(), l.someone, l.draft.ID) })
		if found > 0 || wrong != nil || sealed != 2 {
			t.Errorf("office %d: %d small numbers were found, %v; %d sealed", seed, found, wrong, sealed)
		}
	}
}

// TestFilesOfBeforeCouldBeSubtracted is its red: a draft that is discarded as if nobody
// had seen it gives cases away.
func TestFilesOfBeforeCouldBeSubtracted(t *testing.T) {
	all := 0
	for _, seed := range handedSeeds[:2] {
		found, _, wrong := playHanded(t, seed, func(l *lone) error {
			_, err := l.db.Exec(t.Context(), `DROP TRIGGER IF EXISTS release_drafts_handed`, nil)
			must(t, err)
			return l.db.Tx(t.Context(), func(tx *sqlite.Tx) error { return move(t.Context(), tx, updateDiscarded, l.draft) })
		})
		if all += found; wrong == nil {
			t.Errorf("office %d: no group shares members with one of a file before", seed)
		}
	}
	if all < 2 {
		t.Errorf("only %d cases were found", all)
	}
}
