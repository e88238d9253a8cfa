package canary

import (
	"context"
	"slices"
	"strings"
	"testing"

	"casehub/internal/proof"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node"
	"casehub/node/migrations"
)

// TestProveTheCanaries plants a marker in every column of a node's database, and
// drives the node and a hub through what they do: months that are let out, one that
// is taken back, the last one, receipts and packs; a first run and a sealed node; every page and every form of the
// node, first as somebody who fills them in, then every route with what does not
// hold; every command of the program, with an import, backups and a restore. Then
// everything that is left behind is searched, and nothing may be found. At last
// markers are let out on purpose, and every one has to be.
func TestProveTheCanaries(t *testing.T) {
	s := newStage(t, proof.Size(330, 1000))
	s.releases()
	s.begin()
	s.unseal()
	stop, _ := s.serve(s.config)
	r := s.signIn(s.login)
	r.wander()
	all := routes(t)
	r.force(slices.DeleteFunc(slices.Clone(all), func(p string) bool { return p == "POST /sign-out" || p == "POST /lock" }))
	if _, err := s.metrics.Write(r.get("/metrics")); err != nil {
		t.Fatal(err)
	}
	stop()
	if len(r.pages) < 100 || r.held < 40 || len(all) < 150 {
		t.Errorf("only %d pages were opened, %d forms held and %d routes are known", len(r.pages), r.held, len(all))
	}
	s.commands()
	t.Logf("%d pages, %d forms that held of %d kinds, %d routes by hand; answers by status %v", len(r.pages), r.held, len(r.sent), len(all), r.answers)

	var without []string
	s.with(func(_ context.Context, n *node.Node) error {
		late(t, n.DB, s.g)
		without = harvest(t, n.DB, s.g)
		return nil
	})
	for _, c := range without {
		t.Errorf("the column %s has no marker", c)
	}
	found, size := s.search(s.g.all)
	for _, f := range found[:min(len(found), 40)] {
		t.Error(f)
	}
	t.Logf("%d bytes were searched", size)
	proof.AtLeast(t, "canary/markers", float64(len(s.g.all)), 10_000)
	proof.AtMost(t, "canary/found", float64(len(found)), 0)
	proof.AtMost(t, "canary/columns-without", float64(len(without)), 0)
	if len(leaks) != 20 {
		t.Errorf("there are %d leaks", len(leaks))
	}
	proof.AtLeast(t, "canary/leaks-seen", float64(s.leak()), 20)
}

// A column that somebody adds has to come to the markers, or to the list.
func TestANewColumnIsMissed(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	for _, statement := range []string{`ALTER TABLE clients ADD COLUMN nickname TEXT NOT NULL DEFAULT ''`, `CREATE TABLE gossip (id INTEGER PRIMARY KEY, said BLOB) STRICT`} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	without := harvest(t, db, newGarden(5))
	for _, name := range []string{"clients.nickname ", "gossip.said "} {
		if !slices.ContainsFunc(without, func(c string) bool { return strings.HasPrefix(c, name) }) {
			t.Errorf("%sis not missed", name)
		}
	}
}
