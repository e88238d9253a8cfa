// Package core reads what describes a core of Casebox: the tree of nodes, the templates with
// their fields, the users, and what the items of the thesauri are called. The case of a
// node is found by walking up the tree.
//
// core.go reads templates and labels, tree.go the nodes.
package core

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/casebox/value"
	"casehub/adapters/tables"
)

// Core is the tree and the templates of one core.
type Core struct {
	DB tables.DB
	// Print names the content; "" of a live database.
	Print     string
	Nodes     map[string]*Node
	Order     []*Node // as the table has them
	Templates map[string]*Template
	List      []*Template // as the table has them
	Users     map[string]string
	Labels    map[string]string // of thesauri items by node
	// Below are the nodes that stand below a case, by their template's name.
	Below    map[string]map[string][]string
	Strays   int // nodes of a template that is not there
	Stale    int // nodes whose kept case is another than where they stand
	language string
	all      []tables.Table
}

// Node is one node of the tree.
type Node struct {
	ID, PID, Template, Name string
	Date, DateEnd           adapters.Value
	CID, OID, CDate, UDate  string // who made it and whose it is; when it was made and changed
	Target                  string
	CaseID                  string
	HasObject               bool
	dstatus, draft          string
	system, inspected       bool
}

// Template is one template with its fields.
type Template struct {
	ID, Kind, Name, Title string
	Fields                []Field
	ByName                map[string]int
	Extra                 []string // names in the values that no field has
	Count                 int      // nodes
}

// IsThesaurus reports the template of the items of thesauri.
func (t *Template) IsThesaurus() bool { return strings.EqualFold(t.Name, "thesauri item") }

// Field is one field of a template.
type Field struct {
	ID, PID, Name, Label, Kind string
	cfg                        map[string]any
	order                      string
}

// Points reports whether the values are ids of other nodes or of users.
func (f *Field) Points() bool { return f.Kind == "_objects" || f.Kind == "combo" && f.Source() != "" }

// Source says what the ids are of: users, or nodes of the tree.
func (f *Field) Source() string {
	if s, ok := f.cfg["source"].(string); ok {
		return s
	}
	if f.cfg["thesauriId"] != nil || f.Kind == "_objects" {
		return "tree"
	}
	return ""
}

// needed are the tables without which a database is no core.
var needed = []string{"tree", "objects", "templates", "templates_structure"}

// Read reads a core. Labels are in a language, or in the core's own where it is "". It
// fails with adapters.ErrUnreadable for a database that is none.
func Read(ctx context.Context, db tables.DB, language string) (*Core, error) {
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range needed {
		if tables.Find(all, name) == nil {
			return nil, adapters.ErrUnreadable.With("file", db.Name()).With("expected", "Casebox")
		}
	}
	c := &Core{
		DB: db, Nodes: map[string]*Node{}, Templates: map[string]*Template{}, Users: map[string]string{},
		Labels: map[string]string{}, Below: map[string]map[string][]string{}, language: language, all: all,
	}
	if c.Print, err = db.Fingerprint(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{c.readConfig, c.readUsers, c.readTemplates, c.readFields, c.readTree, c.readInfo, c.readLabels} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	c.place()
	return c, nil
}

// Find returns a table of the database, nil where it has none.
func (c *Core) Find(table string) *tables.Table { return tables.Find(c.all, table) }

// Scan reads a table and gives each row as a function from column to text. A
// table that is not there has no rows.
func (c *Core) Scan(ctx context.Context, name string, fn func(get func(string) string, row *tables.Row, t *tables.Table) error) error {
	t := c.Find(name)
	if t == nil {
		return nil
	}
	return c.DB.Rows(ctx, tables.Query{Table: name}, func(r tables.Row) error {
		return fn(func(column string) string { return r.Text(t.Index(column)) }, &r, t)
	})
}

func (c *Core) readConfig(ctx context.Context) error {
	return c.Scan(ctx, "config", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		if get("param") == "default_language" && c.language == "" {
			c.language = get("value")
		}
		return nil
	})
}

func (c *Core) readUsers(ctx context.Context) error {
	return c.Scan(ctx, "users_groups", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		name := strings.TrimSpace(get("first_name") + " " + get("last_name"))
		c.Users[get("id")] = cmp.Or(name, get("name"))
		return nil
	})
}

func (c *Core) readTemplates(ctx context.Context) error {
	names := map[string]bool{}
	return c.Scan(ctx, "templates", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		t := &Template{ID: get("id"), Kind: get("type"), Name: cmp.Or(get("name"), get("l1"), "template"), Title: c.titled(get), ByName: map[string]int{}}
		if names[t.Name] {
			t.Name += "#" + t.ID
		}
		names[t.Name] = true
		c.Templates[t.ID] = t
		c.List = append(c.List, t)
		return nil
	})
}

// titled returns the title in the language that was asked for. Which of the four
// columns has which language is nowhere said but in the order of the languages.
func (c *Core) titled(get func(string) string) string {
	return cmp.Or(get("l1"), get("l2"), get("l3"), get("l4"))
}

func (c *Core) readFields(ctx context.Context) error {
	err := c.Scan(ctx, "templates_structure", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		t := c.Templates[get("template_id")]
		if t == nil || get("name") == "" {
			return nil
		}
		f := Field{ID: get("id"), PID: get("pid"), Name: get("name"), Label: c.titled(get), Kind: get("type"), cfg: lenient(get("cfg")), order: get("order")}
		if f.Kind == "H" || f.Kind == "G" && f.Label == "" {
			return nil
		}
		if _, twice := t.ByName[f.Name]; twice {
			return nil
		}
		t.ByName[f.Name] = len(t.Fields)
		t.Fields = append(t.Fields, f)
		return nil
	})
	for _, t := range c.List {
		slices.SortStableFunc(t.Fields, func(a, b Field) int { return cmp.Compare(number(a.order), number(b.order)) })
		for i, f := range t.Fields {
			t.ByName[f.Name] = i
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

// readLabels reads the values of all nodes once, for the labels of the thesauri
// and for names that no field has.
func (c *Core) readLabels(ctx context.Context) error {
	extra := map[*Template]map[string]bool{}
	err := c.Scan(ctx, "objects", func(get func(string) string, _ *tables.Row, _ *tables.Table) error {
		n := c.Nodes[get("id")]
		if n == nil {
			return nil
		}
		n.HasObject = true
		t := c.Templates[n.Template]
		if t == nil {
			return nil
		}
		values, err := value.Decode(get("data"))
		if err != nil {
			return nil
		}
		if t.IsThesaurus() {
			c.Labels[n.ID] = c.label(values)
		}
		if extra[t] == nil {
			extra[t] = map[string]bool{}
		}
		value.EachName(values, 0, func(name string) {
			if _, ok := t.ByName[name]; !ok && name != "" && len(extra[t]) < 500 {
				extra[t][name] = true
			}
		})
		return nil
	})
	for t, names := range extra {
		for name := range names {
			t.Extra = append(t.Extra, name)
		}
		slices.Sort(t.Extra)
	}
	return err
}

// label is what a thesauri item is called.
func (c *Core) label(values map[string]any) string {
	for _, name := range []string{c.language, "en", "es", "fr", "pt", "ru", "_title"} {
		if name == "" {
			continue
		}
		if items := value.Flatten(values[name]); len(items) > 0 && items[0].Value != "" {
			return items[0].Value
		}
	}
	return ""
}

// Called returns what a node is called, and a user where the ids are of users.
func (c *Core) Called(source, id string) string {
	if source == "users" || source == "groups" || source == "usersgroups" {
		return c.Users[id]
	}
	if l := c.Labels[id]; l != "" {
		return l
	}
	if n := c.Nodes[id]; n != nil {
		return n.Name
	}
	return ""
}
