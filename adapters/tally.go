package adapters

import (
	"maps"
	"slices"
	"strings"
)

// Tally gathers what the records of a stream say about its fields. Every source
// that does not know its fields beforehand describes them by it.
type Tally struct {
	columns  []*column
	place    map[string]int
	records  int64
	children map[string]*Tally
}

// Name takes in the names of a header, so that fields stand even where no
// record fills them.
func (t *Tally) Name(names []string) {
	for _, n := range names {
		t.column(n)
	}
}

// Take takes in a record that is not left out.
func (t *Tally) Take(rec *Record) {
	t.records++
	for i, name := range rec.Header.Names() {
		t.column(name).take(rec.At(i))
	}
	for name, list := range rec.Children {
		inner := t.children[name]
		if inner == nil {
			inner = &Tally{}
			if t.children == nil {
				t.children = map[string]*Tally{}
			}
			t.children[name] = inner
		}
		for i := range list {
			inner.Take(&list[i])
		}
	}
}

// Children returns what was seen inside the records, by name.
func (t *Tally) Children() []Stream {
	var all []Stream
	for _, name := range slices.Sorted(maps.Keys(t.children)) {
		inner := t.children[name]
		all = append(all, Stream{Name: name, Records: inner.records, Fields: inner.Fields(), Children: inner.Children()})
	}
	return all
}

// Fields returns the fields in the order in which their names came.
func (t *Tally) Fields() []Field {
	all := make([]Field, len(t.columns))
	for i, c := range t.columns {
		all[i] = c.field(t.records)
	}
	return all
}

func (t *Tally) column(name string) *column {
	at, ok := t.place[name]
	if !ok {
		if t.place == nil {
			t.place = map[string]int{}
		}
		at = len(t.columns)
		t.place[name] = at
		t.columns = append(t.columns, &column{name: name, seen: map[string]bool{}})
	}
	return t.columns[at]
}

// column is what the records taken in say about one field.
type column struct {
	name   string
	filled int64
	twice  bool
	kinds  [Bad + 1]int
	seen   map[string]bool
	order  DayOrder
}

// keyCap is the number of values beyond which a field is no longer looked at as
// a key: what a file holds must not fill the memory.
const keyCap = 100_000

func (c *column) take(v Value) {
	if v.List != nil {
		c.filled++
		c.twice = true
		return
	}
	if v.Null {
		return
	}
	c.filled++
	c.kinds[v.Kind]++
	text := strings.TrimSpace(v.Raw)
	if v.Kind == Text {
		c.order.Take(text)
	}
	if c.twice && len(c.seen) >= DistinctCap {
		return
	}
	c.twice = c.twice || c.seen[text] || len(c.seen) >= keyCap
	c.seen[text] = true
}

func (c *column) field(records int64) Field {
	f := Field{Name: c.name, Filled: c.filled, Distinct: min(len(c.seen), DistinctCap), DayOrder: c.order}
	for k, n := range c.kinds {
		if n > c.kinds[f.Kind] {
			f.Kind = Kind(k)
		}
	}
	f.Key = c.filled > 0 && c.filled == records && !c.twice
	return f
}

// DayOrder counts what a field's texts show of the order of day and month. A
// mapping declares the order; this says where it need not be asked for, and
// where it must be.
type DayOrder struct {
	DayFirst   int64 // 25/03/2020: only the first number can be the day
	MonthFirst int64 // 03/25/2020: only the second can
	Either     int64 // 04/03/2020
	Neither    int64 // 31/31/2020, which is no day in either order
}

// Days returns the number of texts that look like days in numbers.
func (o DayOrder) Days() int64 { return o.DayFirst + o.MonthFirst + o.Either + o.Neither }

// Verdict returns "dmy" or "mdy" where every day fits that order and at least
// one fits no other, "mixed" where each order has days of its own, "ambiguous"
// where nothing tells, and "" where no day was seen.
func (o DayOrder) Verdict() string {
	switch {
	case o.DayFirst > 0 && o.MonthFirst > 0:
		return "mixed"
	case o.DayFirst > 0:
		return "dmy"
	case o.MonthFirst > 0:
		return "mdy"
	case o.Either > 0:
		return "ambiguous"
	}
	return ""
}

// Take counts one text if it begins with a day in numbers whose year stands
// last.
func (o *DayOrder) Take(text string) {
	first, second, ok := dayParts(text)
	switch {
	case !ok:
	case first > 12 && second > 12 || first == 0 || second == 0 || first > 31 || second > 31:
		o.Neither++
	case first > 12:
		o.DayFirst++
	case second > 12:
		o.MonthFirst++
	default:
		o.Either++
	}
}

// dayParts returns the first two numbers of a text like 4/3/2020, 04-03-20 or
// 04.03.2020 10:15.
func dayParts(s string) (first, second int, ok bool) {
	first, rest := leadingNumber(s, 2)
	if rest == "" || strings.IndexByte("/-.", rest[0]) < 0 {
		return 0, 0, false
	}
	sep := rest[0]
	second, rest = leadingNumber(rest[1:], 2)
	if rest == "" || rest[0] != sep {
		return 0, 0, false
	}
	year, rest := leadingNumber(rest[1:], 4)
	digits := len(s) - len(rest)
	if year < 0 || rest != "" && strings.IndexByte(" T,", rest[0]) < 0 {
		return 0, 0, false
	}
	return first, second, digits >= 6 && first >= 0 && second >= 0
}

// leadingNumber reads at most so many digits; -1 where there is none.
func leadingNumber(s string, most int) (int, string) {
	n, i := 0, 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	if i == 0 {
		return -1, ""
	}
	return n, s[i:]
}
