// Package site reads what describes the data of a site of CiviCRM: options and their
// labels, types, roles, places, groups of custom fields, and which contacts were merged
// into which.
package site

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

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

	groups   map[string]string // names of option groups by number
	contacts map[string]string // names of contacts, where a custom field points to one
	locales  []string          // of a site in several languages, the wanted one first
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

// Read reads what describes the site in a database. Language is the one that texts are
// taken in where the site has several, as es_ES; the site's first one when empty. It
// fails with adapters.ErrUnreadable for a database that holds no site.
func Read(ctx context.Context, db tables.DB, language string) (*Site, error) {
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
	if language != "" {
		x.locales = []string{language}
	}
	for _, step := range []func(context.Context) error{x.readLocales, x.readOptions, x.readTypes, x.readPlaces, x.readCustom, x.readContacts, x.readMerges} {
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
		fn(func(column string) string { return r.Text(x.At(t, column, &r)) }, &r)
		return nil
	})
}

// At returns the place of a column in a row, or -1. In a site of several languages a text
// stands in one column for each: then it is the first of them that is filled.
func (x *Site) At(t *tables.Table, column string, r *tables.Row) int {
	at := t.Index(column)
	for _, l := range x.locales {
		if at >= 0 {
			break
		}
		if i := t.Index(column + "_" + l); i >= 0 && r.Text(i) != "" {
			at = i
		}
	}
	return at
}

// Localized returns the name of a column without the language that it is in, "" for one
// that is in none.
func (x *Site) Localized(column string) string {
	for _, l := range x.locales {
		if name, ok := strings.CutSuffix(column, "_"+l); ok {
			return name
		}
	}
	return ""
}

// inLocale are the names of the columns of labels in a language.
var inLocale = regexp.MustCompile(`^label_([a-z]{2,3}_[A-Z]{2})$`)

// readLocales reads the languages of a site that has several: those that it names, in
// its order, and those that its options have columns for.
func (x *Site) readLocales(ctx context.Context) error {
	add := func(l string) {
		if l != "" && !slices.Contains(x.locales, l) {
			x.locales = append(x.locales, l)
		}
	}
	err := x.Scan(ctx, "civicrm_domain", func(get func(string) string, _ *tables.Row) {
		for l := range strings.SplitSeq(get("locales"), "\x01") {
			add(l)
		}
	})
	if t := tables.Find(x.Tables, "civicrm_option_value"); t != nil {
		for _, c := range t.Columns {
			if m := inLocale.FindStringSubmatch(c.Name); m != nil {
				add(m[1])
			}
		}
	}
	return err
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

// places are the tables of names by the type of a custom field that points to them.
var places = map[string]string{"Country": "civicrm_country", "StateProvince": "civicrm_state_province"}

// Labelled reports a field whose values stand for something that has a name.
func (f Field) Labelled() bool {
	return f.Options != "" || places[f.Type] != "" || f.Type == contactReference
}

// contactReference is the type of a field that points to a contact.
const contactReference = "ContactReference"

// Label returns the name of what a value of a field stands for; the value where it has
// none.
func (x *Site) Label(f Field, value string) string {
	switch {
	case f.Options != "":
		return cmp.Or(x.Options[f.Options][value], value)
	case places[f.Type] != "":
		return cmp.Or(x.Places[places[f.Type]][value], value)
	case f.Type == contactReference:
		return cmp.Or(x.contacts[value], value)
	}
	return value
}

// Labels are the names of what the values of a field stand for.
func (x *Site) Labels(f Field, values []string) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = x.Label(f, v)
	}
	return names
}

// maxNames is the most contacts whose names are held in memory.
const maxNames = 500_000

// readContacts reads the names of contacts where a custom field points to one.
func (x *Site) readContacts(ctx context.Context) error {
	points := false
	for _, groups := range x.Custom {
		for _, g := range groups {
			points = points || slices.ContainsFunc(g.Fields, func(f Field) bool { return f.Type == contactReference })
		}
	}
	if !points {
		return nil
	}
	x.contacts = map[string]string{}
	return x.Scan(ctx, "civicrm_contact", func(get func(string) string, _ *tables.Row) {
		if len(x.contacts) < maxNames {
			x.contacts[get("id")] = get("display_name")
		}
	})
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
