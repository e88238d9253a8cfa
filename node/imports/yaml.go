package imports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MappingError says where a mapping file is wrong.
type MappingError struct {
	Line, Column int // 1 is the first; 0 where the file has no such place
	Text         string
}

// Error returns the place and what is wrong there.
func (e *MappingError) Error() string {
	return fmt.Sprintf("mapping line %d, column %d: %s", e.Line, e.Column, e.Text)
}

func wrongAt(t *token.Token, format string, args ...any) error {
	e := &MappingError{Text: fmt.Sprintf(format, args...)}
	if t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	return e
}

func wrong(n ast.Node, format string, args ...any) error {
	return wrongAt(firstToken(n), format, args...)
}

// firstToken returns where a value begins; that of a map is its first key.
func firstToken(n ast.Node) *token.Token {
	switch m := n.(type) {
	case *ast.MappingNode:
		if len(m.Values) > 0 {
			return m.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return m.Key.GetToken()
	}
	return n.GetToken()
}

// document returns the one value of a YAML file.
func document(b []byte) (ast.Node, error) {
	f, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	var docs []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	if len(docs) != 1 {
		return nil, &MappingError{Text: "the file must hold one document"}
	}
	return docs[0], nil
}

// syntaxError takes the place out of the parser's message, which starts with
// "[line:column] ".
func syntaxError(err error) error {
	e := &MappingError{Text: "the file is not YAML"}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if place, rest, ok := strings.Cut(strings.TrimPrefix(first, "["), "] "); ok {
		line, column, _ := strings.Cut(place, ":")
		e.Line, _ = strconv.Atoi(line)
		e.Column, _ = strconv.Atoi(column)
		e.Text = rest
	}
	return e
}

// entry is one key of a map with its value.
type entry struct {
	key   string
	at    *token.Token
	value ast.Node
}

// entries returns the keys of a map in their order. A key that is not among
// the allowed ones is an error; nil allows every key.
func entries(n ast.Node, what string, allowed []string) ([]entry, error) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, wrong(n, "%s must be a map of keys and values", what)
	}
	seen := map[string]bool{}
	var all []entry
	for _, v := range values {
		key, err := keyOf(v.Key)
		if err != nil {
			return nil, err
		}
		if allowed != nil && !slices.Contains(allowed, key) {
			return nil, wrong(v.Key, "%s has no key %q", what, key)
		}
		if seen[key] {
			return nil, wrong(v.Key, "key %q stands twice", key)
		}
		seen[key] = true
		all = append(all, entry{key, v.Key.GetToken(), v.Value})
	}
	return all, nil
}

func keyOf(k ast.MapKeyNode) (string, error) {
	if k.GetToken().Value == todo {
		return "", wrong(k, "this is still to be decided")
	}
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, nil
	case *ast.MergeKeyNode, *ast.MappingKeyNode:
		return "", wrong(k, "this kind of key is not used here")
	}
	return k.GetToken().Value, nil
}

// todo marks what a draft of a mapping leaves to a person.
const todo = "TODO"

// scalar returns the text of a plain value: numbers and booleans as they are
// written. What is still to be decided is an error.
func scalar(n ast.Node, what string) (string, error) {
	s, err := plain(n, what)
	if err == nil && (s == todo || strings.HasPrefix(s, todo+" ")) {
		return "", wrong(n, "%s is still to be decided", what)
	}
	return s, err
}

func plain(n ast.Node, what string) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.LiteralNode:
		return v.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	}
	return "", wrong(n, "%s must be text", what)
}

func truth(n ast.Node, what string) (bool, error) {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value, nil
	}
	return false, wrong(n, "%s must be true or false", what)
}

// fraction returns a number from 0 to 1.
func fraction(n ast.Node, what string) (float64, error) {
	s, err := scalar(n, what)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 1 {
		return 0, wrong(n, "%s must be a number from 0 to 1", what)
	}
	return f, nil
}

func whole(n ast.Node, what string, low, high int) (int, error) {
	s, err := scalar(n, what)
	if err != nil {
		return 0, err
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < low || i > high {
		return 0, wrong(n, "%s must be a whole number from %d to %d", what, low, high)
	}
	return i, nil
}

// oneOf returns a plain value that is among the allowed ones.
func oneOf(n ast.Node, what string, allowed ...string) (string, error) {
	s, err := scalar(n, what)
	if err == nil && !slices.Contains(allowed, s) {
		err = wrong(n, "%s %q is not one of %s", what, s, strings.Join(allowed, ", "))
	}
	return s, err
}

// items returns the values of a list, or a single value as a list of one.
func items(n ast.Node) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	return []ast.Node{n}
}

// scalars returns a list of plain values.
func scalars(n ast.Node, what string) ([]string, error) {
	var all []string
	for _, v := range items(n) {
		s, err := scalar(v, what)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
