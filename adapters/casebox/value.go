package casebox

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// item is one value of a field.
type item struct {
	value, info string
	number      bool
	childs      map[string]any
}

// maxDepth is how deep values may stand in each other.
const maxDepth = 32

// decode reads the values of a node. PHP writes an empty object as [].
func decode(data string) (map[string]any, error) {
	data = strings.TrimSpace(data)
	if data == "" || data == "[]" || data == "null" {
		return nil, nil
	}
	depth := 0
	for i := range len(data) {
		switch data[i] {
		case '{', '[':
			if depth++; depth > 4*maxDepth {
				return nil, errDeep
			}
		case '}', ']':
			depth--
		}
	}
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, errors.New("bad JSON")
	}
	return m, nil
}

// parts are the keys of a value that is written as an object.
var parts = map[string]bool{"name": true, "value": true, "info": true, "files": true, "childs": true, "cond": true}

// flatten turns the three shapes of a value into a list: a scalar, an object
// {value, info, childs}, or several of them.
func flatten(v any) []item {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		var all []item
		for _, e := range x {
			if _, nested := e.([]any); !nested {
				all = append(all, flatten(e)...)
			} else {
				all = append(all, item{value: text(e)})
			}
		}
		return all
	case map[string]any:
		if len(x) == 0 {
			return nil
		}
		for k := range x {
			if !parts[k] {
				return []item{{value: text(x)}}
			}
		}
		return []item{object(x)}
	case json.Number:
		return []item{{value: x.String(), number: true}}
	}
	return []item{{value: text(v)}}
}

// object reads {value, info, childs}.
func object(x map[string]any) item {
	it := item{info: text(x["info"])}
	switch v := x["value"].(type) {
	case nil:
	case json.Number:
		it.value, it.number = v.String(), true
	default:
		it.value = text(v)
	}
	it.childs, _ = x["childs"].(map[string]any)
	return it
}

// text is the text of a scalar, and JSON of anything else.
func text(v any) string {
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

// eachName calls fn with the names of all values, those inside others included.
func eachName(values map[string]any, depth int, fn func(string)) {
	if depth == maxDepth {
		return
	}
	for name, v := range values {
		fn(name)
		for _, it := range flatten(v) {
			eachName(it.childs, depth+1, fn)
		}
	}
}

// single makes the value of an item as the field's type has it.
func single(f *field, it item) adapters.Value {
	if strings.TrimSpace(it.value) == "" {
		return adapters.Value{Null: true}
	}
	switch f.kind {
	case "checkbox":
		return checkbox(it.value)
	case "int", "float":
		return tables.Typed(it.value, adapters.Number)
	case "date":
		return day(it.value)
	case "datetime":
		return tables.Typed(it.value, adapters.Date)
	}
	v := adapters.Value{Raw: it.value}
	if it.number && !f.points() {
		v.Kind = adapters.Number
	}
	return v
}

// checkbox is yes for what is more than zero and no for what is less; zero is
// unknown.
func checkbox(s string) adapters.Value {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "0", "":
		return adapters.Value{Raw: s, Null: true}
	case "1", "true", "on", "yes":
		return adapters.Value{Raw: "true", Kind: adapters.Bool}
	case "-1", "false", "off", "no":
		return adapters.Value{Raw: "false", Kind: adapters.Bool}
	}
	return adapters.Value{Raw: s}
}

// day rounds a moment to the nearest day: browsers wrote a day as midnight of
// their own zone.
func day(s string) adapters.Value {
	v := tables.Typed(s, adapters.Date)
	if v.Kind != adapters.Date || len(v.Raw) < 13 {
		return v
	}
	hour := v.Raw[11:13]
	v.Raw = v.Raw[:10]
	if hour >= "12" {
		v.Raw = nextDay(v.Raw)
	}
	return v
}

// several makes one value of the items of a field: the value itself where there
// is one, else a list.
func several(values []adapters.Value) adapters.Value {
	kept := values[:0:0]
	for _, v := range values {
		if !v.Null {
			kept = append(kept, v)
		}
	}
	switch len(kept) {
	case 0:
		return adapters.Value{Null: true}
	case 1:
		return kept[0]
	}
	return tables.List(kept)
}

// ids splits the lists of ids that a field of references holds.
func ids(items []item) []string {
	var all []string
	for _, it := range items {
		for id := range strings.SplitSeq(strings.Trim(it.value, "[]"), ",") {
			if id = strings.Trim(strings.TrimSpace(id), `"`); id != "" {
				all = append(all, id)
			}
		}
	}
	return all
}

func texts(list []string) adapters.Value {
	values := make([]adapters.Value, len(list))
	for i, s := range list {
		values[i] = adapters.Value{Raw: s, Null: s == ""}
	}
	return several(values)
}
