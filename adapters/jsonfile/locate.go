package jsonfile

import (
	"context"
	"errors"
	"io"
	"strings"

	"casehub/adapters/spreadsheet"
)

// locateDepth is how far into objects lists of records are looked for, and
// locateTables how many are taken.
const (
	locateDepth  = 4
	locateTables = 50
)

// locate finds the lists of objects in a file: where nothing is declared, each is
// a stream. An object of nothing but objects is a list under names.
func locate(ctx context.Context, f *spreadsheet.TextFile) (map[string]Table, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	w := newWalker(in, nil, nil)
	if w.looksByLine() {
		return map[string]Table{"data": {}}, nil
	}
	l := &locator{ctx: ctx, s: w.s}
	c, err := l.s.peek()
	if errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	if err != nil {
		return nil, err
	}
	if c != '{' {
		return map[string]Table{"data": {}}, nil
	}
	shape, err := l.object("", 1)
	if err != nil {
		return nil, err
	}
	return l.tables(shape), nil
}

// locator goes through the objects at the top of a document.
type locator struct {
	ctx   context.Context
	s     *scanner
	lists []string
}

// shape counts the members of an object.
type shape struct{ members, objects int }

// object goes through an object and notes its lists of objects.
func (l *locator) object(at string, depth int) (shape, error) {
	var sh shape
	if err := l.s.expect('{'); err != nil {
		return sh, err
	}
	for {
		if err := l.ctx.Err(); err != nil {
			return sh, err
		}
		c, err := l.s.peek()
		if err != nil {
			return sh, unexpected(err)
		}
		switch {
		case c == '}':
			return sh, l.s.expect('}')
		case c == ',' && sh.members > 0:
			if err := l.s.expect(','); err != nil {
				return sh, err
			}
			continue
		}
		name, err := l.s.name()
		if err != nil {
			return sh, err
		}
		sh.members++
		isObject, err := l.member(at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), depth)
		if err != nil {
			return sh, err
		}
		if isObject {
			sh.objects++
		}
	}
}

// member looks at one member and reports whether it is an object.
func (l *locator) member(at string, depth int) (bool, error) {
	c, err := l.s.peek()
	if err != nil {
		return false, unexpected(err)
	}
	switch {
	case c == '{' && depth < locateDepth:
		_, err := l.object(at, depth+1)
		return true, err
	case c == '[':
		return false, l.list(at)
	}
	_, _, err = l.s.value()
	return c == '{', err
}

// list passes over a list and notes it when it begins with an object.
func (l *locator) list(at string) error {
	if err := l.s.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := l.s.peek()
		switch {
		case err != nil:
			return unexpected(err)
		case c == ']':
			return l.s.expect(']')
		case c == ',' && !first:
			if err := l.s.expect(','); err != nil {
				return err
			}
			continue
		case c == '{' && first && len(l.lists) < locateTables:
			l.lists = append(l.lists, at+"/"+every)
		}
		if _, _, err := l.s.value(); err != nil {
			return err
		}
	}
}

// tables names the lists that were found by their last names.
func (l *locator) tables(sh shape) map[string]Table {
	if sh.members > 1 && sh.objects == sh.members {
		return map[string]Table{"data": {At: "/" + every, Name: "@name", Key: []string{"@name"}}}
	}
	switch len(l.lists) {
	case 0:
		return map[string]Table{"data": {}}
	case 1:
		return map[string]Table{"data": {At: l.lists[0]}}
	}
	all := map[string]Table{}
	for _, at := range l.lists {
		steps := parsePointer(at)
		name := steps[len(steps)-2]
		if _, taken := all[name]; taken || name == "" {
			name = strings.TrimPrefix(strings.TrimSuffix(at, "/"+every), "/")
		}
		all[name] = Table{At: at}
	}
	return all
}
