// Package lists looks for lists of records in a text of JSON: lists of objects, rows under
// the names of their columns, and tables as phpMyAdmin exports them.
package lists

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"casehub/adapters/jsonfile/scan"
	"casehub/adapters/jsonfile/walk"
)

// locateDepth is how far into objects lists are looked for, and locateLists how many
// are taken.
const (
	locateDepth = 4
	locateLists = 50
)

// maxPointer is the most bytes of a pointer, and of the name of a table: each list below
// a name has a copy of it.
const maxPointer = 4 << 10

// maxTables is how many tables of an export are taken.
const maxTables = 20_000

// List is a list of records.
type List struct {
	// At is the pointer to its elements.
	At string
	// Name is how the text calls it, "" where it does not.
	Name string
	// Header says, of records that are lists themselves, where the names of their values
	// stand: a pointer, or FirstRow; "" for records that are objects.
	Header string
}

// FirstRow is the header of a list whose first element names the values of the others.
const FirstRow = "first"

// Lists are what a text has of lists of records.
type Lists struct {
	All []List // in the order of the text
	// Named is true for an object of nothing but objects: it is itself a list, under
	// names.
	Named bool
}

// Find looks for lists of records in a text. One that is a list of objects itself, or has
// a document on each line, has none further in. It fails with adapters.ErrUnreadable for
// what is no JSON.
func Find(ctx context.Context, r io.Reader) (Lists, error) {
	l := &locator{ctx: ctx, s: scan.New(r)}
	if walk.ByLine(l.s) {
		return Lists{}, nil
	}
	c, err := l.s.Peek()
	switch {
	case errors.Is(err, io.EOF), err == nil && c != '{' && c != '[':
		return Lists{}, scan.ErrJSON
	case err != nil:
		return Lists{}, err
	case c == '[':
		all, err := l.top()
		return Lists{All: all}, err
	}
	sh, err := l.object("", 1)
	return Lists{All: l.found(), Named: sh.members > 1 && sh.objects == sh.members}, err
}

// locator goes through the objects at the top of a document.
type locator struct {
	ctx   context.Context
	s     *scan.Scanner
	lists []List
	heads []string // pointers to names of columns
}

// shape counts the members of an object.
type shape struct{ members, objects int }

// object goes through an object and notes its lists of objects.
func (l *locator) object(at string, depth int) (shape, error) {
	var sh shape
	if err := l.s.Expect('{'); err != nil {
		return sh, err
	}
	for {
		if err := l.ctx.Err(); err != nil {
			return sh, err
		}
		c, err := l.s.Peek()
		if err != nil {
			return sh, scan.Unexpected(err)
		}
		switch {
		case c == '}':
			return sh, l.s.Expect('}')
		case c == ',' && sh.members > 0:
			if err := l.s.Expect(','); err != nil {
				return sh, err
			}
			continue
		}
		name, err := l.s.Name()
		if err != nil {
			return sh, err
		}
		sh.members++
		isObject, err := l.member(at, name, depth)
		if err != nil {
			return sh, err
		}
		if isObject {
			sh.objects++
		}
	}
}

// member looks at one member of an object and reports whether it is an object itself.
func (l *locator) member(of, name string, depth int) (bool, error) {
	c, err := l.s.Peek()
	if err != nil {
		return false, scan.Unexpected(err)
	}
	if len(of)+len(name) > maxPointer {
		_, _, err = l.s.Value()
		return c == '{', err
	}
	at := of + "/" + walk.Escape(name)
	switch {
	case c == '{' && depth < locateDepth:
		_, err := l.object(at, depth+1)
		return true, err
	case c == '[':
		return false, l.list(at)
	}
	_, _, err = l.s.Value()
	return c == '{', err
}

// list passes over a list and notes it when it begins with an object, or with a list.
func (l *locator) list(at string) error {
	if err := l.s.Expect('['); err != nil {
		return err
	}
	if isHead(at) && len(l.heads) < locateLists {
		l.heads = append(l.heads, at)
	}
	for first := true; ; first = false {
		c, err := l.s.Peek()
		switch {
		case err != nil:
			return scan.Unexpected(err)
		case c == ']':
			return l.s.Expect(']')
		case c == ',' && !first:
			if err := l.s.Expect(','); err != nil {
				return err
			}
			continue
		}
		raw, _, err := l.s.Value()
		if err != nil {
			return err
		}
		if first && len(l.lists) < locateLists {
			l.begins(at, c, raw)
		}
	}
}

// begins notes a list by its first element.
func (l *locator) begins(at string, c byte, raw []byte) {
	switch {
	case c == '{' && !isHead(at):
		l.lists = append(l.lists, List{At: at + "/" + walk.Every})
	case c == '{':
		l.lists = append(l.lists, List{At: at + "/" + walk.Every, Header: at}) // records, if no rows need it
	case c == '[' && named(raw):
		l.lists = append(l.lists, List{At: at + "/" + walk.Every, Header: FirstRow})
	case c == '[':
		l.lists = append(l.lists, List{At: at + "/" + walk.Every, Header: " "})
	}
}

// isHead reports a list that is called as names of columns are.
func isHead(at string) bool {
	switch at[strings.LastIndexByte(at, '/')+1:] {
	case "columns", "cols", "fields", "header", "headers", "columnNames", "column_names":
		return true
	}
	return false
}

// named reports a row of nothing but names, each another.
func named(raw []byte) bool {
	var names []string
	if json.Unmarshal(raw, &names) != nil || len(names) == 0 {
		return false
	}
	seen := map[string]bool{}
	for _, n := range names {
		if n == "" || seen[n] {
			return false
		}
		seen[n] = true
	}
	return true
}

// found gives rows the names of columns that stand beside them, and leaves out rows that
// nothing names.
func (l *locator) found() []List {
	var all []List
	used := map[string]bool{}
	for _, x := range l.lists {
		if x.Header != FirstRow && x.Header != " " {
			continue
		}
		for _, h := range l.heads {
			if above(h) == above(strings.TrimSuffix(x.At, "/"+walk.Every)) {
				used[h] = true
			}
		}
	}
	for _, x := range l.lists {
		at := strings.TrimSuffix(x.At, "/"+walk.Every)
		switch x.Header {
		case FirstRow, " ":
			for _, h := range l.heads {
				if above(h) == above(at) {
					x.Header = h
				}
			}
		case "":
		default:
			if used[x.Header] {
				continue
			}
			x.Header = ""
		}
		if x.Header != " " {
			all = append(all, x)
		}
	}
	return all
}

func above(at string) string { return at[:strings.LastIndexByte(at, '/')] }

// top looks into a list at the top: rows under a first one of names, or tables as
// phpMyAdmin exports them, each an object with its name and data.
func (l *locator) top() ([]List, error) {
	if err := l.s.Expect('['); err != nil {
		return nil, err
	}
	var all []List
	for i := 0; ; i++ {
		if err := l.ctx.Err(); err != nil {
			return nil, err
		}
		c, err := l.s.Peek()
		if err == nil && c == ',' && i > 0 {
			if err = l.s.Expect(','); err == nil {
				c, err = l.s.Peek()
			}
		}
		switch {
		case err != nil:
			return nil, scan.Unexpected(err)
		case c == '[' && i == 0:
			return l.rows()
		case c != '{':
			return all, nil
		}
		m, err := l.table()
		if err != nil || m["type"] != "header" && m["type"] != "database" && m["type"] != "table" {
			return nil, err
		}
		if m["type"] == "table" && m["data"] != "" && len(all) < maxTables {
			all = append(all, List{At: "/" + strconv.Itoa(i) + "/data/" + walk.Every, Name: m["name"]})
		}
	}
}

// rows looks at the first row of several.
func (l *locator) rows() ([]List, error) {
	raw, _, err := l.s.Value()
	if err != nil || !named(raw) {
		return nil, err
	}
	return []List{{At: "/" + walk.Every, Header: FirstRow}}, nil
}

// table reads the members of an object that say which table of an export it is, as far as
// they are texts; of a list it only says that there is one.
func (l *locator) table() (map[string]string, error) {
	m := map[string]string{}
	if err := l.s.Expect('{'); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		c, err := l.s.Peek()
		switch {
		case err != nil:
			return nil, scan.Unexpected(err)
		case c == '}':
			return m, l.s.Expect('}')
		case c == ',' && !first:
			if err := l.s.Expect(','); err != nil {
				return nil, err
			}
			continue
		}
		name, err := l.s.Name()
		if err != nil {
			return nil, err
		}
		if c, err = l.s.Peek(); err != nil {
			return nil, scan.Unexpected(err)
		}
		raw, _, err := l.s.Value()
		if err != nil {
			return nil, err
		}
		if name == "type" || name == "name" || name == "data" {
			m[name] = textOf(c, raw)
		}
	}
}

// textOf returns a value that is a short text, "[" for a list, and "" for all others.
func textOf(c byte, raw []byte) string {
	var text string
	switch {
	case c == '[':
		return "["
	case len(raw) > maxPointer || json.Unmarshal(raw, &text) != nil:
		return ""
	}
	return text
}
