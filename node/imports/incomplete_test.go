package imports_test

import (
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// What a file of March does not have is not gone: only a source that says that it always
// holds everything is believed.
func TestWhatAnIncompleteSourceLacksIsNotGone(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, known)
	run(t, db, m, write(t, knownHeader+"1;P1;Aardvark;Ana;;;;;01/02/2024;a\n2;P2;Buffalo;Eve;;;;;01/02/2024;b\n"), imports.Options{})
	report := run(t, db, m, write(t, knownHeader+"1;P1;Aardvark;Ana;;;;;01/02/2024;a\n"), imports.Options{})
	if n := count(t, db, `SELECT count(*) FROM import_xref WHERE gone_run IS NOT NULL`); n != 0 || report.Stream("case").Gone != 0 {
		t.Errorf("%d records are gone, and told %d", n, report.Stream("case").Gone)
	}
}
