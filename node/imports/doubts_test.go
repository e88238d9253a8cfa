package imports_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// doubted is a source that may be incomplete, with tables beside those of its records.
type doubted struct {
	given
	doubts []string
	beside []adapters.Stream
	aside  []adapters.Stream
}

func (d doubted) Discover(ctx context.Context) (adapters.Catalog, error) {
	cat, err := d.given.Discover(ctx)
	cat.Streams[0].Doubts, cat.Aside = d.doubts, d.aside
	cat.Streams = append(cat.Streams, d.beside...)
	return cat, err
}

const oneTable = `
mapping: one/1
instance: one
source: {type: fake}
limits: {failed_share: 1}
defaults: {date_order: dmy, currency: MXN}
streams:
  client:
    from: form
    to: client
    key: "@key"
    fields: {surname: Name, id_number: {col: Document, fn: [id_number]}, phones: {col: Phone, fn: [phone]}}
  case:
    from: form
    to: case
    key: "@key"
    when: {col: In, is: filled, reason: no_case}
    fields: {client: {ref: client}, case_type: {const: 1102}, opened_on: In, summary: Note}
  recovery:
    from: form
    to: recovery
    key: "@key"
    when: {col: Paid, is: filled, reason: no_amount}
    fields: {case: {ref: case}, kind: {const: 4101}, received_on: In, amount: Paid}
`

// What is said of a source that may lack rows reaches whoever imports it, and nothing is
// written until somebody accepts that. Tables that nothing reads are named.
func TestASourceThatMayLackRowsIsRefused(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, oneTable)
	src := doubted{
		given{stream: "form", records: []adapters.Record{rec("1", "Name", "Aardvark", "In", "01/02/2024")}},
		[]string{"the end is missing"},
		[]adapters.Stream{{Name: "second", Records: 3}, {Name: "empty"}, {Name: "hidden", Records: 2, Hidden: true}, {Name: "uncounted", Records: -1, Fields: []adapters.Field{{Name: "a", Filled: 1}}}},
		[]adapters.Stream{{Name: "aside", Records: 4}},
	}
	for _, dry := range []bool{true, false} {
		report, err := service(t, db).Run(t.Context(), importer, m, src, imports.Options{DryRun: dry})
		if !errors.Is(err, imports.ErrIncomplete) || report.Refused != "incomplete" || len(report.Doubts) != 1 || report.Doubts[0] != (imports.DoubtReport{Table: "form", Why: "the end is missing"}) {
			t.Errorf("%v: %+v", err, report)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM clients`); n != 0 {
		t.Fatal("a refused run wrote")
	}
	report := runSource(t, db, m, src, imports.Options{Accept: true})
	var tables []string
	for _, r := range report.NotRead {
		tables = append(tables, r.Table)
	}
	if got := strings.Join(tables, " "); got != "second uncounted aside" || report.NotRead[0].Rows != 3 || report.Refused != "" {
		t.Errorf("not read: %+v", report)
	}
	var b strings.Builder
	if err := report.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`not read: 3 rows of the table "second"`, `not read: its rows of the table "uncounted"`, `warning: rows of the table "form" may be missing from the source: the end is missing`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, b.String())
		}
	}
}

// A cell that its program could not fill is no empty cell: the row is held back, not left
// out in silence. A number that a spreadsheet has rounded is taken into no field.
func TestWhatTheSourceCouldNotReadIsHeldBack(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	spoiled := func(r adapters.Record, column string, code adapters.Code) adapters.Record {
		r.Problems = append(r.Problems, adapters.Problem{Code: code, Column: column})
		return r
	}
	src := given{stream: "form", records: []adapters.Record{
		spoiled(rec("1", "Name", "Aardvark", "In", "01/02/2024", "Paid", ""), "Paid", adapters.NoFormulaValue),
		rec("2", "Name", "Buffalo", "In", "01/02/2024", "Paid", ""),
		spoiled(rec("3", "Name", "Crane", "Document", "8001015009087120000", "In", "01/02/2024"), "Document", adapters.IDDestroyed),
	}}
	report := runSource(t, db, parse(t, oneTable), src, imports.Options{})
	if s := report.Stream("recovery"); s.Quarantined != 1 || s.Skipped["no_amount"] != 2 {
		t.Errorf("recoveries: %+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM import_quarantine WHERE stream = 'recovery' AND code = 'formula_without_value' AND severity = 'error' AND source_column = 'Paid' AND source_key = '1'`); n != 1 {
		t.Error("the formula without its value is not held back under its key")
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE id_number <> ''`); n != 0 {
		t.Error("a destroyed number was taken")
	}
	if n := count(t, db, `SELECT count(*) FROM import_quarantine WHERE code = 'id_destroyed' AND raw_excerpt = '8001015009087120000'`); n != 1 {
		t.Errorf("%d entries have the number", n)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE legacy LIKE '%8001015009087120000%' AND surname = 'Crane'`) + count(t, db, `SELECT count(*) FROM cases WHERE legacy LIKE '%8001015009087120000%'`); n != 1 {
		t.Error("what stood there is not kept beside the record")
	}
	keyed := parse(t, strings.ReplaceAll(strings.Replace(oneTable, "instance: one", "instance: two", 1), `key: "@key"`, "key: Document"))
	destroyed := runSource(t, db, keyed, given{stream: "form", records: src.records[2:]}, imports.Options{})
	if destroyed.Stream("client").Quarantined != 1 {
		t.Errorf("a destroyed key: %+v", destroyed.Streams)
	}
}

// A row that says nothing of a person makes no client, unless a case of the row is theirs.
func TestARowOfNobodyMakesNoClient(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	src := given{stream: "form", records: []adapters.Record{
		rec("1", "Name", "", "In", ""), rec("2", "Name", "", "In", "01/02/2024"), rec("3", "Name", "Crane", "In", ""), rec("4", "Name", "", "Other", "kept", "In", ""),
	}}
	report := runSource(t, db, parse(t, oneTable), src, imports.Options{})
	if s := report.Stream("client"); s.Skipped["nobody"] != 2 || s.Created != 2 {
		t.Errorf("%+v", s)
	}
	again := given{stream: "form", records: []adapters.Record{rec("3", "Name", "", "In", "")}}
	report = runSource(t, db, parse(t, oneTable), again, imports.Options{})
	if s := report.Stream("client"); s.Updated != 1 {
		t.Errorf("somebody of whom nothing is said any more: %+v", s)
	}
}

// Two telephone numbers in one cell are two, and what is too long for one is none.
func TestTelephonesAreNotGluedTogether(t *testing.T) {
	for text, want := range map[string]string{
		"71234567-72345678": "71234567\n72345678", "71234567 y 72345678": "71234567\n72345678", "082 123 4567 / 083 123 4567": "0821234567\n0831234567",
		"082-123-4567": "0821234567", "082/123 4567": "0821234567", "+591 71234567": "+59171234567", "7123456772345678": "7123456772345678", "1234 5678 9012 3456 789": "1234 5678 9012 3456 789",
		"none": "", "011 555\n022 555": "011555\n022555", "(0)11 123 4567 o 0821234567": "0111234567\n0821234567",
	} {
		db := sqlitetest.Open(t, migrations.FS)
		runSource(t, db, parse(t, oneTable), given{stream: "form", records: []adapters.Record{rec("1", "Name", "Aardvark", "Phone", text)}}, imports.Options{})
		var got string
		if err := db.QueryRow(t.Context(), `SELECT phones FROM clients`, nil).Scan(&got); err != nil || got != want {
			t.Errorf("%q becomes %q, want %q %v", text, got, want, err)
		}
	}
}

// Whose number it is and when to call is kept as it stands: it may be what keeps somebody
// safe.
func TestWordsBesideTelephonesAreKept(t *testing.T) {
	for text, kept := range map[string]bool{
		"0821234567 (vecina Marta)": true, "call after 17:00 only 0821234567": true, "ext 22": true, "01 02": true, "0821234567 / 0831234567 o 0841234567": false,
		"Tel. 082 123 4567": false, "n/a": false, "No tiene": false, "-": false, "+27 82 123 4567": false,
	} {
		db := sqlitetest.Open(t, migrations.FS)
		runSource(t, db, parse(t, oneTable), given{stream: "form", records: []adapters.Record{rec("1", "Name", "Aardvark", "Phone", text)}}, imports.Options{})
		var legacy string
		if err := db.QueryRow(t.Context(), `SELECT coalesce(legacy, '') FROM clients`, nil).Scan(&legacy); err != nil || strings.Contains(legacy, text) != kept {
			t.Errorf("%q: kept %q %v", text, legacy, err)
		}
	}
}

// The row of a case that is held back is in the quarantine alone: more people read clients.
func TestTheRowOfAHeldCaseIsNotKeptWithItsClient(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	report := runSource(t, db, parse(t, oneTable), given{stream: "form", records: []adapters.Record{rec("1", "Name", "Aardvark", "In", "31/02/2024", "Other", "Secret")}}, imports.Options{})
	if report.Stream("case").Quarantined != 1 || report.Stream("client").Created != 1 {
		t.Fatalf("%+v", report.Streams)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE legacy LIKE '%Secret%'`); n != 0 {
		t.Error("the row stands with the client")
	}
	if n := count(t, db, `SELECT count(*) FROM import_quarantine WHERE source_row LIKE '%Secret%'`); n == 0 {
		t.Error("the row stands nowhere")
	}
}

// Of several columns of a text the first that is filled counts where the mapping says so,
// and a source may lack the others.
func TestTheFirstOfSeveralColumnsCounts(t *testing.T) {
	text := "mapping: first/1\ninstance: first\nsource: {type: spreadsheet, tables: {data: {delimiter: ';'}}}\nlimits: {failed_share: 1}\nstreams:\n  client: {to: client, key: No, fields: {surname: {cols: [Surname, Shown], take: first}, phones: {cols: [Tel, Cell], fn: [phone]}}}\n"
	for _, c := range []struct{ file, want string }{
		{"No;Surname;Shown;Tel;Cell\n1;Aardvark;Ana Aardvark;0821234567;0831234567\n", "Aardvark"},
		{"No;Surname;Shown;Tel;Cell\n1;;Ana Aardvark;0821234567;\n", "Ana Aardvark"},
		{"No;Shown;Tel;Cell\n1;Ana Aardvark;0821234567;\n", "Ana Aardvark"},
	} {
		db := sqlitetest.Open(t, migrations.FS)
		run(t, db, parse(t, text), write(t, c.file), imports.Options{})
		if n := count(t, db, `SELECT count(*) FROM clients WHERE surname = '`+c.want+`'`); n != 1 {
			t.Errorf("%q does not become %s", c.file, c.want)
		}
	}
	m := parse(t, text)
	for _, file := range []string{"No;Tel;Cell\n1;0821234567;\n", "No;Shown;Tel\n1;Ana;0821234567\n"} {
		if _, err := service(t, sqlitetest.Open(t, migrations.FS)).Run(t.Context(), importer, m, source(t, m, write(t, file)), imports.Options{}); !errors.Is(err, imports.ErrColumn) {
			t.Errorf("%q: %v, want ErrColumn", file, err)
		}
	}
}

// An amount with words beside it was read: it is told, and not as one that was left out.
func TestAnAmountWithWordsIsTold(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	src := given{stream: "form", records: []adapters.Record{rec("1", "Name", "Aardvark", "In", "01/02/2024", "Paid", "450 p/m")}}
	report := runSource(t, db, parse(t, oneTable), src, imports.Options{})
	if report.Stream("recovery").Created != 1 || len(report.Problems) != 1 || report.Problems[0].Code != adapters.MoneyWords || report.Problems[0].Severity != "info" {
		t.Errorf("%+v", report.Problems)
	}
}
