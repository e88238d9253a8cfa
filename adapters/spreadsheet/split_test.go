package spreadsheet

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/place"
)

// shown writes what became of each row: its number, why it is left out or what
// is wrong, and its cells.
func shown(all []adapters.Record) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%d", r.Loc.Row)
		if r.Skip != "" {
			fmt.Fprintf(&b, " %s\n", r.Skip)
			continue
		}
		for _, p := range r.Problems {
			fmt.Fprintf(&b, " %s(%s)", p.Code, p.Column)
		}
		for _, v := range r.Values {
			if v.Null {
				b.WriteString(" -")
			} else {
				fmt.Fprintf(&b, " %q", v.Raw)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestRowsAreCutAsPeopleMeantThem(t *testing.T) {
	for _, c := range []struct {
		name, content, want string
		table               Table
	}{
		{"a quote inside a cell", "a,b\n1,He said \"go\" and left\n", "2 \"1\" \"He said \\\"go\\\" and left\"\n", Table{}},
		{"a quoted quote", "a,b\n1,\"He said \"\"go\"\"\"\n", "2 \"1\" \"He said \\\"go\\\"\"\n", Table{}},
		{"a stray quote in a quoted cell", "a,b\n1,\"He said \"go\" twice\"\n", "2 \"1\" \"He said \\\"go\\\" twice\"\n", Table{}},
		{"a blank before the quote", "a,b\n1, \"x, y\"\n", "2 \"1\" \"x, y\"\n", Table{}},
		{"lines in a cell", "a,b,c\n1,\"x\ny\",z\n2,p,q\n", "2 \"1\" \"x\\ny\" \"z\"\n4 \"2\" \"p\" \"q\"\n", Table{}},
		{"lines in the last cell", "a,b\n1,\"12 Long Street,\nSampleville\"\n2,p\n", "2 \"1\" \"12 Long Street,\\nSampleville\"\n4 \"2\" \"p\"\n", Table{}},
		{"a ditto mark alone", "a;b;c\n1;x;y\n2;\";z\n3;p;q\n", "2 \"1\" \"x\" \"y\"\n3 \"2\" \"\\\"\" \"z\"\n4 \"3\" \"p\" \"q\"\n", Table{}},
		{"ditto marks that seem to close each other", "a;b;c\n1;x;y\n2;\";z\n3;\";q\n4;r;s\n", "2 \"1\" \"x\" \"y\"\n3 \"2\" \"\\\"\" \"z\"\n4 \"3\" \"\\\"\" \"q\"\n5 \"4\" \"r\" \"s\"\n", Table{}},
		{"two ditto marks in a row", "a;b;c;d\n1;x;y;z\n2;\";\";z\n", "2 \"1\" \"x\" \"y\" \"z\"\n3 \"2\" \"\\\"\" \"\\\"\" \"z\"\n", Table{}},
		{"a quote that never ends", "a,b\n1,\"open\n2,x\n3,y\n", "2 row_too_long() \"1\" \"\\\"open\"\n3 \"2\" \"x\"\n4 \"3\" \"y\"\n", Table{}},
		{"too few cells", "a,b,c\n1\n2,x,y\n3,p,q\n", "2 \"1\"\n3 \"2\" \"x\" \"y\"\n4 \"3\" \"p\" \"q\"\n", Table{}},
		{"too many cells", "a,b\n1,x,y\n2,p\n3,q\n", "2 row_too_long() \"1\" \"x\" \"y\"\n3 \"2\" \"p\"\n4 \"3\" \"q\"\n", Table{}},
		{"empty cells beyond the header", "a,b\n1,x,,\n2,p\n3,q\n", "2 \"1\" \"x\"\n3 \"2\" \"p\"\n4 \"3\" \"q\"\n", Table{}},
		{"ditto", "a;b\n1;x\n2;\"\n3;idem\n4;do.\n5;\" \"\" \"\n6;y\n7;-\"-\n", "2 \"1\" \"x\"\n3 \"2\" \"x\"\n4 \"3\" \"x\"\n5 \"4\" \"x\"\n6 \"5\" \"x\"\n7 \"6\" \"y\"\n8 \"7\" \"y\"\n", Table{Ditto: []string{"b"}}},
		{"ditto across what is left out", "a;b\n1;x\n;\nTotal;1\n2;idem\n", "2 \"1\" \"x\"\n3 blank\n4 total\n5 \"2\" \"x\"\n", Table{Ditto: []string{"b"}}},
		{"ditto with nothing above", "a;b\n1;idem\n2;x\n", "2 reference_missing(b) \"1\" -\n3 \"2\" \"x\"\n", Table{Ditto: []string{"b"}}},
		{"ditto below an empty cell", "a;b\n1;x\n2;\n3;idem\n", "2 \"1\" \"x\"\n3 \"2\" -\n4 reference_missing(b) \"3\" -\n", Table{Ditto: []string{"b"}}},
		{"words for nothing", "a,b\nNULL,n/a\nnull,-\n", "2 - -\n3 \"null\" \"-\"\n", Table{Nulls: []string{"NULL", "n/a"}}},
		{"no header", "1,x\n2,y\n", "1 \"1\" \"x\"\n2 \"2\" \"y\"\n", Table{Columns: []string{"a", "b"}}},
		{"a bar", "a|b\n1|x, y\n2|p; q\n", "2 \"1\" \"x, y\"\n3 \"2\" \"p; q\"\n", Table{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, shown(readAll(t, c.content, c.table))); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestDiscoverFindsKeysAndKinds(t *testing.T) {
	cat, err := open(t, "No;Name\n1;x\n2;x\n3;\n", Table{}).Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []adapters.Field{{Name: "No", Filled: 3, Distinct: 3, Key: true}, {Name: "Name", Filled: 2, Distinct: 1}}
	if d := cmp.Diff(want, cat.Streams[0].Fields); d != "" || cat.Streams[0].Records != 3 || len(cat.Fingerprint) != 64 {
		t.Errorf("%d records (-want +got)\n%s", cat.Streams[0].Records, d)
	}
}

func TestCursorsOfAnotherFileAreRefused(t *testing.T) {
	a, b := open(t, "a;b\n1;2\n3;4\n", Table{}), open(t, "a;b\n1;2\n3;5\n", Table{})
	var last adapters.Cursor
	ignore := func(adapters.Record) error { return nil }
	keep := func(c adapters.Cursor) error { last = c; return nil }
	if err := a.Read(t.Context(), OnlyTable, "", ignore, keep); err != nil {
		t.Fatal(err)
	}
	if err := b.Read(t.Context(), OnlyTable, last, ignore, keep); err == nil {
		t.Error("a file that was changed goes on from the old cursor")
	}
}

// A file of any size is read within little memory.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a file of 120 MB")
	}
	path := filepath.Join(t.TempDir(), "big.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "No;Name;Note")
	filler := strings.Repeat("x", 180)
	for i := range 600_000 {
		fmt.Fprintf(w, "%d;Mu\xf1oz-Demo;%s\n", i, filler)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(place.On(path), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	top, n := uint64(0), 0
	err = s.Read(t.Context(), OnlyTable, "", func(adapters.Record) error {
		if n++; n%50_000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse+m.StackInuse)
		}
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil || n != 600_000 {
		t.Fatalf("%d records, %v", n, err)
	}
	if limit := uint64(64 << 20); top > limit {
		t.Errorf("reading held %d MiB, want at most %d", top>>20, limit>>20)
	}
}

// FuzzDelimited reads any bytes: it must end without a panic, give every row at
// most once and in order, and the same rows the second time. What is not copied from
// row to row does not grow.
func FuzzDelimited(f *testing.F) {
	for _, seed := range []string{
		"a;b\n1;\"\n2;3", "a,b\r\n\"x\ny\",1\r\n", "\xff\xfea\x00;\x00", "sep=,\na,b\n1,2\n\x1a", "a\tb\r1\t\"\"\"\r", "name,note\nJoseph,away, Mu\u00c3\u00b1oz said no\n", register(60),
		"a,b\n1,\"\n\"\n\"\n", strings.Repeat("\"", 999), strings.Repeat("a,", 5000) + "\n1", "sep=\"\n\"\"\"\"\n", "\xfe\xff\x00a\x00,\x00\"\xd8\x00", "a;b\n" + strings.Repeat("\";\n", 200),
		"OFFICE,a=1\nOUTCOME,a=\"x\n\",=,==\n", "\ufeff\ufeffa,b\n\u00c3\u0192\u00c2\u00b1,1\n", "a,b\n1,2\x00\x00\n\x1a3,4\n", "a\r\r\nb\r\n\n\r1\r",
	} {
		f.Add([]byte(seed), byte(0))
	}
	f.Fuzz(func(t *testing.T, content []byte, kind byte) {
		tables := []Table{{}, {Columns: []string{"a", "b"}, Ditto: []string{"a"}, Delimiter: ","}, {Format: KeyValue, Record: "a"}, {Encoding: "cp850", Drop: []string{}}}
		s := open(t, string(content), tables[int(kind)%len(tables)])
		size := 0
		read := func() (rows []int64, hashes [][32]byte, err error) {
			err = s.Read(t.Context(), OnlyTable, "", func(r adapters.Record) error {
				rows = append(rows, r.Loc.Row)
				hashes = append(hashes, r.Hash)
				for _, v := range r.Values {
					size += len(v.Raw)
				}
				return nil
			}, func(adapters.Cursor) error { return nil })
			return rows, hashes, err
		}
		start := time.Now()
		rows, first, err := read()
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("%d bytes took %v", len(content), took)
		}
		if most := 4*len(content) + 64; kind%4%3 == 0 && size > most {
			t.Fatalf("%d bytes of text come of %d", size, len(content))
		}
		for i := 1; i < len(rows); i++ {
			if rows[i] <= rows[i-1] {
				t.Fatalf("row %d after row %d", rows[i], rows[i-1])
			}
		}
		if _, second, again := read(); (err == nil) != (again == nil) || !cmp.Equal(first, second) {
			t.Fatal("the second reading differs")
		}
	})
}
