package files_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/files"
	"casehub/internal/errs"
)

// What nobody here can read is refused with the reason.
func TestFilesAreRefusedWithTheReason(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          error
		program       string
	}{
		{"protected.xlsx", booktest.Compound("EncryptedPackage", "x"), adapters.ErrEncrypted, ""},
		{"protected.ods", booktest.Zip(t, [2]string{"mimetype", booktest.ODSType}, [2]string{"META-INF/manifest.xml", "<manifest:encryption-data/>"}, [2]string{"content.xml", "x"}), adapters.ErrEncrypted, ""},
		{"text.xls", booktest.Compound("WordDocument", "x"), adapters.ErrOtherProgram, "Word"},
		{"mail.xls", booktest.Compound("Something", "x"), adapters.ErrUnreadable, ""},
		{"table.numbers", booktest.Zip(t, [2]string{"Index/Document.iwa", "x"}), adapters.ErrOtherProgram, "Apple Numbers"},
		{"table.xlsb", booktest.Zip(t, [2]string{"[Content_Types].xml", "x"}, [2]string{"xl/workbook.bin", "x"}), adapters.ErrOtherProgram, "XLSB"},
		{"letter.docx", booktest.Zip(t, [2]string{"[Content_Types].xml", "x"}, [2]string{"word/document.xml", "x"}), adapters.ErrOtherProgram, "Word"},
		{"letter.odt", booktest.Zip(t, [2]string{"mimetype", "application/vnd.oasis.opendocument.text"}, [2]string{"content.xml", "x"}), adapters.ErrOtherProgram, "OpenDocument"},
		{"casos.slk", "ID;PWXL;N;E\r\n", adapters.ErrOtherProgram, "SYLK"},
		{"casos.dif", "TABLE\r\n0,1\r\n\"x\"\r\n", adapters.ErrOtherProgram, "DIF"},
		{"casos.wk1", "\x00\x00\x02\x00\x06\x04\x06\x00", adapters.ErrOtherProgram, "Lotus 1-2-3"},
		{"casos.dbf", "\x03\x7b\x02\x13\x0a\x00\x00\x00\x61\x00\x65\x00" + strings.Repeat("\x00", 100), adapters.ErrOtherProgram, "dBase"},
		{"scan.csv", "%PDF-1.7\n", adapters.ErrOtherProgram, "PDF"},
		{"pictures.zip", booktest.Zip(t, [2]string{"a.png", "x"}), adapters.ErrNoFiles, ""},
		{"outside.zip", booktest.Zip(t, [2]string{"../../a.csv", "a,b\n1,2\n"}), adapters.ErrUnsafeName, ""},
		{"absolute.zip", booktest.Zip(t, [2]string{"/etc/a.csv", "a,b\n1,2\n"}), adapters.ErrUnsafeName, ""},
		{"drive.zip", booktest.Zip(t, [2]string{"C:\\a.csv", "a,b\n1,2\n"}), adapters.ErrUnsafeName, ""},
		{"twice.zip", booktest.Zip(t, [2]string{"a.csv", "a,b\n1,2\n"}, [2]string{"a.csv", "a,b\n"}), adapters.ErrUnsafeName, ""},
		{"bomb.zip", booktest.Zip(t, [2]string{"a.csv", strings.Repeat("\x00", 40<<20)}), adapters.ErrBomb, ""},
		{"bomb.csv.gz", booktest.Gzip(t, strings.Repeat("a,b\n", 10<<20)), adapters.ErrBomb, ""},
	} {
		_, err := files.List(t.Context(), place.Bytes(c.name, []byte(c.content)), func(name string) bool { return strings.HasSuffix(name, ".csv") })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
			continue
		}
		e := errs.As(err).Args()
		if e["file"] != c.name && c.name != "bomb.zip" || c.program != "" && e["program"] != c.program {
			t.Errorf("%s: the error says %v", c.name, e)
		}
	}
}

// A file is what its bytes say, whatever it is called. Three letters of Windows-1251 are
// not the three bytes that a JPEG begins with.
func TestKindsAreToldByContent(t *testing.T) {
	for content, want := range map[string]files.Kind{
		"a,b\n1,2\n": files.Text, "": files.Text, "PK is how a text may begin": files.Text, booktest.Gzip(t, "a,b\n"): files.Text,
		"<html><table>": files.HTML, "\xef\xbb\xbf \n<!DOCTYPE HTML>": files.HTML, "<?xml version=\"1.0\"?><html>": files.HTML, "<table><tr>": files.HTML,
		`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`: files.XML,
		`<?xml version="1.0"?><list/>`: files.Text,
		booktest.ODS(t, ""):            files.ODS,
		booktest.Zip(t, [2]string{"[Content_Types].xml", "x"}, [2]string{"xl\\workbook.xml", "x"}): files.XLSX,
		booktest.Compound("Workbook", "x"): files.XLS,

		"\xd4\xe0\xec\xe8\xeb\xe8\xff;\xc8\xec\xff\n1;2\n": files.Text,

		`<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">`: files.FlatODS,

		"\x09\x08\x08\x00\x00\x06\x05\x00\x00\x00\x00\x00": files.XLS,
	} {
		all, err := files.List(t.Context(), place.Bytes("export.xls", []byte(content)), nil)
		if err != nil || len(all) != 1 || all[0].Kind != want {
			t.Errorf("%.20q: %d files, %v", content, len(all), err)
		}
	}
}

// Files of a folder and of an archive come in the order of their names; what programs
// leave behind does not.
func TestFilesOfAFolderAndOfAnArchive(t *testing.T) {
	inside := map[string]string{"b.csv": "2", "a.csv": "1", "readme.md": "no", ".hidden.csv": "no", "~$b.csv": "no"}
	dir := t.TempDir()
	var packed [][2]string
	for _, name := range []string{"b.csv", "a.csv", "readme.md", ".hidden.csv", "~$b.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(inside[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		packed = append(packed, [2]string{"folder/" + name, inside[name]})
	}
	packed = append(packed, [2]string{"__MACOSX/folder/._a.csv", "x"})
	prints := map[string]bool{}
	for name, at := range map[string]place.Place{
		"folder": place.On(dir), "pattern": place.On(filepath.Join(dir, "?.csv")), "archive": place.Bytes("all.zip", []byte(booktest.Zip(t, packed...))),
	} {
		all, err := files.List(t.Context(), at, func(name string) bool { return files.HasEnding(name, []string{".csv"}) })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || !f.Fits(f.Pattern()) || !f.Fits("[AB].csv") || f.Fits("x*") {
				t.Errorf("%s: %s, %v", name, f.Name, err)
			}
			got = append(got, f.Name+"="+string(b))
		}
		if d := cmp.Diff([]string{"a.csv=1", "b.csv=2"}, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
		prints[files.Fingerprint(all)] = true
	}
	if len(prints) != 2 { // names in the archive are others
		t.Errorf("%d fingerprints", len(prints))
	}
}

func TestTextsAreReadInUTF8(t *testing.T) {
	content := booktest.Zip(t, [2]string{"a.json", "\xff\xfe{\x00}\x00"}, [2]string{"b.json", "\"Mu\xf1oz\""}, [2]string{"c.csv", "x"})
	all, print, err := files.Texts(t.Context(), place.Bytes("all.zip", []byte(content)), "", ".json")
	if err != nil || len(all) != 2 || len(print) != 64 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	for i, want := range []string{"{}", "\"Muñoz\""} {
		r, err := all[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); string(b) != want || err != nil || r.Close() != nil {
			t.Errorf("%s: %q, %v", all[i].Name, b, err)
		}
	}
	if !all[0].Fits("a*") || all[0].Fits("b*") || !all[0].Fits("") {
		t.Error("patterns do not fit")
	}
	if _, _, err := files.Texts(t.Context(), place.Bytes("book.json", []byte(booktest.ODS(t, ""))), "", ".json"); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a workbook: %v", err)
	}
}
