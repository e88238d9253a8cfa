package adapters

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheOrderOfDayAndMonthIsEvidenceAndNoGuess(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  DayOrder
		is    string
	}{
		{[]string{"25/03/2020", "04/03/2020"}, DayOrder{DayFirst: 1, Either: 1}, "dmy"},
		{[]string{"03/25/20", "4/3/20", "04.03.2020 10:15"}, DayOrder{MonthFirst: 1, Either: 2}, "mdy"},
		{[]string{"03-25-2020", "25-03-2020"}, DayOrder{MonthFirst: 1, DayFirst: 1}, "mixed"},
		{[]string{"04/03/2020", "12/12/12"}, DayOrder{Either: 2}, "ambiguous"},
		{[]string{"31/31/2020", "0/5/2020"}, DayOrder{Neither: 2}, ""},
		{[]string{"2020-03-04", "4/3", "1.5", "10/11/12/13", "R 1/2", "", "12/13/", "011 555 0101", "1/2-2020", "+27/11/2020"}, DayOrder{}, ""},
	} {
		var got DayOrder
		for _, s := range c.texts {
			got.Take(s)
		}
		if d := cmp.Diff(c.want, got); d != "" || got.Verdict() != c.is {
			t.Errorf("%q: verdict %q, want %q (-want +got)\n%s", c.texts, got.Verdict(), c.is, d)
		}
	}
}

func TestATallyFindsKeysAcrossHeaders(t *testing.T) {
	a, b := NewHeader([]string{"id", "name"}), NewHeader([]string{"name", "note"})
	var tally Tally
	tally.Name([]string{"id"})
	tally.Take(&Record{Header: a, Values: []Value{{Raw: "1"}, {Raw: "x"}}})
	tally.Take(&Record{Header: b, Values: []Value{{Raw: "y"}, {List: []Value{{Raw: "p"}}}}})
	want := []Field{{Name: "id", Filled: 1, Distinct: 1}, {Name: "name", Filled: 2, Distinct: 2, Key: true}, {Name: "note", Filled: 1}}
	if d := cmp.Diff(want, tally.Fields()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
