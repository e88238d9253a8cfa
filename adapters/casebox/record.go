package casebox

import (
	"context"
	"maps"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/adapters/tables"
)

func nextDay(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// own are the columns that every node has.
var own = []string{"id", "pid", "case_id", "name", "date", "date_end", "author", "owner", "created", "changed", "target_id"}

// about are the streams' kinds of templates: those whose nodes hold data.
var about = []string{"case", "object", "task", "email", "comment", "time_tracking", "shortcut"}

// finish makes the streams.
func (c *core) finish(all []tables.Table) {
	for _, n := range c.order {
		if c.templates[n.template] == nil && n.template != "" {
			c.strays++
		}
		if t := c.templates[n.template]; t != nil {
			t.count++
			if n.caseID != "" && n.caseID != n.id && n.live() {
				if c.below[n.caseID] == nil {
					c.below[n.caseID] = map[string][]string{}
				}
				c.below[n.caseID][t.name] = append(c.below[n.caseID][t.name], n.id)
			}
		}
	}
	for _, t := range c.list {
		if slices.Contains(about, t.kind) && !c.isThesaurus(t) && t.count > 0 {
			t.head = c.headOf(t)
			c.all = append(c.all, &nodes{c, t})
		}
	}
	if c.strays > 0 {
		c.all = append(c.all, &nodes{c, c.orphans()})
	}
	c.all = append(c.all, c.fileStream(all), c.thesauri())
	c.all = append(c.all, c.tableStream(all, "users_groups", "users"), c.tableStream(all, "action_log", "action_log"))
	c.all = slices.DeleteFunc(c.all, func(s stream) bool { return s == nil })
}

func (c *core) isThesaurus(t *template) bool { return t.name == "Thesauri Item" }

// orphans are nodes of a template that is not there: they come as a stream of
// their own, so that they are seen.
func (c *core) orphans() *template {
	t := &template{name: "without template", kind: "object", byName: map[string]int{}}
	t.head = c.headOf(t)
	return t
}

func (n *node) live() bool { return (n.dstatus == "" || n.dstatus == "0") && !n.isDraft() && !n.system }

func (n *node) isDraft() bool { return n.draft != "" && n.draft != "0" }

// headOf names the columns of a template's records.
func (c *core) headOf(t *template) *adapters.Header {
	names := slices.Clone(own)
	add := func(name string) {
		for slices.Contains(names, name) {
			name += "_"
		}
		names = append(names, name)
	}
	if t.kind == "task" {
		add("task_status")
	}
	if t.kind == "case" {
		for _, o := range c.list {
			if slices.Contains(about, o.kind) || o.kind == "file" {
				add("children." + o.name)
			}
		}
	}
	for i := range t.fields {
		add(t.fields[i].name)
		if t.fields[i].points() {
			add(t.fields[i].name + ".label")
		}
		add(t.fields[i].name + ".info")
	}
	for _, name := range t.extra {
		add(name)
	}
	add("data")
	return adapters.NewHeader(names)
}

// nodes is the stream of the nodes of a template.
type nodes struct {
	core *core
	of   *template
}

func (s *nodes) name() string { return s.of.name }

// Header names the columns.
func (s *nodes) Header() *adapters.Header { return s.of.head }

// Notes says how the stream was read.
func (s *nodes) Notes() []string {
	notes := []string{"template of type " + s.of.kind}
	if s.of.title != "" && s.of.title != s.of.name {
		notes = append(notes, "called "+s.of.title)
	}
	if s.core.stale > 0 && s.of.kind == "case" {
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
	if i, ok := s.of.byName[f.Name]; ok {
		x := &s.of.fields[i]
		f.Type, f.Label = x.kind, x.label
		if x.points() && x.source() != "tree" {
			f.Points = []string{"users.id"}
		}
	}
	if f.Name == "case_id" || f.Name == "pid" {
		for _, t := range s.core.list {
			if t.kind == "case" && t.count > 0 && len(f.Points) < 3 && f.Name == "case_id" {
				f.Points = append(f.Points, t.name+".id")
			}
		}
	}
}

// Each gives the nodes that have values, as their table has them, and then those
// that have none.
func (s *nodes) Each(ctx context.Context, fn func(adapters.Record) error) error {
	no := int64(0)
	if s.of.id != "" {
		all, err := s.core.db.Tables(ctx)
		if err != nil {
			return err
		}
		err = s.core.scan(ctx, all, "objects", func(get func(string) string, r *tables.Row, t *tables.Table) error {
			n := s.core.nodes[get("id")]
			if n == nil || n.template != s.of.id {
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
	for _, n := range s.core.order {
		if n.template == s.of.id && !n.hasObject || s.of.id == "" && s.core.templates[n.template] == nil && n.template != "" {
			no++
			if err := fn(s.record(n, "", "", no)); err != nil {
				return err
			}
		}
	}
	return nil
}

// record makes the record of a node.
func (s *nodes) record(n *node, data, sys string, no int64) adapters.Record {
	h := s.of.head
	r := adapters.Record{
		Stream: s.of.name, Key: n.id, Header: h, Values: make([]adapters.Value, len(h.Names())),
		Loc: adapters.Locator{File: s.core.db.Name(), Sheet: s.of.name, Row: no},
	}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	r.Skip, r.Deleted = n.skip(s.of.kind)
	s.core.putOwn(&r, n)
	s.putChildren(&r, n)
	s.putData(&r, data, sys)
	r.Seal()
	return r
}

// skip says why a node is left out, and whether it is gone.
func (n *node) skip(kind string) (string, bool) {
	switch {
	case n.dstatus == "1":
		return "deleted at source", true
	case n.dstatus == "2":
		return "deleted at source with what it was in", true
	case n.dstatus == "3":
		return "merged into another at source", true
	case n.isDraft():
		return "draft", false
	case n.system:
		return "part of the system", false
	case kind == "shortcut":
		return "shortcut to another record", false
	}
	return "", false
}

func put(r *adapters.Record, name string, v adapters.Value) {
	if i := r.Header.Index(name); i >= 0 {
		r.Values[i] = v
	}
}

func plainText(s string) adapters.Value { return adapters.Value{Raw: s, Null: s == ""} }

func (c *core) putOwn(r *adapters.Record, n *node) {
	put(r, "id", plainText(n.id))
	put(r, "pid", plainText(n.pid))
	put(r, "case_id", plainText(n.caseID))
	put(r, "name", plainText(n.name))
	put(r, "date", n.date)
	put(r, "date_end", n.dateEnd)
	put(r, "author", plainText(c.users[n.cid]))
	put(r, "owner", plainText(c.users[n.oid]))
	put(r, "created", tables.Typed(n.cdate, adapters.Date))
	put(r, "changed", tables.Typed(n.udate, adapters.Date))
	put(r, "target_id", plainText(n.target))
}

// putChildren names what stands below a case, template by template.
func (s *nodes) putChildren(r *adapters.Record, n *node) {
	if s.of.kind != "case" {
		return
	}
	for name, list := range s.core.below[n.id] {
		put(r, "children."+name, texts(list))
	}
}

// putData puts the values of the fields into the record.
func (s *nodes) putData(r *adapters.Record, data, sys string) {
	values, err := decode(data)
	if err != nil {
		r.Problems = append(r.Problems, adapters.Problem{Code: adapters.BadJSON, Column: "data"})
		put(r, "data", plainText(data))
		return
	}
	if s.of.kind == "task" {
		if m, err := decode(sys); err == nil {
			put(r, "task_status", plainText(text(m["task_status"])))
		}
	}
	all := map[string][]item{}
	nested := gather(values, all, 0)
	for i := range s.of.fields {
		s.putField(r, &s.of.fields[i], all[s.of.fields[i].name])
	}
	for _, name := range s.of.extra {
		s.putField(r, &field{name: name}, all[name])
	}
	if nested {
		s.addNested(r, values)
	}
}

// gather puts the values of all names together, those inside others included,
// and reports whether there are such.
func gather(values map[string]any, into map[string][]item, depth int) (nested bool) {
	if depth == maxDepth {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		items := flatten(values[name])
		into[name] = append(into[name], items...)
		for _, it := range items {
			if len(it.childs) > 0 {
				gather(it.childs, into, depth+1)
				nested = true
			}
		}
	}
	return nested
}

func (s *nodes) putField(r *adapters.Record, f *field, items []item) {
	if len(items) == 0 {
		return
	}
	var infos []string
	for _, it := range items {
		infos = append(infos, it.info)
	}
	name := f.name
	if slices.Contains(own, name) || name == "data" {
		name += "_"
	}
	put(r, name+".info", texts(infos))
	if f.points() {
		list := ids(items)
		labels := make([]string, len(list))
		for i, id := range list {
			labels[i] = s.core.called(f.source(), id)
		}
		put(r, name, texts(list))
		put(r, name+".label", texts(labels))
		return
	}
	values := make([]adapters.Value, len(items))
	for i, it := range items {
		values[i] = single(f, it)
	}
	put(r, name, several(values))
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
	if depth == maxDepth {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for i, it := range flatten(values[name]) {
			no := len(r.Children["values"]) + 1
			pos := itoa(i + 1)
			c := adapters.Record{
				Stream: s.of.name, Key: r.Key + "/values[" + itoa(no) + "]", Header: valueHead, Loc: r.Loc,
				Values: []adapters.Value{plainText(name), plainText(pos), plainText(it.value), plainText(it.info), plainText(parent), plainText(at)},
			}
			c.Seal()
			r.Children["values"] = append(r.Children["values"], c)
			s.nest(r, it.childs, name, pos, depth+1)
		}
	}
}
