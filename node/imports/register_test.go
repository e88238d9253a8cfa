package imports_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// register is a mapping with all four targets, small transactions, and a source
// that always holds everything.
const register = `
mapping: register/1
instance: office
source: {type: spreadsheet, tables: {visits: {delimiter: ";"}}}
defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}
limits: {batch: 7, failed_share: 0.5, gone_share: 0.5}
complete: true
streams:
  client:
    to: client
    key: Person
    repeats: same
    fields: {surname: Name, phones: {col: Phone, fn: [{split: "/"}, phone]}, sex: {col: Sex, codes: {F: female, M: male}, unknown: report}}
  case:
    to: case
    key: No
    fields:
      client: {ref: client}
      case_type: {col: Matter, codes: {wages: 1102, eviction: 1601, grant: 1203}, unknown: quarantine}
      opened_on: In
      closed_on: Out
      outcome: {const: 5101}
      summary: Note
  referral:
    to: referral
    key: No
    when: {col: Sent, is: filled, reason: not_sent}
    fields: {case: {ref: case}, destination: {col: Sent, codes: {court: 3201, police: 3401}}, referred_on: In}
  recovery:
    to: recovery
    key: No
    when: {col: Money, is: filled, reason: no_amount}
    fields: {case: {ref: case}, kind: {const: 4101}, received_on: {cols: [Out, In]}, amount: Money}
`

const registerHeader = "No;Person;Name;Phone;Sex;Matter;In;Out;Note;Sent;Money;Old system\n"

// visits writes rows of a register; some are wrong. Another edition changes,
// mends, adds and leaves out some.
func visits(rows, edition int) string {
	var b strings.Builder
	b.WriteString(registerHeader)
	for i := range rows + 10*edition {
		chance := rand.New(rand.NewPCG(uint64(i), 11))
		if edition > 0 && i%17 == 3 {
			continue
		}
		matter := []string{"wages", "eviction", "grant", "grant", "wages"}[chance.IntN(5)]
		if i%19 == 5 && edition == 0 {
			matter = "unreadable"
		}
		note := "first"
		if edition > 0 && i%4 == 0 {
			note = "mended"
		}
		in := time.Date(2024, 1, 1+chance.IntN(300), 0, 0, 0, 0, time.UTC)
		out := ""
		if chance.IntN(2) == 0 {
			out = in.AddDate(0, 0, chance.IntN(60)).Format("02/01/2006")
		}
		if i%23 == 7 {
			out = in.AddDate(0, 0, -1).Format("02/01/2006")
		}
		money := []string{"", "", "R 1 200,50", "R -", "1.200", "settled", "300"}[chance.IntN(7)]
		sent := []string{"", "", "court", "police", "elsewhere"}[chance.IntN(5)]
		fmt.Fprintf(&b, "%d;P%d;Name%d Example;000 0000%03d;%s;%s;%s;%s;%s;%s;%s;x%d\n",
			i, i/2, i/2, i/2, []string{"F", "M", "?"}[(i/2)%3], matter, in.Format("02/01/2006"), out, note, sent, money, i)
	}
	return b.String()
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const visitRows = 240

// editedOffice is a node that imported the first edition and then edited some
// records, so that the second edition finds everything that can be found.
func editedOffice(t testing.TB, db *sqlite.DB) {
	t.Helper()
	run(t, db, parse(t, register), write(t, visits(visitRows, 0)), imports.Options{})
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for i, id := range ids(t, db, `SELECT id FROM cases ORDER BY legacy LIMIT 40`) {
			c, err := cases.Get(t.Context(), tx, cases.ID(id))
			if err != nil {
				return err
			}
			if c.UpdatedAt = noon; i%2 == 0 {
				c.Summary = "edited in the office"
			} else {
				c.OtherParty = "written in the office"
			}
			if err := cases.Replace(t.Context(), tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ids(t testing.TB, db *sqlite.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}

// everything is content with the runs and the audit.
func everything(t testing.TB, db *sqlite.DB) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range []string{"import_runs", "audit"} {
		digest(t, db, sum, table)
	}
	return hex.EncodeToString(sum.Sum(nil)) + content(t, db)
}

// errBroken is the error of a run that was broken off.
var errBroken = errors.New("broken off")

// brokenAt runs the import until its n-th point, where it ends with an error.
// The process goes on, so the locks and files of the run must be let go.
func brokenAt(t *testing.T, db *sqlite.DB, m *imports.Mapping, path string, n int) {
	t.Helper()
	brokenAs(t, db, importer, m, path, n)
}

// brokenAs is brokenAt for somebody.
func brokenAs(t *testing.T, db *sqlite.DB, who actor.Actor, m *imports.Mapping, path string, n int) {
	t.Helper()
	who.Kind = actor.Import
	s := service(t, db)
	s.BreakOff(func(string) error {
		if n--; n == 0 {
			return errBroken
		}
		return nil
	})
	_, err := s.Run(t.Context(), who, m, source(t, m, path), imports.Options{Name: filepath.Base(path)})
	if !errors.Is(err, errBroken) {
		t.Fatalf("%v, want the run to be broken off", err)
	}
}

// sees checks that the second edition meets every outcome, so that the test
// proves what it says.
func sees(t *testing.T, r imports.Report) {
	t.Helper()
	c := r.Stream("case")
	if c.Created == 0 || c.Updated == 0 || c.Unchanged == 0 || c.Quarantined == 0 || c.Gone == 0 || r.Stream("referral").Created == 0 || r.Stream("recovery").Created == 0 {
		t.Fatalf("the second edition misses an outcome: %+v", r.Streams)
	}
	for _, p := range r.Problems {
		if p.Code == "conflict_local_edit" {
			return
		}
	}
	t.Fatal("the second edition meets no conflict")
}

// A client that was imported and edited keeps the edit; the next import does
// not tell of it again.
func TestTheOfficeWins(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, register)
	row := "1;P1;%s;000 000001;F;wages;01/02/2024;;%s;;;x\n"
	run(t, db, m, write(t, registerHeader+fmt.Sprintf(row, "First", "a")), imports.Options{})
	edit(t, db, func(c *clients.Client) { c.Surname = "Edited" })
	second := write(t, registerHeader+fmt.Sprintf(row, "Second", "a"))
	report := run(t, db, m, second, imports.Options{})
	if len(report.Problems) != 1 || report.Problems[0].Code != "conflict_local_edit" || report.Problems[0].Field != "surname" {
		t.Errorf("problems %+v, want one conflict about the surname", report.Problems)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE surname = 'Edited'`); n != 1 {
		t.Error("the office's edit is gone")
	}
	report = run(t, db, m, second, imports.Options{})
	if len(report.Problems) != 0 || report.Stream("client").Unchanged != 1 {
		t.Errorf("the same file again: %+v %+v", report.Problems, report.Stream("client"))
	}
	edit(t, db, func(c *clients.Client) { c.Address = "1 Example Road" })
	run(t, db, m, write(t, registerHeader+strings.Replace(fmt.Sprintf(row, "Second", "a"), "000001", "000009", 1)), imports.Options{})
	if n := count(t, db, `SELECT count(*) FROM clients WHERE surname = 'Edited' AND address <> '' AND phones LIKE '%9'`); n != 1 {
		t.Error("a field that the office left alone did not take the new value, or another lost its own")
	}
}

func edit(t *testing.T, db *sqlite.DB, fn func(*clients.Client)) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		c, err := clients.Get(t.Context(), tx, clients.ID(ids(t, db, `SELECT id FROM clients`)[0]))
		if err != nil {
			return err
		}
		fn(&c)
		return clients.Replace(t.Context(), tx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
}
