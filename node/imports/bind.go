package imports

import (
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
)

// bind returns the mapping with its streams put to the tables of a source: which
// table is read for each, and where in a record its rows are. A stream from
// "form/parties" is a table of that name, or else the children "parties" of the
// records of "form". It fails with ErrTable and ErrColumn.
func (m *Mapping) bind(cat adapters.Catalog) (*Mapping, error) {
	tables, loose := map[string][]adapters.Field{}, map[string]bool{}
	for _, st := range cat.Streams {
		tables[st.Name], loose[st.Name] = st.Fields, st.Loose
	}
	bound := *m
	bound.forms = forms{}
	for _, st := range cat.Streams {
		bound.forms[st.Name] = st.Instruments
	}
	bound.streams = make([]*stream, len(m.streams))
	for i, s := range m.streams {
		c := *s
		if c.from == "" && len(cat.Streams) == 1 {
			c.from = cat.Streams[0].Name
		}
		var ok bool
		if c.table, c.path, ok = tableOf(c.from, tables); !ok {
			return nil, ErrTable.With("table", c.from)
		}
		if err := c.hasColumns(tables); err != nil && !loose[c.table] {
			return nil, err
		}
		c.pseudonymous = m.aggregate
		c.fields = withEvidence(&c, tables[c.table])
		bound.streams[i] = &c
	}
	if bound.passes = passesOf(bound.streams, tablesOf(bound.streams)); bound.passes == nil {
		return nil, ErrTable.With("table", bound.streams[0].from)
	}
	bound.notRead, bound.doubts = besideRead(&bound, cat)
	return &bound, nil
}

// besideRead returns the tables of a source that have rows and that nothing reads, and the
// doubts about those that are read.
func besideRead(m *Mapping, cat adapters.Catalog) (left []NotReadReport, doubts []DoubtReport) {
	read := map[string]bool{}
	for _, s := range m.streams {
		read[s.table] = true
		for _, r := range s.fields {
			if r.lookup != nil {
				read[r.lookup.table] = true
			}
		}
	}
	for _, st := range slices.Concat(cat.Streams, cat.Aside) {
		if !read[st.Name] && !st.Hidden && (st.Records > 0 || st.Records < 0 && filledAny(st)) {
			name := st.Name
			if m.aggregate { // somebody's sheet or form may be called as they are
				name = numberOf(len(left))
			}
			left = append(left, NotReadReport{name, st.Records})
		}
	}
	for _, st := range cat.Streams {
		for _, why := range st.Doubts {
			if read[st.Name] {
				doubts = append(doubts, DoubtReport{st.Name, why})
			}
		}
	}
	return left, doubts
}

// numberOf stands for the nth name, from 0, that is not told.
func numberOf(n int) string { return "#" + strconv.Itoa(n+1) }

// filledAny reports whether anything stands in a table whose rows nobody counted.
func filledAny(st adapters.Stream) bool {
	return slices.ContainsFunc(st.Fields, func(f adapters.Field) bool { return f.Filled > 0 })
}

// withEvidence returns the rules of a stream as they are for this source: a day whose
// order nobody declared is read in the order that its whole column shows.
func withEvidence(s *stream, fields []adapters.Field) []*rule {
	rules := slices.Clone(s.fields)
	for i, r := range rules {
		if r.lookup == nil && (s.to.fields[r.field].kind != asDay || r.dates.order != noOrder || len(s.path) > 0) {
			continue
		}
		c := *r
		if r.lookup != nil {
			l := *r.lookup
			c.lookup = &l
		}
		if c.dates.order == noOrder {
			c.dates.order = evidence(r.columns, fields)
		}
		rules[i] = &c
	}
	return rules
}

// evidence returns the order that all columns of a day agree on, or none.
func evidence(columns []string, fields []adapters.Field) order {
	found := noOrder
	for _, f := range fields {
		if !slices.Contains(columns, f.Name) {
			continue
		}
		o := order(f.DayOrder.Verdict())
		if o != dayFirst && o != monFirst || found != noOrder && found != o {
			return noOrder
		}
		found = o
	}
	return found
}

// tableOf returns the table that a stream is read from, with the path of the
// children, and whether there is one.
func tableOf(from string, tables map[string][]adapters.Field) (table string, path []string, ok bool) {
	if _, ok := tables[from]; ok {
		return from, nil, true
	}
	for cut := strings.LastIndexByte(from, '/'); cut > 0; cut = strings.LastIndexByte(from[:cut], '/') {
		if _, ok := tables[from[:cut]]; ok {
			return from[:cut], strings.Split(from[cut+1:], "/"), true
		}
	}
	return "", nil, false
}

// hasColumns reports a column that the source does not have. A table whose records
// each have names of their own, and children, have any.
func (s *stream) hasColumns(tables map[string][]adapters.Field) error {
	fields := tables[s.table]
	if len(s.path) > 0 || len(fields) == 0 {
		return nil
	}
	have := make(map[string]bool, len(fields))
	for _, f := range fields {
		have[f.Name] = true
	}
	for _, c := range s.columns() {
		if ofSource(c) && !have[c] && !s.spared(c, have) {
			return ErrColumn.With("table", s.from).With("column", c)
		}
	}
	return nil
}

// spared reports a column that the source may lack: where the first of several that is
// filled counts, one of them is enough.
func (s *stream) spared(column string, have map[string]bool) bool {
	if slices.Contains(s.key.columns, column) || s.when.names(column) {
		return false
	}
	for _, r := range s.fields {
		named := slices.Contains(r.columns, column) || r.ref != nil && slices.Contains(r.ref.columns, column)
		if named && !(r.first && slices.ContainsFunc(r.columns, func(c string) bool { return have[c] })) {
			return false
		}
	}
	return true
}

// guessTables puts the streams to tables before a source is known, for the checks of
// a mapping file: a stream is taken for children where another one names its
// beginning.
func guessTables(streams []*stream) {
	for _, s := range streams {
		s.table, s.path = s.from, nil
		for _, o := range streams {
			if s.inside(o) && len(o.from) < len(s.table) {
				_, path, _ := strings.Cut(s.from[len(o.from):], "/")
				s.table, s.path = o.from, strings.Split(path, "/")
			}
		}
	}
}

// inside reports whether the rows of s are children of the rows of o.
func (s *stream) inside(o *stream) bool {
	if o.from == "" { // the only table, whatever its name
		return strings.Contains(s.from, "/")
	}
	return strings.HasPrefix(s.from, o.from+"/")
}

// within reports whether a row of s stands in a row of o, or is that row.
func (s *stream) within(o *stream) bool { return s.from == o.from || s.inside(o) }

// tablesOf lists the tables of streams in the order in which they are named.
func tablesOf(streams []*stream) []string {
	var all []string
	for _, s := range streams {
		if !slices.Contains(all, s.table) {
			all = append(all, s.table)
		}
	}
	return all
}
