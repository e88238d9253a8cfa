package books_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/books"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/files"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/internal/errs"
)

func file(t *testing.T, content string) *files.File {
	t.Helper()
	all, err := files.List(t.Context(), place.Bytes("book.xls", []byte(content)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// Every format is opened by what the file is, whatever it is called.
func TestEveryFormatIsOpened(t *testing.T) {
	o := booktest.ODSCell
	row := `<table:table-row>` + o("a") + o("b") + `</table:table-row>`
	for name, content := range map[string]string{
		"ODS":      booktest.ODS(t, row),
		"flat ODS": `<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><table:table table:name="S">` + row + `</table:table></office:document>`,
		"XML":      `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet Name="S"><Table><Row><Cell><Data Type="String">a</Data></Cell><Cell><Data Type="String">b</Data></Cell></Row></Table></Worksheet></Workbook>`,
		"HTML":     "<html><table><tr><td>a<td>b</table>",
		"XLSX": booktest.Zip(t, [2]string{"[Content_Types].xml", "<x/>"}, [2]string{"xl/workbook.xml", `<workbook xmlns:r="r"><sheet name="S" r:id="a"/></workbook>`},
			[2]string{"xl/_rels/workbook.xml.rels", `<x><Relationship Id="a" Type="worksheet" Target="worksheets/s.xml"/></x>`},
			[2]string{"xl/worksheets/s.xml", `<worksheet><sheetData><row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row></sheetData></worksheet>`}),
	} {
		f := file(t, content)
		b, err := books.Open(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := booktest.Shown(t, b, ""); got != "1 \"a\" \"b\"\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, err := books.Open(file(t, "a,b\n")); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a text: %v", err)
	}
}

func TestSheetsAreListed(t *testing.T) {
	row := `<table:table-row>` + booktest.ODSCell("a") + `</table:table-row>`
	f := file(t, booktest.ODS(t, `</table:table><table:table table:name="Hidden" table:style-name="ta2">`+row+`</table:table><table:table table:name="Full">`+row))
	all, first, err := books.Default(f)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]sheet.Info{{Name: "Cases"}, {Name: "Hidden", Hidden: true}, {Name: "Full"}}, all); d != "" || first != 2 {
		t.Errorf("the first is %d (-want +got)\n%s", first, d)
	}
	filled, err := books.Filled(f)
	if d := cmp.Diff([]sheet.Info{{Name: "Full"}}, filled); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	if _, err := books.Sheets(file(t, "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><")); errs.As(err) == nil || errs.As(err).Args()["file"] != "book.xls" {
		t.Errorf("a damaged one: %v", err)
	}
}
