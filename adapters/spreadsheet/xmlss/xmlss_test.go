package xmlss_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/adapters/spreadsheet/xmlss"
)

const book = `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Cases"><Table>
<Row><Cell><Data ss:Type="String">No</Data></Cell><Cell><Data ss:Type="String">Opened</Data></Cell><Cell ss:Index="4"><ss:Data ss:Type="String"><B>Su</B>m</ss:Data><Comment><ss:Data>of all</ss:Data></Comment></Cell></Row>
<Row ss:Index="3" ss:Hidden="1"><Cell ss:MergeDown="1"><Data ss:Type="String">a</Data></Cell><Cell><Data ss:Type="DateTime">2016-10-22T00:00:00.000</Data></Cell><Cell ss:Index="4"><Data ss:Type="Number">1.5E2</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="Error">#N/A</Data></Cell><Cell ss:MergeAcross="1"><Data ss:Type="Boolean">1</Data></Cell></Row></Table></Worksheet>
<Worksheet ss:Name="Old"><Table><Row><Cell><Data ss:Type="Number">n/a</Data></Cell></Row></Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>`

func TestWorkbooksInXMLAreRead(t *testing.T) {
	b, err := xmlss.Open(booktest.Opener(book))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]sheet.Info{{Name: "Cases"}, {Name: "Old", Hidden: true}}, b.Sheets()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	want := `1 "No" "Opened" - "Sum"
2
3 hidden "a" "2016-10-22" - "150"
4 "a" -!formula_without_value "true" "true"
`
	if d := cmp.Diff(want, booktest.Shown(t, b, "Cases")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := booktest.Shown(t, b, "Old"); got != "1 \"n/a\"\n" {
		t.Error(got)
	}
}

// Some programs write a day as its number, in a style that shows a day.
func TestNumbersInTheStyleOfDaysAreDays(t *testing.T) {
	styled := func(settings string) string {
		return `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">` + settings + `<Styles><Style ss:ID="s1"><NumberFormat ss:Format="dd/mm/yyyy"/></Style><Style ss:ID="s2"><NumberFormat ss:Format="Short Date"/></Style>` +
			`<Style ss:ID="s3"><NumberFormat ss:Format="Standard"/></Style><Style ss:ID="s4"/></Styles><Worksheet ss:Name="Cases"><Table><Row ss:StyleID="s1"><Cell><Data ss:Type="Number">42665</Data></Cell>` +
			`<Cell ss:StyleID="s2"><Data ss:Type="Number">42665</Data></Cell><Cell ss:StyleID="s3"><Data ss:Type="Number">42665</Data></Cell><Cell ss:StyleID="s4"><Data ss:Type="Number">42665</Data></Cell></Row></Table></Worksheet></Workbook>`
	}
	for _, c := range []struct{ settings, want string }{
		{"", "1 \"2016-10-22\" \"2016-10-22\" \"42665\" \"42665\"\n"},
		{"<ExcelWorkbook><Date1904/></ExcelWorkbook>", "1 \"2020-10-23\" \"2020-10-23\" \"42665\" \"42665\"\n"},
	} {
		b, err := xmlss.Open(booktest.Opener(styled(c.settings)))
		if err != nil {
			t.Fatal(err)
		}
		if got := booktest.Shown(t, b, "Cases"); got != c.want {
			t.Errorf("%s: %s", c.settings, got)
		}
	}
}

func TestDocumentTypesAreRefused(t *testing.T) {
	_, err := xmlss.Open(booktest.Opener(strings.Replace(book, "<Workbook", "<!DOCTYPE x [<!ENTITY e \"a\">]><Workbook", 1)))
	if !errors.Is(err, adapters.ErrUnreadable) {
		t.Error(err)
	}
}

// FuzzXML reads any XML as a workbook.
func FuzzXML(f *testing.F) {
	f.Add(book)
	f.Fuzz(func(t *testing.T, content string) {
		b, err := xmlss.Open(booktest.Opener(content))
		if err != nil || len(b.Sheets()) == 0 {
			return
		}
		feed, err := b.Open(0)
		for last := 0; err == nil; {
			var r sheet.Row
			if r, err = feed.Next(); err == nil && r.No <= last {
				t.Fatalf("row %d after row %d", r.No, last)
			}
			last = r.No
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, adapters.ErrUnreadable) && !errors.Is(err, adapters.ErrBomb) && !errors.Is(err, adapters.ErrTooManyCells) && !errors.Is(err, adapters.ErrTooLarge) {
			t.Fatal(err)
		}
	})
}
