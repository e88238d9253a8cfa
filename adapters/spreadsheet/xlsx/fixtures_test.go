package xlsx_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/adapters/spreadsheet/xlsx"
)

// fixtures are files of many origins beside the repository.
func fixtures(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "fixtures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	return dir
}

func filesOf(t testing.TB, dir string, endings ...string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		for _, e := range endings {
			if err == nil && !d.IsDir() && strings.HasSuffix(strings.ToLower(path), e) {
				all = append(all, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rawCells returns the raw texts of a sheet without blanks at the ends.
func rawCells(t *testing.T, f sheet.Feed) [][]string {
	t.Helper()
	var all [][]string
	for {
		r, err := f.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Cells) == 0 {
			continue
		}
		for len(all) < r.No {
			all = append(all, nil)
		}
		for _, c := range r.Cells {
			for len(all[r.No-1]) < c.Col {
				all[r.No-1] = append(all[r.No-1], "")
			}
			if c.Kind == adapters.Text || c.Kind == adapters.Bad {
				all[r.No-1][c.Col-1] = strings.TrimSpace(c.Raw)
			} else {
				all[r.No-1][c.Col-1] = "typed"
			}
		}
	}
}

// Every workbook of the fixtures is read cell by cell as another reader reads it.
func TestWorkbooksAreReadAsByAnotherReader(t *testing.T) {
	files := filesOf(t, fixtures(t), ".xlsx")
	if len(files) < 50 {
		t.Fatalf("only %d workbooks", len(files))
	}
	for _, path := range files {
		other, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		file, err := place.On(path).Open()
		if err != nil {
			t.Fatal(err)
		}
		book, err := xlsx.Open(file)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for i, info := range book.Sheets() {
			f, err := book.Open(i)
			if err != nil {
				t.Fatal(err)
			}
			got := rawCells(t, f)
			want, err := other.GetRows(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			compareCells(t, filepath.Base(path)+" "+info.Name, want, got)
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if len(book.Sheets()) != len(other.GetSheetList()) {
			t.Errorf("%s: %d sheets, want %d", path, len(book.Sheets()), len(other.GetSheetList()))
		}
		_, _ = book.Close(), other.Close()
	}
}

// compareCells compares texts; where one reader knows a type the other has some
// text.
func compareCells(t *testing.T, name string, want, got [][]string) {
	t.Helper()
	at := func(all [][]string, r, c int) string {
		if r < len(all) && c < len(all[r]) {
			return strings.TrimSpace(all[r][c])
		}
		return ""
	}
	for r := range max(len(want), len(got)) {
		for c := range 200 {
			w, g := at(want, r, c), at(got, r, c)
			if w != g && (g != "typed" || w == "") {
				t.Errorf("%s row %d column %d: %d bytes, want %d", name, r+1, c+1, len(g), len(w))
				return
			}
		}
	}
}
