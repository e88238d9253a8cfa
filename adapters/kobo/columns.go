package kobo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/export"
	"casehub/adapters/kobo/choices"
	"casehub/adapters/kobo/legacy"
)

// own are columns of the program, not of the form.
var own = map[string]bool{
	"_id": true, "_uuid": true, "_submission_time": true, "_validation_status": true, "_notes": true, "_status": true, "_submitted_by": true,
	"__version__": true, "_tags": true, "_index": true, "meta/instanceID": true, "meta/rootUuid": true, "meta/deprecatedID": true,
}

// linking reports a column that only says where a row belongs.
func linking(column string, repeat bool) bool {
	return repeat && (column == "_parent_table_name" || column == "_parent_index" || column == "_index" || strings.HasPrefix(column, "_submission_"))
}

// questions returns the names of a table's columns, "" for those of the program.
func (s *sheet) questions() []string {
	names := slices.Clone(s.columns)
	for i, n := range names {
		if own[n] {
			names[i] = ""
		}
	}
	return names
}

// seen is what the rows of a table say.
type seen struct {
	several []*choices.Question
	old     bool            // "n/a" stands for nothing
	varying map[string]bool // columns in which rows of one submission differ
	// destroyed is true where the number of a submission is none any more.
	destroyed bool
}

// scanRows is the number of rows that are looked at.
const scanRows = 20_000

// scan looks at the rows of a table.
func (l *layout) scan(ctx context.Context, s *sheet) (*seen, error) {
	n := &seen{several: choices.Find(s.questions(), l.Multiple), varying: map[string]bool{}}
	n.old = !slices.Contains(s.columns, "_index")
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
		for _, q := range n.several {
			q.Check(&r)
		}
		if _, whole := number(&r); !whole {
			n.destroyed = true
		}
		if n.old && before != nil && keyOf(before) != "" && keyOf(before) == keyOf(&r) {
			legacy.Compare(n.varying, before, &r)
		}
		before = &r
	}
	return n, nil
}

// shape decides what becomes of the columns of a sheet.
func (l *layout) shape(s *sheet, n *seen) {
	named := l.columns(s)
	lists := map[int]*choices.Question{}
	var cols []export.Col
	prefix := ""
	if s.repeat && named == nil {
		prefix = shared(s)
	}
	for _, m := range n.several {
		if m.Summary >= 0 && m.Proved() {
			lists[m.Summary] = m
		}
	}
	for i, name := range s.columns {
		if linking(name, s.repeat) {
			continue
		}
		c := export.Col{Name: strings.TrimPrefix(name, prefix), From: i, Make: n.answer(name, nil)}
		q := named[i]
		if q != nil {
			c.Name, c.Make = q.Name, n.answer(name, l.form.Answer(q))
		}
		if m := lists[i]; m != nil {
			c.Make = m.List(l.form.Codes(q))
		}
		cols = append(cols, c)
	}
	for _, m := range n.several {
		if m.Summary < 0 && m.Proved() {
			name, q := strings.TrimPrefix(m.Name, prefix), l.form.Question(m.Name, s.repeatPath())
			if q != nil {
				name = q.Name
			}
			cols = append(cols, export.Col{Name: name, From: -1, Make: m.List(l.form.Codes(q))})
			l.notes = append(l.notes, fmt.Sprintf("%d columns are answers to one question: %s", len(m.Columns), m.Name))
		}
	}
	shape := export.Reshape(s.columns, cols)
	if s != l.root {
		s.table.Shape = shape
		return
	}
	var old func(*adapters.Record)
	if n.old {
		old = legacy.Children(s.table, s.columns, n.varying)
	}
	s.table.Shape = func(r *adapters.Record) {
		r.Version = r.Value("__version__").Raw
		if _, whole := number(r); !whole && r.Key == "" {
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.IDDestroyed, Column: "_id"})
		}
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

// columns finds the questions of a table's columns; nil without a form. A table of a
// repeat gets the repeat's own name and path.
func (l *layout) columns(s *sheet) map[int]*adapters.Question {
	if s == l.root {
		l.form.Choose(s.questions())
	} else {
		inside := strings.TrimSuffix(strings.TrimSuffix(s.path, s.table.Leaf), "/")
		if leaf, path, ok := l.form.Repeat(s.table.Name, inside); ok {
			s.table.Leaf, s.path = leaf, path
		}
	}
	return l.form.Match(s.questions(), s.repeatPath())
}

// answer returns what makes a value of a column: nothing of what stands for it, and
// else what the question makes, nil for what no question is known for.
func (n *seen) answer(column string, of func(*adapters.Record, adapters.Value) adapters.Value) func(*adapters.Record, adapters.Value) adapters.Value {
	return func(r *adapters.Record, v adapters.Value) adapters.Value {
		if n.old && v.Raw == "n/a" || column == "_validation_status" && v.Raw == "{}" {
			v.Null = true
		}
		if v.Null || of == nil {
			return v
		}
		return of(r, v)
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
