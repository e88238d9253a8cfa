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
	second.BackAt = back.UTC()
	want("put back after that", second)
	if _, err := db.Exec(t.Context(), `UPDATE releases SET receipted_at = @at WHERE sequence = 3`, sqlite.Args{"at": back.Add(time.Hour).UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	want("the hub counted one since", Own{Sequence: 3, Mark: release.Mark(opened(t, db, 3).Digest[:])})
}
