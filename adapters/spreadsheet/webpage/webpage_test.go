package webpage_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/adapters/spreadsheet/webpage"
)

const page = `<html><head><meta charset="windows-1252"></head><body><table border=1><tr><th>No<th>Client<th>Note
<tr><td>1<td>Jos&eacute; <b>Mu` + "\xf1" + `oz</b><td rowspan=2>same<br>for both</td></tr><tr><td>2</td><td>A &amp; B
and  C</td></tr></table><table><tr><td>x</td><td>y</td></tr><tr><td>1</td><td>2</td></tr></table></body></html>`

func open(t testing.TB, content string) sheet.Book {
	t.Helper()
	b, err := webpage.Open(booktest.Opener(content), charset.Western, "guessed")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTablesOfAPageAreSheets(t *testing.T) {
	b := open(t, page)
	want := `1 "No" "Client" "Note"
2 "1" "José Muñoz" "same\nfor both"
3 "2" "A & B and C" "same\nfor both"
`
	if d := cmp.Diff(want, booktest.Shown(t, b, "")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := booktest.Shown(t, b, "table 2"); got != "1 \"x\" \"y\"\n2 \"1\" \"2\"\n" {
		t.Error(got)
	}
	if len(b.Sheets()) != 2 {
		t.Errorf("%d sheets", len(b.Sheets()))
	}
}

// Ends may be left out; the end of a table ends what is in it.
func TestATableEndsWhereItEnds(t *testing.T) {
	for name, content := range map[string]string{
		"with all ends":    "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table><table><tr><td>other</td></tr></table>",
		"without any":      "<table><tr><td>a<td>b<tr><td>1<td>2</table><table><tr><td>other</table>",
		"never closed":     "<table><tr><td>a<td>b<tr><td>1<td>2",
		"a table inside":   "<table><tr><td>a<td>b<tr><td><table><tr><td>1</td></tr></table><td>2</table>",
		"columns together": "<table><tr><td>a<td>b<tr><td>1<td colspan=0>2</table>",
	} {
		if got := booktest.Shown(t, open(t, content), ""); got != "1 \"a\" \"b\"\n2 \"1\" \"2\"\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// FuzzWebPage reads any markup as tables.
func FuzzWebPage(f *testing.F) {
	f.Add(page)
	f.Fuzz(func(t *testing.T, content string) {
		b := open(t, "<html>"+content)
		if len(b.Sheets()) == 0 {
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
	})
}

// A short page must not say of columns without end that a cell covers them.
func TestCellsThatCoverEverythingTakeLittleMemory(t *testing.T) {
	b := open(t, "<table><tr>"+strings.Repeat("<td rowspan=4096 colspan=4096>x", 300)+"<tr><td>y</table>")
	f, err := b.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := f.Next()
	runtime.ReadMemStats(&after)
	if err != nil || len(r.Cells) != 1 {
		t.Errorf("%d cells, %v; only the first is inside the sheet", len(r.Cells), err)
	}
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 8 {
		t.Errorf("%d MB for one row", took)
	}
	if n := len(f.Merged()); n != 1 {
		t.Errorf("%d merged cells, want the one inside the sheet", n)
	}
	if r, err = f.Next(); err != nil || len(r.Cells) != 0 {
		t.Errorf("%d cells below, %v; a cell above covers all of them", len(r.Cells), err)
	}
}
