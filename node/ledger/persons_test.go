package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/reference"
	"casehub/internal/sqlite"

	"pgregory.net/rapid"
)

// sheet is a client as a test means it: the record in the database says the
// same, spelled in one of many ways.
type sheet struct {
	number   string
	words    []string
	born     string // "1980-05-03", "1980-05", "1980" or "": what is certain
	phone    string // the nine digits
	imported bool
}

// one is the rule for two records, written as plainly as it can be said.
func (a sheet) one(b sheet) bool {
	sameName := len(a.words) > 0 && slices.Equal(a.words, b.words)
	fits := strings.HasPrefix(a.born, b.born) || strings.HasPrefix(b.born, a.born)
	nobody := func(s sheet) bool { return s.imported && s.number == "" && len(s.words) == 0 }
	return a.number != "" && a.number == b.number || sameName && fits || sameName && a.phone != "" && a.phone == b.phone ||
		nobody(a) && nobody(b)
}

// naive joins every pair until nothing changes: the oracle.
func naive(list []sheet) []int {
	set := make([]int, len(list))
	for i := range set {
		set[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i := range list {
			for j := range list {
				if list[i].one(list[j]) && set[i] != set[j] {
					set[i], set[j], changed = min(set[i], set[j]), min(set[i], set[j]), true
				}
			}
		}
	}
	return set
}

// draw invents a client out of so little that many share something.
func draw(t *rapid.T) sheet {
	s := sheet{
		number:   rapid.SampledFrom([]string{"", "", "", "ab100", "ab200", "cd300"}).Draw(t, "number"),
		words:    rapid.SampledFrom([][]string{nil, {"nunez"}, {"nkosi", "thandi"}, {"jose", "nunez"}, {"obrien"}}).Draw(t, "words"),
		born:     rapid.SampledFrom([]string{"", "1980", "1980-05", "1980-05-03", "1980-05-04", "1980-06-03", "1990-05-03"}).Draw(t, "born"),
		phone:    rapid.SampledFrom([]string{"", "", "821234567", "827654321"}).Draw(t, "phone"),
		imported: rapid.Bool().Draw(t, "imported"),
	}
	if rapid.Bool().Draw(t, "bare") {
		s.born, s.phone = "", ""
	}
	return s
}

// spelt writes a sheet into the database as one of many people would.
func (o *office) spelt(t *rapid.T, i int, s sheet) string {
	var surname, given string
	for _, w := range rapid.Permutation(s.words).Draw(t, "order") {
		part := &surname
		if rapid.Bool().Draw(t, "given") {
			part = &given
		}
		*part += rapid.SampledFrom([]string{w, strings.ToUpper(w), " " + w + " ", accented.Replace(w)}).Draw(t, "word") + " "
	}
	number := s.number
	if number != "" {
		number = rapid.SampledFrom([]string{number, strings.ToUpper(number), number[:2] + " - " + number[2:], number + "."}).Draw(t, "digits")
	}
	phone := s.phone
	if phone != "" {
		phone = rapid.SampledFrom([]string{"0" + phone, "+27 " + phone, fmt.Sprintf("011 999 %04d\n+27-%s", i, phone)}).Draw(t, "line")
	}
	born, precision := s.born+"-01-01"[min(len("-01-01"), max(0, len(s.born)-4)):], map[int]string{4: "year", 7: "month", 10: "day"}[len(s.born)]
	if s.born == "" && rapid.Bool().Draw(t, "guessed") {
		born, precision = "1975-01-01", "about"
	}
	id := fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
	if s.imported {
		id = reference.Derived("test", fmt.Sprint(i))
	}
	o.person(id, number, surname, given, born, precision, phone)
	return id
}

var accented = strings.NewReplacer("nunez", "Núñez", "jose", "José", "obrien", "O’Brien")

// person adds a client record.
func (o *office) person(id, number, surname, given, born, precision, phones string) {
	o.t.Helper()
	var birth any
	if precision != "" {
		birth = born
	}
	o.exec(`INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, phones, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)`, id, number, surname, given, birth, precision, phones)
}

// people returns the person of each record as a refresh leaves it.
func (o *office) people() map[string]string {
	o.t.Helper()
	o.tx(func(tx *sqlite.Tx) error { return o.ledger.Refresh(context.Background(), tx) })
	rows, err := o.db.Query(context.Background(), `SELECT client_id, person FROM ledger_persons`, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var id, person string
		if err := rows.Scan(&id, &person); err != nil {
			o.t.Fatal(err)
		}
		all[id] = person
	}
	return all
}

// TestPersonsAreThoseOfTheNaiveRule: however records are spelled, those of one
// person are the ones that the plain rule joins, pair by pair; a further shared
// attribute only ever joins; and there are never more people than records.
func TestPersonsAreThoseOfTheNaiveRule(t *testing.T) {
	o := newOffice(t)
	rapid.Check(t, func(rt *rapid.T) {
		o.exec(`DELETE FROM clients`)
		list := rapid.SliceOfN(rapid.Custom(draw), 1, 14).Draw(rt, "records")
		ids := make([]string, len(list))
		for i, s := range list {
			ids[i] = o.spelt(rt, i, s)
		}
		before := o.people()
		o.sameAsNaive(rt, list, ids, before)
		for range rapid.IntRange(0, 4).Draw(rt, "changes") {
			i := rapid.IntRange(0, len(list)-1).Draw(rt, "changed")
			o.exec(`DELETE FROM clients WHERE id = ?1`, ids[i])
			if rapid.Bool().Draw(rt, "between") {
				o.people()
			}
			list[i] = draw(rt)
			ids[i] = o.spelt(rt, i, list[i])
			before = o.people()
			o.sameAsNaive(rt, list, ids, before)
		}
		a, b := rapid.IntRange(0, len(list)-1).Draw(rt, "a"), rapid.IntRange(0, len(list)-1).Draw(rt, "b")
		if list[a].number == "" && list[b].number == "" && len(list[a].words) > 0 && len(list[b].words) > 0 {
			o.exec(`UPDATE clients SET id_number = 'zz900' WHERE id IN (?1, ?2)`, ids[a], ids[b])
			after := o.people()
			if after[ids[a]] != after[ids[b]] || distinct(after) > distinct(before) {
				rt.Fatalf("a shared number made %d people of %d", distinct(after), distinct(before))
			}
		}
	})
}

// sameAsNaive compares who is who with the plain rule.
func (o *office) sameAsNaive(rt *rapid.T, list []sheet, ids []string, people map[string]string) {
	want := naive(list)
	for i := range list {
		for j := range list {
			if got := people[ids[i]] == people[ids[j]]; got != (want[i] == want[j]) {
				rt.Fatalf("%+v and %+v are one person: %v, want %v", list[i], list[j], got, !got)
			}
		}
	}
}

func distinct(people map[string]string) int {
	seen := map[string]bool{}
	for _, p := range people {
		seen[p] = true
	}
	return len(seen)
}

// TestFourWomenRecordedSixWaysAreNoGroup is the register that began this: every
// woman stands on many lines, once with her number and once without, her names
// the other way round, in capitals, without accents.
func TestFourWomenRecordedSixWaysAreNoGroup(t *testing.T) {
	o := newOffice(t)
	surnames, given := []string{"Núñez", "Dlamini", "O'Brien", "Nkosi"}, []string{"José María", "Thandi", "Ñusta", "Nomsa"}
	for w := range 4 {
		number, phone := fmt.Sprintf("80010%d 5009 08%d", w, w), fmt.Sprintf("+27 82 000 000%d", w)
		birth := fmt.Sprintf("198%d-05-03", w)
		ways := [][6]string{
			{number, surnames[w], given[w], birth, "day", ""},
			{"", strings.ToUpper(surnames[w]), given[w] + "  ", birth, "day", phone},
			{"", given[w], surnames[w], birth[:4] + "-01-01", "year", ""},
			{"", strings.NewReplacer("ú", "u", "ñ", "n", "'", "").Replace(surnames[w]), given[w], "", "", phone},
			{strings.ReplaceAll(number, " ", ""), "Married-Name", given[w], "", "", ""},
			{"", given[w] + " " + surnames[w], "", "1970-01-01", "about", "0" + phone[4:]},
		}
		for i, r := range ways {
			id := fmt.Sprintf("W%d-%d", w, i)
			o.person(id, r[0], r[1], r[2], r[3], r[4], r[5])
			o.open(id, dismissal, "2026-01-10")
		}
	}
	if groups := o.close(1, 202601); len(groups) != 0 {
		t.Fatalf("four women on 24 lines were published: %+v", groups)
	}
	o.open(client(1), dismissal, "2026-02-10")
	groups := o.close(2, 202602)
	if value(groups, dismissal) != 25 {
		t.Fatalf("with a fifth person: %+v, want one group of 25", groups)
	}
	evidence, err := o.ledger.Evidence(t.Context(), o.db, 2)
	if err != nil || len(evidence) != 1 || evidence[0].Clients != 5 {
		t.Errorf("evidence = %+v, %v, want five people", evidence, err)
	}
}

// TestWhatIsPublishedStaysWhenPeopleTurnOutToBeOne: a later number that joins
// two of a published group changes no event and no group.
func TestWhatIsPublishedStaysWhenPeopleTurnOutToBeOne(t *testing.T) {
	o := newOffice(t)
	for i := range 5 {
		o.open(client(i), dismissal, "2026-01-10")
	}
	o.close(1, 202601)
	state := func() (s string) {
		err := o.db.QueryRow(t.Context(), `
SELECT (SELECT group_concat(id || client_id || state || group_id, ' ' ORDER BY id) FROM ledger_events) ||
    (SELECT group_concat(id || ' ' || value, ' ' ORDER BY id) FROM ledger_groups)`, nil).Scan(&s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state()
	o.exec(`UPDATE clients SET id_number = 'AB 1' WHERE id IN ('K00', 'K01')`)
	if groups := o.close(2, 202602); len(groups) != 0 || state() != before {
		t.Errorf("groups %+v and state %s, want none and %s", groups, state(), before)
	}
}

// TestPeopleAreToldApartInTimeByTheRecord: all of a large office's records hang
// together by numbers, names and telephones, which is the worst that can be.
func TestPeopleAreToldApartInTimeByTheRecord(t *testing.T) {
	chain := func(n int) []record {
		list := make([]record, n)
		for i := range list {
			list[i] = record{client: fmt.Sprintf("%08d", i), name: fmt.Sprint("n", i/2), phones: []string{fmt.Sprint(i / 2)}, born: "1980-01-02"}
			if i%2 == 1 {
				list[i].number = fmt.Sprint(i / 2)
			} else if i > 0 {
				list[i].number = fmt.Sprint(i/2 - 1)
			}
		}
		return list
	}
	var holders []holder
	for _, r := range chain(200_000) {
		for _, k := range r.keys() {
			holders = append(holders, holder{client: r.client, key: k.hash(), keyed: true, own: k.own})
		}
	}
	begin := time.Now()
	people := persons(holders)
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("200000 records took %s; by pairs it would be hours", took)
	}
	for _, p := range people {
		if p.person != "00000000" {
			t.Fatalf("a chain fell apart at %s", p.client)
		}
	}
}

// TestManyWhoShareOneNumberAreToldApartAtOnce: a placeholder in the place of a
// number is shared by thousands, who are not compared by pairs.
func TestManyWhoShareOneNumberAreToldApartAtOnce(t *testing.T) {
	o := newOffice(t)
	o.tx(func(tx *sqlite.Tx) error {
		for i := range 3_000 {
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, phones, created_at, updated_at)
VALUES (?1, ?1, 'AB 123', ?2, 'Thandi', NULL, '', '', 0, 0)`, fmt.Sprintf("N%05d", i), fmt.Sprint("Surname", i)); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 { // the second time by who was one person
		o.tx(func(tx *sqlite.Tx) error {
			_, err := refreshPersons(t.Context(), tx)
			return err
		})
		var people int
		if err := o.db.QueryRow(t.Context(), `SELECT count(DISTINCT person) FROM ledger_persons WHERE client_id LIKE 'N%'`, nil).Scan(&people); err != nil || people != 1 {
			t.Fatalf("%d people, %v, want one", people, err)
		}
	}
}

// BenchmarkRefreshPersons is an office of 50000 clients, whose people are worked
// out for the first time, and again where some of them changed.
func BenchmarkRefreshPersons(b *testing.B) {
	o := newOffice(b)
	o.tx(func(tx *sqlite.Tx) error {
		for i := range 50_000 {
			if _, err := tx.ExecArgs(b.Context(), `INSERT INTO clients (id, reference, id_number, surname, given_names, birth_date, birth_precision, phones, created_at, updated_at)
VALUES (?1, ?1, ?2, ?3, ?4, '1980-05-03', 'day', ?5, 0, 0)`, reference.NewID(), fmt.Sprint(i/2), fmt.Sprint("Núñez", i/3), "Thandi", fmt.Sprintf("+27 82 %07d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, name := range []string{"first", "again"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if name == "first" {
					o.exec(`DELETE FROM ledger_persons`)
					o.exec(`INSERT INTO ledger_touched (source, id) SELECT 'clients', id FROM clients WHERE true ON CONFLICT DO NOTHING`)
				} else {
					o.exec(`DELETE FROM ledger_touched`)
					o.exec(`UPDATE clients SET surname = surname || 'x' WHERE rowid % 60 = 0`)
				}
				o.tx(func(tx *sqlite.Tx) error {
					_, err := refreshPersons(b.Context(), tx)
					return err
				})
			}
		})
	}
}
