package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// benchRows is the number of rows of the files of the benchmarks.
const benchRows = 4000

// BenchmarkUpdateEveryRow imports a register in which every client and every
// case has changed since the last import: each is merged with what the office
// has.
func BenchmarkUpdateEveryRow(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	m := parse(b, strings.Replace(register, "batch: 7, ", "", 1))
	edition := func(n int) string {
		var text strings.Builder
		text.WriteString(registerHeader)
		for i := range benchRows {
			fmt.Fprintf(&text, "%d;P%d;Name %d;000 0000%03d;F;wages;01/02/2024;;note %d;court;300;x\n", i, i, n, i, n)
		}
		return write(b, text.String())
	}
	files := []string{edition(0), edition(1)}
	run(b, db, m, files[1], imports.Options{})
	n := 0
	for b.Loop() {
		report := run(b, db, m, files[n%2], imports.Options{})
		if n++; report.Stream("case").Updated != benchRows || report.Stream("client").Updated != benchRows {
			b.Fatalf("not every row was updated: %+v", report.Streams)
		}
	}
	b.ReportMetric(benchRows*float64(n)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkRowsOfEarlierCases decides about amounts whose cases came with an
// earlier file.
func BenchmarkRowsOfEarlierCases(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	m := parse(b, twoTables)
	var book, money strings.Builder
	for i := range benchRows {
		fmt.Fprintf(&book, "%d;case;A/%d;01/02/2024;;Example\n", i, i)
		fmt.Fprintf(&money, "%d;money;A/%d;03/02/2024;100;\n", i, i)
	}
	run(b, db, m, write(b, twoHeader+book.String()), imports.Options{})
	file := write(b, twoHeader+money.String())
	n := 0
	for b.Loop() {
		report := run(b, db, m, file, imports.Options{DryRun: true})
		if n++; report.Stream("recovery").Created != benchRows {
			b.Fatalf("not every amount was taken: %+v", report.Streams)
		}
	}
	b.ReportMetric(benchRows*float64(n)/b.Elapsed().Seconds(), "rows/s")
}
