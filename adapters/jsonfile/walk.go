package jsonfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// found is a value that a pointer leads to, or an object on the way, with what is
// left of the pointer.
type found struct {
	raw   []byte
	long  bool
	rest  []string
	name  string // in an object around it
	where string // pointer to what it stands in
	place int64  // its place there, or its line
}

// walker goes through a text to the values that a pointer names. It holds the
// containers on the way as steps, and of the text no more than the value found.
type walker struct {
	s       *scanner
	pointer []string
	lines   *bool
	stack   []step
	begun   bool
	docs    int64
}

// step is a container that is being gone through.
type step struct {
	object bool
	count  int64
	name   string // step of the pointer that led into it
}

func newWalker(r io.Reader, pointer []string, lines *bool) *walker {
	return &walker{s: newScanner(r), pointer: pointer, lines: lines}
}

// next returns the next value. It returns io.EOF at the end.
func (w *walker) next() (found, error) {
	if !w.begun {
		w.begun = true
		if w.lines == nil {
			byLine := w.looksByLine()
			w.lines = &byLine
		}
	}
	if *w.lines {
		return w.nextLine()
	}
	for {
		if len(w.stack) == 0 {
			f, ok, err := w.document()
			if ok || err != nil {
				return f, err
			}
			continue
		}
		f, ok, err := w.element()
		if ok || err != nil {
			return f, err
		}
	}
}

// looksByLine reports a text of which most of the first lines are whole
// documents.
func (w *walker) looksByLine() bool {
	head, err := w.s.r.Peek(32 << 10)
	all := bytes.Split(head, []byte{'\n'})
	if !errors.Is(err, io.EOF) && len(all) > 1 {
		all = all[:len(all)-1]
	}
	whole, filled := 0, 0
	for _, l := range all {
		l = bytes.Trim(l, " \t\r\x1e\x00")
		if len(l) == 0 {
			continue
		}
		if filled++; l[0] == '{' && l[len(l)-1] == '}' || l[0] == '[' && l[len(l)-1] == ']' {
			whole++
		}
		if filled == 10 {
			break
		}
	}
	return filled > 1 && whole*2 > filled
}

// nextLine returns the next line that is not blank.
func (w *walker) nextLine() (found, error) {
	for {
		at := w.s.line
		raw, long, err := w.s.textLine()
		if err != nil {
			return found{}, err
		}
		raw = bytes.Trim(raw, " \t\r\n\x1e\x00")
		if len(raw) > 0 || long {
			return found{raw: raw, long: long, rest: w.pointer, place: at}, nil
		}
	}
}

// document begins the next document of the text; a list without a pointer is gone
// through.
func (w *walker) document() (found, bool, error) {
	c, err := w.s.peek()
	if err != nil {
		return found{}, false, err
	}
	if c == ',' { // documents with commas between them, and no list around
		_, err := w.s.r.ReadByte()
		return found{}, false, err
	}
	w.docs++
	if len(w.pointer) == 0 && c == '[' {
		w.pointer = []string{every}
	}
	if w.enter(c, 0) {
		w.stack = append(w.stack, step{object: c == '{'})
		_, err := w.s.r.ReadByte()
		return found{}, false, err
	}
	line := w.s.line
	raw, long, err := w.s.value()
	if err != nil || len(w.pointer) > 0 && c != '{' && c != '[' {
		return found{}, false, err
	}
	return found{raw: raw, long: long, rest: w.pointer, place: line}, true, nil
}

// enter reports whether a container is gone through piece by piece: as far as no
// list was passed, so that what is around a record further in is held with it.
func (w *walker) enter(c byte, depth int) bool {
	if c != '{' && c != '[' || depth >= len(w.pointer) {
		return false
	}
	for _, p := range w.pointer[:depth] {
		if p == every {
			return false
		}
	}
	return true
}

// element goes one element further in the innermost container.
func (w *walker) element() (found, bool, error) {
	top := &w.stack[len(w.stack)-1]
	c, err := w.s.peek()
	if err != nil {
		return found{}, false, unexpected(err)
	}
	if c == ',' && top.count > 0 {
		if _, err := w.s.r.ReadByte(); err != nil {
			return found{}, false, err
		}
		if c, err = w.s.peek(); err != nil {
			return found{}, false, unexpected(err)
		}
	} else if top.count > 0 && c != '}' && c != ']' {
		return found{}, false, errJSON
	}
	if c == '}' || c == ']' {
		if top.object != (c == '}') {
			return found{}, false, errJSON
		}
		w.stack = w.stack[:len(w.stack)-1]
		_, err := w.s.r.ReadByte()
		return found{}, false, err
	}
	name := itoa(int(top.count))
	if top.object {
		if name, err = w.s.name(); err != nil {
			return found{}, false, err
		}
		if c, err = w.s.peek(); err != nil {
			return found{}, false, unexpected(err)
		}
	}
	top.count++
	return w.take(top, c, name)
}

// take decides on one element: it is gone into, given, or passed over.
func (w *walker) take(top *step, c byte, name string) (found, bool, error) {
	depth := len(w.stack)
	want := w.pointer[depth-1]
	fits := want == every || want == name
	if fits && w.enter(c, depth) {
		w.stack = append(w.stack, step{object: c == '{', name: name})
		_, err := w.s.r.ReadByte()
		return found{}, false, err
	}
	count, object := top.count, top.object
	raw, long, err := w.s.value()
	if err != nil || !fits {
		return found{}, false, err
	}
	f := found{raw: raw, long: long, rest: w.pointer[depth:], where: w.where(), place: count}
	if object {
		f.name = name
	}
	return f, true, nil
}

// where returns the pointer to the innermost container.
func (w *walker) where() string {
	var out strings.Builder
	for _, s := range w.stack[1:] {
		out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.name))
	}
	return out.String()
}
