package civicrm

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/civicrm/site"
	"casehub/adapters/tables"
)

// maxJoined is how many values beside the records of a stream are held in memory.
const maxJoined = 2_000_000

// joined holds what stands beside the records of one stream, by record and column.
type joined struct {
	values map[string]map[string][]string
	docs   map[string][]adapters.Document
	parts  map[string]map[string][]adapters.Record // groups that a record has several of
	n      int
}

func newJoined() *joined {
	return &joined{values: map[string]map[string][]string{}, docs: map[string][]adapters.Document{}, parts: map[string]map[string][]adapters.Record{}}
}

// add puts a value beside a record; the first of a column comes first.
func (j *joined) add(id, column, text string) {
	if id == "" || text == "" || j.n >= maxJoined {
		return
	}
	j.n++
	if j.values[id] == nil {
		j.values[id] = map[string][]string{}
	}
	j.values[id][column] = append(j.values[id][column], text)
}

// fill reads everything that stands beside the records of a stream.
func (x *described) fill(ctx context.Context, st *stream) error {
	var err error
	switch st.name {
	case "contacts":
		err = x.fillContacts(ctx, st)
	case "cases":
		err = x.fillCases(ctx, st)
	case "activities":
		err = x.fillActivities(ctx, st)
	}
	if err == nil {
		err = x.fillCustom(ctx, st)
	}
	if err == nil {
		err = x.fillTags(ctx, st)
	}
	if err == nil {
		err = x.fillDocuments(ctx, st)
	}
	if err == nil && st.beside.n >= maxJoined {
		err = adapters.ErrTooManyCells.With("file", x.DB.Name()).With("table", st.table.Name).With("rows", maxJoined).With("columns", len(st.head.Names()))
	}
	return err
}

// fillContacts puts addresses, mail and phones beside the contacts, the primary
// ones first.
func (x *described) fillContacts(ctx context.Context, st *stream) error {
	type entry struct {
		contact, primary string
		columns          map[string]string
	}
	for table, take := range map[string]func(get func(string) string) map[string]string{
		"civicrm_email": func(get func(string) string) map[string]string { return map[string]string{"email": get("email")} },
		"civicrm_phone": func(get func(string) string) map[string]string { return map[string]string{"phone": get("phone")} },
		"civicrm_address": func(get func(string) string) map[string]string {
			street := strings.TrimSpace(strings.Join([]string{get("street_address"), get("supplemental_address_1"), get("supplemental_address_2")}, "\n"))
			return map[string]string{
				"address": street, "city": get("city"), "postal_code": get("postal_code"),
				"state": x.Places["civicrm_state_province"][get("state_province_id")], "country": x.Places["civicrm_country"][get("country_id")],
			}
		},
	} {
		var all []entry
		err := x.Scan(ctx, table, func(get func(string) string, _ *tables.Row) {
			if len(all) < maxJoined {
				all = append(all, entry{get("contact_id"), get("is_primary"), take(get)})
			}
		})
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(b.primary, a.primary) })
		for _, e := range all {
			for column, text := range e.columns {
				st.beside.add(e.contact, column, text)
			}
		}
	}
	for gone := range x.Merged {
		st.beside.add(gone, "merged_into", x.Survivor(gone))
	}
	return nil
}

// fillCases puts the clients and the roles beside the cases.
func (x *described) fillCases(ctx context.Context, st *stream) error {
	err := x.Scan(ctx, "civicrm_case_contact", func(get func(string) string, _ *tables.Row) {
		st.beside.add(get("case_id"), "client_ids", x.Survivor(get("contact_id")))
	})
	if err != nil {
		return err
	}
	return x.Scan(ctx, "civicrm_relationship", func(get func(string) string, _ *tables.Row) {
		if id := get("case_id"); id != "" && get("is_active") != "0" {
			st.beside.add(id, "role_ids", x.Survivor(get("contact_id_b")))
			st.beside.add(id, "roles", x.Roles[get("relationship_type_id")])
		}
	})
}

// sides are the ways in which contacts belong to an activity.
var sides = map[string]string{"1": "assignee_ids", "2": "source_ids", "3": "target_ids"}

// fillActivities puts cases and contacts beside the activities, from the tables
// of new sites and from those of old ones.
func (x *described) fillActivities(ctx context.Context, st *stream) error {
	steps := []struct {
		table string
		take  func(get func(string) string)
	}{
		{"civicrm_case_activity", func(get func(string) string) { st.beside.add(get("activity_id"), "case_ids", get("case_id")) }},
		{"civicrm_activity_contact", func(get func(string) string) {
			st.beside.add(get("activity_id"), cmp.Or(sides[get("record_type_id")], "target_ids"), x.Survivor(get("contact_id")))
		}},
		{"civicrm_activity_assignment", func(get func(string) string) {
			st.beside.add(get("activity_id"), "assignee_ids", x.Survivor(get("assignee_contact_id")))
		}},
		{"civicrm_activity_target", func(get func(string) string) {
			st.beside.add(get("activity_id"), "target_ids", x.Survivor(get("target_contact_id")))
		}},
	}
	for _, s := range steps {
		if err := x.Scan(ctx, s.table, func(get func(string) string, _ *tables.Row) { s.take(get) }); err != nil {
			return err
		}
	}
	return nil
}

// fillCustom puts the custom data beside the records: values where a record has
// one row, parts where it may have several.
func (x *described) fillCustom(ctx context.Context, st *stream) error {
	for _, g := range x.Custom[st.name] {
		var head *adapters.Header
		if g.Multiple {
			names := []string{}
			for _, f := range g.Fields {
				names = append(names, f.Name)
				if f.Labelled() {
					names = append(names, f.Name+".label")
				}
			}
			head = adapters.NewHeader(distinct(names))
		}
		err := x.Scan(ctx, g.Table, func(get func(string) string, _ *tables.Row) {
			id := get("entity_id")
			if g.Multiple {
				x.addPart(st, g, head, id, get)
				return
			}
			for _, f := range g.Fields {
				for _, v := range site.Split(get(f.Column)) {
					st.beside.add(id, g.Name+"."+f.Name, v)
					if f.Labelled() {
						st.beside.add(id, g.Name+"."+f.Name+".label", x.Label(f, v))
					}
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *described) addPart(st *stream, g site.Group, head *adapters.Header, id string, get func(string) string) {
	if st.beside.n++; st.beside.n >= maxJoined || id == "" {
		return
	}
	r := adapters.Record{Stream: st.name, Key: id + "/" + g.Name + "[" + get("id") + "]", Header: head, Values: make([]adapters.Value, len(head.Names()))}
	for i := range r.Values {
		r.Values[i].Null = true
	}
	for _, f := range g.Fields {
		list := site.Split(get(f.Column))
		put(&r, f.Name, site.Value(list))
		if f.Labelled() {
			put(&r, f.Name+".label", site.Value(x.Labels(f, list)))
		}
	}
	if st.beside.parts[id] == nil {
		st.beside.parts[id] = map[string][]adapters.Record{}
	}
	st.beside.parts[id][g.Name] = append(st.beside.parts[id][g.Name], r)
}

// fillTags puts the names of tags beside the records.
func (x *described) fillTags(ctx context.Context, st *stream) error {
	names := map[string]string{}
	err := x.Scan(ctx, "civicrm_tag", func(get func(string) string, _ *tables.Row) { names[get("id")] = cmp.Or(get("label"), get("name")) })
	if err != nil || len(names) == 0 {
		return err
	}
	return x.Scan(ctx, "civicrm_entity_tag", func(get func(string) string, _ *tables.Row) {
		if get("entity_table") == st.table.Name {
			st.beside.add(get("entity_id"), "tags", names[get("tag_id")])
		}
	})
}

// owner is a record that has a document, and the column that names it.
type owner struct{ id, column string }

// fillDocuments finds the documents that were put to the records, and those that custom
// fields name.
func (x *described) fillDocuments(ctx context.Context, st *stream) error {
	of := map[string][]owner{}
	err := x.Scan(ctx, "civicrm_entity_file", func(get func(string) string, _ *tables.Row) {
		if get("entity_table") == st.table.Name {
			of[get("file_id")] = append(of[get("file_id")], owner{get("entity_id"), "documents"})
		}
	})
	for _, g := range x.Custom[st.name] {
		for _, f := range g.Fields {
			if err != nil || f.Type != "File" {
				continue
			}
			column := g.Name + "." + f.Name
			if g.Multiple {
				column = "documents"
			}
			err = x.Scan(ctx, g.Table, func(get func(string) string, _ *tables.Row) {
				if file := get(f.Column); file != "" {
					of[file] = append(of[file], owner{get("entity_id"), column})
				}
			})
		}
	}
	if err != nil || len(of) == 0 {
		return err
	}
	return x.Scan(ctx, "civicrm_file", func(get func(string) string, _ *tables.Row) {
		if get("uri") == "" {
			return
		}
		for _, o := range of[get("id")] {
			if o.column == "documents" {
				st.beside.add(o.id, "documents", get("uri"))
			}
			st.beside.docs[o.id] = append(st.beside.docs[o.id], adapters.Document{
				Blob: adapters.Blob(get("uri")), Column: o.column, Name: original(get("uri")), Type: get("mime_type"), Size: -1,
			})
		}
	})
}

// original takes the hash off a file's name: CiviCRM puts 32 digits before the
// ending.
func original(uri string) string {
	dot := strings.LastIndexByte(uri, '.')
	if dot < 33 || uri[dot-33] != '_' || strings.Trim(uri[dot-32:dot], "0123456789abcdef") != "" {
		return uri
	}
	return uri[:dot-33] + uri[dot:]
}
