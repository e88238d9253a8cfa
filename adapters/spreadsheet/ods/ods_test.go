package ods_test

import (
	"archive/zip"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/ods"
	"casehub/adapters/spreadsheet/sheet"
)

var o = booktest.ODSCell

func open(t testing.TB, content string) sheet.Book {
	t.Helper()
	b, err := ods.Open(booktest.File(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenDocumentIsRead(t *testing.T) {
	rows := `<table:table-column table:number-columns-repeated="16384"/>` +
		`<table:table-row>` + o("Name") + o("Born") + o("Sum") + o("Done") + o("At") + o("Calc") + `</table:table-row>` +
		`<table:table-row table:visibility="collapse">` + o("Zo&#235;<text:s text:c=\"2\"/>X") +
		`<table:table-cell office:value-type="date" office:date-value="2016-10-22T00:00:00"><text:p>22 Oct 16</text:p></table:table-cell>` +
		`<table:table-cell office:value-type="currency" calcext:value-type="currency" office:value="1200.5"><text:p>R 1 200,50</text:p></table:table-cell>` +
		`<table:table-cell office:value-type="boolean" office:boolean-value="true"/>` +
		`<table:table-cell office:value-type="time" office:time-value="PT10H30M00S"><text:p>10:30</text:p></table:table-cell>` +
		`<table:table-cell table:formula="of:=1+1"/></table:table-row>` +
		`<table:table-row table:number-rows-repeated="2">` + o("<text:span>a</text:span>b</text:p><text:p>c") + `<table:table-cell table:number-columns-repeated="3"/></table:table-row>` +
		`<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>` +
		`<table:table-row><table:table-cell office:value-type="string" table:number-rows-spanned="2"><text:p>m</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="8.001015009087E12"/></table:table-row>` +
		`<table:table-row><table:covered-table-cell/><table:table-cell office:value-type="float" office:value="1.2345678901234567E16"/>` +
		`<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>` +
		`<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`
	got := booktest.Shown(t, open(t, booktest.ODS(t, rows)), "Cases")
	want := `1 "Name" "Born" "Sum" "Done" "At" "Calc"
2 hidden "Zoë  X" "2016-10-22" "1200.5" "true" "10:30:00" -!formula_without_value
3 "ab\nc"
4 "ab\nc"
5
6
7
8 "m" "8001015009087"
9 "m" "12345678901234600"!id_destroyed -!formula_without_value
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// SheetJS and others write a day as the number that stands for it, in a cell whose style
// shows a day.
func TestNumbersInTheStyleOfDaysAreDays(t *testing.T) {
	flat := func(from string) string {
		return `<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:automatic-styles>` +
			`<number:date-style style:name="N37"><number:day/></number:date-style><number:number-style style:name="N2"/>` +
			`<style:style style:name="ce1" style:data-style-name="N37"/><style:style style:name="ce2" style:data-style-name="N2"/></office:automatic-styles>` +
			`<office:body><office:spreadsheet>` + from + `<table:table table:name="Cases"><table:table-row><table:table-cell table:style-name="ce1" office:value-type="float" office:value="42665.5"/>` +
			`<table:table-cell table:style-name="ce2" office:value-type="float" office:value="42665"/><table:table-cell office:value-type="float" office:value="42665"/></table:table-row></table:table></office:spreadsheet></office:body></office:document>`
	}
	for _, c := range []struct{ from, want string }{
		{"", "1 \"2016-10-22T12:00:00\" \"42665\" \"42665\"\n"},
		{`<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>`, "1 \"2020-10-23T12:00:00\" \"42665\" \"42665\"\n"},
	} {
		book, err := ods.OpenFlat(booktest.Opener(flat(c.from)))
		if err != nil {
			t.Fatal(err)
		}
		if got := booktest.Shown(t, book, "Cases"); got != c.want {
			t.Errorf("%s: %s", c.from, got)
		}
	}
}

// What stands in a cell beside its text is not its text.
func TestNotesAndDrawingsAreNoText(t *testing.T) {
	cell := `<table:table-cell office:value-type="string"><office:annotation><text:p>a note</text:p></office:annotation><text:p>one<text:tab/>two<text:line-break/>three</text:p>` +
		`<table:shapes><draw:frame><text:p>a picture</text:p></draw:frame></table:shapes></table:table-cell>`
	if got := booktest.Shown(t, open(t, booktest.ODS(t, `<table:table-row>`+cell+`</table:table-row>`)), ""); got != "1 \"one\\ttwo\\nthree\"\n" {
		t.Error(got)
	}
}

func TestHiddenSheetsAreKnown(t *testing.T) {
	book := open(t, booktest.ODS(t, `<table:table-row>`+o("a")+`</table:table-row></table:table><table:table table:name="Old" table:style-name="ta2"><table:table-row>`+o("x")+`</table:table-row>`))
	if d := cmp.Diff([]sheet.Info{{Name: "Cases"}, {Name: "Old", Hidden: true}}, book.Sheets()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := booktest.Shown(t, book, "Old"); got != "1 \"x\"\n" {
		t.Error(got)
	}
}

func TestAFileThatIsNotPackedIsRead(t *testing.T) {
	flat := `<?xml version="1.0"?><office:document><office:body><office:spreadsheet><table:table table:name="S"><table:table-row>` + o("a") + `</table:table-row></table:table></office:spreadsheet></office:body></office:document>`
	b, err := ods.OpenFlat(booktest.Opener(flat))
	if err != nil {
		t.Fatal(err)
	}
	if got := booktest.Shown(t, b, "S"); got != "1 \"a\"\n" {
		t.Error(got)
	}
}

func TestOtherDocumentsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		content string
		want    error
	}{
		{"a spreadsheet", booktest.ODS(t, ""), nil},
		{"a letter", booktest.Zip(t, [2]string{"mimetype", "application/vnd.oasis.opendocument.text"}), adapters.ErrOtherProgram},
		{"protected", booktest.Zip(t, [2]string{"mimetype", booktest.ODSType}, [2]string{"META-INF/manifest.xml", "<manifest:encryption-data/>"}), adapters.ErrEncrypted},
	} {
		z, err := zip.NewReader(strings.NewReader(c.content), int64(len(c.content)))
		if err != nil {
			t.Fatal(err)
		}
		if err := ods.Check(z); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// read reads the first sheet to its end.
func read(t testing.TB, content string) error {
	t.Helper()
	b, err := ods.Open(booktest.File(t, content))
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

func TestWhatGrowsOutOfNothingIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"rows":     {booktest.ODS(t, `<table:table-row table:number-rows-repeated="1000000">`+o("a")+o("b")+`</table:table-row>`), adapters.ErrBomb},
		"columns":  {booktest.ODS(t, `<table:table-row><table:table-cell table:number-columns-repeated="100000" office:value-type="float" office:value="1"/></table:table-row>`), adapters.ErrTooManyCells},
		"elements": {booktest.ODS(t, strings.Repeat("<a>", 1000)), adapters.ErrBomb},
		"entities": {booktest.Zip(t, [2]string{"content.xml", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`}), adapters.ErrUnreadable},
		"no sheet": {booktest.Zip(t, [2]string{"mimetype", booktest.ODSType}), adapters.ErrUnreadable},
	} {
		if err := read(t, c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// FuzzOpenDocument reads any XML as a workbook.
func FuzzOpenDocument(f *testing.F) {
	f.Add(`<table:table-row>` + o("a") + o("b") + `</table:table-row><table:table-row table:number-rows-repeated="3">` + o("1") + `</table:table-row>`)
	f.Add(`<table:table-row><table:table-cell table:number-columns-spanned="3" table:number-rows-spanned="9" office:value-type="date" office:date-value="2020-01-01"/>`)
	f.Fuzz(func(t *testing.T, rows string) { _ = read(t, booktest.ODS(t, rows)) })
}
