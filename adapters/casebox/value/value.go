// Package value reads the values of a node of Casebox, which are JSON written by many hands:
// a scalar, an object {value, info, childs}, or several of them, and values inside others.
package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Item is one value of a field.
type Item struct {
	Value, Info string
	Childs      map[string]any // what stands inside
	number      bool
}

// MaxDepth is how deep values may stand in each other.
const MaxDepth = 32

var errBad = errors.New("bad JSON")

// Decode reads the values of a node. PHP writes an empty object as [].
func Decode(data string) (map[string]any, error) {
	data = strings.TrimSpace(data)
	if data == "" || data == "[]" || data == "null" {
		return nil, nil
	}
	depth := 0
	for i := range len(data) {
		switch data[i] {
		case '{', '[':
			if depth++; depth > 4*MaxDepth {
				return nil, errBad
			}
		case '}', ']':
			depth--
		}
	}
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, errBad
	}
	return m, nil
}

// parts are the keys of a value that is written as an object.
var parts = map[string]bool{"name": true, "value": true, "info": true, "files": true, "childs": true, "cond": true}

// Flatten turns the three shapes of a value into a list: a scalar, an object
// {value, info, childs}, or several of them.
func Flatten(v any) []Item {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		var all []Item
		for _, e := range x {
			if _, nested := e.([]any); !nested {
				all = append(all, Flatten(e)...)
			} else {
				all = append(all, Item{Value: Text(e)})
			}
		}
		return all
	case map[string]any:
		if len(x) == 0 {
			return nil
		}
		for k := range x {
			if !parts[k] {
				return []Item{{Value: Text(x)}}
			}
		}
		return []Item{object(x)}
	case json.Number:
		return []Item{{Value: x.String(), number: true}}
	}
	return []Item{{Value: Text(v)}}
}

// object reads {value, info, childs}.
func object(x map[string]any) Item {
	it := Item{Info: Text(x["info"])}
	switch v := x["value"].(type) {
	case nil:
	case json.Number:
		it.Value, it.number = v.String(), true
	default:
		it.Value = Text(v)
	}
	it.Childs, _ = x["childs"].(map[string]any)
	return it
}

// Text is the text of a scalar, and JSON of anything else.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "1"
		}
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// EachName calls fn with the names of all values, those inside others included.
func EachName(values map[string]any, depth int, fn func(string)) {
	if depth == MaxDepth {
		return
	}
	for name, v := range values {
		fn(name)
		for _, it := range Flatten(v) {
			EachName(it.Childs, depth+1, fn)
		}
	}
}

// Gather puts the values of all names together, those inside others included,
// and reports whether there are such.
func Gather(values map[string]any, into map[string][]Item, depth int) (nested bool) {
	if depth == MaxDepth {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		items := Flatten(values[name])
		into[name] = append(into[name], items...)
		for _, it := range items {
			if len(it.Childs) > 0 {
				Gather(it.Childs, into, depth+1)
				nested = true
			}
		}
	}
	return nested
}
