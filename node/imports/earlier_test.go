package imports_test

import (
	"strings"
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// Cases from before the month of the office's next release are told of, in the
// dry run, in the real one, and in one that goes on after a broken one; cases
// that were imported before are not told of again.
func TestCasesFromBeforeTheNextReleaseAreToldOf(t *testing.T) {
	m := parse(t, register)
	row := "%;P%;Name;;F;wages;#;;;;;x\n"
	file := write(t, registerHeader+
		strings.NewReplacer("%", "1", "#", "30/06/2024").Replace(row)+
		strings.NewReplacer("%", "2", "#", "31/07/2024").Replace(row)+
		strings.NewReplacer("%", "3", "#", "01/08/2024").Replace(row)+
		strings.NewReplacer("%", "4", "#", "02/09/2024").Replace(row)+
		strings.NewReplacer("%", "5", "#", "31/02/2024").Replace(row))
	want := imports.EarlierReport{Next: 202408, Cases: 2, First: "2024-06-30"}
	options := imports.Options{NextRelease: 202408}
	db := sqlitetest.Open(t, migrations.FS)
	dry := options
	dry.DryRun = true
	foreseen := run(t, db, m, file, dry)
	brokenAt(t, db, m, file, 14)
	report := run(t, db, m, file, options)
	for mode, r := range map[string]imports.Report{"dry run": foreseen, "import": report} {
		if r.Earlier == nil || *r.Earlier != want {
			t.Errorf("%s: %+v, want %+v", mode, r.Earlier, want)
		}
	}
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "2 new cases were opened before 2024-08, the month of the next release, the first on 2024-06-30.") {
		t.Errorf("the report does not say so:\n%s", text.String())
	}
	if again := run(t, db, m, file, options); again.Earlier != nil {
		t.Errorf("told of again: %+v", again.Earlier)
	}
	if silent := run(t, sqlitetest.Open(t, migrations.FS), m, file, imports.Options{}); silent.Earlier != nil {
		t.Errorf("an office that releases nothing is told of releases: %+v", silent.Earlier)
	}
}
