package spreadsheet

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"casehub/adapters"
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

// A title between the rows, merged over them, is nobody's name; a merged cell of a row
// says nothing for the columns that it covers.
func TestTitlesBetweenRowsAreNoData(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		_ = f.SetSheetRow("Sheet1", "A1", &[]any{"Surname", "Name", "Note", "Office"})
		_ = f.SetSheetRow("Sheet1", "A2", &[]any{"La Paz"})
		_ = f.SetSheetRow("Sheet1", "A3", &[]any{"Paz", "Ana", "long"})
		_ = f.SetSheetRow("Sheet1", "A4", &[]any{"Rey", "Eva"})
		_ = f.MergeCell("Sheet1", "A2", "D2")
		_ = f.MergeCell("Sheet1", "C3", "D4")
	})
	if got, want := rowsOfBook(t, path, Table{}), "2 section\n3 \"Paz\" \"Ana\" \"long\" -\n4 \"Rey\" \"Eva\" \"long\" -\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// The first sheet of a new workbook often stays empty.
func TestAnEmptyFirstSheetIsPassedOver(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		_, _ = f.NewSheet("Datos")
		_ = f.SetSheetRow("Datos", "A1", &[]any{"Surname", "Name"})
		_ = f.SetSheetRow("Datos", "A2", &[]any{"Paz", "Ana"})
	})
	s, err := Open(place.On(path), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(recordsOf(t, s, OnlyTable)); got != "2 \"Paz\" \"Ana\"\n" {
		t.Error(got)
	}
	cat, err := s.Discover(t.Context())
	if err != nil || len(cat.Streams) != 1 {
		t.Errorf("%d streams, %v", len(cat.Streams), err)
	}
}

// A register with a sheet for each month is one table; what no table is in is told.
func TestSeveralSheetsMakeOneTable(t *testing.T) {
	path := book(t, func(f *excelize.File) {
		_ = f.SetSheetName("Sheet1", "Enero")
		for _, name := range []string{"Febrero", "Marzo", "Oculto", "Resumen"} {
			_, _ = f.NewSheet(name)
		}
		_ = f.SetSheetRow("Enero", "A1", &[]any{"No", "Nombre"})
		_ = f.SetSheetRow("Enero", "A2", &[]any{"e1", "Ana"})
		_ = f.SetSheetRow("Marzo", "A1", &[]any{"Nombre", "No", "Nota"})
		_ = f.SetSheetRow("Marzo", "A2", &[]any{"Eva", "m1", "x"})
		_ = f.SetSheetRow("Oculto", "A1", &[]any{"No", "Nombre"})
		_ = f.SetSheetVisible("Oculto", false)
		_ = f.SetSheetRow("Resumen", "A1", &[]any{"Mes", "Casos"})
	})
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": {Sheet: "*r*O"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range recordsOf(t, s, "t") {
		got = append(got, r.Loc.String()+" "+r.Value("No").Raw+" "+r.Value("Nombre").Raw+" "+r.Value("Nota").Raw)
	}
	if d := cmp.Diff([]string{"book.xlsx:Enero:2 e1 Ana ", "book.xlsx:Marzo:2 m1 Eva x"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Aside) != 1 || cat.Aside[0].Name != "Resumen" || len(cat.Streams[0].Fields) != 3 {
		t.Errorf("aside %+v, fields %+v", cat.Aside, cat.Streams[0].Fields)
	}
	s, err = Open(place.On(path), Settings{Tables: map[string]Table{"t": {Sheet: "x*"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, adapters.ErrSheet) {
		t.Errorf("a pattern that nothing fits: %v", err)
	}
}
