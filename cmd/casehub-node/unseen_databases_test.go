package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node"
)

// writtenOut is a database of an office that nobody here knows. Each of its files was
// written by another program, or by one that was told otherwise, and all of them bring
// the same: their number of records in the report, and the values of every record.
type writtenOut struct {
	name    string
	files   []string // of testdata/databases
	source  string
	streams string
	report  []string
	clients []string // surname, given names, day of birth, sex, phones, and legacy columns
	cases   []string // number, type, opened, closed, summary, hundredths recovered
	visits  []string // day, and who they said they were
	legacy  []string // columns that no field took, shown with the clients
}

// TestDatabasesOfStrangersComeInHoweverTheyWereWrittenOut imports true dumps.
func TestDatabasesOfStrangersComeInHoweverTheyWereWrittenOut(t *testing.T) {
	o := newOffice(t)
	for _, db := range strangersDatabases {
		for _, file := range db.files {
			t.Run(file, func(t *testing.T) {
				instance := strings.NewReplacer(".", "-", "_", "-").Replace(file)
				mapping := "mapping: " + instance + "/1\ninstance: " + instance + "\nsource: " + db.source + "\ndefaults: {date_order: dmy, currency: EUR, locale: fr-FR}\nstreams:" + db.streams
				status, said, errs := o.run("--mapping", o.file(instance+".yaml", mapping), "--accept", filepath.Join("testdata", "databases", file))
				if status != 0 && status != 3 || !strings.Contains(said, "balanced: true") {
					t.Fatalf("status %d\n%s%s", status, said, errs)
				}
				for _, want := range db.report {
					if !strings.Contains(said, want) {
						t.Errorf("the report has no %q:\n%s", want, said)
					}
				}
				same(t, "clients", o.clients(instance, db.legacy), db.clients)
				same(t, "cases", o.cases(instance), db.cases)
				same(t, "visits", o.visits(instance), db.visits)
			})
		}
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%q\nwant:\n%q", what, g, w)
	}
}

// clients lists what an instance brought, in the order of its keys.
func (o office) clients(instance string, legacy []string) []string {
	more := ""
	for _, column := range legacy {
		more += ` || '|' || coalesce(nullif(c.legacy, '') ->> '$."` + column + `"', '')`
	}
	return o.lines(instance, `SELECT c.surname || '|' || c.given_names || '|' || coalesce(c.birth_date, '') || '|' || c.sex || '|' || replace(c.phones, char(10), ' ')`+more+`
FROM clients c JOIN import_xref x ON x.local_id = c.id AND x.entity = 'client' WHERE x.instance = @instance ORDER BY x.source_key`)
}

// cases lists what an instance brought, with the recoveries of each.
func (o office) cases(instance string) []string {
	return o.lines(instance, `SELECT c.legacy_number || '|' || c.case_type || '|' || c.opened_on || '|' || coalesce(c.closed_on, '') || '|' || c.summary || '|' ||
    coalesce((SELECT group_concat(amount_minor) FROM recoveries r WHERE r.case_id = c.id), '')
FROM cases c JOIN import_xref x ON x.local_id = c.id AND x.entity = 'case' WHERE x.instance = @instance ORDER BY x.source_key`)
}

// visits lists what an instance brought.
func (o office) visits(instance string) []string {
	return o.lines(instance, `SELECT v.held_on || '|' || v.called FROM visits v JOIN import_xref x ON x.local_id = v.id AND x.entity = 'visit'
WHERE x.instance = @instance ORDER BY v.held_on`)
}

// lines asks the office's database for one column of texts.
func (o office) lines(instance, query string) (list []string) {
	o.t.Helper()
	n, err := node.Open(o.t.Context(), node.Config{Data: filepath.Join(o.dir, "data"), KeyFile: filepath.Join(o.dir, "node.key")}, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		o.t.Fatal(err)
	}
	rows, err := n.DB.Query(o.t.Context(), query, sqlite.Args{"instance": instance})
	if err != nil {
		o.t.Fatal(errors.Join(err, n.Close()))
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			o.t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := errors.Join(rows.Err(), rows.Close(), n.Close()); err != nil {
		o.t.Fatal(err)
	}
	return list
}

// What cannot be read is refused, with what it is and what to do about it.
func TestWhatIsNoDatabaseIsRefusedWithAWayOut(t *testing.T) {
	o := newOffice(t)
	mapping := o.file("m.yaml", "mapping: m/1\ninstance: m\nsource: {type: sqldump}\nstreams: {client: {from: personne, to: client, key: id, fields: {surname: nom}}}\n")
	for file, words := range refusedDatabases {
		t.Run(file, func(t *testing.T) {
			status, said, errs := o.run("--mapping", mapping, filepath.Join("testdata", "databases", file))
			if status != 1 {
				t.Fatalf("status %d\n%s%s", status, said, errs)
			}
			for _, word := range words {
				if !strings.Contains(errs, word) {
					t.Errorf("nothing is said of %q: %s", word, errs)
				}
			}
		})
	}
}
