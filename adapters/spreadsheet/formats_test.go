package spreadsheet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/booktest"
)

func readBook(t testing.TB, path string, table Table) string {
	t.Helper()
	s, err := Open(place.On(path), Settings{Tables: map[string]Table{"t": table}})
	if err != nil {
		t.Fatal(err)
	}
	return shown(recordsOf(t, s, "t"))
}

func TestEachSheetIsATable(t *testing.T) {
	second := booktest.ODSCell("x") + booktest.ODSCell("y") + `</table:table-row><table:table-row>` + booktest.ODSCell("1") + booktest.ODSCell("2") + `</table:table-row>`
	content := booktest.ODS(t, `<table:table-row>`+booktest.ODSCell("a")+booktest.ODSCell("b")+`</table:table-row><table:table-row>`+booktest.ODSCell("p")+booktest.ODSCell("q")+`</table:table-row>`+
		`</table:table><table:table table:name="Empty" table:style-name="ta1"></table:table>`+
		`<table:table table:name="Old ones" table:style-name="ta2"><table:table-row>`+second)
	s, err := Open(place.On(file(t, "book.ods", content)), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Streams) != 2 || cat.Streams[0].Name != OnlyTable || cat.Streams[1].Name != "Old ones" || !cat.Streams[1].Hidden {
		t.Errorf("streams %+v", cat.Streams)
	}
	if notes := strings.Join(cat.Streams[0].Notes, "; "); !strings.Contains(notes, `no table was found in "Empty"`) {
		t.Errorf("notes %s", notes)
	}
	if got := shown(recordsOf(t, s, "Old ones")); got != "2 \"1\" \"2\"\n" {
		t.Error(got)
	}
}

func TestFilesOfAFolderMakeOneTable(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"register-2.csv": "Note,No\nc,3\n", "register-1.csv": "No,Note\n1,a\n2,b\n", "other.csv": "x;y\n1;2\n", "readme.md": "no", ".hidden.csv": "a,b\n", "~$register-3.csv": "a,b\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "2 \"1\" \"a\"\n3 \"2\" \"b\"\n2 \"c\" \"3\"\n"
	if d := cmp.Diff(want, readBook(t, dir, Table{File: "register*.csv"})); d != "" {
		t.Errorf("by a setting (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want, readBook(t, filepath.Join(dir, "register*.csv"), Table{})); d != "" {
		t.Errorf("by a pattern (-want +got)\n%s", d)
	}
	s, err := Open(place.On(dir), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, st := range cat.Streams {
		names = append(names, st.Name)
	}
	if d := cmp.Diff([]string{"other", "register-1", "register-2"}, names); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	open := func() (adapters.Source, error) {
		return Open(place.On(dir), Settings{Tables: map[string]Table{"all": {File: "register*"}}})
	}
	adaptertest.Run(t, adaptertest.Harness{Open: open})
}

func TestPackedFilesAreRead(t *testing.T) {
	want := "2 \"1\" \"x\"\n"
	csv := "a,b\n1,x\n"
	for name, content := range map[string]string{
		"one.csv.gz": booktest.Gzip(t, csv),
		"one.zip":    booktest.Zip(t, [2]string{"folder/", ""}, [2]string{"folder/one.csv", csv}, [2]string{"__MACOSX/folder/._one.csv", "x"}, [2]string{"notes.pdf", "x"}),
		"sheet.zip":  booktest.Zip(t, [2]string{"in.ods", booktest.ODS(t, `<table:table-row>`+booktest.ODSCell("a")+booktest.ODSCell("b")+`</table:table-row><table:table-row>`+booktest.ODSCell("1")+booktest.ODSCell("x")+`</table:table-row>`)}),
	} {
		if d := cmp.Diff(want, readBook(t, file(t, name, content), Table{})); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}
