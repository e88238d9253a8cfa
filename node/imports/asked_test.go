package imports_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"casehub/adapters"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/clients"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// asked counts the questions to the node, while fn runs, that have some words.
func asked(db *sqlite.DB, words string, fn func()) int64 {
	var n atomic.Int64
	db.Watch(func(statement string) {
		statement = strings.TrimSpace(statement)
		if strings.HasPrefix(statement, "SELECT") && strings.Contains(statement, words) {
			n.Add(1)
		}
	})
	defer db.Watch(nil)
	fn()
	return n.Load()
}

// What the node is asked for the rows of a transaction does not grow with the rows.
func TestMoreRowsAskNoMore(t *testing.T) {
	for name, questions := range map[string]func(t *testing.T, rows int) int64{
		"linked clients":   linkedClients,
		"merged referrals": mergedReferrals,
	} {
		few, many := questions(t, 2), questions(t, 40)
		if few == 0 || many > few {
			t.Errorf("%s: %d questions for 2 rows and %d for 40", name, few, many)
		}
	}
}

// linkedClients imports rows of people who were here before; of some there are more rows
// than one.
func linkedClients(t *testing.T, rows int) int64 {
	db := sqlitetest.Open(t, migrations.FS)
	file := knownHeader
	for i := range rows {
		number := document("02/03/1980", 5000+i%30)
		if i < 30 {
			here(t, db, clients.Client{ID: clients.ID(fmt.Sprint("here", i)), Surname: fmt.Sprint("Aardvark", i), IDNumber: number})
		}
		file += fmt.Sprintf("%d;P%d;Other;;;%s;;street %d;01/02/2024;a\n", i, i, number, i)
	}
	m := parse(t, strings.Replace(known, "batch: 3, ", "", 1))
	return asked(db, "", func() {
		report := run(t, db, m, write(t, file), imports.Options{})
		if s := report.Stream("client"); s.Linked != int64(rows) {
			t.Fatalf("%+v", s)
		}
	})
}

// mergedReferrals imports a register again in which every referral went elsewhere.
func mergedReferrals(t *testing.T, rows int) int64 {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, strings.Replace(register, "batch: 7, ", "", 1))
	edition := func(sent string) string {
		text := registerHeader
		for i := range rows {
			text += fmt.Sprintf("%d;P%d;Name;;F;wages;01/02/2024;;;%s;;\n", i, i, sent)
		}
		return write(t, text)
	}
	run(t, db, m, edition("court"), imports.Options{})
	return asked(db, "", func() {
		report := run(t, db, m, edition("police"), imports.Options{})
		if s := report.Stream("referral"); s.Updated != int64(rows) {
			t.Fatalf("%+v", s)
		}
	})
}

// The numbers of the node's cases are read once, however many rows name one.
func TestTheNumbersOfCasesAreReadOnce(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m, o := parse(t, withCodes(office)), imports.Options{Documents: papers{}}
	runSource(t, db, m, given{stream: "rows", records: []adapters.Record{
		rec("c1", "kind", "case", "name", "Example", "day", "2024-03-01", "number", "L/11/077"),
	}}, o)
	rows := given{stream: "rows", forms: officeRows().forms}
	for i := range 1100 {
		rows.records = append(rows.records, rec(fmt.Sprint("a", i), "kind", "needs", "of", "l-11-077", "day", "2024-04-06", "worry", "rent"))
	}
	n := asked(db, "c.legacy_number\nFROM cases c", func() {
		report := runSource(t, db, m, rows, o)
		if s := report.Stream("answer"); s.Created != 1100 {
			t.Fatalf("%+v", s)
		}
	})
	if n != 1 {
		t.Errorf("the numbers were read %d times", n)
	}
}

// Two keys that were linked to one client may both bring something new in one
// transaction: what the second brings goes into what the first left.
func TestTwoKeysOfOneClientAreMergedOneAfterTheOther(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "here", Surname: "Aardvark", IDNumber: number})
	m := parse(t, strings.Replace(known, "batch: 3, ", "", 1))
	row := func(i int, given, street string) string {
		return fmt.Sprintf("%d;P%d;Other;%s;;%s;;%s;01/02/2024;a\n", i, i, given, number, street)
	}
	first := run(t, db, m, write(t, knownHeader+row(1, "Ana", "")+row(2, "", "the street")), imports.Options{})
	if s := first.Stream("client"); s.Linked != 2 {
		t.Fatalf("%+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE id = 'here' AND given_names = 'Ana' AND address = 'the street' AND version = 3`); n != 1 {
		t.Error("what one of two rows brought is not there")
	}
	second := run(t, db, m, write(t, knownHeader+row(1, "Eve", "")+row(2, "", "another street")), imports.Options{})
	if s := second.Stream("client"); s.Updated != 2 {
		t.Fatalf("%+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE id = 'here' AND given_names = 'Eve' AND address = 'another street'`); n != 1 {
		t.Error("what one of two rows brought later is not there")
	}
}
