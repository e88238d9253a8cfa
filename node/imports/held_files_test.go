package imports_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// northAndSouth are people in two files, in each of which the second row is wrong.
const northAndSouth = `mapping: two/1
instance: two
source: {type: spreadsheet, tables: {north: {file: north.csv}, south: {file: south.csv}}}
defaults: {date_order: dmy}
limits: {failed_share: 1}
streams:
  north: {from: north, to: client, key: No, fields: {surname: Name, birth_date: {col: Born, on_error: quarantine}}}
  south: {from: south, to: client, key: No, fields: {surname: Name, birth_date: {col: Born, on_error: quarantine}}}
`

var twoFiles = map[string]string{
	"north.csv": "No,Name,Born\n1,Example,01/02/1980\n2,North,31/02/1980\n",
	"south.csv": "No,Name,Born\n1,Sample,01/02/1980\n2,South,31/02/1980\n",
}

// packed writes the two files into an archive, and laid into a folder.
func packed(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"north.csv", "south.csv"} {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(twoFiles[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "both.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func laid(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "both")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range twoFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func heldBy(t *testing.T, s *imports.Service, run int64) (all []imports.Held) {
	t.Helper()
	if _, err := s.HeldBy(t.Context(), importer, run, func(h imports.Held) error {
		all = append(all, h)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// What a record says that it stands in is no name of what was brought: the member of an
// archive, the file in a folder. What is held back of it is found all the same, and the
// second row of one file is not that of the other.
func TestWhatAnArchiveOrAFolderHoldsBackIsMended(t *testing.T) {
	for kind, at := range map[string]func(*testing.T) string{"an archive": packed, "a folder": laid} {
		t.Run(kind, func(t *testing.T) {
			path := at(t)
			db := sqlitetest.Open(t, migrations.FS)
			s := service(t, db)
			j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
			got := startJob(t, j, accesstest.Director, imports.Job{Mapping: northAndSouth, Upload: filepath.Base(path), Name: filepath.Base(path)})
			check(t, *got.Report, "north", 2, want{created: 1, quarantined: 1})
			check(t, *got.Report, "south", 2, want{created: 1, quarantined: 1})
			if held := heldBy(t, s, 0); len(held) != 2 || held[0].Loc.File != "north.csv" {
				t.Errorf("held back: %v", held)
			}
			rows := editsOf(t, s, accesstest.Director, 1)
			if len(rows) != 2 || rows[0].Mark == rows[1].Mark {
				t.Fatalf("%+v", rows)
			}
			m := mending{t: t, db: db, svc: s, jobs: j}
			m.save(rows[1].Mark, "/Born", "28/02/1980")
			if rows = editsOf(t, s, accesstest.Director, 1); rows[0].Edited() || !rows[1].Edited() {
				t.Errorf("the edit is of another row: %+v", rows)
			}
			if got := m.mend(1, ""); got.Status != imports.JobDone || got.Report.Stream("south").Created != 1 || got.Report.Stream("north").Created != 0 {
				t.Fatalf("%s %v %+v", got.Status, got.Failure, got.Report)
			}
			if rows := editsOf(t, s, accesstest.Director, 2); len(rows) != 1 || rows[0].Table != "north" {
				t.Errorf("after the mending: %+v", rows)
			}
		})
	}
}

// A live source is named by its type or its instance, its records by the host. Its
// tables count their keys each for itself.
func TestWhatALiveSourceHoldsBackIsKeptApartByTable(t *testing.T) {
	db, s := sqlitetest.Open(t, migrations.FS), newServer()
	mapping := strings.Replace(served1, "fields: {surname: name, notes: note}", "fields: {surname: name, birth_date: {col: note, on_error: quarantine}}", 1)
	s.put("people", served{key: "5", values: []string{"Sample", "no day"}})
	s.put("visits", served{key: "5", values: []string{"p1", "2024-02-31"}})
	svc := service(t, db)
	if _, err := svc.Run(t.Context(), importer, parse(t, mapping), s, imports.Options{Name: "civicrm-api"}); err != nil {
		t.Fatal(err)
	}
	if held := heldBy(t, svc, 0); len(held) != 2 {
		t.Errorf("held back: %v", held)
	}
	rows := editsOf(t, svc, accesstest.Director, 1)
	if len(rows) != 2 || rows[0].Table != "people" || rows[1].Table != "visits" || !strings.HasSuffix(rows[0].Mark, "people#5") {
		t.Fatalf("%+v", rows)
	}
	m := mending{t: t, db: db, svc: svc}
	m.save(rows[0].Mark, "/name", "Mended")
	if rows = editsOf(t, svc, accesstest.Director, 1); !rows[0].Edited() || rows[1].Edited() {
		t.Errorf("the edit is of another row: %+v", rows)
	}
	// Nothing is new, and what is held back is the same.
	s.put("people", served{key: "p9", values: []string{"New", ""}})
	if r, err := svc.Run(t.Context(), importer, parse(t, mapping), s, imports.Options{Name: "civicrm-api"}); err != nil || !r.Part {
		t.Fatal(err, r)
	}
	if held := heldBy(t, svc, 0); len(held) != 2 {
		t.Errorf("held back in the next run: %v", held)
	}
}

// A run that finds nothing new of a live source still has what it left out earlier.
func TestWhatWasLeftOutOfALiveSourceStaysOfItsRuns(t *testing.T) {
	db, s := sqlitetest.Open(t, migrations.FS), newServer()
	text := strings.Replace(served1, "fields: {surname: name, notes: note}", "fields: {surname: name, birth_date: {col: note, on_error: drop}}", 1)
	s.put("people", served{key: "5", values: []string{"Sample", "no day"}})
	svc := service(t, db)
	for i := range 2 {
		r, err := svc.Run(t.Context(), importer, parse(t, text), s, imports.Options{Name: "server"})
		if err != nil || r.Part != (i > 0) {
			t.Fatal(err, r)
		}
		if held := heldBy(t, svc, 0); len(held) != 1 || held[0].Code != adapters.TypeDate {
			t.Errorf("run %d: %v", i+1, held)
		}
		s.read = nil
	}
	if files := ids(t, db, `SELECT files FROM import_runs`); fmt.Sprint(files) != `[["server"] ["server"]]` {
		t.Error(files)
	}
}

// What is held back for a reason that shows only in the whole record is told with what the
// source has there, too.
func TestAValueThatTheRecordRefusesIsTold(t *testing.T) {
	m := parse(t, `mapping: told/1
instance: told
source: {type: fake}
limits: {failed_share: 1}
defaults: {date_order: dmy}
streams:
  client: {from: form, to: client, key: "@key", fields: {surname: {cols: [Other, Name], take: first}}}
  case:
    from: form
    to: case
    key: "@key"
    fields: {client: {ref: client}, case_type: {const: 1102}, opened_on: In, closed_on: Out, outcome: {const: 5201}}
`)
	early := rec("1", "Name", "Aardvark", "In", "01/04/2024", "Out", "2024-03-01")
	early.Values[2].Kind = adapters.Date
	src := given{stream: "form", records: []adapters.Record{early, rec("2", "Name", "Buf\u202efalo", "In", "01/04/2024")}}
	told := map[string]string{}
	runSource(t, sqlitetest.Open(t, migrations.FS), m, src, imports.Options{DryRun: true, Held: func(h imports.Held) error {
		told[h.Key+" "+string(h.Code)+" "+h.Column] = h.Raw
		return nil
	}})
	for place, want := range map[string]string{"1 date_impossible Out": "2024-03-01", "2 encoding_invalid Name": "Buf\u202efalo"} {
		if got, ok := told[place]; !ok || got != want {
			t.Errorf("%s is told with %q, want %q: %q", place, got, want, told)
		}
	}
}
