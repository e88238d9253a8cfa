package imports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// The name of a file goes 30 days after the last import of a file of that name, wherever it
// stands; what it held back is found, mended and taken as before.
func TestTheNameOfAFileGoes(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	now := noon
	gate, _ := accesstest.OpenAt(t, db, func() time.Time { return now })
	s := imports.NewService(db, codelist.National(), gate, func() time.Time { return now })
	j := jobsOver(t, s, imports.JobsOptions{})
	m := parse(t, register)
	file := filepath.Join(t.TempDir(), "Maria Canary case.csv")
	if err := os.WriteFile(file, []byte(registerHeader+"1;P1;A;0;F;nothing;01/02/2024;;;;;x\n2;P2;B;0;F;wages;01/02/2024;;;;;x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imported := func(name string) imports.Report {
		report, err := s.Run(t.Context(), importer, m, source(t, m, file), imports.Options{Accept: true, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	holds := func() int {
		return count(t, db, `SELECT count(*) FROM import_runs WHERE source_name || files || report LIKE '%Canary%'`) + count(t, db, `SELECT count(*) FROM import_quarantine WHERE file LIKE '%Canary%'`)
	}
	first := imported("Maria Canary case.csv")
	if len(first.Places) == 0 || !strings.Contains(first.Places[0].Loc, "Canary") || holds() < 2 {
		t.Fatalf("the file is not named: %+v", first.Places)
	}
	now = now.Add(20 * 24 * time.Hour)
	imported("Maria Canary case.csv")
	now = now.Add(20 * 24 * time.Hour)
	if err := j.Tidy(t.Context()); err != nil || holds() < 3 {
		t.Fatalf("20 days after the last import: %d places have the name, %v", holds(), err)
	}
	rows := len(editsOf(t, s, accesstest.Director, 2))
	now = now.Add(20 * 24 * time.Hour)
	for range 2 {
		if err := j.Tidy(t.Context()); err != nil || holds() != 0 {
			t.Fatalf("40 days after the last import: %d places have the name, %v", holds(), err)
		}
	}
	if got := ids(t, db, `SELECT source_name || ' ' || files FROM import_runs ORDER BY id`); len(got) != 2 || got[0] != `import-1.csv ["import-1.csv"]` || got[1] != got[0] {
		t.Errorf("the runs are of %q", got)
	}
	for run := int64(1); run <= 2; run++ {
		if got := editsOf(t, s, accesstest.Director, run); len(got) != rows || rows == 0 || got[0].Mark != "2" {
			t.Errorf("run %d holds back %+v", run, got)
		}
	}
	again := imported("Maria Canary case.csv")
	if got := editsOf(t, s, accesstest.Director, again.Run); len(got) != rows {
		t.Errorf("the file again holds back %d rows, want %d", len(got), rows)
	}
}
