package ingest

import (
	"fmt"
	"slices"
	"testing"

	"casehub/internal/postgres/postgrestest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// history is all releases of some offices, voids among them.
type history struct {
	authors []*author
	sealed  []sealedBy
}

type sealedBy struct {
	orgUnit uint32
	data    []byte
}

// write makes up a history: up to three offices, each with up to eight months,
// of which some are empty and some take an earlier one back.
func write(t testing.TB, rt *rapid.T) history {
	var h history
	for n := range rapid.IntRange(1, 3).Draw(rt, "offices") {
		a := newAuthor(t, uint32(n+1))
		h.authors = append(h.authors, a)
		for m := range rapid.IntRange(1, 8).Draw(rt, "months") {
			r := a.draft(rapid.IntRange(0, 4).Draw(rt, "groups"))
			if m > 0 && rapid.IntRange(0, 4).Draw(rt, "void") == 0 {
				r = a.void(uint32(rapid.IntRange(1, m).Draw(rt, "voids")))
			}
			h.sealed = append(h.sealed, sealedBy{a.orgUnit, a.publish(t, r)})
		}
	}
	return h
}

// hub takes in messages in this order, cut into transactions as the numbers say,
// on an empty database.
func (h history) hub(t testing.TB, b *bench, order []int, sizes func() int) []string {
	for _, table := range []string{"facts", "receipts", "alarms", "resumptions", "forks", "releases", "refusals", "chains", "office_keys", "offices"} {
		if _, err := b.db.Exec(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range h.authors {
		if err := b.reg.Enrol(t.Context(), a.office(t)); err != nil {
			t.Fatal(err)
		}
	}
	for len(order) > 0 {
		n := min(len(order), sizes())
		var batch []message
		for _, i := range order[:n] {
			batch = append(batch, b.message(h.sealed[i].orgUnit, h.sealed[i].data))
		}
		b.take(t, batch...)
		order = order[n:]
	}
	return b.state(t)
}

// Invariant I5: a hub that got the releases in any order, any number of times,
// in any transactions, is the hub that got them in order.
func TestAnyOrderAndAnyNumberEndInTheSameState(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := write(t, rt)
		inOrder := make([]int, len(h.sealed))
		for i := range inOrder {
			inOrder[i] = i
		}
		again := rapid.SliceOfN(rapid.SampledFrom(inOrder), 0, 8).Draw(rt, "again")
		mixed := rapid.Permutation(slices.Concat(inOrder, again)).Draw(rt, "order")
		want := h.hub(t, b, inOrder, func() int { return 1 })
		got := h.hub(t, b, mixed, func() int { return rapid.IntRange(1, 7).Draw(rt, "size") })
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("order %v ends elsewhere (-in order +mixed):\n%s", mixed, d)
		}
		compareWithRebuild(t, rt, b)
	})
}

// compareWithRebuild checks that all that is stored follows from the bytes.
func compareWithRebuild(t testing.TB, rt *rapid.T, b *bench) {
	c, err := Rebuild(t.Context(), b.db, b.reg, false, clock())
	if err != nil {
		rt.Fatal(err)
	}
	if !c.Equal() {
		rt.Fatalf("what is stored does not follow: %+v", c)
	}
}

// With forks and bytes that do not follow the order does matter; what is stored
// must still follow from the kept bytes, and no number may count twice.
func TestWhateverComesFollowsFromTheKeptBytes(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := write(t, rt)
		for _, a := range h.authors {
			if a.next > 1 && rapid.Bool().Draw(rt, "forge") {
				h.sealed = append(h.sealed, sealedBy{a.orgUnit, a.seal(t, forgery(a))})
			}
		}
		order := make([]int, len(h.sealed))
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(rt, "order")
		h.hub(t, b, order, func() int { return rapid.IntRange(1, 5).Draw(rt, "size") })
		compareWithRebuild(t, rt, b)
		n := b.number(t, `SELECT count(*) FROM chains c WHERE counted_sequence <> (SELECT count(*) FROM releases r WHERE r.org_unit = c.org_unit AND r.status <> 'waiting')`)
		if n != 0 {
			rt.Fatalf("%d chains count otherwise than their releases", n)
		}
	})
}

func TestRebuildSeesEveryKindOfDamage(t *testing.T) {
	for name, c := range map[string]struct {
		damage string
		seen   func(Comparison) int
	}{
		"a fact lost":         {`DELETE FROM facts WHERE sequence = 2 AND category_option = 1101`, func(c Comparison) int { return c.Missing }},
		"a fact altered":      {`UPDATE facts SET value = value + 1 WHERE sequence = 1 AND category_option = 1101`, func(c Comparison) int { return min(c.Missing, c.Extra) }},
		"a fact invented":     {`INSERT INTO facts VALUES (9, 1, 1101, 1, 1, 202601, 5, 0)`, func(c Comparison) int { return c.Extra }},
		"a release uncounted": {`UPDATE releases SET status = 'waiting' WHERE sequence = 2`, func(c Comparison) int { return c.Standings }},
		"a chain cut":         {`UPDATE chains SET counted_sequence = 1`, func(c Comparison) int { return c.Chains }},
		"bytes altered":       {`UPDATE releases SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) WHERE sequence = 1`, func(c Comparison) int { return c.Broken }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			b.arrive(t, 1, b.offices[1].months(t, 3, 2)...)
			want := b.state(t)
			if _, err := b.db.Exec(t.Context(), c.damage); err != nil {
				t.Fatal(err)
			}
			got, err := Rebuild(t.Context(), b.db, b.reg, false, clock())
			if err != nil {
				t.Fatal(err)
			}
			if c.seen(got) == 0 {
				t.Errorf("not seen: %+v", got)
			}
			mend(t, b, got.Broken > 0, want)
		})
	}
}

// mend rebuilds in earnest: everything is as before, or nothing is touched when
// kept bytes are broken.
func mend(t *testing.T, b *bench, broken bool, want []string) {
	t.Helper()
	got, err := Rebuild(t.Context(), b.db, b.reg, true, clock())
	if err != nil {
		t.Fatal(err)
	}
	if got.Written == broken {
		t.Errorf("written %v with broken bytes %v", got.Written, broken)
	}
	if broken {
		return
	}
	if d := cmp.Diff(want, b.state(t)); d != "" {
		t.Errorf("after writing (-want +got):\n%s", d)
	}
}

// A release that the database does not take must not hold up those behind it.
func TestAPoisonousReleaseBlocksNothing(t *testing.T) {
	b := newBench(t, 1, 2)
	if _, err := b.db.Exec(t.Context(), `ALTER TABLE facts ADD CHECK (org_unit <> 1 OR sequence <> 2)`); err != nil {
		t.Fatal(err)
	}
	x, y := b.offices[1].months(t, 3, 2), b.offices[2].months(t, 3, 2)
	var jobs []*job
	for i := range x {
		for n, data := range map[uint32][]byte{1: x[i], 2: y[i]} {
			jobs = append(jobs, &job{message: b.message(n, data)})
		}
	}
	out, err := b.persist(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.speak(t.Context(), out.words); err != nil {
		t.Fatal(err)
	}
	b.wantReceipt(t, 1, 1, accepted, noReason)
	b.wantReceipt(t, 1, 2, refused, invalid)
	b.wantReceipt(t, 1, 3, waits, gap)
	for s := range uint32(3) {
		b.wantReceipt(t, 2, s+1, accepted, noReason)
	}
}

// The database goes away in the middle and comes back.
func TestALostDatabaseIsWaitedFor(t *testing.T) {
	b := newBench(t, 1)
	admin := postgrestest.Connect(t, b.dsn)
	var jobs []*job
	for _, data := range b.offices[1].months(t, 4, 2) {
		jobs = append(jobs, &job{message: b.message(1, data)})
	}
	if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	out, err := b.persist(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	if out.releases != 4 {
		t.Errorf("%d releases, want 4", out.releases)
	}
}

func TestHalvesOfABatchKeepItsOrder(t *testing.T) {
	b := newBench(t, 1)
	var jobs []*job
	for _, data := range b.offices[1].months(t, 9, 1) {
		jobs = append(jobs, &job{message: b.message(1, data)})
	}
	out, err := b.halves(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range out.words {
		got = append(got, fmt.Sprint(w.sequence, w.status == accepted))
	}
	want := []string{"1 true", "2 true", "3 true", "4 true", "5 true", "6 true", "7 true", "8 true", "9 true"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("words (-want +got):\n%s", d)
	}
}
