package imports_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// A file of which the first rows are all wrong is not read to its end, but by a dry run,
// which tells of every row.
func TestAFileThatIsWrongFromTheStartIsNotReadToItsEnd(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "failed_share: 0.5", "failed_share: 0.2", 1))
	var b strings.Builder
	b.WriteString(registerHeader)
	for i := range 1600 {
		n := strconv.Itoa(i)
		b.WriteString(n + ";P" + n + ";A;0;F;nothing;01/02/2024;;;;;x\n")
	}
	file := write(t, b.String())
	for dry, most := range map[bool]int64{true: 1600, false: 500} {
		report, err := service(t, db).Run(t.Context(), importer, m, source(t, m, file), imports.Options{DryRun: dry})
		if read := report.Stream("case").Read; !errors.Is(err, imports.ErrRefused) || read != most || report.Refused != "too_many_failed" {
			t.Errorf("dry run %v: %v after %d rows, want %d, refused %q", dry, err, read, most, report.Refused)
		}
	}
}
