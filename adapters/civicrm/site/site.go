// Package site reads what describes the data of a site of CiviCRM: options and their
// labels, types, roles, places, groups of custom fields, and which contacts were merged
// into which.
package site

import (
	"cmp"
	"context"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Site is what describes the data of one site.
type Site struct {
	DB     tables.DB
	Print  string // names the content
	Tables []tables.Table
	// Options are labels by the name of the group and the value.
	Options map[string]map[string]string
	// Types are the labels of case types, Roles those of relationships, as they are
	// called from the case, by number.
	Types, Roles map[string]string
	// Custom are the groups of custom fields by the stream that they extend.
	Custom map[string][]Group
	// Merged are the contacts that are gone, with those that they were merged into.
	Merged map[string]string
	// Places are the names of states and of countries, by table and number.
	Places map[string]map[string]string

	groups map[string]string // names of option groups by number
}

// Group is one group of custom fields, which has a table of its own.
type Group struct {
	Name, Title, Table string
	Multiple           bool // a record may have several rows
	Fields             []Field
}

// Field is one field of a group. Options names the group that its values are of, ""
// for none.
type Field struct{ Name, Label, Column, Options, Type string }

// Read reads what describes the site in a database. It fails with
// adapters.ErrUnreadable for one that holds none.
func Read(ctx context.Context, db tables.DB) (*Site, error) {
	all, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	if tables.Find(all, "civicrm_contact") == nil {
		return nil, adapters.ErrUnreadable.With("file", db.Name()).With("expected", "CiviCRM")
	}
	x := &Site{
		DB: db, Tables: all, groups: map[string]string{}, Options: map[string]map[string]string{}, Types: map[string]string{}, Roles: map[string]string{},
		Custom: map[string][]Group{}, Merged: map[string]string{}, Places: map[string]map[string]string{},
	}
	if x.Print, err = db.Fingerprint(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{x.readOptions, x.readTypes, x.readPlaces, x.readCustom, x.readMerges} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Scan reads a table and gives each row as a function from column to text. A
// table that is not there has no rows.
func (x *Site) Scan(ctx context.Context, name string, fn func(get func(string) string, row *tables.Row)) error {
	t := tables.Find(x.Tables, name)
	if t == nil {
		return nil
	}
	return x.DB.Rows(ctx, tables.Query{Table: name}, func(r tables.Row) error {
		fn(func(column string) string { return r.Text(t.Index(column)) }, &r)
		return nil
	})
}

func (x *Site) readOptions(ctx context.Context) error {
	err := x.Scan(ctx, "civicrm_option_group", func(get func(string) string, _ *tables.Row) { x.groups[get("id")] = get("name") })
	if err != nil {
		return err
	}
	return x.Scan(ctx, "civicrm_option_value", func(get func(string) string, _ *tables.Row) {
		group := x.OptionGroup(get("option_group_id"))
		if x.Options[group] == nil {
			x.Options[group] = map[string]string{}
		}
		x.Options[group][get("value")] = get("label")
	})
}

func (x *Site) readTypes(ctx context.Context) error {
	err := x.Scan(ctx, "civicrm_case_type", func(get func(string) string, _ *tables.Row) { x.Types[get("id")] = cmp.Or(get("title"), get("name")) })
	if err != nil {
		return err
	}
	if len(x.Types) == 0 && x.Options["case_type"] != nil {
		x.Types = x.Options["case_type"]
	}
	return x.Scan(ctx, "civicrm_relationship_type", func(get func(string) string, _ *tables.Row) {
		x.Roles[get("id")] = cmp.Or(get("label_b_a"), get("name_b_a"))
	})
}

func (x *Site) readPlaces(ctx context.Context) error {
	for _, table := range []string{"civicrm_state_province", "civicrm_country"} {
		names := map[string]string{}
		if err := x.Scan(ctx, table, func(get func(string) string, _ *tables.Row) { names[get("id")] = get("name") }); err != nil {
			return err
		}
		x.Places[table] = names
	}
	return nil
}

// streamOf says which stream a custom group extends.
func streamOf(extends string) string {
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
func (x *Site) readCustom(ctx context.Context) error {
	fields := map[string][]Field{}
	err := x.Scan(ctx, "civicrm_custom_field", func(get func(string) string, _ *tables.Row) {
		f := Field{Name: get("name"), Label: get("label"), Column: get("column_name"), Type: get("data_type")}
		f.Name = cmp.Or(f.Name, f.Column)
		f.Options = x.OptionGroup(get("option_group_id"))
		fields[get("custom_group_id")] = append(fields[get("custom_group_id")], f)
	})
	if err != nil {
		return err
	}
	return x.Scan(ctx, "civicrm_custom_group", func(get func(string) string, _ *tables.Row) {
		stream := streamOf(get("extends"))
		if stream == "" || tables.Find(x.Tables, get("table_name")) == nil {
			return
		}
		x.Custom[stream] = append(x.Custom[stream], Group{
			Name: cmp.Or(get("name"), get("table_name")), Title: get("title"), Table: get("table_name"), Multiple: get("is_multiple") == "1", Fields: fields[get("id")],
		})
	})
}

// readMerges finds which contacts were merged into which: the activity on the
// contact that is gone has the one on the kept contact as its parent.
func (x *Site) readMerges(ctx context.Context) error {
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
	err := x.Scan(ctx, "civicrm_activity", func(get func(string) string, _ *tables.Row) {
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
	err = x.Scan(ctx, "civicrm_activity_contact", func(get func(string) string, _ *tables.Row) {
		id := get("activity_id")
		if _, ok := parent[id]; get("record_type_id") == "3" && (ok || merges[id]) {
			target[id] = get("contact_id")
		}
	})
	for on, of := range parent {
		if target[on] != "" && target[of] != "" && target[on] != target[of] {
			x.Merged[target[on]] = target[of]
		}
	}
	return err
}

// names returns the inner names of an option group by value.
func (x *Site) names(ctx context.Context, group string) map[string]string {
	names := map[string]string{}
	err := x.Scan(ctx, "civicrm_option_value", func(get func(string) string, _ *tables.Row) {
		if x.groups[get("option_group_id")] == group {
			names[get("value")] = get("name")
		}
	})
	if err != nil {
		return nil
	}
	return names
}

// Survivor follows merges to the contact that is there.
func (x *Site) Survivor(contact string) string {
	for range 100 {
		next, ok := x.Merged[contact]
		if !ok {
			return contact
		}
		contact = next
	}
	return contact
}

// OptionGroup returns the name of a group of options, or its number where it has none.
func (x *Site) OptionGroup(number string) string { return cmp.Or(x.groups[number], number) }
