package spreadsheet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// at opens a source by settings wherever its file lies.
func at(s Settings) func(place.Place) (adapters.Source, error) {
	return func(p place.Place) (adapters.Source, error) { return Open(p, s) }
}

// opener opens the same file each time.
func opener(path string, s Settings) func() (adapters.Source, error) {
	return func() (adapters.Source, error) { return Open(place.On(path), s) }
}

func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// register is a file that has what people do to files.
func register(rows int) string {
	var b strings.Builder
	b.WriteString("Example office;;;\n\nNo;Client;Note;Amount\n")
	for i := range rows {
		switch {
		case i%100 == 99:
			b.WriteString("Sub-total;;;R 100,00\n")
		case i%100 == 50:
			b.WriteString(";;;\nNo;Client;Note;Amount\n")
		case i%100 == 20:
			fmt.Fprintf(&b, "%d;\";\"two\nlines\";1\n", i)
		case i%100 == 30:
			fmt.Fprintf(&b, "%d;Canary;a;1;b\n", i)
		default:
			fmt.Fprintf(&b, "%d;Canary Mu\xf1oz;\"He said \"go\"; twice\";R 1 200,50\n", i)
		}
	}
	return b.String()
}

func workbook(t testing.TB, rows int) string {
	t.Helper()
	f := excelize.NewFile()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w, err := f.NewStreamWriter("Sheet1")
	must(err)
	must(w.SetRow("A1", []any{"No", "Client", "Opened"}))
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(err)
	for i := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		must(err)
		must(w.SetRow(cell, []any{i, "Canary", excelize.Cell{Value: 42665 + i%100, StyleID: style}}))
	}
	must(w.Flush())
	path := filepath.Join(t.TempDir(), "book.xlsx")
	must(f.SaveAs(path))
	must(f.Close())
	return path
}

func TestSourcesKeepTheContract(t *testing.T) {
	keyvalue := "OFFICE,account=1\n" + strings.Repeat("OUTCOME,name=Canary,ref=x,,\nSCHEDULE,period=2\nOUTCOME,name=Canary,ref=y,name=again\n", 700)
	for name, c := range map[string]struct {
		path     string
		settings Settings
	}{
		"delimited": {file(t, "register.csv", register(2500)), Settings{Tables: map[string]Table{"visits": {Ditto: []string{"Client"}}}}},
		"keyvalue":  {file(t, "claim.csv", keyvalue), Settings{Tables: map[string]Table{"claims": {Format: KeyValue, Record: "OUTCOME", Inherit: []string{"OFFICE", "SCHEDULE"}}}}},
		"workbook":  {workbook(t, 1500), Settings{}},
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{File: c.path, At: at(c.settings), Canary: "Canary"})
		})
	}
}

func TestHostileFilesEnd(t *testing.T) {
	all := map[string]func() (adapters.Source, error){}
	for name, content := range map[string]string{
		"nothing":                "",
		"a mark alone":           "\xef\xbb\xbf",
		"NUL bytes":              strings.Repeat("\x00", 10_000),
		"one endless line":       "a,b\n" + strings.Repeat("Canary", 1_000_000),
		"one endless quote":      "a,b\n1,\"" + strings.Repeat("Canary\n", 50_000),
		"a quote on every line":  "a,b,c\n" + strings.Repeat("1,\"Canary,2\n", 10_000),
		"quotes alone":           strings.Repeat("\"", 100_000),
		"delimiters alone":       strings.Repeat(";", 1_000_000),
		"many blank lines":       "a;b\n" + strings.Repeat("\n", 200_000),
		"very wide":              strings.Repeat("Canary;", 50_000) + "\n1;2\n",
		"CR and LF at random":    "a;b\r\r\n\n1;Canary\r2;3\n\r\n",
		"broken UTF-16":          "\xff\xfea\x00;\x00b",
		"bytes of every kind":    everyByte(),
		"a zip that is none":     "PK\x03\x04Canary",
		"no header to be found":  "1;2\n3;4\n",
		"formulas in every cell": "name;note\n=cmd|' /C calc'!A0;@SUM(1)\n",
	} {
		all[name] = opener(file(t, "hostile.csv", content), Settings{})
		all[name+", declared"] = opener(file(t, "hostile.csv", content), Settings{Tables: map[string]Table{
			"t": {Encoding: "utf-8", Delimiter: ",", Columns: []string{"a", "b"}, Ditto: []string{"a"}},
		}})
		all[name+", keys and values"] = opener(file(t, "hostile.csv", content), Settings{Tables: map[string]Table{"t": {Format: KeyValue, Record: "a"}}})
	}
	all["a folder"] = opener(t.TempDir(), Settings{})
	all["a file that is not there"] = opener(filepath.Join(t.TempDir(), "none.csv"), Settings{})
	all["a workbook cut short"] = opener(cutShort(t), Settings{})
	adaptertest.Run(t, adaptertest.Harness{
		Open: opener(file(t, "good.csv", "name;note\nCanary;1\n"), Settings{}), Hostile: all, Canary: "Canary",
	})
}

func everyByte() string {
	var b strings.Builder
	for i := range 100_000 {
		b.WriteByte(byte(i * 7))
	}
	return b.String()
}

func cutShort(t *testing.T) string {
	b, err := os.ReadFile(workbook(t, 50))
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "cut.xlsx", string(b[:len(b)/2]))
}

// The one sheet that nobody named is read without its name, which may be somebody's.
func TestAPlaceHasNoNameOfASheetThatNobodyNamed(t *testing.T) {
	f := excelize.NewFile()
	if err := errors.Join(f.SetSheetName("Sheet1", "Canary"), f.SetSheetRow("Canary", "A1", &[]any{"No", "Note"}), f.SetSheetRow("Canary", "A2", &[]any{1, "x"})); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := errors.Join(f.SaveAs(path), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Settings{{}, {Tables: map[string]Table{OnlyTable: {}}}, {Tables: map[string]Table{OnlyTable: {HeaderRows: []int{1}}}}} {
		src, err := Open(place.On(path), s)
		if err != nil {
			t.Fatal(err)
		}
		all := recordsOf(t, src, OnlyTable)
		if len(all) != 1 || all[0].Loc.String() != "book.xlsx:2" {
			t.Errorf("%d records, the first at %v", len(all), all)
		}
	}
}

func TestAnEmptyFileIsSaidToBeEmpty(t *testing.T) {
	for _, content := range []string{"", "\xef\xbb\xbf"} {
		s, err := Open(place.On(file(t, "empty.csv", content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); errors.Is(err, adapters.ErrEmptyFile) != (content == "") || err == nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}
