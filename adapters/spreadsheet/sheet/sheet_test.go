package sheet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
)

// fake is a workbook of one sheet in memory.
type fake struct {
	rows   []Row
	merged []Area
}

func (f *fake) Sheets() []Info         { return []Info{{"Notes", true}, {" Cases ", false}} }
func (f *fake) Open(int) (Feed, error) { return f, nil }
func (f *fake) Notes() []string        { return nil }
func (f *fake) Merged() []Area         { return f.merged }
func (f *fake) Close() error           { return nil }

func (f *fake) Next() (Row, error) {
	if len(f.rows) == 0 {
		return Row{}, io.EOF
	}
	r := f.rows[0]
	f.rows = f.rows[1:]
	return r, nil
}

// row makes a row of texts in the columns from one on.
func row(no, col int, texts ...string) Row {
	r := Row{No: no}
	for i, s := range texts {
		r.Put(col+i, Text(s))
	}
	return r
}

func lines(t *testing.T, f *fake, within string) string {
	t.Helper()
	a, err := ParseArea(within)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Table(f, "cases", a)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for {
		x, err := l.Next()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d", x.No)
		for _, v := range x.Cells {
			fmt.Fprintf(&b, " %s", v.Raw)
		}
		b.WriteString("; ")
	}
}

func TestWhatTheFileLeftOutStandsInItsPlace(t *testing.T) {
	rows := []Row{row(1, 1, "a", "b"), row(4, 2, "c"), {No: 6}, row(7, 1, "d"), {No: 9}, row(9+maxGap+1, 1, "stray")}
	if got, want := lines(t, &fake{rows: rows}, ""), "1 a b; 2; 3; 4  c; 5; 6; 7 d; 20010 stray; "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := lines(t, &fake{rows: rows}, "B2:B6"), "2; 3; 4 c; "; got != want {
		t.Errorf("a range: %q, want %q", got, want)
	}
}

// Many gaps, each short enough, are one that is too long; nothing of it is kept until a row
// that holds something comes.
func TestGapsOneAfterAnotherAreOne(t *testing.T) {
	f := &fake{rows: []Row{row(1, 1, "a")}}
	for i := range 40 {
		f.rows = append(f.rows, Row{No: (i + 1) * maxGap})
	}
	f.rows = append(f.rows, row(40*maxGap+2, 1, "b"), row(40*maxGap+4, 1, "c"))
	l := &table{book: f, feed: f, within: everywhere}
	var got []int64
	most := 0
	for len(got) < 10 {
		x, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, cap(l.blank))
		got = append(got, x.No)
	}
	if want := []int64{1, 800002, 800003, 800004}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if most > 2*maxGap {
		t.Errorf("%d rows without content held, want %d at most", most, 2*maxGap)
	}
}

// Merged cells may not overlap: the first that is open has the place.
func TestMergedCellsOneOverTheOtherAreOne(t *testing.T) {
	var s covers
	merged := []Area{{1, 1, 9, 3}, {1, 1, 9, 3}, {1, 2, 9, 4}, {1, 5, 1, 6}, {2, 5, 9, 6}}
	r := row(1, 1, "a", "b", "c", "d", "e")
	s.fill(&r, merged)
	if got := values(r); got != "a a a d e e" || len(s.open) != 2 {
		t.Errorf("%q with %d open, want 2", got, len(s.open))
	}
	r = row(2, 5, "f")
	s.fill(&r, merged)
	if got := values(r); got != "a a a f f" || len(s.open) != 2 {
		t.Errorf("%q with %d open, want 2", got, len(s.open))
	}
}

// What a row costs grows with its columns, not with their square.
func TestManyMergedCellsSideBySideTakeLittleMemory(t *testing.T) {
	var s covers
	var merged []Area
	r := Row{No: 1}
	for i := range 1000 {
		merged = append(merged, Area{1, 2*i + 1, 1000, 2*i + 2})
		r.Put(2*i+1, Text("x"))
	}
	s.fill(&r, merged)
	r = Row{No: 2}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.fill(&r, merged)
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; len(r.Cells) != 2000 || took > 8 {
		t.Errorf("%d MB for a row of %d cells", took, len(r.Cells))
	}
}

// values are the texts of a row.
func values(r Row) string {
	var all []string
	for _, c := range r.Cells {
		all = append(all, c.Value.Raw)
	}
	return strings.Join(all, " ")
}

func TestAMergedCellSaysTheSameEverywhere(t *testing.T) {
	var m Merged
	m.Add(1, 1, 2, 1)
	m.Add(2, 2, 2, 2)
	m.Add(3, 1, 1, 1) // one cell is not merged
	m.Add(3, 1, 0, 5) // nor is one that ends before it begins
	m.Add(4, 1, 2, 1) // nothing stands in it
	rows := []Row{row(1, 1, "title"), row(2, 1, "x", "both", "hidden below it"), row(3, 1, "y"), row(4, 2, "z")}
	got := lines(t, &fake{rows: rows, merged: m}, "")
	if want := "1 title title; 2 x both both; 3 y both both; 4  z; "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// In data a cell that is merged across says nothing for the columns it covers, so the
// lines tell which those are.
func TestLinesTellWhatOnlyRepeats(t *testing.T) {
	var m Merged
	m.Add(1, 2, 2, 2)
	l, err := Table(&fake{rows: []Row{row(1, 1, "x", "both"), row(2, 1, "y")}, merged: m}, "cases", everywhere)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if x, err := l.Next(); err != nil || len(x.Cells) != 3 || len(x.Across) != 1 || x.Across[0] != 2 {
			t.Errorf("%+v, %v", x.Across, err)
		}
	}
}

// several is a workbook of sheets.
type several struct{ fake }

func (s *several) Sheets() []Info { return []Info{{"Hidden", true}, {"Empty", false}, {"Full", false}} }

func (s *several) Open(at int) (Feed, error) {
	if at == 1 {
		return &fake{rows: []Row{{No: 1, Hidden: true}}}, nil
	}
	return &fake{rows: []Row{{No: 1}, row(2, 1, "x")}}, nil
}

func TestTheFirstSheetThatHoldsSomethingIsTaken(t *testing.T) {
	if at, err := Find(&several{}, ""); at != 2 || err != nil {
		t.Errorf("%d, %v", at, err)
	}
}

func TestSheetsAreFoundByName(t *testing.T) {
	for name, want := range map[string]int{"": 1, "CASES": 1, " notes": 0} {
		if at, err := Find(&fake{}, name); at != want || err != nil {
			t.Errorf("%q: %d, %v", name, at, err)
		}
	}
	if _, err := Find(&fake{}, "other"); !errors.Is(err, adapters.ErrSheet) {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func TestRanges(t *testing.T) {
	for s, want := range map[string]Area{
		"B60:D80": {60, 2, 80, 4}, "$b$60:$d$80": {60, 2, 80, 4}, "B:D": {1, 2, math.MaxInt32, 4}, "60:80": {60, 1, 80, MaxColumns}, "AA7": {7, 27, 7, 27}, "": everywhere,
	} {
		if got, err := ParseArea(s); got != want || err != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"D80:B60", "B60:D", ":", "60B", "ABCD1", "B+6", "B0", "B60:D80:E90", "Sheet!A1"} {
		if got, err := ParseArea(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}

func TestSerialDays(t *testing.T) {
	for _, c := range []struct {
		x    float64
		old  bool
		want string
	}{
		{1, false, "1900-01-01"},
		{59, false, "1900-02-28"},
		{60, false, ""},
		{61, false, "1900-03-01"},
		{42665, false, "2016-10-22"},
		{42665.999999, false, "2016-10-23"},
		{0, false, ""},
		{-1, false, ""},
		{73051, false, ""},
		{0, true, "1904-01-01"},
		{41203, true, "2016-10-22"},
	} {
		if got, ok := (Calendar{c.old}).day(c.x); got != c.want || ok != (c.want != "") {
			t.Errorf("%v from 1904 %v: %q, want %q", c.x, c.old, got, c.want)
		}
	}
}

func TestFormatsThatShowADay(t *testing.T) {
	for format, want := range map[string]bool{
		"dd/mm/yyyy": true, "[$-409]d-mmm-yy;@": true, "yyyy": true, `"day" 0`: false, "[Red]0.00": false, `\d0`: false, "[h]:mm": false, "General": false, "mm:ss": false,
	} {
		if got := ShowsDay(164, format); got != want {
			t.Errorf("%q: %v", format, got)
		}
	}
	if !ShowsDay(14, "") || ShowsDay(2, "") {
		t.Error("the formats that every program knows by number are not known")
	}
}

func TestValuesAreWhatPeopleSee(t *testing.T) {
	for _, c := range []struct {
		name string
		cell Cell
		want adapters.Value
		code adapters.Code
	}{
		{"an exponent", Number("8.001015009087E12", 8001015009087), adapters.Value{Raw: "8001015009087", Kind: adapters.Number}, ""},
		{"noise", Number("0.30000000000000004", 0.30000000000000004), adapters.Value{Raw: "0.3", Kind: adapters.Number}, ""},
		{"too many digits", Number("1.2345678901234567E16", 1.2345678901234567e16), adapters.Value{Raw: "12345678901234600", Kind: adapters.Number}, adapters.IDDestroyed},
		{"midnight", Day("2016-10-22T00:00:00.000Z"), adapters.Value{Raw: "2016-10-22", Kind: adapters.Date}, ""},
		{"parts of a second", Day("2016-10-22T18:00:00.5"), adapters.Value{Raw: "2016-10-22T18:00:00", Kind: adapters.Date}, ""},
		{"dots in a day", Day("22.10.2016"), adapters.Value{Raw: "22.10.2016", Kind: adapters.Date}, ""},
		{"no day", Calendar{}.Number("-5", -5, true), adapters.Value{Raw: "-5", Kind: adapters.Bad}, adapters.DateImpossible},
		{"an error", Failed("#N/A"), adapters.Value{Raw: "#N/A", Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue},
		{"no", Truth(false), adapters.Value{Raw: "false", Kind: adapters.Bool}, ""},
	} {
		if c.cell.Code != c.code || !cmp.Equal(c.cell.Value, c.want) {
			t.Errorf("%s: %+v, want %+v %s", c.name, c.cell, c.want, c.code)
		}
	}
}

func TestHiddenColumnsAreNamed(t *testing.T) {
	var h HiddenColumns
	h.Add(3, 3)
	h.Add(27, 28)
	h.Add(5, 4)
	if d := cmp.Diff([]string{"hidden columns: C, AA:AB"}, h.Notes()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
