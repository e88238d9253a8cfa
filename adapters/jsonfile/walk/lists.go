package walk

import (
	"context"
	"errors"
	"io"
)

// locateDepth is how far into objects lists are looked for, and locateLists how many
// are taken.
const (
	locateDepth = 4
	locateLists = 50
)

// Lists are what a text has of lists of objects.
type Lists struct {
	// At are the pointers to their elements, in the order of the text.
	At []string
	// Named is true for an object of nothing but objects: it is itself a list, under
	// names.
	Named bool
}

// Find looks for lists of objects in a text. One that is a list itself, or has a
// document on each line, has none further in. It fails with adapters.ErrUnreadable for
// what is no JSON.
func Find(ctx context.Context, r io.Reader) (Lists, error) {
	w := New(r, nil, nil)
	if w.looksByLine() {
		return Lists{}, nil
	}
	l := &locator{ctx: ctx, s: w.s}
	c, err := l.s.peek()
	if errors.Is(err, io.EOF) {
		return Lists{}, errJSON
	}
	if err != nil || c != '{' {
		return Lists{}, err
	}
	sh, err := l.object("", 1)
	return Lists{At: l.lists, Named: sh.members > 1 && sh.objects == sh.members}, err
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
		isObject, err := l.member(at+"/"+escaped(name), depth)
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
		case c == '{' && first && len(l.lists) < locateLists:
			l.lists = append(l.lists, at+"/"+Every)
		}
		if _, _, err := l.s.value(); err != nil {
			return err
		}
	}
}
