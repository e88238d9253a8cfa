package casebox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// core is the tree and the templates of one core.
type core struct {
	db        tables.DB
	print     string
	settings  Settings
	language  string
	nodes     map[string]*node
	order     []*node // as the table has them
	templates map[string]*template
	list      []*template
	users     map[string]string
	labels    map[string]string // of thesauri items by node
	below     map[string]map[string][]string
	strays    int // nodes of a template that is not there
	stale     int // nodes whose kept case is another than where they stand
	all       []stream
}

// node is one node of the tree.
type node struct {
	id, pid, template, name      string
	date, dateEnd                adapters.Value
	cid, oid, cdate, uid, udate  string
	dstatus, draft, target       string
	system, hasObject, inspected bool
	caseID                       string
}

// template is one template with its fields.
type template struct {
	id, kind, name, title string
	fields                []field
	byName                map[string]int
	extra                 []string // names in the values that no field has
	head                  *adapters.Header
	count                 int
}

// field is one field of a template.
type field struct {
	id, pid, name, label, kind string
	cfg                        map[string]any
	order                      string
}

// points reports whether the values are ids of other nodes or of users.
func (f *field) points() bool { return f.kind == "_objects" || f.kind == "combo" && f.source() != "" }

// source says what the ids are of: users, or nodes of the tree.
func (f *field) source() string {
	if s, ok := f.cfg["source"].(string); ok {
		return s
	}
	if f.cfg["thesauriId"] != nil || f.kind == "_objects" {
		return "tree"
	}
	return ""
}

// needed are the tables without which a database is no core.
var needed = []string{"tree", "objects", "templates", "templates_structure"}

func readCore(ctx context.Context, db tables.DB, s Settings) (*core, error) {
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range needed {
		if tables.Find(all, name) == nil {
			return nil, adapters.ErrUnreadable.With("file", db.Name()).With("expected", "Casebox")
		}
	}
	c := &core{
		db: db, settings: s, nodes: map[string]*node{}, templates: map[string]*template{}, users: map[string]string{},
		labels: map[string]string{}, below: map[string]map[string][]string{},
	}
	if c.print, err = db.Fingerprint(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, []tables.Table) error{c.readConfig, c.readUsers, c.readTemplates, c.readFields, c.readTree, c.readInfo, c.readLabels} {
		if err := step(ctx, all); err != nil {
			return nil, err
		}
	}
	c.finish(all)
	return c, nil
}

// scan reads a table and gives each row as a function from column to text. A
// table that is not there has no rows.
func (c *core) scan(ctx context.Context, all []tables.Table, name string, fn func(get func(string) string, row *tables.Row, t *tables.Table) error) error {
	t := tables.Find(all, name)
	if t == nil {
		return nil
	}
	return c.db.Rows(ctx, tables.Query{Table: name}, func(r tables.Row) error {
		return fn(func(column string) string { return r.Text(t.Index(column)) }, &r, t)
	})
}

func (c *core) readConfig(ctx context.Context, all []tables.Table) error {
	c.language = c.settings.Language
	return c.scan(ctx, all, "config", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		if get("param") == "default_language" && c.language == "" {
			c.language = get("value")
		}
		return nil
	})
}

func (c *core) readUsers(ctx context.Context, all []tables.Table) error {
	return c.scan(ctx, all, "users_groups", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		name := strings.TrimSpace(get("first_name") + " " + get("last_name"))
		c.users[get("id")] = cmp.Or(name, get("name"))
		return nil
	})
}

func (c *core) readTemplates(ctx context.Context, all []tables.Table) error {
	names := map[string]bool{}
	return c.scan(ctx, all, "templates", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		t := &template{id: get("id"), kind: get("type"), name: cmp.Or(get("name"), get("l1"), "template"), title: c.titled(get), byName: map[string]int{}}
		if names[t.name] {
			t.name += "#" + t.id
		}
		names[t.name] = true
		c.templates[t.id] = t
		c.list = append(c.list, t)
		return nil
	})
}

// titled returns the title in the language that was asked for. Which of the four
// columns has which language is nowhere said but in the order of the languages.
func (c *core) titled(get func(string) string) string {
	return cmp.Or(get("l1"), get("l2"), get("l3"), get("l4"))
}

func (c *core) readFields(ctx context.Context, all []tables.Table) error {
	err := c.scan(ctx, all, "templates_structure", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		t := c.templates[get("template_id")]
		if t == nil || get("name") == "" {
			return nil
		}
		f := field{id: get("id"), pid: get("pid"), name: get("name"), label: c.titled(get), kind: get("type"), cfg: lenient(get("cfg")), order: get("order")}
		if f.kind == "H" || f.kind == "G" && f.label == "" {
			return nil
		}
		if _, twice := t.byName[f.name]; twice {
			return nil
		}
		t.byName[f.name] = len(t.fields)
		t.fields = append(t.fields, f)
		return nil
	})
	for _, t := range c.list {
		slices.SortStableFunc(t.fields, func(a, b field) int { return cmp.Compare(number(a.order), number(b.order)) })
		for i, f := range t.fields {
			t.byName[f.name] = i
		}
	}
	return err
}

func number(s string) int {
	n := 0
	_, _ = fmt.Sscanf(s, "%d", &n)
	return n
}

// lenient reads JSON that people wrote by hand; what cannot be read is empty.
func lenient(s string) map[string]any {
	s = strings.TrimSpace(s)
	var m map[string]any
	if json.Unmarshal([]byte(s), &m) == nil {
		return m
	}
	for _, comma := range []string{"{,", "{ ,", "{\n,"} {
		s = strings.Replace(s, comma, "{", 1)
	}
	if json.Unmarshal([]byte(s), &m) == nil {
		return m
	}
	return nil
}

func (c *core) readTree(ctx context.Context, all []tables.Table) error {
	return c.scan(ctx, all, "tree", func(get func(string) string, r *tables.Row, t *tables.Table) error {
		if len(c.order) >= maxNodes {
			return adapters.ErrTooManyCells.With("file", c.db.Name()).With("table", "tree").With("rows", maxNodes).With("columns", len(t.Columns))
		}
		value := func(column string) adapters.Value {
			if i := t.Index(column); i >= 0 && i < len(r.Values) {
				return r.Values[i]
			}
			return adapters.Value{Null: true}
		}
		n := &node{
			id: get("id"), pid: get("pid"), template: get("template_id"), name: get("name"), date: value("date"), dateEnd: value("date_end"),
			cid: get("cid"), oid: get("oid"), cdate: get("cdate"), uid: get("uid"), udate: get("udate"),
			dstatus: get("dstatus"), draft: get("draft"), target: get("target_id"), system: get("system") != "" && get("system") != "0",
		}
		if n.id == "" || c.nodes[n.id] != nil {
			return nil
		}
		c.nodes[n.id] = n
		c.order = append(c.order, n)
		return nil
	})
}

// maxNodes keeps the tree within the memory.
const maxNodes = 400_000

// caseOf walks up the tree to the nearest node whose template is that of a case.
func (c *core) caseOf(n *node) string {
	var path []*node
	for at := n; at != nil && len(path) < 1000; at = c.nodes[at.pid] {
		if at.inspected {
			n.caseID = at.caseID
			break
		}
		path = append(path, at)
		if t := c.templates[at.template]; t != nil && t.kind == "case" {
			n.caseID = at.id
			break
		}
	}
	for _, p := range path {
		p.caseID, p.inspected = n.caseID, true
	}
	return n.caseID
}

// readInfo compares what the core keeps of the cases with where the nodes stand.
func (c *core) readInfo(ctx context.Context, all []tables.Table) error {
	for _, n := range c.order {
		c.caseOf(n)
	}
	return c.scan(ctx, all, "tree_info", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		if n := c.nodes[get("id")]; n != nil && n.caseID != get("case_id") {
			c.stale++
		}
		return nil
	})
}

// readLabels reads the values of all nodes once, for the labels of the thesauri
// and for names that no field has.
func (c *core) readLabels(ctx context.Context, all []tables.Table) error {
	extra := map[*template]map[string]bool{}
	err := c.scan(ctx, all, "objects", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		n := c.nodes[get("id")]
		if n == nil {
			return nil
		}
		n.hasObject = true
		t := c.templates[n.template]
		if t == nil {
			return nil
		}
		values, err := decode(get("data"))
		if err != nil {
			return nil
		}
		if t.name == "Thesauri Item" || strings.EqualFold(t.name, "thesauri item") {
			c.labels[n.id] = c.label(values)
		}
		if extra[t] == nil {
			extra[t] = map[string]bool{}
		}
		eachName(values, 0, func(name string) {
			if _, ok := t.byName[name]; !ok && name != "" && len(extra[t]) < 500 {
				extra[t][name] = true
			}
		})
		return nil
	})
	for t, names := range extra {
		for name := range names {
			t.extra = append(t.extra, name)
		}
		slices.Sort(t.extra)
	}
	return err
}

// label is what a thesauri item is called.
func (c *core) label(values map[string]any) string {
	for _, name := range []string{c.language, "en", "es", "fr", "pt", "ru", "_title"} {
		if name == "" {
			continue
		}
		if items := flatten(values[name]); len(items) > 0 && items[0].value != "" {
			return items[0].value
		}
	}
	return ""
}

// called returns what a node is called, and a user where the ids are of users.
func (c *core) called(source, id string) string {
	if source == "users" || source == "groups" || source == "usersgroups" {
		return c.users[id]
	}
	if l := c.labels[id]; l != "" {
		return l
	}
	if n := c.nodes[id]; n != nil {
		return n.name
	}
	return ""
}

var errDeep = errors.New("too deep")
