package adaptertest

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"casehub/adapters"
)

// File writes a file into a folder of the test's own and returns its path.
func File(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Zip packs files, each a name and its content, in their order.
func Zip(t testing.TB, files ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ZipFile packs files by their names into one and returns its path.
func ZipFile(t testing.TB, name string, files map[string]string) string {
	t.Helper()
	var all [][2]string
	for _, n := range slices.Sorted(maps.Keys(files)) {
		all = append(all, [2]string{n, files[n]})
	}
	return File(t, name, Zip(t, all...))
}

// Sheet is one sheet of a workbook.
type Sheet struct {
	Name string
	Rows [][]any
}

// Workbook writes an XLSX file of some sheets.
func Workbook(t testing.TB, sheets ...Sheet) string {
	t.Helper()
	f := excelize.NewFile()
	for i, s := range sheets {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", s.Name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := f.NewSheet(s.Name); err != nil {
			t.Fatal(err)
		}
		for k, row := range s.Rows {
			if err := f.SetSheetRow(s.Name, "A"+strconv.Itoa(k+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Records reads all records of a stream.
func Records(t testing.TB, src adapters.Source, stream string) (all []adapters.Record) {
	t.Helper()
	err := src.Read(t.Context(), stream, "", func(r adapters.Record) error {
		all = append(all, r)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Text writes a value out: a list as [A,B] in the order of its texts.
func Text(v adapters.Value) string {
	if v.List == nil {
		return v.Raw
	}
	var parts []string
	for _, e := range v.List {
		parts = append(parts, e.Raw)
	}
	slices.Sort(parts)
	return "[" + strings.Join(parts, ",") + "]"
}

// Line writes a record out: its key, what is filled of it, its problems or why it is left
// out, and its children behind their names.
func Line(r *adapters.Record) string {
	var b strings.Builder
	b.WriteString(r.Key + "{")
	if r.Header != nil {
		for i, n := range r.Header.Names() {
			if v := r.At(i); !v.Null && (v.Raw != "" || v.List != nil) {
				b.WriteString(n + "=" + Text(v) + " ")
			}
		}
	}
	for _, p := range r.Problems {
		b.WriteString(string(p.Code) + "(" + p.Column + ") ")
	}
	b.WriteString(r.Skip)
	var names []string
	for n := range r.Children {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		for i := range r.Children[n] {
			b.WriteString(n + ":" + Line(&r.Children[n][i]))
		}
	}
	return strings.ReplaceAll(b.String()+"}", " }", "}")
}
