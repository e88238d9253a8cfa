package spreadsheet

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// nasty are cells that readers of CSV have stumbled over.
var nasty = []string{
	"a\x1fb\x1fc\x1e1\x1f2\x1f3",
	"\"\x1f\"\"\x1f,\x1e\"x\x1fx\"\x1f\"x\"",
	"He said \"go\"\x1fand, left\x1f\"\",\"\"\x1e1\x1f2\x1f3",
	" padded \x1f\t\x1f\u00a0\x1e,\x1f;\x1f|",
	"sep=;\x1fx\x1fy\x1eTotal\x1f1\x1f2\x1eidem\x1f\"\x1f-\"-",
	"=1+1\x1f@SUM(A1)\x1f+27 82 555 0100\x1e-3\x1f'x\x1f#REF!",
	"\x1f\x1f\x1e\x1fx\x1f\x1e\x1f\x1f",
	"\ufeffx\x1fMu\u00c3\u00b1oz\x1f\U0001f600\u0301\x1e\u2028\x1f\u0085\x1f\v\f",
	"a\x1fb\x1fc\x1ea\x1fb\x1fc\x1e\\\x1f\\\"\x1f\\n",
	strings.Repeat("x", 9000) + "\x1f\"" + strings.Repeat("\",\"", 400) + "\x1f\"",
}

// cellsOf cuts any text into rows of three cells without line ends.
func cellsOf(text string) (rows [][]string) {
	for line := range strings.SplitSeq(text, "\x1e") {
		row := append(strings.Split(line, "\x1f"), "", "")[:3]
		rows = append(rows, row)
	}
	return rows
}

// written writes rows as CSV with every cell in quotes, as RFC 4180 says.
func written(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// FuzzWritten writes any cells as the standard says and reads them: every row comes
// once, in its place, with the cells that it has, and what was read and is written
// again is read the same.
func FuzzWritten(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n") || len(text) > 1<<16 {
			return
		}
		rows := cellsOf(text)
		for range 2 {
			all := readAll(t, written(rows), Table{Columns: []string{"a", "b", "c"}, Encoding: "utf-8", Delimiter: ",", Drop: []string{}})
			if len(all) != len(rows) {
				t.Fatalf("%d rows come of %d", len(all), len(rows))
			}
			read := make([][]string, len(all))
			for i, r := range all {
				if r.Loc.Row != int64(i+1) || r.Skip != "" {
					t.Fatalf("row %d comes as row %d, left out as %q", i+1, r.Loc.Row, r.Skip)
				}
				read[i] = []string{r.At(0).Raw, r.At(1).Raw, r.At(2).Raw}
				if want := meant(rows[i]); !slices.Equal(read[i], want) {
					t.Fatalf("row %d is read as %q, want %q (%v)", i+1, read[i], want, r.Problems)
				}
			}
			rows = read
		}
	})
}

// meant is what cells are to be read as: themselves, without the control characters
// that no program shows.
func meant(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, cell)
	}
	return out
}
