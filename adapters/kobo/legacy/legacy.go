// Package legacy reads repeats out of the CSV files of KoBoToolbox's predecessors, which
// have no tables for them: they stand in further columns, "children[1]/name", or in
// further rows that say the rest of the submission again.
package legacy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/export/join"
	"casehub/adapters/jsontree"
)

// widened is a column of a repeat that stands beside the others: "bed_net[1]/size".
var widened = regexp.MustCompile(`^(.+?)\[(\d{1,4})\]/(.+)$`)

// Compare notes the columns in which two rows of one submission differ.
func Compare(varying map[string]bool, a, b *adapters.Record) {
	for i, name := range a.Header.Names() {
		if a.At(i).Raw != b.At(i).Raw {
			varying[name] = true
		}
	}
}

// Children returns what makes children of the columns or rows of repeats in a table of
// submissions, by the columns in which rows of one submission differ; nil where there
// are none.
func Children(t *join.Table, columns []string, varying map[string]bool) func(*adapters.Record) {
	if prefix := flattened(varying); prefix != "" {
		return rows(t, prefix)
	}
	if slices.ContainsFunc(columns, widened.MatchString) {
		return wide
	}
	return nil
}

// flattened returns the repeat whose columns differ in the rows of one submission; ""
// where others do too.
func flattened(varying map[string]bool) string {
	prefix := ""
	for name := range varying {
		at := strings.IndexByte(name, '/')
		if at < 1 || prefix != "" && name[:at+1] != prefix {
			return ""
		}
		prefix = name[:at+1]
	}
	return prefix
}

// rows makes one record of the rows of a submission, and a child of each row.
func rows(t *join.Table, prefix string) func(*adapters.Record) {
	t.Once = nil
	leaf := strings.TrimSuffix(prefix, "/")
	t.Same = func(first, next *adapters.Record) {
		if c, ok := childOf(next, prefix); ok {
			if first.Children == nil {
				first.Children = map[string][]adapters.Record{}
			}
			first.Children[leaf] = append(first.Children[leaf], c)
		}
		first.Problems = append(first.Problems, next.Problems...)
	}
	return func(r *adapters.Record) {
		children := r.Children[leaf]
		if c, ok := childOf(r, prefix); ok {
			children = append([]adapters.Record{c}, children...)
		}
		keep(r, func(name string) bool { return !strings.HasPrefix(name, prefix) })
		for i := range children {
			children[i].Stream, children[i].Key = r.Stream, jsontree.ChildKey(r.Key, leaf, i+1)
		}
		if len(children) > 0 {
			r.Children = map[string][]adapters.Record{leaf: children}
		}
	}
}

// childOf takes the columns of a repeat out of a row.
func childOf(r *adapters.Record, prefix string) (adapters.Record, bool) {
	c := adapters.Record{Loc: r.Loc, Header: r.Header, Values: slices.Clone(r.Values)}
	keep(&c, func(name string) bool { return strings.HasPrefix(name, prefix) })
	names := make([]string, len(c.Header.Names()))
	filled := false
	for i, n := range c.Header.Names() {
		names[i] = strings.TrimPrefix(n, prefix)
		if c.Values[i].Raw == "n/a" {
			c.Values[i].Null = true
		}
		filled = filled || !c.Values[i].Null
	}
	c.Header = adapters.NewHeader(names)
	return c, filled
}

// keep leaves only some columns of a record.
func keep(r *adapters.Record, wanted func(name string) bool) {
	var names []string
	var values []adapters.Value
	for i, n := range r.Header.Names() {
		if wanted(n) {
			names, values = append(names, n), append(values, r.At(i))
		}
	}
	r.Header, r.Values = adapters.NewHeader(names), values
	r.Problems = slices.DeleteFunc(r.Problems, func(p adapters.Problem) bool { return p.Column != "" && !slices.Contains(names, p.Column) })
}

// wide makes children of columns with places in their names.
func wide(r *adapters.Record) {
	flat := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, name := range r.Header.Names() {
		if v := r.At(i); !v.Null && widened.MatchString(name) {
			spread(flat, name, v)
		}
	}
	keep(r, func(name string) bool { return !widened.MatchString(name) })
	rules := jsontree.Rules{}
	made := rules.Record(flat, r.Stream, r.Key, r.Loc)
	r.Children = made.Children
}

// spread puts a value where its name says.
func spread(f *jsontree.Flat, name string, v adapters.Value) {
	m := widened.FindStringSubmatch(name)
	if m == nil {
		f.Values[name] = v
		return
	}
	leaf := jsontree.Leaf(m[1], "/")
	n, err := strconv.Atoi(m[2])
	if err != nil || n < 1 {
		n = 1
	}
	if f.Children == nil {
		f.Children = map[string][]*jsontree.Flat{}
	}
	for len(f.Children[leaf]) < n {
		f.Children[leaf] = append(f.Children[leaf], &jsontree.Flat{Values: map[string]adapters.Value{}})
	}
	spread(f.Children[leaf][n-1], m[3], v)
}
