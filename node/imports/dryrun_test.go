package imports_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// closed runs fn on the database at path and closes it, so that all is in the
// file.
func closed(t *testing.T, path string, fn func(*sqlite.DB)) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	fn(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// folder returns a digest of every file in a folder with its name.
func folder(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write([]byte(f.Name()))
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func TestADryRunForeseesAndLeavesEveryByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.db")
	closed(t, path, func(db *sqlite.DB) { editedOffice(t, db) })
	m, file := parse(t, register), write(t, visits(visitRows, 1))
	before := folder(t, dir)
	var foreseen imports.Report
	closed(t, path, func(db *sqlite.DB) { foreseen = run(t, db, m, file, imports.Options{DryRun: true}) })
	if folder(t, dir) != before {
		t.Error("a dry run changed the folder of the database")
	}
	sees(t, foreseen)
	closed(t, path, func(db *sqlite.DB) { sameReport(t, foreseen, run(t, db, m, file, imports.Options{})) })
}

func TestADryRunForeseesTheRestOfABrokenRun(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	editedOffice(t, db)
	m, file := parse(t, register), write(t, visits(visitRows, 1))
	brokenAt(t, db, m, file, 60)
	foreseen := run(t, db, m, file, imports.Options{DryRun: true})
	sameReport(t, foreseen, run(t, db, m, file, imports.Options{}))
}

func TestTooManyFailuresWriteNothing(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "failed_share: 0.5", "failed_share: 0.01", 1))
	file := write(t, visits(visitRows, 0))
	before := everything(t, db)
	for _, dry := range []bool{true, false} {
		report, err := service(t, db).Run(t.Context(), importer, m, source(t, m, file), imports.Options{DryRun: dry})
		if !errors.Is(err, imports.ErrRefused) || report.Refused != "too_many_failed" {
			t.Errorf("dry run %v: %v, refused %q", dry, err, report.Refused)
		}
	}
	if everything(t, db) != before {
		t.Error("a refused import wrote something")
	}
	if _, err := service(t, db).Run(t.Context(), importer, m, source(t, m, file), imports.Options{Accept: true}); err != nil {
		t.Errorf("accepted by hand: %v", err)
	}
}

func TestTooManyGoneWriteNothing(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "gone_share: 0.5", "gone_share: 0.05", 1))
	run(t, db, m, write(t, visits(visitRows, 0)), imports.Options{})
	before := everything(t, db)
	report, err := service(t, db).Run(t.Context(), importer, m, source(t, m, write(t, visits(20, 0))), imports.Options{})
	if !errors.Is(err, imports.ErrRefused) || report.Refused != "too_many_gone" {
		t.Errorf("%v, refused %q", err, report.Refused)
	}
	if everything(t, db) != before {
		t.Error("a refused import wrote something")
	}
}

func TestGoneRecordsStayAndComeBack(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	first := registerHeader + "1;P1;One;;F;wages;01/02/2024;;;;;x\n2;P2;Two;;F;wages;01/02/2024;;;;;x\n3;P3;Three;;F;wages;01/02/2024;;;;;x\n"
	run(t, db, m, write(t, first), imports.Options{})
	report := run(t, db, m, write(t, first[:strings.Index(first, "3;P3")]), imports.Options{})
	if report.Stream("case").Gone != 1 || report.Stream("client").Gone != 1 {
		t.Errorf("gone: %+v", report.Streams)
	}
	if n := count(t, db, `SELECT count(*) FROM cases`); n != 3 {
		t.Errorf("%d cases, want all 3 still", n)
	}
	report = run(t, db, m, write(t, first), imports.Options{})
	if report.Stream("case").Updated != 1 || count(t, db, `SELECT count(*) FROM import_xref WHERE gone_run IS NOT NULL`) != 0 {
		t.Errorf("what came back: %+v", report.Streams)
	}
}

func TestOneImportOfASourceAtATime(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m, file := parse(t, register), write(t, visits(20, 0))
	s := service(t, db)
	s.BreakOff(func(point string) error {
		if point != "begun" {
			return nil
		}
		_, err := service(t, db).Run(t.Context(), importer, m, source(t, m, file), imports.Options{})
		if !errors.Is(err, imports.ErrRunning) {
			t.Errorf("a second import: %v, want ErrRunning", err)
		}
		_, err = service(t, db).Run(t.Context(), importer, m, source(t, m, file), imports.Options{Instance: "another"})
		if err != nil {
			t.Errorf("an import of another source: %v", err)
		}
		return nil
	})
	if _, err := s.Run(t.Context(), importer, m, source(t, m, file), imports.Options{}); err != nil {
		t.Fatal(err)
	}
}

// quarantine returns what is held of the file that was imported last.
func quarantine(t *testing.T, db *sqlite.DB) (held []imports.Held, err error) {
	_, err = service(t, db).HeldBy(t.Context(), importer, 0, func(h imports.Held) error {
		held = append(held, h)
		return nil
	})
	return held, err
}

func TestAMendedRowLeavesQuarantine(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	row := "1;P1;One;;F;wages;%;;;;;x\n2;P2;Two;;F;wages;01/02/2024;;;;;x\n3;P2;Two;;F;wages;01/02/2024;;;;;x\n"
	bad, good := registerHeader+strings.Replace(row, "%", "31/02/2024", 1), registerHeader+strings.Replace(row, "%", "28/02/2024", 1)
	run(t, db, m, write(t, bad), imports.Options{})
	held, err := quarantine(t, db)
	if err != nil || len(held) != 1 || held[0].Code != "date_impossible" || held[0].Raw != "31/02/2024" || held[0].Column != "In" || held[0].Loc.Row != 2 {
		t.Fatalf("quarantine %v %v", held, err)
	}
	if s := held[0].String(); strings.Contains(s, "31/02") {
		t.Errorf("an entry shows its value: %s", s)
	}
	run(t, db, m, write(t, good), imports.Options{})
	if held, err = quarantine(t, db); err != nil || len(held) != 0 {
		t.Errorf("after mending: %v %v", held, err)
	}
	// Written badly again, the case stays as it was and the row is held.
	report := run(t, db, m, write(t, bad), imports.Options{})
	if report.Stream("case").Quarantined != 1 || count(t, db, `SELECT count(*) FROM cases`) != 3 {
		t.Errorf("after spoiling: %+v", report.Stream("case"))
	}
	run(t, db, m, write(t, good), imports.Options{})
	if held, err = quarantine(t, db); err != nil || len(held) != 0 {
		t.Errorf("an unchanged record stays in quarantine: %v %v", held, err)
	}
}

func TestAnImportLeavesOneEntryInTheAudit(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	run(t, db, m, write(t, visits(30, 0)), imports.Options{})
	if n := count(t, db, `SELECT count(*) FROM audit WHERE action = 'import.finished' AND subject = 'import-1' AND actor = '`+importer.String()+`'`); n != 1 {
		t.Errorf("%d entries", n)
	}
	if n := count(t, db, `SELECT count(*) FROM audit`); n != 1 {
		t.Errorf("%d entries in all, want 1", n)
	}
	past, err := service(t, db).RunsForTest(t.Context(), 5)
	if err != nil || len(past) != 1 || past[0].Status != "done" || past[0].Report.Stream("case").Read != 30 {
		t.Errorf("runs %+v %v", past, err)
	}
}

func TestNoValueShowsInReportsAndErrors(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	text := registerHeader + "1;P1;Canary;Canary;Canary;Canary;Canary;Canary;Canary;Canary;Canary;Canary\n"
	var out strings.Builder
	s := service(t, db)
	report, err := s.Run(t.Context(), importer, m, source(t, m, write(t, text)), imports.Options{Accept: true, Name: "register.csv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if report.Stream("case").Quarantined != 1 || len(report.Places) == 0 {
		t.Fatalf("the row was taken: %+v", report)
	}
	s.BreakOff(func(point string) error {
		if point != "begun" {
			return nil
		}
		noPlaintext(t, filepath.Dir(db.Path())) // the plan is there now
		return errBroken
	})
	_, err = s.Run(t.Context(), importer, m, source(t, m, write(t, text+"2;Canary;Canary;;F;wages;01/02/2024;;;;;x\n")), imports.Options{Accept: true})
	if !errors.Is(err, errBroken) || strings.Contains(err.Error(), "Canary") || strings.Contains(out.String(), "Canary") {
		t.Errorf("a value shows in %q or %v", out.String(), err)
	}
	noPlaintext(t, filepath.Dir(db.Path()))
}

// noPlaintext checks that no file of a folder holds the canary.
func noPlaintext(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "Canary") {
			t.Errorf("%s holds a value in the clear", f.Name())
		}
	}
}
