package imports_test

import (
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

const ownRow = "1;P1;Aardvark;000 000001;F;wages;01/02/2024;;%;court;R 5;\n"

// Whoever is shut out of a case does not write into it by an import, nor learn what
// the office did there: its row is held back as one that belongs to nothing, whole,
// whether it has anything new or not. Somebody who sees the case takes it later.
func TestAnImportStopsAtAWall(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	walled := walledDirector(t, db)
	m := parse(t, strings.NewReplacer("failed_share: 0.5", "failed_share: 1", "gone_share: 0.5", "gone_share: 1").Replace(register))
	first := strings.Replace(ownRow, "%", "first", 1)
	other := strings.NewReplacer("1;P1;Aardvark", "2;P2;Buffalo", "%", "other").Replace(ownRow)
	run(t, db, m, write(t, registerHeader+first+other), imports.Options{})
	shut(t, db, walled.ID, "first")
	set(t, db, `UPDATE cases SET summary = 'of the office', version = version + 1 WHERE summary = 'first'`)
	stands := digests(t, db, "clients", "cases", "referrals", "recoveries", "import_xref")

	changed := strings.NewReplacer("first", "new", "Aardvark", "Changed", "R 5", "R 9").Replace(first)
	for name, c := range map[string]struct {
		rows string
		held int64
	}{
		"changed": {changed + other, 1}, "the same": {first + other, 1}, "left out": {other, 0},
	} {
		for _, dry := range []bool{true, false} {
			report := runAs(t, db, walled, m, write(t, registerHeader+c.rows), imports.Options{DryRun: dry})
			for _, stream := range []string{"client", "case", "referral", "recovery"} {
				r := report.Stream(stream)
				if r.Quarantined != c.held || r.Unchanged != 1 || r.Updated+r.Created+r.Gone != 0 {
					t.Errorf("%s: stream %s %+v", name, stream, r)
				}
			}
			for _, p := range report.Problems {
				if p.Code != "reference_missing" {
					t.Errorf("%s: the report tells of %+v", name, p)
				}
			}
		}
	}
	if digests(t, db, "clients", "cases", "referrals", "recoveries", "import_xref") != stands {
		t.Error("the import changed what its runner does not see")
	}
	report := run(t, db, m, write(t, registerHeader+changed+other), imports.Options{})
	if r := report.Stream("case"); r.Updated != 1 || r.Quarantined != 0 {
		t.Errorf("who sees the case: %+v", r)
	}
	if n := count(t, db, `SELECT count(*) FROM import_quarantine WHERE status = 'open' AND code = 'reference_missing'`); n != 0 {
		t.Errorf("%d entries are left open", n)
	}
}

// What a row of another table adds to a case behind a wall is held back with the
// words for a case that is not there.
func TestAnImportAddsNothingBehindAWall(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	walled := walledDirector(t, db)
	m := parse(t, twoTables)
	run(t, db, m, write(t, twoHeader+"1;case;A/1;01/02/2024;;Example\n"), imports.Options{})
	set(t, db, `UPDATE cases SET summary = 'first'`)
	shut(t, db, walled.ID, "first")
	places := map[string]imports.Place{}
	for _, file := range []string{"A/1", "A/9"} {
		report := runAs(t, db, walled, m, write(t, twoHeader+"2;money;"+file+";03/02/2024;100;\n"), imports.Options{DryRun: true})
		if len(report.Places) != 1 || report.Stream("recovery").Quarantined != 1 {
			t.Fatalf("%s: %+v", file, report)
		}
		places[file] = report.Places[0]
	}
	if places["A/1"] != places["A/9"] {
		t.Errorf("a hidden case %+v, none %+v", places["A/1"], places["A/9"])
	}
	report := runAs(t, db, actor.Node(), m, write(t, twoHeader+"2;money;A/1;03/02/2024;100;\n"), imports.Options{})
	if report.Stream("recovery").Created != 1 {
		t.Errorf("the program itself: %+v", report.Stream("recovery"))
	}
}

// A wall that is raised while a run writes holds it off too.
func TestAWallRaisedMeanwhileHolds(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	walled := walledDirector(t, db)
	m := parse(t, register)
	first := strings.Replace(ownRow, "%", "first", 1)
	run(t, db, m, write(t, registerHeader+first), imports.Options{})
	s := service(t, db)
	s.BreakOff(func(point string) error {
		if point == "begun" {
			shut(t, db, walled.ID, "first")
		}
		return nil
	})
	src := source(t, m, write(t, registerHeader+strings.Replace(first, "first", "second", 1)))
	if _, err := s.Run(t.Context(), actor.Actor{Kind: actor.Import, ID: walled.ID}, m, src, imports.Options{}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE summary = 'first'`); n != 1 {
		t.Error("the import wrote behind a wall")
	}
}

// What waits for its erasure is changed by nobody's import, not by the program's
// either.
func TestAnImportLeavesTheRestrictedAlone(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "failed_share: 0.5", "failed_share: 1", 1))
	first := strings.Replace(ownRow, "%", "first", 1)
	run(t, db, m, write(t, registerHeader+first), imports.Options{})
	set(t, db, `UPDATE clients SET restricted = 1`)
	set(t, db, `UPDATE cases SET restricted = 1`)
	file := write(t, registerHeader+strings.NewReplacer("first", "second", "Aardvark", "Changed").Replace(first))
	for _, who := range []actor.Actor{importer, actor.Node()} {
		report := runAs(t, db, who, m, file, imports.Options{})
		if report.Stream("case").Quarantined != 1 || report.Stream("client").Quarantined != 1 {
			t.Errorf("%s: %+v", who, report.Streams)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM cases c JOIN clients k ON k.id = c.client_id WHERE c.summary = 'first' AND k.surname = 'Aardvark'`); n != 1 {
		t.Error("an import changed what is restricted")
	}
}

func walledDirector(t *testing.T, db *sqlite.DB) actor.Actor {
	t.Helper()
	service(t, db)
	who := accesstest.Hire(t, db, "walled", "")
	accesstest.Appoint(t, db, "walled", "director", "")
	return who
}

func runAs(t *testing.T, db *sqlite.DB, who actor.Actor, m *imports.Mapping, path string, o imports.Options) imports.Report {
	t.Helper()
	if who.Kind == actor.Person {
		who.Kind = actor.Import
	}
	report, err := service(t, db).Run(t.Context(), who, m, source(t, m, path), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	return report
}

func set(t *testing.T, db *sqlite.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement, nil); err != nil {
		t.Fatal(err)
	}
}
