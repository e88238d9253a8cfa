package egress

import (
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

func TestAnOfficeKnowsItsNewestReleaseThatCounts(t *testing.T) {
	g, db := newOffice(t)
	want := func(name string, want Own) {
		t.Helper()
		if got, err := g.Own(t.Context()); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	want("before the first", Own{})
	openCases(t, db, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202606, 202607, 202608)
	want("before a receipt", Own{})
	hubCounted(t, db, 1)
	hubCounted(t, db, 2)
	second := Own{Sequence: 2, Mark: release.Mark(opened(t, db, 2).Digest[:])}
	want("the second counts and the third waits", second)

	back := now.Add(time.Hour)
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		return audit.Record(t.Context(), tx, back, actor.Node(), "backup.restored", "7")
	})
	if err != nil {
		t.Fatal(err)
	}
	want("put back after that", Own{BackAt: back.UTC()})
	end := func(told int) {
		t.Helper()
		must(t, db.Tx(t.Context(), func(tx *sqlite.Tx) error { return endPause(t.Context(), tx, uint32(told), back) }))
	}
	end(3)
	want("the last that was told has no receipt here", Own{BackAt: back.UTC()})
	// The clock stands long after the restore, and says nothing.
	late := sqlite.Args{"at": back.Add(100 * time.Hour).UnixMilli()}
	_, err = db.Exec(t.Context(), `UPDATE releases SET receipted_at = @at WHERE sequence = 3`, late)
	must(t, err)
	want("the hub counted what was told and nothing since", Own{BackAt: back.UTC()})
	closing(t, g, 202609)
	_, err = db.Exec(t.Context(), `UPDATE releases SET receipted_at = 1 WHERE sequence = 4`, nil)
	must(t, err)
	want("the hub counted one since", Own{Sequence: 4, Mark: release.Mark(opened(t, db, 4).Digest[:])})
	_, err = db.Exec(t.Context(), `INSERT INTO releases_lost (sequence, digest, period, noted_at) VALUES (5, zeroblob(32), 202609, @at)`, late)
	must(t, err)
	want("one was lost after it", Own{BackAt: time.UnixMilli(late["at"].(int64)).UTC()})
}
