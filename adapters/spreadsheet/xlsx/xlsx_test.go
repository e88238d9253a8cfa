package xlsx_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/adapters/spreadsheet/xlsx"
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

func open(t *testing.T, path string) sheet.Book {
	t.Helper()
	f, err := place.On(path).Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := xlsx.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
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
	want := `1 "text" "number" "day" "own format" "with time" "duration" "yes" "formula" "zeros"
2 "007" "1200.5" "2016-10-22" "2016-10-22" "2016-10-22T18:00:00" "0.5" "true" -!formula_without_value "80010150"
`
	if d := cmp.Diff(want, booktest.Shown(t, open(t, path), "")); d != "" {
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
	if got := booktest.Shown(t, open(t, path), ""); got != "1 \"day\"\n2 \"2016-10-22\"\n" {
		t.Errorf("got %s", got)
	}
}

// made is a workbook with one sheet by hand, as other programs than Excel write it:
// its own prefixes, names of files in capitals, no places of rows and cells.
func made(t testing.TB, rows string) string {
	t.Helper()
	return booktest.Zip(t,
		[2]string{"_rels/.rels", `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="/XL/Book.xml"/></Relationships>`},
		[2]string{"XL\\Book.xml", `<x:workbook xmlns:x="x" xmlns:q="q"><x:sheets><x:sheet name="S" sheetId="1" q:id="a"/></x:sheets></x:workbook>`},
		[2]string{"XL/_rels/Book.xml.rels", `<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets\\S.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="texts.xml"/></Relationships>`},
		[2]string{"XL/texts.xml", `<sst><si><r><t>Mu</t></r><r><t>ñoz</t></r><rPh><t>x</t></rPh></si></sst>`},
		[2]string{"XL/worksheets/S.xml", `<x:worksheet xmlns:x="x"><x:sheetData>` + rows + `</x:sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></x:worksheet>`})
}

func TestWorkbooksOfOtherProgramsAreRead(t *testing.T) {
	rows := `<x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>` +
		`<x:row><x:c t="inlineStr"><x:is><x:t>a_x000D_\nb</x:t></x:is></x:c><x:c t="str"><x:f>A1</x:f><x:v>c_x0009_d</x:v></x:c><x:c t="s"><x:v>9</x:v></x:c></x:row>` +
		`<x:row r="4"><x:c r="C4" t="b"><x:v>1</x:v></x:c><x:c t="d"><x:v>2016-10-22T00:00:00Z</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c><x:c><x:v>x</x:v></x:c></x:row>`
	b, err := xlsx.Open(booktest.File(t, made(t, strings.ReplaceAll(rows, "\\n", "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	want := `1 "Muñoz" "Muñoz"
2 "a\nb" "c\td" -!formula_without_value
3
4 - - "true" "2016-10-22" -!formula_without_value "x"
`
	if d := cmp.Diff(want, booktest.Shown(t, b, "S")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// Rows and cells that stand in no order are not guessed at.
func TestBrokenWorkbooksAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		want error
	}{
		"rows backwards":  {`<x:row r="2"/><x:row r="1"/>`, adapters.ErrUnreadable},
		"cells backwards": {`<x:row><x:c r="B1"/><x:c r="A1"/></x:row>`, adapters.ErrUnreadable},
		"too wide":        {`<x:row><x:c r="ZZZ1"><x:v>1</x:v></x:c></x:row>`, adapters.ErrTooManyCells},
		"cut short":       {`<x:row><x:c`, adapters.ErrUnreadable},
	} {
		if err := read(t, made(t, c.rows)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := read(t, "PK\x03\x04"); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("no ZIP file: %v", err)
	}
}

// read reads the first sheet to its end.
func read(t testing.TB, content string) error {
	t.Helper()
	b, err := xlsx.Open(booktest.File(t, content))
	if err != nil || len(b.Sheets()) == 0 {
		return err
	}
	f, err := b.Open(0)
	for last := 0; err == nil; {
		var r sheet.Row
		if r, err = f.Next(); err == nil && r.No <= last {
			t.Fatalf("row %d after row %d", r.No, last)
		}
		last = r.No
	}
	return err
}

// FuzzRows reads any XML as the rows of a sheet.
func FuzzRows(f *testing.F) {
	f.Add(`<x:row r="4"><x:c r="C4" t="s" s="1"><x:f/><x:v>1</x:v></x:c></x:row>`)
	f.Fuzz(func(t *testing.T, rows string) { _ = read(t, made(t, rows)) })
}
