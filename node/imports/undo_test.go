package imports_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// kept is everything that an import writes, without the run's own row and without the
// order of saves.
func kept(t *testing.T, db *sqlite.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		`SELECT id || surname || phones || sex || legacy FROM clients ORDER BY 1`,
		`SELECT id || client_id || case_type || status || opened_on || coalesce(closed_on, '') || summary || legacy FROM cases ORDER BY 1`,
		`SELECT id || case_id || destination FROM referrals ORDER BY 1`,
		`SELECT id || case_id || amount_minor FROM recoveries ORDER BY 1`,
		`SELECT stream || source_key || hex(content_hash) || hex(field_hashes) || first_run || last_run || coalesce(gone_run, '-') FROM import_xref ORDER BY 1`,
		`SELECT stream || source_key || field || code || status FROM import_quarantine WHERE status = 'open' ORDER BY 1`,
	} {
		rows, err := db.Query(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			b.WriteString(s + "\n")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestARunIsTakenBack(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	empty := kept(t, db)
	run(t, db, m, write(t, visits(visitRows, 0)), imports.Options{})
	first := kept(t, db)
	second := run(t, db, m, write(t, visits(visitRows, 1)), imports.Options{})
	if second.Stream("case").Updated == 0 || second.Stream("case").Created == 0 || second.Stream("case").Gone == 0 {
		t.Fatalf("the second run did not do everything: %+v", second.Streams)
	}
	s := service(t, db)
	if _, err := s.Undo(t.Context(), importer, 1); !errors.Is(err, imports.ErrEdited) {
		t.Errorf("a run before the newest: %v, want ErrEdited", err)
	}
	u, err := s.Undo(t.Context(), importer, second.Run)
	if err != nil {
		t.Fatalf("%v, %+v", err, u)
	}
	if u.Removed == 0 || u.Restored == 0 {
		t.Errorf("%+v", u)
	}
	if kept(t, db) != first {
		t.Error("the second run is not wholly taken back")
	}
	if _, err := s.Undo(t.Context(), importer, second.Run); !errors.Is(err, imports.ErrUndone) {
		t.Errorf("taken back twice: %v, want ErrUndone", err)
	}
	if _, err := s.Undo(t.Context(), importer, 1); err != nil {
		t.Fatal(err)
	}
	if kept(t, db) != empty {
		t.Error("the first run left something")
	}
	if n := count(t, db, `SELECT count(*) FROM audit WHERE action = 'import.undone'`); n != 2 {
		t.Errorf("%d entries in the audit", n)
	}
	again := run(t, db, m, write(t, visits(visitRows, 0)), imports.Options{})
	if again.Stream("case").Created == 0 {
		t.Error("the file cannot be imported again")
	}
}

// Whoever something is kept from takes no run back, and is told the same whatever
// stands in the way: nothing, a wall of their own, or no such run at all.
func TestNobodyBehindAWallTakesARunBack(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	walled := walledDirector(t, db)
	walled.Kind = actor.Import
	m := parse(t, register)
	report := run(t, db, m, write(t, registerHeader+strings.Replace(ownRow, "%", "first", 1)), imports.Options{})
	other := run(t, db, parse(t, strings.Replace(register, "instance: ", "instance: other-", 1)), write(t, registerHeader+strings.Replace(ownRow, "%", "other", 1)), imports.Options{})
	shut(t, db, walled.ID, "first")
	before := kept(t, db)
	for name, id := range map[string]int64{"with a wall": report.Run, "with nothing in the way": other.Run, "none": 99} {
		u, err := service(t, db).Undo(t.Context(), walled, id)
		if !errors.Is(err, imports.ErrKept) || err.Error() != imports.ErrKept.Error() || !reflect.DeepEqual(u, imports.Undone{}) {
			t.Errorf("%s: %v, %+v", name, err, u)
		}
	}
	if kept(t, db) != before {
		t.Error("a refused undo changed something")
	}
	u, err := service(t, db).Undo(t.Context(), importer, report.Run)
	if want := []imports.Edited{{Entity: "case", Why: "built_on"}}; !errors.Is(err, imports.ErrEdited) || !slices.Equal(u.InTheWay, want) {
		t.Errorf("%v: %+v, want %+v", err, u.InTheWay, want)
	}
	if _, err := service(t, db).Undo(t.Context(), importer, other.Run); err != nil {
		t.Error(err)
	}
}

func TestAnEditStandsInTheWayOfTakingBack(t *testing.T) {
	for name, edit := range map[string]string{
		"edited":   `UPDATE cases SET summary = 'by hand', version = version + 1 WHERE id = (SELECT min(id) FROM cases)`,
		"built_on": `INSERT INTO referrals (id, case_id, destination, referred_on, created_at, updated_at) SELECT 'own', min(id), 3201, '2025-01-01', 1, 1 FROM cases`,
	} {
		t.Run(name, func(t *testing.T) {
			db := sqlitetest.Open(t, migrations.FS)
			m := parse(t, register)
			report := run(t, db, m, write(t, visits(40, 0)), imports.Options{})
			if _, err := db.Exec(t.Context(), edit, nil); err != nil {
				t.Fatal(err)
			}
			before := kept(t, db)
			u, err := service(t, db).Undo(t.Context(), importer, report.Run)
			if !errors.Is(err, imports.ErrEdited) || u.InTheWayTotal != 1 || len(u.InTheWay) != 1 || u.InTheWay[0].Why != name {
				t.Errorf("%v: %+v", err, u)
			}
			if kept(t, db) != before {
				t.Error("a refused undo changed something")
			}
		})
	}
}
