package delimited_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/delimited"
	"casehub/adapters/spreadsheet/sheet"
)

// open opens content as a file.
func open(t testing.TB, content string, s delimited.Settings) sheet.Lines {
	t.Helper()
	facts, err := charset.Survey(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r, err := delimited.Open(delimited.File{Open: booktest.Opener(content), Facts: facts}, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func all(t testing.TB, r sheet.Lines) (lines []sheet.Line) {
	t.Helper()
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
}

func TestRowsAreCutAsPeopleMeantThem(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"a quote inside a cell", "a,b\n1,He said \"go\" and left\n", `1 "a" "b"; 2 "1" "He said \"go\" and left"`},
		{"a quoted quote", "a,b\n1,\"He said \"\"go\"\"\"\n", `1 "a" "b"; 2 "1" "He said \"go\""`},
		{"a stray quote in a quoted cell", "a,b\n1,\"He said \"go\" twice\"\n", `1 "a" "b"; 2 "1" "He said \"go\" twice"`},
		{"a blank before the quote", "a,b\n1, \"x, y\"\n", `1 "a" "b"; 2 "1" "x, y"`},
		{"lines in a cell", "a,b,c\n1,\"x\ny\",z\n2,p,q\n", `1 "a" "b" "c"; 2 "1" "x\ny" "z"; 4 "2" "p" "q"`},
		{"a ditto mark alone", "a;b;c\n1;x;y\n2;\";z\n3;p;q\n", `1 "a" "b" "c"; 2 "1" "x" "y"; 3 "2" "\"" "z"; 4 "3" "p" "q"`},
		{"two ditto marks", "a;b;c\n1;x;y\n2;\";z\n3;\";q\n", `1 "a" "b" "c"; 2 "1" "x" "y"; 3 "2" "\"" "z"; 4 "3" "\"" "q"`},
		{"a quote that never ends", "a,b\n1,\"open\n2,x\n3,y\n", `1 "a" "b"; 2 row_too_long "1" "\"open"; 3 "2" "x"; 4 "3" "y"`},
		{"the delimiter said", "sep=|\na|b,c\n1|2,3\n", `2 "a" "b,c"; 3 "1" "2,3"`},
		{"CR alone", "a;b\r1;2\r", `1 "a" "b"; 2 "1" "2"`},
		{"NUL bytes, Ctrl-Z", "a;b\r\n1;2\x00\r\n\x1a", `1 "a" "b"; 2 "1" "2"`},
		{"a row in another encoding", "a;b\n1;Mu\xc3\xb1oz\n2;Mu\xf1oz\n", `1 "a" "b"; 2 "1" "Muñoz"!mojibake_suspected; 3 "2" "Muñoz"`},
		{"lines quoted as a whole", "\"a,b\"\n\"1,\"\"x, y\"\"\"\n\"2,z\"\n", `1 "a" "b"; 2 "1" "x, y"; 3 "2" "z"`},
		{"one column in quotes", "\"a\"\n\"x, y\"\n\"z\"\n", `1 "a"; 2 "x, y"; 3 "z"`},
		{"a rare delimiter", "a~b\n1~x, y\n2~z\n", `1 "a" "b"; 2 "1" "x, y"; 3 "2" "z"`},
		{"one column", "a\nx~y\nz\nw\n", `1 "a"; 2 "x~y"; 3 "z"; 4 "w"`},
		{"a line without end", "a;b\n1;" + strings.Repeat("x", 1<<20) + "\n2;y\n", `1 "a" "b"; 2 row_too_long ""; 3 "2" "y"`},
	} {
		var got []string
		for _, l := range all(t, open(t, c.content, delimited.Settings{})) {
			got = append(got, booktest.Line(l))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %s, want %s", c.name, strings.Join(got, "; "), c.want)
		}
	}
}

func TestTheDelimiterIsFoundByWhatMakesEvenRows(t *testing.T) {
	for content, want := range map[string]string{
		"a,b\n1,x; y\n2,z\n": `","`, "a;b\n1;1,5\n2;2,5\n": `';'`, "a\tb, c\n1\tx\n": `'\t'`, "a|b\n1|2\n": `'|'`,
	} {
		notes := strings.Join(open(t, content, delimited.Settings{}).Notes(), "; ")
		if !strings.Contains(notes, "delimiter "+strings.ReplaceAll(want, `"`, `'`)) {
			t.Errorf("%q: %s", content, notes)
		}
	}
}

// nasty are cells that readers of CSV have stumbled over.
var nasty = []string{
	"\x1f\x10 \x1f\x1f\x1e\x1f\x1f",
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
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") || len(text) > 1<<16 {
			return
		}
		rows := cellsOf(text)
		for range 2 {
			lines := all(t, open(t, written(rows), delimited.Settings{Encoding: "utf-8", Delimiter: ',', Width: 3}))
			if len(lines) != len(rows) {
				t.Fatalf("%d rows come of %d", len(lines), len(rows))
			}
			read := make([][]string, len(lines))
			for i, l := range lines {
				if l.No != int64(i+1) || l.Code != "" {
					t.Fatalf("row %d comes as row %d with %q", i+1, l.No, l.Code)
				}
				for _, v := range l.Cells {
					read[i] = append(read[i], v.Raw)
				}
				if want := meant(rows[i]); !slices.Equal(read[i], want) {
					t.Fatalf("row %d is read as %q, want %q", i+1, read[i], want)
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
