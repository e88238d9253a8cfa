package imports_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/clients"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// people returns what the office has of everybody.
func people(t *testing.T, db *sqlite.DB) string {
	t.Helper()
	var s string
	if err := db.QueryRow(t.Context(), `
SELECT coalesce(group_concat(line, ' | '), '')
FROM (SELECT id || ': ' || surname || ', ' || given_names || ', ' || phones || ', ' || address AS line FROM clients ORDER BY id)`, nil).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// undo takes a run back that nothing stands in the way of.
func undo(t *testing.T, db *sqlite.DB, run int64) {
	t.Helper()
	if u, err := service(t, db).Undo(t.Context(), actor.Node(), run); err != nil {
		t.Fatalf("taking run %d back: %v, in the way %+v", run, err, u.InTheWay)
	}
}

// refused asserts that a run cannot be taken back, and for what.
func refused(t *testing.T, db *sqlite.DB, run int64, why ...string) {
	t.Helper()
	before := people(t, db) + kept(t, db)
	u, err := service(t, db).Undo(t.Context(), actor.Node(), run)
	var told []string
	for _, e := range u.InTheWay {
		if e.Entity == "client" {
			told = append(told, e.Why)
		}
	}
	if !errors.Is(err, imports.ErrEdited) || !slices.Equal(told, why) {
		t.Errorf("taking run %d back: %v, in the way %v, want %v", run, err, told, why)
	}
	if people(t, db)+kept(t, db) != before {
		t.Error("a refused undo changed something")
	}
}

// Two keys of a source can be one client. A run that changes them by both is taken back
// as any other, and so are the runs before it.
func TestARunOfTwoKeysOfOneClientIsTakenBack(t *testing.T) {
	number := document("02/03/1980", 5001)
	row := func(key, phone, address string) string {
		return key + ";P" + key + ";Aardvark;Ana;02/03/1980;" + number + ";" + phone + ";" + address + ";01/02/2024;a\n"
	}
	for _, batch := range []string{"batch: 1,", "batch: 100,"} {
		m := parse(t, strings.Replace(known, "batch: 3,", batch, 1))
		for _, before := range []bool{true, false} {
			db := sqlitetest.Open(t, migrations.FS)
			if before {
				here(t, db, clients.Client{ID: "here", Surname: "Aardvark", IDNumber: number})
			}
			empty := people(t, db)
			run(t, db, m, write(t, knownHeader+row("1", "082 123 4567", "")+row("2", "", "somewhere")), imports.Options{})
			first := people(t, db)
			if before && !strings.Contains(first, "082 123 4567, somewhere") {
				t.Fatalf("the keys did not fill one client: %s", first)
			}
			run(t, db, m, write(t, knownHeader+row("1", "011 000 0000", "")+row("2", "", "elsewhere")), imports.Options{})
			if both := people(t, db); both == first {
				t.Fatalf("the second run changed nothing: %s", both)
			}
			second := people(t, db)
			run(t, db, m, write(t, knownHeader+row("2", "", "far away")), imports.Options{})
			for i, want := range []string{second, first, empty} {
				undo(t, db, int64(3-i))
				if got := people(t, db); got != want {
					t.Errorf("%s run %d taken back: %s, want %s", batch, 3-i, got, want)
				}
			}
			if n := count(t, db, `SELECT count(*) FROM import_xref`); n != 0 {
				t.Errorf("%d keys are left", n)
			}
		}
	}
}

// What another source has changed of a client since stands in the way, and what a person
// did between two runs, though each knows the client by a key of its own.
func TestAnotherSourcesChangeStandsInTheWay(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "here", Surname: "Aardvark", IDNumber: number})
	row := func(phone, address string) string {
		return write(t, knownHeader+"1;P1;Aardvark;;;"+number+";"+phone+";"+address+";01/02/2024;a\n")
	}
	one, other := parse(t, known), parse(t, strings.Replace(known, "instance: other-office", "instance: third", 1))
	empty := people(t, db)
	run(t, db, one, row("082 123 4567", ""), imports.Options{})
	first := people(t, db)
	run(t, db, other, row("", "somewhere"), imports.Options{})
	second := people(t, db)
	refused(t, db, 1, "imported_again")
	undo(t, db, 2)
	if got := people(t, db); got != first {
		t.Errorf("the other source is taken back: %s, want %s", got, first)
	}
	run(t, db, other, row("", "somewhere"), imports.Options{})
	undo(t, db, 3)
	undo(t, db, 1)
	if got := people(t, db); got != empty {
		t.Errorf("all is taken back: %s, want %s", got, empty)
	}

	run(t, db, one, row("082 123 4567", ""), imports.Options{})
	set(t, db, `UPDATE clients SET surname = 'by hand', version = version + 1`)
	run(t, db, other, row("", "somewhere"), imports.Options{})
	undo(t, db, 5)
	refused(t, db, 4, "edited")
	if got := people(t, db); got != strings.Replace(strings.Replace(second, "Aardvark", "by hand", 1), "somewhere", "", 1) {
		t.Errorf("after an edit by hand: %s", got)
	}
}

// What nobody did to the records of a run, or to those that it changed, does not stand in
// its way: an edit of somebody whom a row is of and of whom it changed nothing.
func TestAnEditOfWhomARunDidNotChangeIsInNobodysWay(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "here", Surname: "Aardvark", IDNumber: number, Phones: "+27 82 123 4567", Address: "here"})
	run(t, db, parse(t, known), write(t, knownHeader+"1;P1;Aardvark;;;"+number+";;;01/02/2024;a\n"), imports.Options{})
	set(t, db, `UPDATE clients SET address = 'by hand', version = version + 1`)
	undo(t, db, 1)
	if got := people(t, db); got != "here: Aardvark, , +27 82 123 4567, by hand" {
		t.Error(got)
	}
}

// A record that somebody has deleted since cannot be taken back, nor is it made again.
func TestADeletedRecordStandsInTheWay(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	run(t, db, parse(t, known), write(t, knownHeader+"1;P1;Aardvark;Ana;02/03/1980;;;;01/02/2024;a\n"), imports.Options{})
	set(t, db, `DELETE FROM cases`)
	set(t, db, `DELETE FROM clients`)
	refused(t, db, 1, "gone")
}
