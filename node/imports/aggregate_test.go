package imports_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/ledger"
	"casehub/node/migrations"
)

// network brings what a network's own system counts, and nothing of anybody.
const network = `mapping: network/1
instance: network
mode: aggregate
source: {type: spreadsheet}
defaults: {date_order: ymd, currency: ZAR, locale: en-US}
limits: {failed_share: 1}
streams:
  client: {to: client, key: Client, repeats: same, fields: {}}
  case:
    to: case
    key: No
    fields: {client: {ref: client}, case_type: {col: Matter, codes: {wages: 1102}, unknown: quarantine}, opened_on: In}
  recovery:
    to: recovery
    key: No
    when: {col: Money, is: filled}
    fields: {case: {ref: case}, kind: {const: 4101}, received_on: In, amount: Money}
`

func networkRows() string {
	var b strings.Builder
	b.WriteString("No;Client;Name;ID;Matter;In;Money;Story\n")
	for i := range 12 {
		fmt.Fprintf(&b, "CANARYNO%d;CANARYCLIENT%d;CANARYNAME%d;CANARYID%d;%s;2024-03-%02d;%s;CANARYSTORY%d\n", i, i/2, i, i, []string{"wages", "CANARYMATTER"}[i/11], i+11, []string{"", "100"}[i%2], i)
	}
	return b.String()
}

// values returns every text and blob of a database.
func values(t *testing.T, db *sqlite.DB) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, table := range columnsOf(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%'`) {
		for _, column := range columnsOf(t, db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			for _, v := range columnsOf(t, db, `SELECT CAST("`+column+`" AS TEXT) FROM "`+table+`" WHERE "`+column+`" IS NOT NULL`) {
				all.WriteString(v + "\n")
			}
		}
	}
	return all.Bytes()
}

func columnsOf(t *testing.T, db *sqlite.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnAggregateImportKeepsNothingOfAnybody(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m, file := parse(t, network), write(t, networkRows())
	foreseen := run(t, db, m, file, imports.Options{DryRun: true})
	report := run(t, db, m, file, imports.Options{})
	sameReport(t, foreseen, report)
	check(t, report, "client", 12, want{created: 6, skipped: map[string]int64{"repeated": 6}})
	check(t, report, "case", 12, want{created: 11, quarantined: 1})
	check(t, report, "recovery", 12, want{created: 5, quarantined: 1, skipped: map[string]int64{"condition": 6}})
	all := values(t, db)
	if bytes.Contains(bytes.ToUpper(all), []byte("CANARY")) {
		t.Error("a value of the source is in the database")
	}
	for day := 11; day < 23; day++ {
		if bytes.Contains(all, []byte(fmt.Sprintf("2024-03-%02d", day))) {
			t.Errorf("the day %d is in the database", day)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE opened_on = '2024-03-01'`); n != 11 {
		t.Errorf("%d cases of the month", n)
	}
	again := run(t, db, m, file, imports.Options{})
	if c := again.Stream("case"); c.Created+c.Updated > 0 || c.Unchanged != 11 {
		t.Errorf("the same again: %+v", c)
	}
	l := ledger.New(codelist.National(), ledger.National(), "ZAR", 10000)
	if err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return l.Refresh(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT count(DISTINCT client_id) FROM ledger_events`); n != 6 {
		t.Errorf("the ledger sees %d people, want 6", n)
	}
}

// Whoever brings such a file may have seen nothing but numbers: what is handed on about
// its rows is as much as is kept.
func TestAnAggregateImportHandsOnNoValue(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	var held []imports.Held
	run(t, db, parse(t, network), write(t, networkRows()), imports.Options{Held: func(h imports.Held) error {
		held = append(held, h)
		return nil
	}})
	if len(held) == 0 || held[0].Code != adapters.CodeUnknown || held[0].Loc.Row == 0 || held[0].Column != "Matter" {
		t.Fatalf("held: %+v", held)
	}
	for _, h := range held {
		if strings.Contains(fmt.Sprintf("%#v", h), "CANARY") {
			t.Errorf("a value of the source is handed on with %s of row %d", h.Code, h.Loc.Row)
		}
	}
}

func TestAnAggregateMappingBringsNoTexts(t *testing.T) {
	for _, c := range [][2]string{
		{"fields: {}", "fields: {surname: Name}"},
		{"fields: {}", "fields: {birth_date: In}"},
		{"opened_on: In}", "opened_on: In, summary: Story}"},
		{"opened_on: In}", "opened_on: In, legacy_number: No}"},
	} {
		if _, err := imports.ParseMapping([]byte(strings.Replace(network, c[0], c[1], 1)), codelist.National()); err == nil || !strings.Contains(err.Error(), "aggregate") {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}

// People are counted by their keys: a client without one would be a person for each row.
func TestAnAggregateMappingCountsNoRowAsAPerson(t *testing.T) {
	for _, client := range []string{
		"{to: client, key: content, repeats: same, fields: {}}",
		"{key: content, fields: {}, to: client}",
		"{to: client, key: {columns: Client, missing: content}, fields: {}}",
	} {
		_, err := imports.ParseMapping([]byte(strings.Replace(network, "{to: client, key: Client, repeats: same, fields: {}}", client, 1)), codelist.National())
		var wrong *imports.MappingError
		if !errors.As(err, &wrong) || wrong.Line != 8 || !strings.Contains(err.Error(), "aggregate") {
			t.Errorf("%s: %v", client, err)
		}
	}
	for _, missing := range []string{"No", "content"} {
		ok := strings.Replace(network, "to: recovery\n    key: No", "to: recovery\n    key: "+missing, 1)
		if _, err := imports.ParseMapping([]byte(ok), codelist.National()); err != nil {
			t.Errorf("a recovery with the key %s: %v", missing, err)
		}
	}
}

// live is a source without a fingerprint, whose places are its keys.
type live struct{ given }

func (l live) Discover(ctx context.Context) (adapters.Catalog, error) {
	cat, err := l.given.Discover(ctx)
	cat.Fingerprint = ""
	return cat, err
}

func TestAnAggregateImportKeepsNoPlaceOfALiveSource(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	var all []adapters.Record
	for i := range 3 {
		r := rec("CANARYKEY"+strconv.Itoa(i), "No", strconv.Itoa(i), "Client", "c", "Matter", "nothing known", "In", "2024-03-02", "Money", "")
		r.Loc = adapters.Locator{File: "form", Sheet: "CANARYSHEET" + strconv.Itoa(i), Row: 778899001 + int64(i)}
		all = append(all, r)
	}
	report, err := service(t, db).Run(t.Context(), importer, parse(t, network), live{given{stream: "data", records: all}}, imports.Options{Name: "live"})
	if err != nil {
		t.Fatal(err)
	}
	kept := values(t, db)
	told := fmt.Sprint(report.Places)
	for _, canary := range []string{"CANARY", "7788990"} {
		if bytes.Contains(kept, []byte(canary)) || strings.Contains(told, canary) {
			t.Errorf("%s of the source is kept or told: %s", canary, told)
		}
	}
	if !strings.Contains(told, "form:3") {
		t.Errorf("places are not numbered: %s", told)
	}
}

// TestAnAggregateImportKeepsNoNameOfAFileInside: a form in a folder or an archive can be
// called as somebody is.
func TestAnAggregateImportKeepsNoNameOfAFileInside(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	var all []adapters.Record
	for i, file := range []string{"CANARY Ana.csv", "CANARY Eva.csv", "CANARY Ana.csv"} {
		r := rec("k"+strconv.Itoa(i), "No", strconv.Itoa(i), "Client", "c", "Matter", "nothing known", "In", "2024-03-02", "Money", "")
		r.Loc = adapters.Locator{File: file, Row: int64(7 + i)}
		all = append(all, r)
	}
	report, err := service(t, db).Run(t.Context(), importer, parse(t, network), given{stream: "data", records: all}, imports.Options{Name: "forms.zip"})
	if err != nil {
		t.Fatal(err)
	}
	told := fmt.Sprint(report.Places)
	if bytes.Contains(values(t, db), []byte("CANARY")) || strings.Contains(told, "CANARY") {
		t.Errorf("a name is kept or told: %s", told)
	}
	for _, place := range []string{"#1:7", "#2:8", "#1:9"} {
		if !strings.Contains(told, place) {
			t.Errorf("%s is not told: %s", place, told)
		}
	}
}

// TestAnAggregateImportKeepsNoNameOfASheet: where sheets are somebody's, neither the place
// of a row nor what was not read is told by their names.
func TestAnAggregateImportKeepsNoNameOfASheet(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	var all []adapters.Record
	for i, sheet := range []string{"CANARY Ana", "Sheet1", "CANARY Eva"} {
		r := rec("k"+strconv.Itoa(i), "No", strconv.Itoa(i), "Client", "c", "Matter", "nothing known", "In", "2024-03-02", "Money", "")
		r.Loc = adapters.Locator{File: "book.xlsx", Sheet: sheet, Row: int64(7 + i)}
		all = append(all, r)
	}
	src := besides{given{stream: "data", records: all}, []adapters.Stream{{Name: "CANARY Rosa", Records: 4}, {Name: "CANARY Luz", Records: 5}}}
	m := parse(t, strings.Replace(network, "type: spreadsheet", "type: spreadsheet, more: {x: Sheet1}", 1))
	report, err := service(t, db).Run(t.Context(), importer, m, src, imports.Options{Name: "book.xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	told := fmt.Sprint(report.Places, report.NotRead)
	if bytes.Contains(values(t, db), []byte("CANARY")) || strings.Contains(told, "CANARY") {
		t.Errorf("a name is kept or told: %s", told)
	}
	for _, part := range []string{"book.xlsx:#1:7", "book.xlsx:Sheet1:8", "book.xlsx:#2:9", "{#1 4}", "{#2 5}"} {
		if !strings.Contains(told, part) {
			t.Errorf("%s is not told: %s", part, told)
		}
	}
}

// besides is a source with tables that the settings do not declare.
type besides struct {
	given
	aside []adapters.Stream
}

func (b besides) Discover(ctx context.Context) (adapters.Catalog, error) {
	cat, err := b.given.Discover(ctx)
	cat.Aside = b.aside
	return cat, err
}

// Two nodes make different pseudonyms of one key, and nobody finds the key by trying.
func TestAPseudonymIsOfOneNode(t *testing.T) {
	var ids [2]string
	for i := range ids {
		db := sqlitetest.Open(t, migrations.FS)
		run(t, db, parse(t, network), write(t, networkRows()), imports.Options{})
		ids[i] = strings.Join(columnsOf(t, db, `SELECT id FROM clients ORDER BY id`), " ")
	}
	if ids[0] == ids[1] {
		t.Error("two nodes make the same pseudonyms")
	}
}
