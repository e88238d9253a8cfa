package spreadsheet

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
