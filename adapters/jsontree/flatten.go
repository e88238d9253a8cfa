package jsontree

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
)

// Rules say how a tree becomes a record.
type Rules struct {
	// Separator joins the names of nested objects; "/" when "".
	Separator string
	// Full is true where the keys in a list's objects begin with the path of the
	// list itself, as KoBo's do. It is taken off.
	Full bool
	// Skip leaves a value out, by its path with repeats.
	Skip func(repeat, name string) bool
	// Value makes a value of a node its own way and reports whether it did; what it
	// makes of an object or array is not looked into.
	Value func(repeat, name string, n Node) (adapters.Value, bool)
	// Repeats are objects that are a list of one, by their path with repeats.
	Repeats func(repeat, name string) bool
	// Seen is told of every list of objects, before it is taken.
	Seen func(repeat, name string)

	headers map[string]*adapters.Header
}

// Flat is a tree on its way to a record.
type Flat struct {
	Values   map[string]adapters.Value
	Children map[string][]*Flat
	// Paths are the whole names of the children, groups included.
	Paths map[string]string
}

// Flatten takes a tree apart. Values that are null or empty lists are left out.
func (r *Rules) Flatten(n Node) *Flat { return r.flat("", n) }

func (r *Rules) flat(repeat string, n Node) *Flat {
	f := &Flat{Values: map[string]adapters.Value{}}
	if n.Kind == Object {
		r.object(f, repeat, "", n)
	} else {
		r.add(f, repeat, "value", n)
	}
	return f
}

func (r *Rules) separator() string {
	if r.Separator == "" {
		return "/"
	}
	return r.Separator
}

func (r *Rules) object(f *Flat, repeat, prefix string, n Node) {
	for i, name := range n.Names {
		if prefix != "" {
			name = prefix + r.separator() + name
		}
		r.add(f, repeat, name, n.Items[i])
	}
}

func (r *Rules) add(f *Flat, repeat, name string, n Node) {
	if r.Skip != nil && r.Skip(repeat, name) {
		return
	}
	if r.Value != nil {
		if v, ok := r.Value(repeat, name, n); ok {
			f.set(name, v)
			return
		}
	}
	switch n.Kind {
	case Null:
	case Object:
		if r.Repeats != nil && r.Repeats(repeat, name) {
			r.children(f, repeat, name, []Node{n})
			return
		}
		r.object(f, repeat, name, n)
	case Array:
		r.array(f, repeat, name, n)
	default:
		f.set(name, Scalar(n))
	}
}

// Scalar returns a plain value.
func Scalar(n Node) adapters.Value {
	v := adapters.Value{Raw: n.Text}
	switch n.Kind {
	case Number:
		v.Kind = adapters.Number
	case Bool:
		v.Kind = adapters.Bool
	case Null:
		v.Null = true
	}
	return v
}

// set gives a value a name that no other has.
func (f *Flat) set(name string, v adapters.Value) {
	if v.Null && v.List == nil {
		return
	}
	if name == "" {
		name = "value"
	}
	free := name
	for n := 2; ; n++ {
		if _, taken := f.Values[free]; !taken {
			f.Values[free] = v
			return
		}
		free = name + "#" + strconv.Itoa(n)
	}
}

func (r *Rules) array(f *Flat, repeat, name string, n Node) {
	plain := !slices.ContainsFunc(n.Items, func(e Node) bool { return e.Kind == Array || e.Kind == Object })
	switch {
	case len(n.Items) == 0:
	case plain:
		list := make([]adapters.Value, len(n.Items))
		for i, e := range n.Items {
			list[i] = Scalar(e)
		}
		f.set(name, adapters.Value{List: list})
	default:
		if r.Seen != nil {
			r.Seen(repeat, name)
		}
		r.children(f, repeat, name, n.Items)
	}
}

// children adds a list of objects. It is known by its last name, with "~1" and so on
// behind it where another list has that name.
func (r *Rules) children(f *Flat, repeat, name string, items []Node) {
	if f.Children == nil {
		f.Children, f.Paths = map[string][]*Flat{}, map[string]string{}
	}
	leaf := Leaf(name, r.separator())
	free := leaf
	for i := 1; f.Children[free] != nil; i++ {
		free = leaf + "~" + strconv.Itoa(i)
	}
	path := free
	if repeat != "" {
		path = repeat + "/" + free
	}
	f.Paths[free] = name
	for _, e := range items {
		if r.Full {
			e = within(e, r.separator(), name)
		}
		f.Children[free] = append(f.Children[free], r.flat(path, e))
	}
}

// Leaf returns the last part of a name, without a slash in it.
func Leaf(name, separator string) string {
	if i := strings.LastIndex(name, separator); i >= 0 {
		name = name[i+len(separator):]
	}
	if name = strings.ReplaceAll(name, "/", "_"); name == "" {
		return "items"
	}
	return name
}

// within takes the path of a list off the names of one of its objects, and off the
// names further in.
func within(n Node, separator, path string) Node {
	if n.Kind != Object {
		return n
	}
	out := Node{Kind: Object, Names: make([]string, len(n.Names)), Items: n.Items}
	for i, name := range n.Names {
		short, _ := strings.CutPrefix(name, path+separator)
		out.Names[i] = short
		if e := n.Items[i]; e.Kind == Array && short != name {
			if i == 0 || &out.Items[0] == &n.Items[0] {
				out.Items = slices.Clone(n.Items)
			}
			out.Items[i] = rebase(e, separator, name, short)
		}
	}
	return out
}

// rebase makes the names in a nested list begin with its short path.
func rebase(list Node, separator, long, short string) Node {
	out := Node{Kind: Array, Items: slices.Clone(list.Items)}
	for i, e := range out.Items {
		if e.Kind != Object {
			continue
		}
		o := Node{Kind: Object, Names: slices.Clone(e.Names), Items: slices.Clone(e.Items)}
		for k, name := range o.Names {
			rest, ok := strings.CutPrefix(name, long+separator)
			if !ok {
				continue
			}
			o.Names[k] = short + separator + rest
			if o.Items[k].Kind == Array {
				o.Items[k] = rebase(o.Items[k], separator, name, o.Names[k])
			}
		}
		out.Items[i] = o
	}
	return out
}

// maxHeaders is how many different sets of names are remembered.
const maxHeaders = 4096

// Record makes a record of a stream with a key, and its children with theirs. Names
// stand in ascending order. The record is not sealed.
func (r *Rules) Record(f *Flat, stream, key string, at adapters.Locator) adapters.Record {
	rec := adapters.Record{Stream: stream, Key: key, Loc: at}
	names := slices.Sorted(maps.Keys(f.Values))
	rec.Header = r.header(names)
	rec.Values = make([]adapters.Value, len(names))
	for i, n := range names {
		rec.Values[i] = f.Values[n]
	}
	for name, list := range f.Children {
		if rec.Children == nil {
			rec.Children = map[string][]adapters.Record{}
		}
		all := make([]adapters.Record, len(list))
		for i, c := range list {
			all[i] = r.Record(c, stream, ChildKey(key, name, i+1), at)
		}
		rec.Children[name] = all
	}
	return rec
}

// ChildKey returns the key of a child by its place, from 1.
func ChildKey(parent, name string, position int) string {
	return parent + "/" + name + "[" + strconv.Itoa(position) + "]"
}

// SealAll seals a record and its children.
func SealAll(rec *adapters.Record) {
	for _, list := range rec.Children {
		for i := range list {
			SealAll(&list[i])
		}
	}
	rec.Seal()
}

func (r *Rules) header(names []string) *adapters.Header {
	id := strings.Join(names, "\x00")
	if h, ok := r.headers[id]; ok {
		return h
	}
	if r.headers == nil || len(r.headers) >= maxHeaders {
		r.headers = map[string]*adapters.Header{}
	}
	h := adapters.NewHeader(names)
	r.headers[id] = h
	return h
}

// Bad returns a record that cannot be read, so that it is counted.
func Bad(stream, key string, at adapters.Locator, code adapters.Code) adapters.Record {
	rec := adapters.Record{Stream: stream, Key: key, Loc: at, Header: adapters.NewHeader(nil), Problems: []adapters.Problem{{Code: code}}}
	rec.Seal()
	return rec
}
