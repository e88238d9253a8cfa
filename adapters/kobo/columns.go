package kobo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/export"
)

// own are columns of the program, not of the form.
var own = map[string]bool{
	"_id": true, "_uuid": true, "_submission_time": true, "_validation_status": true, "_notes": true, "_status": true, "_submitted_by": true,
	"__version__": true, "_tags": true, "_index": true, "meta/instanceID": true, "meta/rootUuid": true, "meta/deprecatedID": true,
}

// links are columns that only say where a row belongs.
func linking(column string, repeat bool) bool {
	return repeat && (column == "_parent_table_name" || column == "_parent_index" || column == "_index" || strings.HasPrefix(column, "_submission_"))
}

// several is a question whose answers stand in columns of their choices.
type several struct {
	name    string
	summary int   // column of all answers, -1 for none
	columns []int // of the choices
	choices []string
	proved  bool // a row had answers
	wrong   bool // a row does not fit
}

// seen is what the rows of a table say.
type seen struct {
	several []*several
	bits    []bool // columns with nothing but yes, no and nothing
	old     bool   // "n/a" stands for nothing
	varying map[string]bool
	again   bool // rows of one key stand one after the other
}

// scanRows is the number of rows that are looked at.
const scanRows = 20_000

// scan looks at the rows of a table.
func (l *layout) scan(ctx context.Context, s *sheet) (*seen, error) {
	n := &seen{several: candidates(s.columns, l.Multiple), bits: make([]bool, len(s.columns)), varying: map[string]bool{}}
	n.old = !slices.Contains(s.columns, "_index")
	for i := range n.bits {
		n.bits[i] = true
	}
	var before *adapters.Record
	rows := 0
	for r, err := range l.book.Rows(ctx, s.table.Name) {
		if err != nil {
			return nil, err
		}
		if rows++; rows > scanRows {
			break
		}
		if r.Skip != "" || len(r.Values) > len(s.columns) {
			continue
		}
		n.look(&r)
		if n.old && before != nil && keyOf(before) != "" && keyOf(before) == keyOf(&r) {
			n.compare(before, &r)
		}
		before = &r
	}
	return n, nil
}

func (n *seen) look(r *adapters.Record) {
	for i := range n.bits {
		_, ok := bit(r.At(i))
		n.bits[i] = n.bits[i] && ok
	}
	for _, m := range n.several {
		m.check(r)
	}
}

// bit reads a cell of a choice: 1 for yes, 0 for no, -1 for nothing.
func bit(v adapters.Value) (int, bool) {
	switch strings.ToLower(v.Raw) {
	case "1", "1.0", "true":
		return 1, true
	case "0", "0.0", "false":
		return 0, true
	case "", "n/a":
		return -1, true
	}
	return 0, v.Null
}

// check looks whether a row is as it has to be: nothing but yes and no, and in the
// summary just what is yes.
func (m *several) check(r *adapters.Record) {
	length, chosen, filled := 0, 0, 0
	for i, c := range m.columns {
		x, ok := bit(r.At(c))
		if !ok {
			m.wrong = true
			return
		}
		if x >= 0 {
			filled++
		}
		if x == 1 {
			chosen++
			length += len([]rune(m.choices[i]))
		}
	}
	if m.summary < 0 {
		m.wrong = m.wrong || filled != 0 && filled != len(m.columns)
		m.proved = m.proved || chosen > 0
		return
	}
	text := strings.TrimSpace(r.At(m.summary).Raw)
	if r.At(m.summary).Null || text == "" || strings.EqualFold(text, "n/a") {
		m.wrong = m.wrong || chosen > 0
		return
	}
	for i, c := range m.columns {
		if x, _ := bit(r.At(c)); x == 1 && !strings.Contains(text, m.choices[i]) {
			m.wrong = true
		}
	}
	m.wrong = m.wrong || filled == 0 || len([]rune(text)) != length+max(chosen-1, 0)
	m.proved = m.proved || chosen > 0
}

// separators may stand between a question and its choice.
const separators = "/._:|-"

// candidates finds columns that may be choices of one question: those behind a column
// that begin with its name, and others that begin alike.
func candidates(columns []string, declared []string) []*several {
	var all []*several
	used := map[int]bool{}
	for i, q := range columns {
		if q == "" || own[q] {
			continue
		}
		m := &several{name: q, summary: i}
		for k := i + 1; k < len(columns); k++ {
			rest, ok := strings.CutPrefix(columns[k], q)
			if !ok || len(rest) < 2 || !strings.ContainsRune(separators, rune(rest[0])) {
				break
			}
			m.columns, m.choices = append(m.columns, k), append(m.choices, rest[1:])
		}
		if len(m.columns) > 0 {
			all = append(all, m)
			for _, k := range m.columns {
				used[k] = true
			}
		}
	}
	return append(all, without(columns, used, declared)...)
}

// without finds choices of questions that have no column of their own.
func without(columns []string, used map[int]bool, declared []string) []*several {
	var all []*several
	for i := 0; i < len(columns); i++ {
		name, choice, ok := parent(columns[i], declared)
		if !ok || used[i] {
			continue
		}
		m := &several{name: name, summary: -1, columns: []int{i}, choices: []string{choice}}
		for i+1 < len(columns) {
			next, choice, ok := parent(columns[i+1], declared)
			if !ok || next != name || used[i+1] {
				break
			}
			i++
			m.columns, m.choices = append(m.columns, i), append(m.choices, choice)
		}
		if len(m.columns) > 1 && !slices.Contains(columns, name) || slices.Contains(declared, name) {
			all = append(all, m)
		}
	}
	return all
}

// parent cuts a column's name before its last part.
func parent(column string, declared []string) (name, choice string, ok bool) {
	for _, d := range declared {
		if rest, found := strings.CutPrefix(column, d); found && len(rest) > 1 && strings.ContainsRune(separators, rune(rest[0])) {
			return d, rest[1:], true
		}
	}
	at := strings.LastIndexAny(column, "/.")
	if own[column] || at < 1 || at == len(column)-1 || column[at+1] == ' ' || column[at-1] == ' ' {
		return "", "", false
	}
	return column[:at], column[at+1:], true
}

// shape decides what becomes of the columns of a sheet.
func (l *layout) shape(s *sheet, n *seen) {
	named := l.known.columns(s, l.root == s)
	lists := map[int]*several{}
	var cols []export.Col
	prefix := ""
	if s.repeat && named == nil {
		prefix = shared(s)
	}
	for _, m := range n.several {
		if m.proved && !m.wrong && m.summary >= 0 {
			lists[m.summary] = m
		}
	}
	for i, name := range s.columns {
		if linking(name, s.repeat) {
			continue
		}
		c := export.Col{Name: strings.TrimPrefix(name, prefix), From: i, Make: n.plain(name)}
		q := named[i]
		if q != nil {
			c.Name, c.Make = q.Name, l.known.answer(q, n)
		}
		if m := lists[i]; m != nil {
			c.Make = m.list(l.known.choices(q))
		}
		cols = append(cols, c)
	}
	for _, m := range n.several {
		if m.summary < 0 && m.proved && !m.wrong {
			name, q := strings.TrimPrefix(m.name, prefix), l.known.question(s, m.name)
			if q != nil {
				name = q.Name
			}
			cols = append(cols, export.Col{Name: name, From: -1, Make: m.list(l.known.choices(q))})
			l.notes = append(l.notes, fmt.Sprintf("%d columns are answers to one question: %s", len(m.columns), m.name))
		}
	}
	shape := export.Reshape(s.columns, cols)
	if s != l.root {
		s.table.Shape = shape
		return
	}
	old := l.legacy(s, n)
	s.table.Shape = func(r *adapters.Record) {
		r.Version = r.Value("__version__").Raw
		for _, name := range []string{"meta/rootUuid", "_uuid", "meta/instanceID", "meta/deprecatedID"} {
			if id := bare(r.Value(name).Raw); id != "" && id != r.Key && !slices.Contains(r.AltKeys, id) {
				r.AltKeys = append(r.AltKeys, id)
			}
		}
		shape(r)
		if old != nil {
			old(r)
		}
	}
}

// plain returns what makes a value of a column that no form is known for.
func (n *seen) plain(name string) func(*adapters.Record, adapters.Value) adapters.Value {
	return func(_ *adapters.Record, v adapters.Value) adapters.Value {
		if n.old && v.Raw == "n/a" || name == "_validation_status" && v.Raw == "{}" {
			v.Null = true
		}
		return v
	}
}

// list makes a list of the choices that are yes, by the names that codes have for
// them.
func (m *several) list(codes map[string]string) func(*adapters.Record, adapters.Value) adapters.Value {
	return func(r *adapters.Record, before adapters.Value) adapters.Value {
		var all []adapters.Value
		asked := false
		for i, c := range m.columns {
			x, _ := bit(r.At(c))
			asked = asked || x >= 0
			if x != 1 {
				continue
			}
			name := m.choices[i]
			if code, ok := codes[name]; ok {
				name = code
			}
			all = append(all, adapters.Value{Raw: name})
		}
		if len(all) == 0 {
			return adapters.Value{Null: true, Raw: before.Raw}
		}
		return adapters.Value{List: all}
	}
}

// shared returns the groups that all columns of a repeat have before their names.
func shared(s *sheet) string {
	common, first := "", true
	for _, c := range s.columns {
		if linking(c, true) || own[c] {
			continue
		}
		at := strings.LastIndexAny(c, "/.")
		if at < 1 || at == len(c)-1 || c[at+1] == ' ' || c[at-1] == ' ' {
			return ""
		}
		if first {
			common, first = c[:at+1], false
		}
		for !strings.HasPrefix(c, common) {
			at := strings.LastIndexAny(strings.TrimRight(common, "/."), "/.")
			common = common[:at+1]
		}
	}
	return common
}
