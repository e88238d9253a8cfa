package layout_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/layout"
	"casehub/adapters/spreadsheet/sheet"
)

// lines are rows with ";" between their cells.
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
	for s := range strings.SplitSeq(l.rows[0], ";") {
		out.Cells = append(out.Cells, adapters.Value{Raw: s})
	}
	l.rows = l.rows[1:]
	return out, nil
}

func (l *lines) Notes() []string { return nil }
func (l *lines) Hidden() bool    { return false }
func (l *lines) Close() error    { return nil }

func TestHeadersAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, content string
		declared      []int
		want          []string
		below         int64 // the first row that is no header
	}{
		{"titles above", "Register of an office;;/Month: March;;/;;/No;Client;Day/1;x;2024-01-01", nil, []string{"No", "Client", "Day"}, 5},
		{"two names alike and one missing", "Name;Name;;Name/1;2;3;4", []int{1}, []string{"Name", "Name#2", "column 3", "Name#3"}, 2},
		{"two rows", "No;Client;;Date;/;Name;Born;In;Out/1;x;y;z;w", []int{1, 2}, []string{"No", "Client / Name", "Client / Born", "Date / In", "Date / Out"}, 3},
		{"two rows, found", "No;Client;;Date;/;Name;Born;In;Out/1;x;1990;2;3/2;y;1991;2;3", nil, []string{"No", "Client / Name", "Client / Born", "Date / In", "Date / Out"}, 3},
		{"a group above names alike", "Register;;;/;;;/Client;;Other party;/Name;Born;Name;Born/x;1990;y;1991", nil, []string{"Client / Name", "Client / Born", "Other party / Name", "Other party / Born"}, 5},
		{"a nameless column is no second row", "No;Client;;Date/1;x;note;2020-01-01/2;y;more;2020-01-02", nil, []string{"No", "Client", "column 3", "Date"}, 2},
		{"lines in a name", "Two\nlines;b;/1;2;", nil, []string{"Two lines", "b"}, 2},
		{"numbered names", "Nº;P0;P1;P2/1;yes;no;4/2;no;no;5", nil, []string{"Nº", "P0", "P1", "P2"}, 2},
		{"codes alike are no names", "E12;Paz;Ana/E13;Rey;Eva/No;Surname;Name/1;x;y", nil, []string{"No", "Surname", "Name"}, 4},
		{"a header alone", "No;Client", nil, []string{"No", "Client"}, 2},
	} {
		raw := &lines{rows: strings.Split(c.content, "/")}
		levels, ahead, err := layout.Header(raw, c.declared)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(c.want, layout.Names(levels)); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
		below := raw.no + 1
		if len(ahead) > 0 {
			below = ahead[0].No
		}
		if below != c.below {
			t.Errorf("%s: the first row below is %d, want %d", c.name, below, c.below)
		}
	}
	if _, _, err := layout.Header(&lines{rows: []string{"1;2", "3;4"}}, nil); !errors.Is(err, adapters.ErrHeader) {
		t.Errorf("numbers alone: %v", err)
	}
	if _, err := layout.Declared([]string{"a", " "}); err == nil {
		t.Error("a name of blanks is taken")
	}
}

func TestRowsThatAreNoData(t *testing.T) {
	for _, c := range []struct {
		name, header, rows, want string
		only                     []string
	}{
		{"of every kind", "name;sum", "A;1/name;sum/Sub-total;1/#name;#sum/Grand total:;2/;/Prepared by:;/B;2", " repeated_header total tags total blank signature ", nil},
		{"units below the header", "name;sum;day", ";(R);dd/mm/yyyy", "units", nil},
		{"units below the tags", "name;sum;day", "#a;#b;#c|;R;[d-m-y]", "tags units", nil},
		{"no units further down", "name;sum;day", "A;1;2|;(R);[dd-mm-yyyy]", " ", nil},
		{"a client named Total", "name;note", "Total;came by bus/Total;", " total", nil},
		{"totals in one cell", "name;note", "Total de casos: 10;/Total: 1 200,50;/TOTAL = 10;/Итого: 7;/合计;12/Total comes by bus 10;x/Totalmente 10;", "total total total total total  ", nil},
		{"one column", "name", "Paz/Rey/Approved/Firma", "   ", nil},
		{"surnames that are sums", "surname|born|no", "Som|1990-02-03|7\tSuma|3/2/1990|\tJumla|7|Ana\tSom|03.02.1990|7\tTotal|A12|7\tSom|1,5,5|\tSom|12 May|\tSom|May 2020|", "       ", nil},
		{"days by their kind", "surname|sum", "Som|@7", "", nil},
		{"sums of every kind", "a|b|c|d", "Total|1|-2.50|1 200,50\tTotaal||R 1,200.00|\tSuma|100 €|50 %|12,34,567.89\tTotal|US$ 5|(7)|\tTotal|1.200.500|Bs. 3|EUR 4\tالمجموع|١٢|٣\tTotal|1'200.00|12|S/. 3", "total total total total total total total", nil},
		{"a table of codes", "code|label", "Approved|Aprobado\tSigned|by all\tFirma|Signature\tApproved|\tSigned: Ana|\tPrepared by:|", "    signature signature", nil},
		{"signatures in a wider table", "a|b|c", "Approved|X|\tSigned||\tFirma|X|Y", "signature signature ", nil},
		{"rows to keep", "name;sum", "Total;1/;", " blank", []string{layout.SkipBlank}},
		{"in Spanish", "nombre;monto", "Total general;100/Elaborado por: X;", "total signature", nil},
	} {
		sep := "/"
		if strings.Contains(c.name, "units") {
			sep = "|"
		}
		if strings.Contains(c.header, "|") {
			sep, c.header, c.rows = "\t", strings.ReplaceAll(c.header, "|", ";"), strings.ReplaceAll(c.rows, "|", ";")
		}
		header, err := (&lines{rows: []string{c.header}}).Next()
		if err != nil {
			t.Fatal(err)
		}
		d := layout.NewDropper(c.only, []sheet.Line{header})
		var got []string
		for raw := (&lines{rows: strings.Split(c.rows, sep)}); ; {
			l, err := raw.Next()
			if err != nil {
				break
			}
			for i := range l.Cells {
				if day, ok := strings.CutPrefix(l.Cells[i].Raw, "@"); ok { // a day, however it is shown
					l.Cells[i] = adapters.Value{Raw: day, Kind: adapters.Date}
				}
			}
			got = append(got, d.Reason(l))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A text over the columns is a title between the rows; one over a few is data.
func TestTitlesBetweenRows(t *testing.T) {
	header, err := (&lines{rows: []string{"no;surname;name;note"}}).Next()
	if err != nil {
		t.Fatal(err)
	}
	d := layout.NewDropper(nil, []sheet.Line{header})
	for _, c := range []struct {
		cells  string
		across []int
		want   string
	}{
		{"Office;Office;Office;Office", []int{1, 2, 3}, layout.SkipSection},
		{"Office;Office;Office", []int{1, 2}, layout.SkipSection},
		{"Office;Office", []int{1}, ""},
		{"1;Paz;Paz;Paz", []int{2, 3}, ""},
		{"Total: 5;Total: 5;Total: 5;Total: 5", []int{1, 2, 3}, layout.SkipTotal},
		{"Office", nil, ""},
	} {
		l, err := (&lines{rows: []string{c.cells}}).Next()
		if err != nil {
			t.Fatal(err)
		}
		if l.Across = c.across; d.Reason(l) != c.want {
			t.Errorf("%s: %q, want %q", c.cells, d.Reason(l), c.want)
		}
	}
}
