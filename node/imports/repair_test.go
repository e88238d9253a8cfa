package imports_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"casehub/adapters"
	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// mended brings every function to one client.
const mended = `mapping: mended/1
instance: mended
source: {type: jsonfile}
defaults: {region: ZA}
limits: {failed_share: 1}
streams:
  client:
    from: people
    to: client
    key: "@key"
    fields:
      surname: {col: name, fn: [repair_text]}
      phones: {col: tel, fn: [{split: "[/;]"}, phone]}
      id_number: {col: id, fn: [{id_number: {digits: 13, check: za}}]}
      birth_date: {col: born, fn: [date]}
      notes: {col: story, fn: [html_text]}
      language: {col: speaks, lookup: {table: people, from: code, to: word}}
      sex: {col: sex, codes_file: codes/sex.csv}
`

func TestOldTextsAreMended(t *testing.T) {
	files := fstest.MapFS{"codes/sex.csv": {Data: []byte("from,to\n# Spanish: M is mujer\nM,female\nH,male\n")}}
	m, err := imports.ParseMappingBeside([]byte(mended), codelist.National(), files)
	if err != nil {
		t.Fatal(err)
	}
	other, err := imports.ParseMappingBeside([]byte(mended), codelist.National(), fstest.MapFS{"codes/sex.csv": {Data: []byte("M,female\n")}})
	if err != nil || other.Hash == m.Hash {
		t.Errorf("%v: another code list is the same mapping", err)
	}
	if _, err := imports.ParseMapping([]byte(mended), codelist.National()); err == nil {
		t.Error("a code list out of nowhere")
	}
	db := sqlitetest.Open(t, migrations.FS)
	src := given{stream: "people", records: []adapters.Record{
		rec("1", "name", "MuÃ±oz", "tel", "011 000 0000 / (082) 555-0101; x", "id", "8001015009087", "born", "1980-01-01", "story", "<p>Came&nbsp;in.</p><p>Twice<br>a <b>day</b></p><script>x</script>",
			"speaks", "1", "code", "1", "word", "qu", "sex", "M"),
		rec("2", "name", "Ñandú", "tel", "+54 9 11 5555 0000", "id", "8001015009088", "born", "1980-01-01", "speaks", "9", "code", "2", "word", "ay", "sex", "H"),
		rec("3", "name", "Muñoz", "tel", "", "id", "8001015009087", "born", "1981-01-01", "speaks", "", "code", "", "word", "", "sex", ""),
	}}
	report := runSource(t, db, m, src, imports.Options{})
	check(t, report, "client", 3, want{created: 3})
	if n := count(t, db, `SELECT count(*) FROM clients WHERE surname = 'Muñoz' AND phones = '+27110000000'||char(10)||'+27825550101' AND sex = 'female' AND language = 'qu' AND notes = 'Came in.'||char(10)||'Twice'||char(10)||'a day'`); n != 1 {
		t.Errorf("the first client is not as it was meant; told: %+v", report.Problems)
	}
	warned := map[string]int64{}
	for _, p := range report.Problems {
		warned[string(p.Code)] += p.Count
	}
	if warned["id_check_failed"] != 2 || warned["code_unknown"] != 1 {
		t.Errorf("told: %v, want a wrong check digit, a wrong birth date, an unknown language", warned)
	}
}

func TestADraftIsNoMapping(t *testing.T) {
	for _, text := range []string{
		strings.Replace(good, "surname: {col: Name,", "surname: {col: TODO,", 1), strings.Replace(good, "codes: {x: 1101}", "codes: {x: TODO}", 1),
		strings.Replace(good, "  case:\n", "  TODO:\n", 1), strings.Replace(good, "No\n", "TODO which column is the key\n", 1),
	} {
		if _, err := imports.ParseMapping([]byte(text), codelist.National()); text != good && (err == nil || !strings.Contains(err.Error(), "to be decided")) {
			t.Errorf("%v, want that something is to be decided", err)
		}
	}
}

func TestTheWholeColumnTellsTheOrderOfItsDays(t *testing.T) {
	const plan = "mapping: days/1\ninstance: days\nsource: {type: spreadsheet}\nlimits: {failed_share: 1}\nstreams:\n  client: {to: client, key: No, fields: {surname: Name}}\n" +
		"  case: {to: case, key: No, fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: In}}\n"
	for _, c := range []struct {
		days string
		want int64
	}{{"03/04/2020 25/04/2020", 2}, {"03/04/2020 04/25/2020", 2}, {"03/04/2020 25/04/2020 04/25/2020", 2}, {"03/04/2020 05/04/2020", 0}} {
		db := sqlitetest.Open(t, migrations.FS)
		var b strings.Builder
		b.WriteString("No;Name;In\n")
		for i, day := range strings.Fields(c.days) {
			b.WriteString(string(rune('1'+i)) + ";Example;" + day + "\n")
		}
		report := run(t, db, parse(t, plan), write(t, b.String()), imports.Options{})
		if got := report.Stream("case").Created; got != c.want {
			t.Errorf("%s: %d cases, want %d", c.days, got, c.want)
		}
	}
}
