package imports

import (
	"strconv"
	"strings"

	"casehub/adapters"
)

// row is one record as the rules of a stream see it: with the record that it is a
// child of, and its place there.
//
// A rule names a value by the source's own name. "@key" is the record's key at the
// source, "@version" its version, "@position" its place among its parent's
// children, from 1. "^NAME" is a value of the parent. "CHILD[2]/NAME" is a value of
// the second child; it is looked for where no value has that name.
type row struct {
	rec      *adapters.Record
	up       *row
	name     string // of the children that it is one of
	position int
}

// value returns a value by its name; a null where there is none.
func (r *row) value(name string) adapters.Value {
	if name == "" {
		return adapters.Value{Null: true}
	}
	switch name[0] {
	case '@':
		switch name {
		case "@key":
			return textValue(r.key())
		case "@version":
			return textValue(r.rec.Version)
		case "@position":
			if r.position == 0 {
				return adapters.Value{Null: true}
			}
			return textValue(strconv.Itoa(r.position))
		}
	case '^':
		if r.up == nil {
			return adapters.Value{Null: true}
		}
		return r.up.value(name[1:])
	}
	if r.rec.Header != nil {
		if i := r.rec.Header.Index(name); i >= 0 {
			return r.rec.At(i)
		}
	}
	if len(r.rec.Children) > 0 {
		return r.ofChild(name)
	}
	return adapters.Value{Null: true}
}

// problemOf returns what the source says is wrong with a value, by its name; "" for
// nothing.
func (r *row) problemOf(name string) adapters.Code {
	if rest, above := strings.CutPrefix(name, "^"); above && r.up != nil {
		return r.up.problemOf(rest)
	}
	for _, p := range r.rec.Problems {
		if p.Column == name && name != "" {
			return p.Code
		}
	}
	return ""
}

// ofChild returns a value of a child: "parties[1]/name".
func (r *row) ofChild(name string) adapters.Value {
	open := strings.IndexByte(name, '[')
	if open < 0 {
		return adapters.Value{Null: true}
	}
	number, rest, ok := strings.Cut(name[open+1:], "]/")
	n, err := strconv.Atoi(number)
	children := r.rec.Children[name[:open]]
	if !ok || err != nil || n < 1 || n > len(children) {
		return adapters.Value{Null: true}
	}
	child := row{rec: &children[n-1], up: r, name: name[:open], position: n}
	return child.value(rest)
}

// key returns the key that the source gives the record. A child without one has
// that of its parent with its place.
func (r *row) key() string {
	if r.rec.Key != "" || r.up == nil {
		return r.rec.Key
	}
	return r.up.key() + r.suffix()
}

// suffix is what the key of a child has after that of its parent.
func (r *row) suffix() string { return "/" + r.name + "[" + strconv.Itoa(r.position) + "]" }

func textValue(s string) adapters.Value { return adapters.Value{Raw: s, Null: s == ""} }

// below returns the children of a row at a path of names, in their order: those of
// "parties" and "calls" are all calls of all parties. A name may have slashes in it.
func (r *row) below(path []string) []*row {
	if len(path) == 0 {
		return []*row{r}
	}
	if len(path) == 1 && path[0] == documentsPart {
		return documentRows(r)
	}
	for n := len(path); n > 0; n-- {
		name := strings.Join(path[:n], "/")
		children := r.rec.Children[name]
		if len(children) == 0 {
			continue
		}
		var rows []*row
		for i := range children {
			child := &row{rec: &children[i], up: r, name: name, position: i + 1}
			rows = append(rows, child.below(path[n:])...)
		}
		return rows
	}
	return nil
}

// top returns the record that a row stands in.
func (r *row) top() *row {
	for r.up != nil {
		r = r.up
	}
	return r
}

// isOf reports whether a row is o or stands inside it.
func (r *row) isOf(o *row) bool {
	for ; r != nil; r = r.up {
		if r == o {
			return true
		}
	}
	return false
}

// loc says where the row stands. A child without a place of its own stands where its
// parent does.
func (r *row) loc() adapters.Locator {
	if r.up != nil && r.rec.Loc == (adapters.Locator{}) {
		return r.up.loc()
	}
	return r.rec.Loc
}

// asText returns a value as one text: a list with its parts on lines.
func asText(v adapters.Value) string {
	if v.List == nil {
		return v.Raw
	}
	parts := make([]string, 0, len(v.List))
	for _, e := range v.List {
		if t := asText(e); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, "\n")
}

// isNull reports whether there is nothing in a value.
func isNull(v adapters.Value) bool { return v.Null && v.List == nil }

// ofSource reports whether a name is one that the source must know: not one of the
// record's own, of its parent, or of a child.
func ofSource(name string) bool {
	return name != "" && name[0] != '@' && name[0] != '^' && !strings.Contains(name, "]/")
}
