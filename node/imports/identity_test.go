package imports_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/clients"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// known is a register whose people may be here already.
const known = `
mapping: known/1
instance: other-office
source: {type: spreadsheet, tables: {visits: {delimiter: ";"}}}
defaults: {date_order: dmy}
limits: {batch: 3, failed_share: 1, gone_share: 1}
streams:
  client:
    to: client
    key: Person
    repeats: same
    identity:
      - {exact: [id_number]}
      - {exact: [surname, given_names, birth_date]}
      - {fuzzy: [surname, birth_date], at_least: 0.8, then: candidate_duplicate}
      - {fuzzy: [phones, surname]}
    fields:
      surname: Name
      given_names: Given
      birth_date: Born
      id_number: {col: Document, fn: [{id_number: {check: za}}]}
      phones: {col: Phone, fn: [{split: "/"}]}
      address: Address
  case:
    to: case
    key: No
    fields: {client: {ref: client}, case_type: {const: 1102}, opened_on: In, summary: Note}
`

const knownHeader = "No;Person;Name;Given;Born;Document;Phone;Address;In;Note\n"

// document returns a South African number of somebody born on a day, with its check
// digit.
func document(born string, n int) string {
	on, err := time.Parse("02/01/2006", born)
	if err != nil {
		panic(err)
	}
	first := on.Format("060102") + fmt.Sprintf("%04d08", n)
	sum := 0
	for i := range first {
		d := int(first[len(first)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return first + fmt.Sprint((10-sum%10)%10)
}

// here puts somebody into the node as the office registered them.
func here(t *testing.T, db *sqlite.DB, c clients.Client) {
	t.Helper()
	c.CreatedAt, c.UpdatedAt, c.ContactSafety = noon, noon, clients.SafetyUnknown
	if c.BirthDate != "" {
		c.BirthPrecision = clients.Day
	}
	if err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return clients.Insert(t.Context(), tx, c) }); err != nil {
		t.Fatal(err)
	}
}

// Somebody who was here before is linked: by a document whose check digit holds,
// however it is written, or by names and birth together. Their record keeps what the
// office has, takes what it has not, and the case of the row is theirs.
func TestWhoWasHereBeforeIsLinked(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "by-document", Surname: "Aardvark", IDNumber: number[:6] + " " + number[6:], Address: "of the office"})
	here(t, db, clients.Client{ID: "by-name", Surname: "Búffalo", GivenNames: "Ana Maria", BirthDate: "1975-06-05"})
	file := write(t, knownHeader+
		"1;P1;Other;Name;02/03/1980;"+number+";082 123 4567;of the source;01/02/2024;a\n"+
		"2;P2;BUFFALO;Maria  Ana;05/06/1975;;;;01/02/2024;b\n"+
		"3;P3;Crane;Eve;01/01/1990;;;;01/02/2024;c\n"+
		"4;P1;Other;Name;02/03/1980;"+number+";082 123 4567;of the source;02/02/2024;d\n")
	m := parse(t, known)
	foreseen := run(t, db, m, file, imports.Options{DryRun: true})
	report := run(t, db, m, file, imports.Options{})
	for mode, r := range map[string]imports.Report{"dry run": foreseen, "import": report} {
		if s := r.Stream("client"); s.Linked != 2 || s.Created != 1 || s.Duplicates != 0 || s.Skipped["repeated"] != 1 {
			t.Errorf("%s: %+v", mode, s)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE client_id = 'by-document' AND summary IN ('a', 'd')`); n != 2 {
		t.Errorf("%d of 2 cases belong to who was here", n)
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE client_id = 'by-name' AND summary = 'b'`); n != 1 {
		t.Error("the case of who was known by name is not theirs")
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE id = 'by-document' AND surname = 'Aardvark' AND address = 'of the office' AND phones LIKE '082%' AND birth_date = '1980-03-02' AND version = 2`); n != 1 {
		t.Error("what the office had did not stay, or what it had not was not filled")
	}
	again := run(t, db, m, file, imports.Options{})
	if s := again.Stream("client"); s.Unchanged != 3 || s.Linked+s.Created+s.Updated != 0 || again.Stream("case").Unchanged != 4 {
		t.Errorf("the same file again: %+v", again.Streams)
	}
	changed := run(t, db, m, write(t, knownHeader+"2;P2;BUFFALO;Maria Ana;05/06/1975;;011 000 0000;;01/02/2024;new\n"), imports.Options{})
	if s := changed.Stream("client"); s.Updated != 1 {
		t.Errorf("something new of who was linked: %+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM clients k JOIN cases c ON c.client_id = k.id WHERE k.id = 'by-name' AND k.phones LIKE '011%' AND c.summary = 'new' AND k.surname = 'Búffalo'`); n != 1 {
		t.Error("what is new of who was linked did not come")
	}
}

// A document whose check digit does not hold, a name that is alike, a telephone: none
// of them links. Two records stand beside each other until a person says what they are.
func TestWhoMayHaveBeenHereIsCreatedAndMarked(t *testing.T) {
	number := document("02/03/1980", 5001)
	wrong := number[:12] + string('0'+(number[12]-'0'+1)%10)
	for name, c := range map[string]struct {
		is    clients.Client
		row   string
		pairs int
	}{
		"a doubted document": {clients.Client{Surname: "Aardvark", IDNumber: wrong}, "Other;Name;;" + wrong + ";;", 0},
		"a name that is alike": {
			clients.Client{Surname: "Thembeka", BirthDate: "1980-03-02"}, "Tembeka;Eve;02/03/1980;;;", 1,
		},
		"a name that is not": {clients.Client{Surname: "Thembeka", BirthDate: "1980-03-02"}, "Mokoena;Eve;02/03/1980;;;", 0},
		"a telephone":        {clients.Client{Surname: "Crane", Phones: "+27 82 123 4567"}, "Crane;Eve;;;011 1234567/0821234567;", 1},
		"names, and another document": {
			clients.Client{Surname: "Crane", GivenNames: "Eve", BirthDate: "1980-03-02", IDNumber: document("02/03/1980", 5002)},
			"Crane;Eve;02/03/1980;" + number + ";;", 1,
		},
		"the month of the birth": {clients.Client{Surname: "Crane", GivenNames: "Eve", BirthDate: "1980-03-01"}, "Crane;Eve;03/1980;;;", 0},
	} {
		db := sqlitetest.Open(t, migrations.FS)
		c.is.ID = "here"
		here(t, db, c.is)
		report := run(t, db, parse(t, known), write(t, knownHeader+"1;P1;"+c.row+";01/02/2024;a\n"), imports.Options{})
		if s := report.Stream("client"); s.Created != 1 || s.Linked != 0 || s.Duplicates != int64(c.pairs) {
			t.Errorf("%s: %+v", name, s)
		}
		if n := count(t, db, `SELECT count(*) FROM client_pairs WHERE first_id = 'here'`); n != c.pairs {
			t.Errorf("%s: %d pairs, want %d", name, n, c.pairs)
		}
	}
}

// Where several are meant nobody is: neither is linked, both stand beside the new one.
func TestSeveralWhoAreMeantAreNotLinked(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "one", Surname: "Aardvark", IDNumber: number})
	here(t, db, clients.Client{ID: "two", Surname: "Aardvark", IDNumber: number})
	report := run(t, db, parse(t, known), write(t, knownHeader+"1;P1;Other;Name;;"+number+";;;01/02/2024;a\n"), imports.Options{})
	if s := report.Stream("client"); s.Created != 1 || s.Linked != 0 || count(t, db, `SELECT count(*) FROM client_pairs`) != 2 {
		t.Errorf("%+v", s)
	}
}

// One rule means somebody and another rule somebody else: in whichever order they stand,
// nobody is linked, nobody is filled, and both stand beside the new record. Who has another
// number is not meant by their names.
func TestRulesThatMeanDifferentPeopleLinkNobody(t *testing.T) {
	number, another := document("02/03/1980", 5001), document("02/03/1980", 5002)
	first, second := "      - {exact: [id_number]}\n", "      - {exact: [surname, given_names, birth_date]}\n"
	swapped := strings.Replace(known, first+second, second+first, 1)
	if swapped == known {
		t.Fatal("the rules do not stand where they did")
	}
	for name, text := range map[string]string{"number first": known, "names first": swapped} {
		t.Run(name, func(t *testing.T) {
			db := sqlitetest.Open(t, migrations.FS)
			here(t, db, clients.Client{ID: "a", Surname: "Crane", GivenNames: "Eve", IDNumber: number})
			here(t, db, clients.Client{ID: "b", Surname: "Aardvark", GivenNames: "Ana", BirthDate: "1980-03-02"})
			row := write(t, knownHeader+"1;P1;Aardvark;Ana;02/03/1980;"+number+";;;01/02/2024;a\n")
			report := run(t, db, parse(t, text), row, imports.Options{})
			s := report.Stream("client")
			if s.Created != 1 || s.Linked != 0 || count(t, db, `SELECT count(*) FROM client_pairs`) != 2 {
				t.Errorf("%+v, %d pairs", s, count(t, db, `SELECT count(*) FROM client_pairs`))
			}
			if n := count(t, db, `SELECT count(*) FROM clients WHERE id IN ('a', 'b') AND version = 1`); n != 2 {
				t.Errorf("%d of 2 are as they were", n)
			}

			db = sqlitetest.Open(t, migrations.FS)
			here(t, db, clients.Client{ID: "a", Surname: "Crane", GivenNames: "Eve", IDNumber: number})
			here(t, db, clients.Client{ID: "b", Surname: "Aardvark", GivenNames: "Ana", BirthDate: "1980-03-02", IDNumber: another})
			report = run(t, db, parse(t, text), row, imports.Options{})
			if s := report.Stream("client"); s.Linked != 1 {
				t.Errorf("who has another number is meant: %+v", s)
			}
		})
	}
}

// Two rows of a source may be one person too, though their keys differ.
func TestTwoKeysOfOnePersonAreOneClient(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	rows := ""
	for i := range 8 {
		rows += fmt.Sprintf("%d;P%d;Name%d;Given;;%s;;;01/02/2024;a\n", i, i, i, number)
	}
	report := run(t, db, parse(t, known), write(t, knownHeader+rows), imports.Options{})
	if s := report.Stream("client"); s.Created != 1 || s.Linked != 7 {
		t.Errorf("%+v", s)
	}
	if n := count(t, db, `SELECT count(DISTINCT client_id) FROM cases`); n != 1 {
		t.Errorf("%d clients have the cases", n)
	}
}

// A client whom the runner does not see is matched by nobody: the row makes a client of
// its own, or is of whom the runner sees, as where nobody else is here, and no page, count
// or report tells of the other. Whoever sees both is shown the pair, and so is the runner
// once the wall has fallen.
func TestAHiddenClientIsMatchedByNobody(t *testing.T) {
	number := document("02/03/1980", 5001)
	rows := "1;P1;Aardvark;Ana;02/03/1980;" + number + ";082 123 4567;;01/02/2024;a\n" +
		"2;P2;Aardvark;;02/03/1980;;082 123 4567;;01/02/2024;b\n" +
		"3;P3;Buffalo;;;" + document("03/03/1980", 5001) + ";;;01/02/2024;c\n"
	for _, broken := range []int{0, 9, 14} {
		var reports []imports.Report
		for _, there := range []bool{true, false} {
			db := sqlitetest.Open(t, migrations.FS)
			walled := walledDirector(t, db)
			here(t, db, clients.Client{ID: "seen", Surname: "Buffalo", IDNumber: document("03/03/1980", 5001)})
			if there {
				first := parse(t, strings.NewReplacer("instance: other-office", "instance: first", "mapping: known", "mapping: first").Replace(known))
				run(t, db, first, write(t, knownHeader+"9;P9;Aardvark;Ana;02/03/1980;"+number+";082 123 4567;;01/02/2024;hidden\n"), imports.Options{})
				set(t, db, `UPDATE clients SET address = 'the hidden one' WHERE surname = 'Aardvark'`)
				shut(t, db, walled.ID, "hidden")
			}
			stands := digests(t, db, "clients")
			report := runAs(t, db, walled, parse(t, known), write(t, knownHeader+rows), imports.Options{DryRun: true})
			if digests(t, db, "clients") != stands || count(t, db, `SELECT count(*) FROM client_pairs`) != 0 {
				t.Error("the dry run wrote")
			}
			if broken > 0 {
				brokenAs(t, db, walled, parse(t, known), write(t, knownHeader+rows), broken)
			}
			report = runAs(t, db, walled, parse(t, known), write(t, knownHeader+rows), imports.Options{})
			report.Run = 0
			reports = append(reports, report)
			if n := count(t, db, `SELECT count(*) FROM cases c JOIN import_xref x ON x.local_id = c.client_id AND x.linked = 1 WHERE c.summary = 'hidden'`); n != 0 {
				t.Error("somebody hidden was linked")
			}
			gate := accesstest.Gate(t, db, clock)
			walled.Kind = actor.Person
			pairs := func(who actor.Actor) string {
				all, total, err := clients.NewService(db, codelist.National(), gate, clock).Pairs(t.Context(), who)
				if err != nil || total != len(all) {
					t.Fatalf("%d of %d pairs, %v", len(all), total, err)
				}
				hidden := 0
				for _, p := range all {
					if p.First.ID != "" && count(t, db, `SELECT count(*) FROM clients WHERE address = 'the hidden one' AND id = '`+string(p.First.ID)+`'`) == 1 {
						hidden++
					}
				}
				return fmt.Sprintf("%d, %d with who is hidden", total, hidden)
			}
			if got, want := pairs(walled), "1, 0 with who is hidden"; got != want {
				t.Errorf("behind the wall: %s, want %s", got, want)
			}
			if got, want := pairs(accesstest.Director), map[bool]string{true: "3, 2 with who is hidden", false: "1, 0 with who is hidden"}[there]; got != want {
				t.Errorf("who sees both: %s, want %s", got, want)
			}
			set(t, db, `UPDATE walls SET ended_by = 'director', ended_at = raised_at + 1`)
			if got, want := pairs(walled), pairs(accesstest.Director); got != want {
				t.Errorf("once the wall has fallen: %s, want %s", got, want)
			}
		}
		if a, b := fmt.Sprintf("%+v", reports[0]), fmt.Sprintf("%+v", reports[1]); a != b {
			t.Errorf("the report tells of who is hidden:\n%s\n%s", a, b)
		}
	}
}

// Somebody who is here twice, once behind a wall, is linked to whom the runner sees; the
// two who were here stand beside each other in secret. A run that is taken back takes what
// it found with it.
func TestALinkBesideAHiddenClientKeepsThePair(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	walled := walledDirector(t, db)
	number := document("02/03/1980", 5001)
	first := parse(t, strings.NewReplacer("instance: other-office", "instance: first", "mapping: known", "mapping: first").Replace(known))
	run(t, db, first, write(t, knownHeader+"9;P9;Aardvark;Ana;;"+number+";;;01/02/2024;hidden\n"), imports.Options{})
	shut(t, db, walled.ID, "hidden")
	here(t, db, clients.Client{ID: "seen", Surname: "Aardvark", IDNumber: number})
	here(t, db, clients.Client{ID: "waits", Surname: "Aardvark", IDNumber: number})
	set(t, db, `UPDATE clients SET restricted = 1 WHERE id = 'waits'`)
	report := runAs(t, db, walled, parse(t, known), write(t, knownHeader+"1;P1;Other;Name;;"+number+";;;01/02/2024;a\n"), imports.Options{})
	if s := report.Stream("client"); s.Linked != 1 || s.Duplicates != 0 {
		t.Errorf("%+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM client_pairs WHERE second_id = 'seen' AND first_id <> 'waits'`); n != 1 || count(t, db, `SELECT count(*) FROM client_pairs`) != 1 {
		t.Errorf("%d pairs, want that with who is hidden and none with who waits for their erasure", n)
	}
	undo(t, db, 2)
	if n := count(t, db, `SELECT count(*) FROM client_pairs`); n != 0 {
		t.Errorf("%d pairs are left of a run that was taken back", n)
	}
}

// An import that breaks off at any point and is taken up ends as one that did not,
// with the same links, pairs and counts.
func TestABrokenOffIdentityRunEndsTheSame(t *testing.T) {
	chance := rand.New(rand.NewPCG(5, 5))
	rows := ""
	for i := range 24 {
		n := chance.IntN(9)
		born := fmt.Sprintf("%02d/03/1980", 1+n)
		doc, name := document(born, 5000+n), fmt.Sprintf("Surname%d;Given%d", n, n%2)
		if i%3 == 0 {
			doc, name = "", fmt.Sprintf("Surnam%d;Given%d", n, i)
		}
		rows += fmt.Sprintf("%d;P%d;%s;%s;%s;082 000 00%02d;address %d;01/02/2024;a\n", i, i, name, born, doc, n, i)
	}
	prepare := func() *sqlite.DB {
		db := sqlitetest.Open(t, migrations.FS)
		for n := range 4 {
			here(t, db, clients.Client{ID: clients.ID(fmt.Sprintf("here-%d", n)), Surname: fmt.Sprintf("Surname%d", n), IDNumber: document(fmt.Sprintf("%02d/03/1980", 1+n), 5000+n)})
		}
		return db
	}
	tables := []string{"clients", "cases", "client_pairs", "import_xref", "import_runs", "import_before"}
	state := func(db *sqlite.DB) []string {
		var all []string
		for _, table := range tables {
			all = append(all, digests(t, db, table))
		}
		return all
	}
	m, file := parse(t, known), write(t, knownHeader+rows)
	whole := prepare()
	report := run(t, whole, m, file, imports.Options{})
	s := report.Stream("client")
	if s.Linked < 5 || s.Duplicates == 0 || s.Created == 0 {
		t.Fatalf("the file meets too little: %+v", s)
	}
	want := state(whole)
	for _, n := range []int{4, 9, 21, 35, 60, 90, 110} {
		db := prepare()
		brokenAt(t, db, m, file, n)
		run(t, db, m, file, imports.Options{})
		for i, got := range state(db) {
			if got != want[i] {
				t.Errorf("broken off at point %d, %s differ", n, tables[i])
			}
		}
	}
}

// Taking a run back leaves who was here before as they were; a run whose client another
// one has linked cannot be taken back.
func TestALinkIsTakenBackWithoutTheClient(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	number := document("02/03/1980", 5001)
	here(t, db, clients.Client{ID: "here", Surname: "Aardvark", IDNumber: number, BirthDate: "1980-03-02", GivenNames: "Ana"})
	run(t, db, parse(t, known), write(t, knownHeader+
		"1;P1;Aardvark;Ana;02/03/1980;"+number+";082 123 4567;somewhere;01/02/2024;a\n"+
		"2;P2;Ardvark;Eve;02/03/1980;;;;01/02/2024;b\n"), imports.Options{})
	if count(t, db, `SELECT count(*) FROM client_pairs`) != 1 || count(t, db, `SELECT count(*) FROM clients WHERE address = 'somewhere'`) != 1 {
		t.Fatal("nothing to take back")
	}
	second := parse(t, strings.Replace(known, "instance: other-office", "instance: third", 1))
	run(t, db, second, write(t, knownHeader+"7;P7;Ardvark;Eve;02/03/1980;;;;01/02/2024;c\n"), imports.Options{})
	if count(t, db, `SELECT count(*) FROM import_xref WHERE instance = 'third' AND linked = 1`) != 1 {
		t.Fatal("the second run did not link")
	}
	u, err := service(t, db).Undo(t.Context(), actor.Node(), 1)
	if err == nil || u.InTheWayTotal == 0 || count(t, db, `SELECT count(*) FROM clients`) != 2 {
		t.Fatalf("a run whose client is linked was taken back: %+v %v", u, err)
	}
	for _, n := range []int64{2, 1} {
		if u, err := service(t, db).Undo(t.Context(), actor.Node(), n); err != nil {
			t.Fatalf("run %d: %v %+v", n, err, u)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE id = 'here' AND address = '' AND phones = '' AND surname = 'Aardvark'`); n != 1 {
		t.Error("who was here is not as before")
	}
	if n := count(t, db, `SELECT (SELECT count(*) FROM clients) + (SELECT count(*) FROM cases) + (SELECT count(*) FROM client_pairs) + (SELECT count(*) FROM import_xref)`); n != 1 {
		t.Errorf("%d rows are left, want who was here alone", n)
	}
}

// A mapping says nothing that cannot be decided by.
func TestIdentityRulesThatDoNotHoldAreRefused(t *testing.T) {
	for _, rule := range []string{
		"{exact: [phones]}", "{exact: [surname, birth_date]}", "{fuzzy: [surname]}", "{exact: [id_number], at_least: 0.9}",
		"{exact: [id_number], fuzzy: [phones]}", "{exact: [language]}", "{fuzzy: [surname, birth_date], at_least: 2}", "{}",
		"{fuzzy: [surname, birth_date], then: merge}",
	} {
		_, err := imports.ParseMapping([]byte(strings.Replace(known, "{exact: [id_number]}", rule, 1)), codelist.National())
		if err == nil {
			t.Errorf("%s is taken", rule)
		}
	}
	if _, err := imports.ParseMapping([]byte(strings.Replace(known, "      address: Address\n", "      address: Address\n", 1)), codelist.National()); err != nil {
		t.Error(err)
	}
	without := strings.Replace(known, `      phones: {col: Phone, fn: [{split: "/"}]}`+"\n", "", 1)
	if _, err := imports.ParseMapping([]byte(without), codelist.National()); err == nil {
		t.Error("a field that the stream does not fill is taken")
	}
}
