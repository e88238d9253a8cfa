package imports_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

var (
	importer = actor.Actor{Kind: actor.Import, ID: accesstest.Director.ID}
	noon     = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
)

func clock() time.Time { return noon }

// fixture returns the path of a file of the fixtures beside the repository.
func fixture(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "fixtures", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the fixture %s is not beside the repository", name)
	}
	return path
}

// shippedMapping returns a mapping that comes with the program.
func shippedMapping(t testing.TB, name string) *imports.Mapping {
	t.Helper()
	b, ok := imports.Shipped(name)
	if !ok {
		t.Fatalf("there is no mapping %s", name)
	}
	return parse(t, string(b))
}

func parse(t testing.TB, text string) *imports.Mapping {
	t.Helper()
	m, err := imports.ParseMapping([]byte(text), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// source opens a file as the mapping declares it.
func source(t testing.TB, m *imports.Mapping, path string) *spreadsheet.Source {
	t.Helper()
	var settings spreadsheet.Settings
	if err := m.DecodeSource(&settings); err != nil {
		t.Fatal(err)
	}
	src, err := spreadsheet.Open(place.On(path), settings)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func service(t testing.TB, db *sqlite.DB) *imports.Service {
	t.Helper()
	gate, _ := accesstest.OpenAt(t, db, clock)
	return imports.NewService(db, codelist.National(), gate, clock)
}

func run(t testing.TB, db *sqlite.DB, m *imports.Mapping, path string, o imports.Options) imports.Report {
	t.Helper()
	o.Name = filepath.Base(path)
	report, err := service(t, db).Run(t.Context(), importer, m, source(t, m, path), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	return report
}

// want is the outcome of one stream.
type want struct {
	created, updated, unchanged, quarantined int64
	skipped                                  map[string]int64
}

// check compares a stream of a report with the outcome that a person worked out.
func check(t *testing.T, r imports.Report, stream string, read int64, w want) {
	t.Helper()
	got := r.Stream(stream)
	wanted := imports.StreamReport{
		Stream: stream, To: got.To, Read: read, Created: w.created, Updated: w.updated, Unchanged: w.unchanged,
		Quarantined: w.quarantined, Skipped: w.skipped,
	}
	if wanted.Skipped == nil {
		wanted.Skipped = map[string]int64{}
	}
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("stream %s (-want +got):\n%s", stream, d)
	}
	if !r.Balanced {
		t.Error("the report is not balanced")
	}
}

// The file has 17,577 complaints. In 22 of them an unquoted semicolon shifts
// the cells, and 3 have no opening day.
func TestProconComplaints(t *testing.T) {
	path := fixture(t, "complaints/procon_CRF2019.csv")
	db := sqlitetest.Open(t, migrations.FS)
	m := shippedMapping(t, "procon-complaints")
	const rows, good, shifted, dayless = 17577, 17552, 22, 3
	alone := map[string]int64{"without_case": dayless}
	report := run(t, db, m, path, imports.Options{})
	check(t, report, "client", rows, want{created: good, quarantined: shifted, skipped: alone})
	check(t, report, "case", rows, want{created: good, quarantined: shifted + dayless})
	before := content(t, db)
	report = run(t, db, m, path, imports.Options{})
	check(t, report, "client", rows, want{unchanged: good, quarantined: shifted, skipped: alone})
	check(t, report, "case", rows, want{unchanged: good, quarantined: shifted + dayless})
	if content(t, db) != before {
		t.Error("importing the file again changed something")
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE outcome = 5101`); n != 9984 {
		t.Errorf("%d cases were answered, want 9984", n)
	}
}

// The register has 88 lines: 2 of title, 1 blank, 2 of header, 75 visits, 3
// sub-totals and a total, 3 blank ones and a signature. 23 visits have no year
// in their day, their own or by a ditto mark, and one ends before it begins. Of
// the 51 that remain, 15 have an amount; of the others with a word for an
// amount, "settled" and "50%" are none.
func TestWalkInRegister(t *testing.T) {
	path := fixture(t, "spreadsheets/sa_walkin_register_synthetic_cp1252_semicolon.csv")
	db := sqlitetest.Open(t, migrations.FS)
	m := shippedMapping(t, "walk-in-register")
	const rows, visits, bad = 83, 75, 24
	noData := func(more map[string]int64) map[string]int64 {
		all := map[string]int64{"blank": 3, "signature": 1, "total": 4}
		maps.Copy(all, more)
		return all
	}
	report := run(t, db, m, path, imports.Options{})
	check(t, report, "client", rows, want{created: visits - bad, skipped: noData(map[string]int64{"without_case": bad})})
	check(t, report, "case", rows, want{created: visits - bad, quarantined: bad, skipped: noData(nil)})
	check(t, report, "recovery", rows, want{created: 15, quarantined: 36, skipped: noData(map[string]int64{"no_amount": 24})})
	before := content(t, db)
	report = run(t, db, m, path, imports.Options{})
	check(t, report, "case", rows, want{unchanged: visits - bad, quarantined: bad, skipped: noData(nil)})
	check(t, report, "recovery", rows, want{unchanged: 15, quarantined: 36, skipped: noData(map[string]int64{"no_amount": 24})})
	if content(t, db) != before {
		t.Error("importing the file again changed something")
	}
	for what, wanted := range map[string]int{
		`SELECT sum(amount_minor) FROM recoveries WHERE currency = 'ZAR'`:                                                               15 * 500_00,
		`SELECT count(*) FROM clients WHERE id_number LIKE '0000000000%'`:                                                               17,
		`SELECT count(*) FROM clients WHERE instr(surname, 'Ñ') > 0 OR instr(surname, 'ñ') > 0`:                                         7,
		`SELECT count(*) FROM import_quarantine WHERE code = 'id_destroyed' AND severity = 'warning'`:                                   11,
		`SELECT count(*) FROM import_quarantine WHERE code = 'date_ambiguous' AND field = 'opened_on'`:                                  23,
		`SELECT count(*) FROM clients WHERE phones LIKE '000000%' || char(10) || '0000000999'`:                                          18,
		"SELECT count(*) FROM cases WHERE iif(legacy = '', 0, json_extract(legacy, '$.\"Amount / Claimed\"') = 'R\u00a03\u00a0450,00')": 10,
	} {
		if n := count(t, db, what); n != wanted {
			t.Errorf("%s: %d, want %d", what, n, wanted)
		}
	}
}

// The claim has one OFFICE, one SCHEDULE and ten OUTCOME rows.
func TestBulkClaim(t *testing.T) {
	path := fixture(t, "legal-aid-uk/legal-help-june-2026.csv")
	db := sqlitetest.Open(t, migrations.FS)
	m := shippedMapping(t, "bulk-claim")
	parents := map[string]int64{"parent_record": 2}
	report := run(t, db, m, path, imports.Options{})
	check(t, report, "client", 12, want{created: 10, skipped: parents})
	check(t, report, "case", 12, want{created: 10, skipped: parents})
	report = run(t, db, m, path, imports.Options{})
	check(t, report, "client", 12, want{unchanged: 10, skipped: parents})
	check(t, report, "case", 12, want{unchanged: 10, skipped: parents})
	if n := count(t, db, `SELECT count(*) FROM cases WHERE json_extract(legacy, '$."SCHEDULE.areaOfLaw"') = 'LEGAL HELP'`); n != 10 {
		t.Errorf("%d cases know their schedule, want 10", n)
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE json_extract(legacy, '$."PRIOR_AUTHORITY_REF#2"') LIKE 'PAR%'`); n != 8 {
		t.Errorf("%d cases kept the second of two equal keys, want 8", n)
	}
}

func count(t testing.TB, db *sqlite.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), query, nil).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// content returns a digest of everything that an import writes apart from the
// runs themselves and the audit.
func content(t testing.TB, db *sqlite.DB) string {
	t.Helper()
	return digests(t, db, "clients", "cases", "referrals", "recoveries", "import_xref", "import_quarantine")
}

// digests hashes every row of some tables.
func digests(t testing.TB, db *sqlite.DB, tables ...string) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range tables {
		digest(t, db, sum, table)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// digest adds every row of a table.
func digest(t testing.TB, db *sqlite.DB, sum io.Writer, table string) {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT * FROM `+table+` ORDER BY 1, 2, 3, 4, 5`, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]any, len(names))
	into := make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%s %q\n", table, cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
