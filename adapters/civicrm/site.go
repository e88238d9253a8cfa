package civicrm

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// site is what describes the data of one site.
type site struct {
	db       tables.DB
	print    string
	all      []tables.Table
	groups   map[string]string            // id of an option group to its name
	options  map[string]map[string]string // group, value, label
	types    map[string]string            // case types
	roles    map[string]string            // relationship types, as a role is called
	groupsOf map[string][]custom          // custom groups by the kind of record
	merged   map[string]string            // contact that is gone to the one that was kept
	places   map[string]map[string]string // states and countries
}

// custom is one group of custom fields, which has a table of its own.
type custom struct {
	name, title, table string
	multiple           bool
	fields             []customField
}

// customField is one field of a group.
type customField struct{ name, label, column, group, kind, html string }

// streamTables are the streams and the tables that they are made of.
var streamTables = map[string]string{
	"contacts": "civicrm_contact", "cases": "civicrm_case", "activities": "civicrm_activity", "relationships": "civicrm_relationship", "option_values": "civicrm_option_value",
}

func readSite(ctx context.Context, db tables.DB) (*site, error) {
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	if tables.Find(all, "civicrm_contact") == nil {
		return nil, adapters.ErrUnreadable.With("file", db.Name()).With("expected", "CiviCRM")
	}
	x := &site{
		db: db, all: all, groups: map[string]string{}, options: map[string]map[string]string{}, types: map[string]string{}, roles: map[string]string{},
		groupsOf: map[string][]custom{}, merged: map[string]string{}, places: map[string]map[string]string{},
	}
	if x.print, err = db.Fingerprint(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{x.readOptions, x.readTypes, x.readPlaces, x.readCustom, x.readMerges} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Print names the content of the site.
func (x *site) Print() string { return x.print }

// Streams lists the streams whose tables are there.
func (x *site) Streams() []string {
	var names []string
	for name, table := range streamTables {
		if tables.Find(x.all, table) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// scan reads a table and gives each row as a function from column to text. A
// table that is not there has no rows.
func (x *site) scan(ctx context.Context, name string, fn func(get func(string) string, row *tables.Row)) error {
	t := tables.Find(x.all, name)
	if t == nil {
		return nil
	}
	return x.db.Rows(ctx, tables.Query{Table: name}, func(r tables.Row) error {
		fn(func(column string) string { return r.Text(t.Index(column)) }, &r)
		return nil
	})
}

func (x *site) readOptions(ctx context.Context) error {
	err := x.scan(ctx, "civicrm_option_group", func(get func(string) string, _ *tables.Row) { x.groups[get("id")] = get("name") })
	if err != nil {
		return err
	}
	return x.scan(ctx, "civicrm_option_value", func(get func(string) string, _ *tables.Row) {
		group := cmp.Or(x.groups[get("option_group_id")], get("option_group_id"))
		if x.options[group] == nil {
			x.options[group] = map[string]string{}
		}
		x.options[group][get("value")] = get("label")
	})
}

func (x *site) readTypes(ctx context.Context) error {
	err := x.scan(ctx, "civicrm_case_type", func(get func(string) string, _ *tables.Row) { x.types[get("id")] = cmp.Or(get("title"), get("name")) })
	if err != nil {
		return err
	}
	if len(x.types) == 0 && x.options["case_type"] != nil {
		x.types = x.options["case_type"]
	}
	return x.scan(ctx, "civicrm_relationship_type", func(get func(string) string, _ *tables.Row) {
		x.roles[get("id")] = cmp.Or(get("label_b_a"), get("name_b_a"))
	})
}

func (x *site) readPlaces(ctx context.Context) error {
	for _, table := range []string{"civicrm_state_province", "civicrm_country"} {
		names := map[string]string{}
		if err := x.scan(ctx, table, func(get func(string) string, _ *tables.Row) { names[get("id")] = get("name") }); err != nil {
			return err
		}
		x.places[table] = names
	}
	return nil
}

// kindsOf says which kinds of record a custom group extends.
func kindOf(extends string) string {
	switch extends {
	case "Case":
		return "cases"
	case "Activity":
		return "activities"
	case "Relationship":
		return "relationships"
	case "Contact", "Individual", "Organization", "Household":
		return "contacts"
	}
	return ""
}

// readCustom reads the groups of custom fields.
func (x *site) readCustom(ctx context.Context) error {
	fields := map[string][]customField{}
	err := x.scan(ctx, "civicrm_custom_field", func(get func(string) string, _ *tables.Row) {
		f := customField{name: get("name"), label: get("label"), column: get("column_name"), kind: get("data_type"), html: get("html_type")}
		f.name = cmp.Or(f.name, f.column)
		f.group = cmp.Or(x.groups[get("option_group_id")], get("option_group_id"))
		fields[get("custom_group_id")] = append(fields[get("custom_group_id")], f)
	})
	if err != nil {
		return err
	}
	return x.scan(ctx, "civicrm_custom_group", func(get func(string) string, _ *tables.Row) {
		kind := kindOf(get("extends"))
		if kind == "" || tables.Find(x.all, get("table_name")) == nil {
			return
		}
		x.groupsOf[kind] = append(x.groupsOf[kind], custom{
			name: cmp.Or(get("name"), get("table_name")), title: get("title"), table: get("table_name"), multiple: get("is_multiple") == "1", fields: fields[get("id")],
		})
	})
}

// readMerges finds which contacts were merged into which: the activity on the
// contact that is gone has the one on the kept contact as its parent.
func (x *site) readMerges(ctx context.Context) error {
	gone, kept := "", ""
	for value, label := range x.names(ctx, "activity_type") {
		switch label {
		case "Contact Deleted by Merge":
			gone = value
		case "Contact Merged":
			kept = value
		}
	}
	if gone == "" {
		return nil
	}
	parent := map[string]string{} // activity on the one that is gone to that on the kept one
	merges := map[string]bool{}
	err := x.scan(ctx, "civicrm_activity", func(get func(string) string, _ *tables.Row) {
		switch get("activity_type_id") {
		case gone:
			parent[get("id")] = get("parent_id")
		case kept:
			merges[get("id")] = true
		}
	})
	if err != nil || len(parent) == 0 {
		return err
	}
	target := map[string]string{}
	err = x.scan(ctx, "civicrm_activity_contact", func(get func(string) string, _ *tables.Row) {
		id := get("activity_id")
		if _, ok := parent[id]; get("record_type_id") == "3" && (ok || merges[id]) {
			target[id] = get("contact_id")
		}
	})
	for on, of := range parent {
		if target[on] != "" && target[of] != "" && target[on] != target[of] {
			x.merged[target[on]] = target[of]
		}
	}
	return err
}

// names returns the inner names of an option group by value.
func (x *site) names(ctx context.Context, group string) map[string]string {
	names := map[string]string{}
	err := x.scan(ctx, "civicrm_option_value", func(get func(string) string, _ *tables.Row) {
		if x.groups[get("option_group_id")] == group {
			names[get("value")] = get("name")
		}
	})
	if err != nil {
		return nil
	}
	return names
}

// survivor follows merges to the contact that is there.
func (x *site) survivor(contact string) string {
	for range 100 {
		next, ok := x.merged[contact]
		if !ok {
			return contact
		}
		contact = next
	}
	return contact
}

// separator stands around and between the values of a list.
const separator = "\x01"

// split returns the values of a list.
func split(s string) []string {
	if !strings.Contains(s, separator) {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var list []string
	for v := range strings.SplitSeq(s, separator) {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// value makes one value of several texts: the text itself where there is one.
func value(list []string) adapters.Value {
	switch len(list) {
	case 0:
		return adapters.Value{Null: true}
	case 1:
		return adapters.Value{Raw: list[0]}
	}
	v := adapters.Value{List: make([]adapters.Value, len(list))}
	for i, s := range list {
		v.List[i] = adapters.Value{Raw: s}
	}
	return v
}
