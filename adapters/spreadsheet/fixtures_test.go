package spreadsheet

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"casehub/adapters"
	"casehub/adapters/place"
)

// fixtures are files of many origins beside the repository.
func fixtures(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "fixtures")
	if !exists(dir) {
		t.Skip("the fixtures are not beside the repository")
	}
	return dir
}

func filesOf(t testing.TB, dir string, endings ...string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		for _, e := range endings {
			if err == nil && !d.IsDir() && strings.HasSuffix(strings.ToLower(path), e) {
				all = append(all, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rawCells returns the raw texts of a sheet without blanks at the ends.
func rawCells(t *testing.T, f feed) [][]string {
	t.Helper()
	var all [][]string
	for {
		r, err := f.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(r.cells) == 0 {
			continue
		}
		for len(all) < r.no {
			all = append(all, nil)
		}
		for _, c := range r.cells {
			for len(all[r.no-1]) < c.col {
				all[r.no-1] = append(all[r.no-1], "")
			}
			if c.v.Kind == adapters.Text || c.v.Kind == adapters.Bad {
				all[r.no-1][c.col-1] = strings.TrimSpace(c.v.Raw)
			} else {
				all[r.no-1][c.col-1] = "typed"
			}
		}
	}
}

// Every workbook of the fixtures is read cell by cell as another reader reads it.
func TestWorkbooksAreReadAsByAnotherReader(t *testing.T) {
	files := filesOf(t, fixtures(t), ".xlsx")
	if len(files) < 50 {
		t.Fatalf("only %d workbooks", len(files))
	}
	for _, path := range files {
		other, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		book, err := openXLSX(&part{name: filepath.Base(path), at: place.On(path)})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for i, sheet := range book.sheets() {
			f, err := book.open(i)
			if err != nil {
				t.Fatal(err)
			}
			got := rawCells(t, f)
			want, err := other.GetRows(sheet.name)
			if err != nil {
				t.Fatal(err)
			}
			compareCells(t, filepath.Base(path)+" "+sheet.name, want, got)
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if len(book.sheets()) != len(other.GetSheetList()) {
			t.Errorf("%s: %d sheets, want %d", path, len(book.sheets()), len(other.GetSheetList()))
		}
		_, _ = book.Close(), other.Close()
	}
}

// compareCells compares texts; where one reader knows a type the other has some
// text.
func compareCells(t *testing.T, name string, want, got [][]string) {
	t.Helper()
	at := func(all [][]string, r, c int) string {
		if r < len(all) && c < len(all[r]) {
			return strings.TrimSpace(all[r][c])
		}
		return ""
	}
	for r := range max(len(want), len(got)) {
		for c := range 200 {
			w, g := at(want, r, c), at(got, r, c)
			if w != g && (g != "typed" || w == "") {
				t.Errorf("%s row %d column %d: %d bytes, want %d", name, r+1, c+1, len(g), len(w))
				return
			}
		}
	}
}

// The counts are those that other programs give.
func TestFixturesHaveTheirTrueCounts(t *testing.T) {
	dir := fixtures(t)
	for _, c := range []struct {
		path  string
		table Table
		want  map[string]int
	}{
		// 22 rows have the delimiter in a name and no quotes around it.
		{"complaints/procon_CRF2019.csv", Table{}, map[string]int{"": 17577, "row_too_long": 22}},
		{"complaints/hpd_complaints_and_problems.csv", Table{}, map[string]int{"": 10}},
		{"legal-aid-uk/legal-help-june-2026.csv", Table{Format: KeyValue, Record: "OUTCOME", Inherit: []string{"OFFICE", "SCHEDULE"}}, map[string]int{"": 10, "parent_record": 2}},
		{"legal-aid-uk/mediation-june-2026.csv", Table{Format: KeyValue, Record: "OUTCOME", Inherit: []string{"OFFICE", "SCHEDULE"}}, map[string]int{"": 10, "parent_record": 2}},
		{"spreadsheets/frictionless/blank-headers.csv", Table{}, map[string]int{"": 2}},
		{"spreadsheets/frictionless/duplicate-headers.csv", Table{}, map[string]int{"": 2}},
		{"spreadsheets/frictionless/issue-811.csv", Table{}, map[string]int{"": 7904}},
		{"spreadsheets/frictionless/table-with-accents.csv", Table{}, map[string]int{"": 638}},
		{"spreadsheets/mac_export_synthetic_macroman_cr_only.txt", Table{}, map[string]int{"": 30}},
		{"spreadsheets/published/airedale.csv", Table{}, map[string]int{"": 54, "blank": 1}},
		{"spreadsheets/published/test-registrations-westeros-20.csv", Table{}, map[string]int{"": 20}},
		{"spreadsheets/published/rdi_import_50_hh_50_ind.xlsx", Table{Sheet: "Households"}, map[string]int{"": 50, "blank": 1}},
		{"spreadsheets/sa_walkin_register_synthetic_cp1252_semicolon.csv", Table{}, map[string]int{"": 75, "blank": 3, "signature": 1, "total": 4}},
		{"spreadsheets/ragged_bad_quotes_synthetic.csv", Table{}, map[string]int{"": 6, "blank": 1, "row_too_long": 2}},
		{"kobo/xlsform/widgets.xls", Table{Sheet: "survey"}, map[string]int{"": 40}},
		{"kobo/legacy_kobocat/transportation.xls", Table{Sheet: "survey"}, map[string]int{"": 6, "blank": 1}},
	} {
		s, err := Open(place.On(filepath.Join(dir, filepath.FromSlash(c.path))), Settings{Tables: map[string]Table{"t": c.table}})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		err = s.Read(t.Context(), "t", "", func(r adapters.Record) error {
			counts[r.Skip]++
			for _, p := range r.Problems {
				counts[string(p.Code)]++
			}
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if d := cmp.Diff(c.want, counts); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.path, d)
		}
	}
}

// What nobody can decide from the values is not decided: the order of day and
// month is told for the columns that show it.
func TestDayOrdersOfFixtures(t *testing.T) {
	dir := fixtures(t)
	for _, c := range []struct{ path, field, want string }{
		{"spreadsheets/published/airedale.csv", "Payment Date", "dmy"},
		{"spreadsheets/frictionless/table-with-accents.csv", "Date", "ambiguous"},
		{"spreadsheets/sa_walkin_register_synthetic_cp1252_semicolon.csv", "Date / In", "dmy"},
		{"spreadsheets/published/test-registrations-westeros-20.csv", "date", "dmy"},
	} {
		s, err := Open(place.On(filepath.Join(dir, filepath.FromSlash(c.path))), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cat, err := s.Discover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := "no such field"
		for _, f := range cat.Streams[0].Fields {
			if f.Name == c.field {
				got = f.DayOrder.Verdict()
			}
		}
		if got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.path, c.field, got, c.want)
		}
	}
}

// Two files of one content, one as old as Excel 97.
func TestAnOldWorkbookReadsAsANewOne(t *testing.T) {
	dir := filepath.Join(fixtures(t), "spreadsheets", "frictionless")
	var got [2][]string
	for i, name := range []string{"merged-cells.xls", "merged-cells.xlsx"} {
		s, err := Open(place.On(filepath.Join(dir, name)), Settings{Tables: map[string]Table{"t": {Columns: []string{"a", "b"}}}})
		if err != nil {
			t.Fatal(err)
		}
		got[i] = strings.Split(shown(recordsOf(t, s, "t")), "\n")
	}
	if d := cmp.Diff(got[1], got[0]); d != "" || len(got[0]) < 2 {
		t.Errorf("(-xlsx +xls)\n%s", d)
	}
}
