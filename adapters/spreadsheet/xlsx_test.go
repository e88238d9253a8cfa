package spreadsheet

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"casehub/adapters/place"
)

// book saves a workbook that fn fills.
func book(t *testing.T, fn func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	fn(f)
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func rowsOfBook(t *testing.T, path string, table Table) string {
	t.Helper()
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": table}})
	if err != nil {
		t.Fatal(err)
	}
	return shown(recordsOf(t, s, "t"))
}

func TestCellsAreReadByTypeAndFormat(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		style := func(s *excelize.Style) int {
			id, err := f.NewStyle(s)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		custom := "dd mmm yy"
		duration := "[h]:mm"
		set := func(cell string, v any, style int) {
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
				t.Fatal(err)
			}
		}
		for i, name := range []string{"text", "number", "day", "own format", "with time", "duration", "yes", "formula", "zeros"} {
			cell, _ := excelize.CoordinatesToCellName(i+1, 1)
			set(cell, name, 0)
		}
		set("A2", "007", 0)
		set("B2", 1200.5, 0)
		set("C2", 42665, style(&excelize.Style{NumFmt: 14}))
		set("D2", 42665, style(&excelize.Style{CustomNumFmt: &custom}))
		set("E2", 42665.75, style(&excelize.Style{NumFmt: 22}))
		set("F2", 0.5, style(&excelize.Style{CustomNumFmt: &duration}))
		set("G2", true, 0)
		if err := f.SetCellFormula("Sheet1", "H2", "=1+1"); err != nil {
			t.Fatal(err)
		}
		set("I2", 80010150, style(&excelize.Style{NumFmt: 1}))
	})
	want := "2 formula_without_value(formula) \"007\" \"1200.5\" \"2016-10-22\" \"2016-10-22\" \"2016-10-22T18:00:00\" \"0.5\" \"true\" - \"80010150\"\n"
	if d := cmp.Diff(want, rowsOfBook(t, path, Table{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestDaysFrom1904(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		yes := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		id, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			t.Fatal(err)
		}
		_ = f.SetCellValue("Sheet1", "A1", "day")
		_ = f.SetCellInt("Sheet1", "A2", 41203)
		_ = f.SetCellStyle("Sheet1", "A2", "A2", id)
	})
	if got := rowsOfBook(t, path, Table{}); got != "2 \"2016-10-22\"\n" {
		t.Errorf("got %s", got)
	}
}

func TestSerialDays(t *testing.T) {
	for _, c := range []struct {
		x    float64
		old  bool
		want string
	}{
		{1, false, "1900-01-01"},
		{59, false, "1900-02-28"},
		{60, false, ""},
		{61, false, "1900-03-01"},
		{42665, false, "2016-10-22"},
		{42665.999999, false, "2016-10-23"},
		{0, false, ""},
		{-1, false, ""},
		{73051, false, ""},
		{0, true, "1904-01-01"},
		{41203, true, "2016-10-22"},
	} {
		if got, ok := serialDay(c.x, c.old); got != c.want || ok != (c.want != "") {
			t.Errorf("%v from 1904 %v: %q, want %q", c.x, c.old, got, c.want)
		}
	}
}

func TestSheetsRangesAndHiddenRows(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		_, _ = f.NewSheet(" Second ")
		_ = f.SetSheetVisible("Sheet1", true)
		for sheet, name := range map[string]string{"Sheet1": "first", " Second ": "second"} {
			_ = f.SetSheetRow(sheet, "B3", &[]any{name, "x"})
			_ = f.SetSheetRow(sheet, "B4", &[]any{"a", "b"})
			_ = f.SetSheetRow(sheet, "B5", &[]any{"c", "d"})
			_ = f.SetSheetRow(sheet, "B9", &[]any{"other table", 1})
		}
		_ = f.SetRowVisible(" Second ", 5, false)
		_ = f.MergeCell(" Second ", "C4", "C5")
	})
	table := Table{Sheet: "second", Range: "B3:C5"}
	if got, want := rowsOfBook(t, path, table), "4 \"a\" \"b\"\n5 \"c\" \"b\"\n"; got != want {
		t.Errorf("got %s", got)
	}
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": table}})
	if err != nil {
		t.Fatal(err)
	}
	all := recordsOf(t, s, "t")
	if all[0].Loc.Hidden || !all[1].Loc.Hidden {
		t.Error("the hidden row is not flagged, or another one is")
	}
	s, _ = Open(place.On(path), Settings{Tables: map[string]Table{"t": {Sheet: "third"}}})
	if err := s.Check(t.Context()); err == nil {
		t.Error("a sheet that is not there was read")
	}
}

func TestACaseListWithMergedHeaders(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "fixtures", "spreadsheets", "case_list_merged_headers_synthetic.xlsx")
	if !exists(path) {
		t.Skip("the fixtures are not beside the repository")
	}
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{"cases": {HeaderRows: []int{4, 5}}}})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range recordsOf(t, s, "cases") {
		counts[r.Skip]++
		for _, p := range r.Problems {
			counts[string(p.Code)]++
		}
	}
	// 40 cases, a total, and 8 rows of a second table lower on the sheet.
	if d := cmp.Diff(map[string]int{"": 48, "blank": 2, "formula_without_value": 8, "total": 1}, counts); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range cat.Streams[0].Fields {
		names = append(names, f.Name)
	}
	want := []string{
		"Client / Surname", "Client / First name", "Client / ID No", "Case / Case No", "Case / Opened", "Case / Closed", "Case / Type",
		"Money (R) / Claimed", "Money (R) / Recovered", "Officer",
	}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
