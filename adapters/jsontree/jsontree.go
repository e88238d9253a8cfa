// Package jsontree turns JSON objects into records: nested objects become names with
// a path, lists of plain values become list values, lists of objects become
// children. It is for all sources whose records are JSON.
//
// Numbers keep the text that they have. Records of equal content are equal whatever
// the order of their keys. A text that is too deep, too large, or names a key twice
// is refused, and so is what is no JSON at all.
//
// Reading is in jsontree.go, records are made in flatten.go.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// ErrJSON reports what cannot be read as JSON within the limits.
var ErrJSON = errors.New("no JSON that can be read")

// Limits of one text.
const (
	maxDepth = 64
	maxNodes = 500_000
)

// Kind is what a node is.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one value of JSON.
type Node struct {
	Kind Kind
	Text string // of a number, a string, or "true" and "false"
	// Names of an object's members, in their order; Items are their values, or an
	// array's elements.
	Names []string
	Items []Node
}

// Parse reads one value. It fails with ErrJSON.
func Parse(b []byte) (Node, error) {
	n, _, err := parse(b, 0)
	return n, err
}

// parse reads one value, of a text of which some nodes were read before. It returns how
// many there are with it.
func parse(b []byte, before int) (Node, int, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	p := parser{d: d, nodes: before}
	n, err := p.value(0)
	if err != nil {
		return Node{}, p.nodes, ErrJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Node{}, p.nodes, ErrJSON
	}
	return n, p.nodes, nil
}

type parser struct {
	d     *json.Decoder
	nodes int
}

func (p *parser) value(depth int) (Node, error) {
	t, err := p.d.Token()
	if err != nil {
		return Node{}, err
	}
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		return Node{}, ErrJSON
	}
	switch t := t.(type) {
	case nil:
		return Node{}, nil
	case bool:
		if t {
			return Node{Kind: Bool, Text: "true"}, nil
		}
		return Node{Kind: Bool, Text: "false"}, nil
	case json.Number:
		return Node{Kind: Number, Text: t.String()}, nil
	case string:
		return Node{Kind: String, Text: t}, nil
	case json.Delim:
		if t == '[' {
			return p.array(depth)
		}
		if t == '{' {
			return p.object(depth)
		}
	}
	return Node{}, ErrJSON
}

func (p *parser) array(depth int) (Node, error) {
	n := Node{Kind: Array}
	for p.d.More() {
		e, err := p.value(depth + 1)
		if err != nil {
			return Node{}, err
		}
		n.Items = append(n.Items, e)
	}
	_, err := p.d.Token()
	return n, err
}

func (p *parser) object(depth int) (Node, error) {
	n := Node{Kind: Object}
	seen := map[string]bool{}
	for p.d.More() {
		t, err := p.d.Token()
		if err != nil {
			return Node{}, err
		}
		name, ok := t.(string)
		if !ok || seen[name] {
			return Node{}, ErrJSON
		}
		seen[name] = true
		e, err := p.value(depth + 1)
		if err != nil {
			return Node{}, err
		}
		n.Names, n.Items = append(n.Names, name), append(n.Items, e)
	}
	_, err := p.d.Token()
	return n, err
}

// Get returns a member of an object by the path to it; a null where there is none.
func (n Node) Get(path ...string) Node {
	for _, name := range path {
		found := Node{}
		for i, have := range n.Names {
			if have == name {
				found = n.Items[i]
			}
		}
		n = found
	}
	return n
}

// Elements gives the elements of the array that an object has under a name, each as
// its own text, and the rest of the object with that array left out. It holds one
// element at a time beside the whole text, and no more of the rest than of one text.
// It fails with ErrJSON.
func Elements(b []byte, name string, element func(json.RawMessage) error) (rest Node, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return Node{}, ErrJSON
	}
	rest = Node{Kind: Object}
	found, seen := false, 0
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return Node{}, ErrJSON
		}
		if key == name && !found {
			found = true
			if err := elements(d, element); err != nil {
				return Node{}, err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return Node{}, ErrJSON
		}
		var v Node
		if v, seen, err = parse(raw, seen); err != nil {
			return Node{}, err
		}
		rest.Names, rest.Items = append(rest.Names, key), append(rest.Items, v)
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') || !found {
		return Node{}, ErrJSON
	}
	return rest, nil
}

func elements(d *json.Decoder, element func(json.RawMessage) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return ErrJSON
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return ErrJSON
		}
		if err := element(raw); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return ErrJSON
	}
	return nil
}
