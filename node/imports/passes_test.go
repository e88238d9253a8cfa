package imports_test

import (
	"errors"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// twoTables reads one file as two tables that refer to each other by key.
const twoTables = `mapping: two/1
instance: office
source: {type: spreadsheet, tables: {money: {}, book: {}}}
defaults: {date_order: dmy, currency: ZAR}
limits: {failed_share: 1}
streams:
  recovery:
    from: money
    to: recovery
    key: Row
    when: {col: Kind, in: [money], reason: other_kind}
    fields: {case: {ref: {stream: case, columns: [File], fn: [upper]}}, kind: {const: 4101}, received_on: Day, amount: Amount}
  case:
    from: book
    to: case
    key: {columns: [File], fn: [upper]}
    when: {col: Kind, not_in: [money], reason: other_kind}
    fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: Day}
  client:
    from: book
    to: client
    key: {columns: [File], fn: [upper]}
    when: {col: Kind, not_in: [money], reason: other_kind}
    fields: {surname: Name}
`

const twoHeader = "Row;Kind;File;Day;Amount;Name\n"

func TestRowsReferToRowsOfOtherTables(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, twoTables)
	file := write(t, twoHeader+
		"1;money;a/1;03/02/2024;100;\n"+ // its case comes further down
		"2;case;A/1;01/02/2024;;Example\n"+
		"3;money;A/1;31/01/2024;100;\n"+ // before the case was opened
		"4;money;A/9;03/02/2024;100;\n"+ // no such case
		"5;case;b/1;01/02/2024;;Sample\n"+ // the key of row 7: nobody knows which is meant
		"6;case;;01/02/2024;;Nokey\n"+
		"7;case;B/1;01/02/2024;;Sampel\n"+
		"8;money;B/1;03/02/2024;100;\n")
	report := run(t, db, m, file, imports.Options{})
	check(t, report, "recovery", 8, want{created: 1, quarantined: 3, skipped: map[string]int64{"other_kind": 4}})
	check(t, report, "case", 8, want{created: 1, quarantined: 3, skipped: map[string]int64{"other_kind": 4}})
	codes := map[string]int64{}
	for _, p := range report.Problems {
		codes[p.Stream+" "+string(p.Code)] += p.Count
	}
	for c, n := range map[string]int64{
		"recovery date_impossible": 1, "recovery reference_missing": 1, "recovery reference_ambiguous": 1, "case reference_missing": 2,
		"client duplicate_source_key": 2, "client required_missing": 1,
	} {
		if codes[c] != n {
			t.Errorf("%d × %s, want %d in %v", codes[c], c, n, codes)
		}
	}
	// The case is in the node now and no longer in the file.
	report = run(t, db, m, write(t, twoHeader+"7;money;A/1;05/02/2024;50;\n8;money;A/1;30/01/2024;50;\n"), imports.Options{})
	check(t, report, "recovery", 2, want{created: 1, quarantined: 1})
}

func TestStreamsThatReferInACircleAreRefused(t *testing.T) {
	text := strings.Replace(twoTables, "fields: {client: {ref: client}", "only_with: other\n    fields: {client: {ref: client}", 1)
	text += `  other:
    from: book
    to: recovery
    key: Row
    fields: {case: {ref: {stream: third, columns: [File]}}, kind: {const: 4101}, received_on: Day, amount: Amount}
  third:
    from: money
    to: case
    key: File
    fields: {client: {ref: {stream: client, columns: [File]}}, case_type: {const: 1101}, opened_on: Day}
`
	_, err := imports.ParseMapping([]byte(text), codelist.National())
	var at *imports.MappingError
	if !errors.As(err, &at) || !strings.Contains(err.Error(), "circle") {
		t.Errorf("%v, want a circle", err)
	}
}

func TestAnotherTableOrColumnIsRefusedBeforeReading(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, twoTables)
	_, err := service(t, db).Run(t.Context(), importer, m, source(t, m, write(t, "A;B\n1;2\n")), imports.Options{})
	if !errors.Is(err, imports.ErrColumn) {
		t.Errorf("%v, want ErrColumn", err)
	}
	other := parse(t, strings.ReplaceAll(twoTables, "money", "cash"))
	_, err = service(t, db).Run(t.Context(), importer, m, source(t, other, write(t, twoHeader)), imports.Options{})
	if !errors.Is(err, imports.ErrTable) {
		t.Errorf("%v, want ErrTable", err)
	}
	if n := count(t, db, `SELECT count(*) FROM import_runs`); n != 0 {
		t.Errorf("%d runs were begun", n)
	}
}

// Several conditions hold together, and the first that fails says why a row is left out;
// the column of each is one that the source must have.
func TestConditionsHoldTogether(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	text := `
mapping: both/1
instance: other-office
source: {type: spreadsheet, tables: {visits: {delimiter: ";"}}}
defaults: {date_order: dmy}
limits: {failed_share: 1}
streams:
  client:
    to: client
    key: No
    when: {col: Kind, is: filled, reason: no_kind, and: {col: State, not_in: [off], reason: not_done, and: {col: Kind, in: [visit]}}}
    fields: {surname: Name}
`
	m := parse(t, text)
	report := run(t, db, m, write(t, "No;Name;Kind;State\n1;A;visit;done\n2;B;;off\n3;C;call;off\n4;D;call;done\n5;E;visit;\n6;F;visit;off\n"), imports.Options{})
	check(t, report, "client", 6, want{created: 2, skipped: map[string]int64{"no_kind": 1, "not_done": 2, "condition": 1}})
	if _, err := imports.ParseMapping([]byte(strings.Replace(text, "in: [visit]}", "reason: x}", 1)), codelist.National()); err == nil {
		t.Error("a condition within another that asks nothing is taken")
	}
}
