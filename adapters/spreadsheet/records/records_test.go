package records_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/records"
	"casehub/adapters/spreadsheet/sheet"
)

// lines are rows of texts, "|" between the cells.
type lines struct {
	rows []string
	no   int64
}

func (l *lines) Next() (sheet.Line, error) {
	if len(l.rows) == 0 {
		return sheet.Line{}, io.EOF
	}
	l.no++
	out := sheet.Line{No: l.no}
	for i, s := range strings.Split(l.rows[0], "|") {
		s, wrong := strings.CutPrefix(s, "!")
		out.Cells = append(out.Cells, adapters.Value{Raw: s})
		if wrong {
			out.Faults = append(out.Faults, sheet.Fault{At: i, Code: adapters.NoFormulaValue})
		}
	}
	if out.Cells[0].Raw == "damaged" {
		out.Code = adapters.RowTooLong
	}
	l.rows = l.rows[1:]
	return out, nil
}

func (l *lines) Notes() []string { return nil }
func (l *lines) Hidden() bool    { return true }
func (l *lines) Close() error    { return nil }

// shown writes the records, a line each.
func shown(t *testing.T, r records.Reader) []string {
	t.Helper()
	var all []string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s", rec.Loc, rec.Skip)
		for i, n := range rec.Header.Names() {
			if v := rec.At(i); !v.Null {
				line += " " + n + "=" + v.Raw
			}
		}
		for _, p := range rec.Problems {
			line += fmt.Sprintf(" %s(%s)", p.Code, p.Column)
		}
		all = append(all, line)
	}
}

func TestRowsBecomeRecords(t *testing.T) {
	r, err := records.Table(&lines{rows: []string{"No|Name|Note", "1|Paz|x", "2|\"|NULL", "|", "3|idem|!y", "4|Rey|a|b", "damaged|\"|", "5|do.|c|"}}, records.TableSettings{
		Stream: "t", Loc: adapters.Locator{File: "f"}, Nulls: []string{"NULL"}, Ditto: []string{"Name"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Hidden() {
		t.Error("the table is hidden and does not say so")
	}
	want := []string{
		"f:2  No=1 Name=Paz Note=x",
		"f:3  No=2 Name=Paz",
		"f:4 blank No= Name=",
		"f:5  No=3 Name=Paz Note=y formula_without_value(Note)",
		"f:6  No=4 Name=Rey Note=a row_too_long()",
		"f:7  No=damaged Name=\" Note= row_too_long()",
		"f:8  No=5 Name=Rey Note=c",
	}
	if d := cmp.Diff(want, shown(t, r)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestHeadersThatAreNotThereAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		rows []string
		s    records.TableSettings
		want error
	}{
		"none":            {[]string{"1|2", "3|4"}, records.TableSettings{}, adapters.ErrHeader},
		"nothing at all":  {nil, records.TableSettings{}, adapters.ErrHeader},
		"beyond the end":  {[]string{"a|b"}, records.TableSettings{HeaderRows: []int{2}}, adapters.ErrHeaderRow},
		"too wide":        {[]string{"a" + strings.Repeat("|a", 5000)}, records.TableSettings{HeaderRows: []int{1}}, adapters.ErrHeaderWide},
		"a ditto column":  {[]string{"a|b"}, records.TableSettings{HeaderRows: []int{1}, Ditto: []string{"c"}}, adapters.ErrDittoColumn},
		"declared, found": {[]string{"1|2"}, records.TableSettings{Columns: []string{"a", "b"}}, nil},
	} {
		if _, err := records.Table(&lines{rows: c.rows}, c.s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestKeyValueRowsInherit(t *testing.T) {
	rows := []string{"OFFICE|account=1", "OUTCOME|id=a|ref=||", "SCHEDULE|period=JUN", "OUTCOME|id=b|id=again", "OFFICE|account=2", "OUTCOME|id=c|oops", "STARTS|x=1", ""}
	got := shown(t, records.KeyValue(&lines{rows: rows}, records.KeyValueSettings{Record: "OUTCOME", Inherit: []string{"OFFICE", "SCHEDULE"}}))
	want := []string{
		":1 parent_record account=1",
		":2  id=a OFFICE.account=1",
		":3 parent_record period=JUN",
		":4  id=b id#2=again OFFICE.account=1 SCHEDULE.period=JUN",
		":5 parent_record account=2",
		":6  id=c OFFICE.account=2 header_missing()",
		":7 other_record_type x=1",
		":8 blank",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
