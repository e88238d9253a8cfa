package civicrm

import (
	"cmp"
	"context"
	"slices"

	"casehub/adapters"
	"casehub/adapters/civicrm/site"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

// stream is one stream, with what stands beside its records.
type stream struct {
	site   *site.Site
	name   string
	table  *tables.Table
	head   *adapters.Header
	beside *joined
	also   map[string][]string // contact that was kept to those merged into it
}

// labelled are the columns whose values are of an option group.
var labelled = map[string]map[string]string{
	"contacts":   {"gender_id": "gender", "prefix_id": "individual_prefix", "suffix_id": "individual_suffix", "preferred_communication_method": "preferred_communication_method"},
	"cases":      {"status_id": "case_status", "case_type_id": "case_type"},
	"activities": {"activity_type_id": "activity_type", "status_id": "activity_status", "medium_id": "encounter_medium", "priority_id": "priority"},
}

// added are the columns beside those of the table.
var added = map[string][]string{
	"contacts":      {"email", "phone", "address", "city", "postal_code", "state", "country", "merged_into"},
	"cases":         {"client_ids", "role_ids", "roles"},
	"activities":    {"case_ids", "source_ids", "assignee_ids", "target_ids"},
	"relationships": {"relationship_type"},
	"option_values": {"option_group"},
	"notes":         {},
}

// hidden are columns that no import needs to see.
var hidden = map[string]bool{"api_key": true, "hash": true, "user_unique_id": true}

// Open makes a stream and reads what stands beside its records.
func (x *described) Open(ctx context.Context, name string) (system.Stream, error) {
	st := &stream{site: x.Site, name: name, table: tables.Find(x.Tables, streamTables[name]), beside: newJoined(), also: map[string][]string{}}
	var names []string
	for _, c := range st.table.Columns {
		if hidden[c.Name] {
			continue
		}
		names = append(names, c.Name)
		if plain := x.Localized(c.Name); plain != "" {
			names = append(names, plain)
		}
		if labelled[name][c.Name] != "" {
			names = append(names, c.Name+".label")
		}
	}
	names = append(names, added[name]...)
	for _, g := range x.Custom[name] {
		if g.Multiple {
			continue
		}
		for _, f := range g.Fields {
			names = append(names, g.Name+"."+f.Name)
			if f.Labelled() {
				names = append(names, g.Name+"."+f.Name+".label")
			}
		}
	}
	st.head = adapters.NewHeader(distinct(append(names, "tags", "documents")))
	if name == "contacts" {
		for gone := range x.Merged {
			kept := x.Survivor(gone)
			st.also[kept] = append(st.also[kept], gone)
		}
	}
	return st, x.fill(ctx, st)
}

// distinct leaves out names that were there before.
func distinct(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(n string) bool {
		twice := seen[n] || n == ""
		seen[n] = true
		return twice
	})
}

func put(r *adapters.Record, name string, v adapters.Value) {
	if i := r.Header.Index(name); i >= 0 {
		r.Values[i] = v
	}
}

// Header names the columns.
func (st *stream) Header() *adapters.Header { return st.head }

// Notes says nothing: every site is read alike.
func (st *stream) Notes() []string { return nil }

// Changed returns when the site says that a record was modified; old sites say it of
// contacts alone.
func (st *stream) Changed(r *adapters.Record) string {
	if v := r.Value("modified_date"); v.Kind == adapters.Date {
		return v.Raw
	}
	return ""
}

// Tell adds what the site says of a field.
func (st *stream) Tell(f *adapters.Field) {
	if i := st.table.Index(f.Name); i >= 0 {
		f.Type, f.Label = st.table.Columns[i].Type, st.table.Columns[i].Comment
	}
	for _, g := range st.site.Custom[st.name] {
		for _, c := range g.Fields {
			if f.Name == g.Name+"."+c.Name {
				f.Type, f.Label, f.Points = c.Type, c.Label, pointsOf(c)
			}
		}
	}
	switch f.Name {
	case "client_ids", "role_ids", "source_ids", "assignee_ids", "target_ids", "contact_id_a", "contact_id_b", "merged_into", "source_contact_id":
		f.Points = []string{"contacts.id"}
	case "case_ids", "case_id":
		f.Points = []string{"cases.id"}
	}
}

// pointsOf says what the values of a custom field are taken from.
func pointsOf(f site.Field) []string {
	if f.Type == "ContactReference" {
		return []string{"contacts.id"}
	}
	return nil
}

// Each gives the records in the order of the table.
func (st *stream) Each(ctx context.Context, fn func(adapters.Record) error) error {
	return st.site.DB.Rows(ctx, tables.Query{Table: st.table.Name}, func(row tables.Row) error {
		return fn(st.record(&row))
	})
}

func (st *stream) record(row *tables.Row) adapters.Record {
	get := func(column string) string { return row.Text(st.site.At(st.table, column, row)) }
	id := get("id")
	r := adapters.Record{
		Stream: st.name, Key: id, Header: st.head, Values: make([]adapters.Value, len(st.head.Names())),
		Loc: adapters.Locator{File: st.site.DB.Name(), Sheet: st.name, Row: row.No},
	}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	for i, c := range st.table.Columns {
		st.putColumn(&r, c.Name, row.Values[i])
		if plain := st.site.Localized(c.Name); plain != "" {
			put(&r, plain, adapters.Value{Raw: get(plain), Null: get(plain) == ""})
		}
	}
	for column, list := range st.beside.values[id] {
		put(&r, column, site.Value(list))
	}
	for _, p := range row.Problems {
		if p.Column == "" || st.head.Index(p.Column) >= 0 {
			r.Problems = append(r.Problems, p)
		}
	}
	r.Documents = st.beside.docs[id]
	st.putMore(&r, get)
	r.AltKeys = slices.Sorted(slices.Values(st.also[id]))
	r.Skip, r.Deleted = st.skip(get)
	if st.name == "activities" {
		r.Key = keyOf(get, r.Skip)
	}
	st.putParts(&r, id)
	r.Seal()
	return r
}

// keyOf is the key of an activity: that of its first revision, so that it stays
// when the activity is changed.
func keyOf(get func(string) string, skip string) string {
	if skip == earlier {
		return get("id") + "/earlier"
	}
	return cmp.Or(get("original_id"), get("id"))
}

// earlier is why a revision that another replaced is left out.
const earlier = "earlier revision"

// putColumn puts a value of the table, as a list where it is one, with the label
// of an option.
func (st *stream) putColumn(r *adapters.Record, name string, v adapters.Value) {
	group := labelled[st.name][name]
	list := site.Split(v.Raw)
	if len(list) != 1 || list[0] != v.Raw {
		if v.Raw != "" {
			v = site.Value(list)
		}
	}
	put(r, name, v)
	if group == "" {
		return
	}
	options := st.site.Options[group]
	if group == "case_type" {
		options = st.site.Types
	}
	labels := make([]string, 0, len(list))
	for _, o := range list {
		if l := options[o]; l != "" {
			labels = append(labels, l)
		}
	}
	put(r, name+".label", site.Value(labels))
}

// putMore puts what follows from more than one column.
func (st *stream) putMore(r *adapters.Record, get func(string) string) {
	x := st.site
	switch st.name {
	case "relationships":
		put(r, "relationship_type", site.Value(site.Split(x.Roles[get("relationship_type_id")])))
		for _, side := range []string{"contact_id_a", "contact_id_b"} {
			if to := get(side); to != "" {
				put(r, side, adapters.Value{Raw: x.Survivor(to)})
			}
		}
	case "option_values":
		put(r, "option_group", site.Value(site.Split(x.OptionGroup(get("option_group_id")))))
	case "activities":
		if from := get("source_contact_id"); from != "" { // of old sites
			put(r, "source_ids", adapters.Value{Raw: x.Survivor(from)})
		}
	}
}

// putParts puts the groups that a record has several of.
func (st *stream) putParts(r *adapters.Record, id string) {
	for name, list := range st.beside.parts[id] {
		if r.Children == nil {
			r.Children = map[string][]adapters.Record{}
		}
		kids := slices.Clone(list)
		for i := range kids {
			kids[i].Loc = r.Loc
			kids[i].Seal()
		}
		r.Children[name] = kids
	}
}

// skip says why a record is left out, and whether it is gone.
func (st *stream) skip(get func(string) string) (string, bool) {
	switch {
	case st.name == "contacts" && st.site.Merged[get("id")] != "":
		return "merged into another at source", true
	case get("is_deleted") == "1":
		return "deleted at source", true
	case st.name == "activities" && get("is_current_revision") == "0":
		return earlier, false
	case get("is_test") == "1":
		return "test", false
	}
	return "", false
}
