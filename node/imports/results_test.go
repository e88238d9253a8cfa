package imports_test

import (
	"strings"
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// TestAnotherImportKeepsWhatBecameOfAReferral: no register says it, and the office has
// written it down since.
func TestAnotherImportKeepsWhatBecameOfAReferral(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "batch: 7, ", "", 1))
	row := func(day string) string {
		return write(t, registerHeader+"1;P1;Name;000 0000001;F;wages;"+day+";;note;court;300;x\n")
	}
	run(t, db, m, row("01/02/2024"), imports.Options{})
	if n, err := db.Exec(t.Context(), `UPDATE referrals SET result = 7101, result_on = '2024-05-01', result_note = 'they helped'`, nil); err != nil || n != 1 {
		t.Fatalf("%d referrals, %v", n, err)
	}
	report := run(t, db, m, row("02/02/2024"), imports.Options{})
	var result int64
	var on, note, day string
	if err := db.QueryRow(t.Context(), `SELECT result, result_on, result_note, referred_on FROM referrals`, nil).Scan(&result, &on, &note, &day); err != nil {
		t.Fatal(err)
	}
	if result != 7101 || on != "2024-05-01" || note != "they helped" || day != "2024-02-02" {
		t.Errorf("result %d on %s of a referral of %s: %+v", result, on, day, report.Streams)
	}
}
