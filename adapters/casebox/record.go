package casebox

import (
	"context"
	"maps"
	"slices"

	"casehub/adapters"
	"casehub/adapters/casebox/core"
	"casehub/adapters/casebox/value"
	"casehub/adapters/tables"
)

// own are the columns that every node has.
var own = []string{"id", "pid", "case_id", "name", "date", "date_end", "author", "owner", "created", "changed", "target_id"}

// about are the streams' kinds of templates: those whose nodes hold data.
var about = []string{"case", "object", "task", "email", "comment", "time_tracking", "shortcut"}

// streams makes the streams.
func (s *source) streams() {
	for _, t := range s.List {
		if slices.Contains(about, t.Kind) && !t.IsThesaurus() && t.Count > 0 {
			s.all = append(s.all, &nodes{s, t, s.headOf(t)})
		}
	}
	if s.Strays > 0 { // seen as a stream of their own
		t := &core.Template{Name: "without template", Kind: "object"}
		s.all = append(s.all, &nodes{s, t, s.headOf(t)})
	}
	s.all = append(s.all, s.files(), s.thesauri(), s.table("users_groups", "users"), s.table("action_log", "action_log"))
	s.all = slices.DeleteFunc(s.all, func(st stream) bool { return st == nil })
}

// headOf names the columns of a template's records.
func (s *source) headOf(t *core.Template) *adapters.Header {
	names := slices.Clone(own)
	add := func(name string) {
		for slices.Contains(names, name) {
			name += "_"
		}
		names = append(names, name)
	}
	if t.Kind == "task" {
		add("task_status")
	}
	if t.Kind == "case" {
		for _, o := range s.List {
			if slices.Contains(about, o.Kind) || o.Kind == "file" {
				add("children." + o.Name)
			}
		}
	}
	for i := range t.Fields {
		add(t.Fields[i].Name)
		if t.Fields[i].Points() {
			add(t.Fields[i].Name + ".label")
		}
		add(t.Fields[i].Name + ".info")
	}
	for _, name := range t.Extra {
		add(name)
	}
	add("data")
	return adapters.NewHeader(names)
}

// nodes is the stream of the nodes of a template.
type nodes struct {
	*source
	of   *core.Template
	head *adapters.Header
}

func (s *nodes) name() string { return s.of.Name }

// Header names the columns.
func (s *nodes) Header() *adapters.Header { return s.head }

// Notes says how the stream was read.
func (s *nodes) Notes() []string {
	notes := []string{"template of type " + s.of.Kind}
	if s.of.Title != "" && s.of.Title != s.of.Name {
		notes = append(notes, "called "+s.of.Title)
	}
	if s.Stale > 0 && s.of.Kind == "case" {
		notes = append(notes, "the core keeps another case than where they stand for some nodes: their place was taken")
	}
	return notes
}

// Changed returns when a node was written last. That something came to lie inside it
// does not count.
func (s *nodes) Changed(r *adapters.Record) string { return written(r) }

func written(r *adapters.Record) string {
	last := ""
	for _, name := range []string{"created", "changed"} {
		if v := r.Value(name); v.Kind == adapters.Date {
			last = max(last, v.Raw)
		}
	}
	return last
}

// Tell adds what the core says of a field.
func (s *nodes) Tell(f *adapters.Field) {
	if i, ok := s.of.ByName[f.Name]; ok {
		x := &s.of.Fields[i]
		f.Type, f.Label = x.Kind, x.Label
		if x.Points() && x.Source() != "tree" {
			f.Points = []string{"users.id"}
		}
	}
	if f.Name == "case_id" || f.Name == "pid" {
		for _, t := range s.List {
			if t.Kind == "case" && t.Count > 0 && len(f.Points) < 3 && f.Name == "case_id" {
				f.Points = append(f.Points, t.Name+".id")
			}
		}
	}
}

// Each gives the nodes that have values, as their table has them, and then those
// that have none.
func (s *nodes) Each(ctx context.Context, fn func(adapters.Record) error) error {
	no := int64(0)
	if s.of.ID != "" {
		err := s.Scan(ctx, "objects", func(get func(string) string, r *tables.Row, t *tables.Table) error {
			n := s.Nodes[get("id")]
			if n == nil || n.Template != s.of.ID {
				return nil
			}
			no++
			rec := s.record(n, get("data"), get("sys_data"), no)
			for _, p := range r.Problems {
				if p.Column == "data" || p.Column == "" {
					rec.Problems = append(rec.Problems, p)
				}
			}
			return fn(rec)
		})
		if err != nil {
			return err
		}
	}
	for _, n := range s.Order {
		if n.Template == s.of.ID && !n.HasObject || s.of.ID == "" && s.Templates[n.Template] == nil && n.Template != "" {
			no++
			if err := fn(s.record(n, "", "", no)); err != nil {
				return err
			}
		}
	}
	return nil
}

// record makes the record of a node.
func (s *nodes) record(n *core.Node, data, sys string, no int64) adapters.Record {
	h := s.head
	r := adapters.Record{
		Stream: s.of.Name, Key: n.ID, Header: h, Values: make([]adapters.Value, len(h.Names())),
		Loc: adapters.Locator{File: s.DB.Name(), Sheet: s.of.Name, Row: no},
	}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	r.Skip, r.Deleted = n.Skip(s.of.Kind)
	s.putOwn(&r, n)
	s.putChildren(&r, n)
	s.putData(&r, data, sys)
	r.Seal()
	return r
}

func put(r *adapters.Record, name string, v adapters.Value) {
	if i := r.Header.Index(name); i >= 0 {
		r.Values[i] = v
	}
}

func plainText(s string) adapters.Value { return adapters.Value{Raw: s, Null: s == ""} }

func (s *source) putOwn(r *adapters.Record, n *core.Node) {
	put(r, "id", plainText(n.ID))
	put(r, "pid", plainText(n.PID))
	put(r, "case_id", plainText(n.CaseID))
	put(r, "name", plainText(n.Name))
	put(r, "date", n.Date)
	put(r, "date_end", n.DateEnd)
	put(r, "author", plainText(s.Users[n.CID]))
	put(r, "owner", plainText(s.Users[n.OID]))
	put(r, "created", tables.Typed(n.CDate, adapters.Date))
	put(r, "changed", tables.Typed(n.UDate, adapters.Date))
	put(r, "target_id", plainText(n.Target))
}

// putChildren names what stands below a case, template by template.
func (s *nodes) putChildren(r *adapters.Record, n *core.Node) {
	if s.of.Kind != "case" {
		return
	}
	for name, list := range s.Below[n.ID] {
		put(r, "children."+name, value.Texts(list))
	}
}

// putData puts the values of the fields into the record.
func (s *nodes) putData(r *adapters.Record, data, sys string) {
	values, err := value.Decode(data)
	if err != nil {
		r.Problems = append(r.Problems, adapters.Problem{Code: adapters.BadJSON, Column: "data"})
		put(r, "data", plainText(data))
		return
	}
	if s.of.Kind == "task" {
		if m, err := value.Decode(sys); err == nil {
			put(r, "task_status", plainText(value.Text(m["task_status"])))
		}
	}
	all := map[string][]value.Item{}
	nested := value.Gather(values, all, 0)
	for i := range s.of.Fields {
		s.putField(r, &s.of.Fields[i], all[s.of.Fields[i].Name])
	}
	for _, name := range s.of.Extra {
		s.putField(r, &core.Field{Name: name}, all[name])
	}
	if nested {
		s.addNested(r, values)
	}
}

func (s *nodes) putField(r *adapters.Record, f *core.Field, items []value.Item) {
	if len(items) == 0 {
		return
	}
	var infos []string
	for _, it := range items {
		infos = append(infos, it.Info)
	}
	name := f.Name
	if slices.Contains(own, name) || name == "data" {
		name += "_"
	}
	put(r, name+".info", value.Texts(infos))
	if f.Points() {
		list := value.IDs(items)
		labels := make([]string, len(list))
		for i, id := range list {
			labels[i] = s.Called(f.Source(), id)
		}
		put(r, name, value.Texts(list))
		put(r, name+".label", value.Texts(labels))
		return
	}
	values := make([]adapters.Value, len(items))
	for i, it := range items {
		values[i] = value.Of(f.Kind, it)
	}
	put(r, name, value.Several(values))
}

// valueHead names the columns of the records in which values inside others are
// kept as they stand.
var valueHead = adapters.NewHeader([]string{"field", "position", "value", "info", "parent", "parent_position"})

// addNested keeps which value stands inside which.
func (s *nodes) addNested(r *adapters.Record, values map[string]any) {
	r.Children = map[string][]adapters.Record{}
	s.nest(r, values, "", "", 0)
}

func (s *nodes) nest(r *adapters.Record, values map[string]any, parent, at string, depth int) {
	if depth == value.MaxDepth {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for i, it := range value.Flatten(values[name]) {
			no := len(r.Children["values"]) + 1
			pos := itoa(i + 1)
			c := adapters.Record{
				Stream: s.of.Name, Key: r.Key + "/values[" + itoa(no) + "]", Header: valueHead, Loc: r.Loc,
				Values: []adapters.Value{plainText(name), plainText(pos), plainText(it.Value), plainText(it.Info), plainText(parent), plainText(at)},
			}
			c.Seal()
			r.Children["values"] = append(r.Children["values"], c)
			s.nest(r, it.Childs, name, pos, depth+1)
		}
	}
}
