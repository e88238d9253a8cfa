// Package walk finds values in JSON text by pointers with "*" for any element, without
// holding more of the text than the value found: what is between a bracket and the one
// that closes it belongs together, whatever is wrong inside. The text may be one
// document, several, or one on each line.
//
// Values are cut out of the text by package scan.
package walk

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"casehub/adapters/jsonfile/scan"
)

// Pointer is the way to values, step by step. Every stands for any element.
type Pointer []string

// Every is the step that every element fits.
const Every = "*"

// MaxSteps is the most steps of a pointer.
const MaxSteps = 64

// Parse cuts a JSON pointer into its steps; "" has none.
func Parse(s string) Pointer {
	if s == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(s, "/"), "/")
	for i, p := range steps {
		steps[i] = unescaper.Replace(p)
	}
	return steps
}

// How a name stands in a pointer; making these costs far more than using them.
var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape writes a name as a step of a pointer.
func Escape(name string) string { return escaper.Replace(name) }

// Found is a value that a pointer leads to, or an object on the way, with what is
// left of the pointer.
type Found struct {
	Raw   []byte // good until the next value
	Long  bool   // past the limit of a record, and Raw is not all of it
	Rest  Pointer
	Name  string // in an object around it
	Where string // pointer to what it stands in
	Place int64  // its place there, from 1, or its line
}

// Walker goes through a text to the values that a pointer names. It holds the
// containers on the way as steps, and of the text no more than the value found.
type Walker struct {
	s       *scan.Scanner
	pointer Pointer
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

// New makes a walker through a text in UTF-8. Lines says whether each line is a document
// of its own, so that a broken one does no harm to the next; nil finds out.
func New(r io.Reader, p Pointer, lines *bool) *Walker {
	return &Walker{s: scan.New(r), pointer: p, lines: lines}
}

// Next returns the next value, and io.EOF at the end. It fails with
// adapters.ErrUnreadable where the text around the values is no JSON.
func (w *Walker) Next() (Found, error) {
	if !w.begun {
		w.begun = true
		if w.lines == nil {
			byLine := ByLine(w.s)
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

// ByLine reports a text of which most of the first lines are whole documents. It takes
// nothing of it.
func ByLine(s *scan.Scanner) bool {
	head, err := s.Head(32 << 10)
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
		if filled++; (l[0] == '{' || l[0] == '[') && isWhole(l) {
			whole++
		}
		if filled == 10 {
			break
		}
	}
	return filled > 1 && whole*2 > filled
}

// isWhole reports a text whose first bracket closes at its end.
func isWhole(text []byte) bool {
	s := scan.New(bytes.NewReader(text))
	raw, _, err := s.Value()
	return err == nil && len(raw) == len(text)
}

// nextLine returns the next line that is not blank.
func (w *Walker) nextLine() (Found, error) {
	for {
		at := w.s.Line
		raw, long, err := w.s.TextLine()
		if err != nil {
			return Found{}, err
		}
		raw = bytes.Trim(raw, " \t\r\n\x1e\x00")
		if len(raw) > 0 || long {
			return Found{Raw: raw, Long: long, Rest: w.pointer, Place: at}, nil
		}
	}
}

// document begins the next document of the text; a list without a pointer is gone
// through.
func (w *Walker) document() (Found, bool, error) {
	c, err := w.s.Peek()
	if err != nil {
		return Found{}, false, err
	}
	if c == ',' { // documents with commas between them, and no list around
		err := w.s.Skip()
		return Found{}, false, err
	}
	w.docs++
	if len(w.pointer) == 0 && c == '[' {
		w.pointer = Pointer{Every}
	}
	if w.enter(c, 0) {
		w.stack = append(w.stack, step{object: c == '{'})
		err := w.s.Skip()
		return Found{}, false, err
	}
	line := w.s.Line
	raw, long, err := w.s.Value()
	if err != nil || len(w.pointer) > 0 && c != '{' && c != '[' {
		return Found{}, false, err
	}
	return Found{Raw: raw, Long: long, Rest: w.pointer, Place: line}, true, nil
}

// enter reports whether a container is gone through piece by piece: as far as no
// list was passed, so that what is around a record further in is held with it.
func (w *Walker) enter(c byte, depth int) bool {
	if c != '{' && c != '[' || depth >= len(w.pointer) {
		return false
	}
	for _, p := range w.pointer[:depth] {
		if p == Every {
			return false
		}
	}
	return true
}

// element goes one element further in the innermost container.
func (w *Walker) element() (Found, bool, error) {
	top := &w.stack[len(w.stack)-1]
	c, err := w.s.Peek()
	if err != nil {
		return Found{}, false, scan.Unexpected(err)
	}
	if c == ',' && top.count > 0 {
		if err := w.s.Skip(); err != nil {
			return Found{}, false, err
		}
		if c, err = w.s.Peek(); err != nil {
			return Found{}, false, scan.Unexpected(err)
		}
	} else if top.count > 0 && c != '}' && c != ']' {
		return Found{}, false, scan.ErrJSON
	}
	if c == '}' || c == ']' {
		if top.object != (c == '}') {
			return Found{}, false, scan.ErrJSON
		}
		w.stack = w.stack[:len(w.stack)-1]
		err := w.s.Skip()
		return Found{}, false, err
	}
	name := strconv.FormatInt(top.count, 10)
	if top.object {
		if name, err = w.s.Name(); err != nil {
			return Found{}, false, err
		}
		if c, err = w.s.Peek(); err != nil {
			return Found{}, false, scan.Unexpected(err)
		}
	}
	top.count++
	return w.take(top, c, name)
}

// take decides on one element: it is gone into, given, or passed over.
func (w *Walker) take(top *step, c byte, name string) (Found, bool, error) {
	depth := len(w.stack)
	want := w.pointer[depth-1]
	fits := want == Every || want == name
	if fits && w.enter(c, depth) {
		w.stack = append(w.stack, step{object: c == '{', name: name})
		err := w.s.Skip()
		return Found{}, false, err
	}
	count, object := top.count, top.object
	raw, long, err := w.s.Value()
	if err != nil || !fits {
		return Found{}, false, err
	}
	f := Found{Raw: raw, Long: long, Rest: w.pointer[depth:], Where: w.where(), Place: count}
	if object {
		f.Name = name
	}
	return f, true, nil
}

// where returns the pointer to the innermost container.
func (w *Walker) where() string {
	var out strings.Builder
	for _, s := range w.stack[1:] {
		out.WriteString("/" + Escape(s.name))
	}
	return out.String()
}
