// Package beside asks a site of CiviCRM for what it keeps beside the records of a page,
// in other tables: addresses, the people of a case, what was merged, groups of custom
// fields of which a record may have several, and documents.
package beside

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/civicrm/civiapi/api4"
	"casehub/adapters/jsontree"
)

// Page is what a site keeps beside the records of one page, each by their number.
type Page struct {
	Values    map[string]map[string][]string        // by name
	Parts     map[string]map[string][]jsontree.Node // by name
	Documents map[string][]adapters.Document
	Also      map[string][]string // contacts that were merged into one
}

// Reader asks one site.
type Reader struct {
	Client *api4.Client
	// NoDocuments leaves documents out.
	NoDocuments bool
	groups      []group // nil before they were asked for
}

func (b *Page) add(id, name, value string) {
	if id == "" || value == "" {
		return
	}
	if b.Values[id] == nil {
		b.Values[id] = map[string][]string{}
	}
	if !slices.Contains(b.Values[id][name], value) {
		b.Values[id][name] = append(b.Values[id][name], value)
	}
}

// link is a table beside a stream: which of its fields names the record, and which
// become values.
type link struct {
	entity, by string
	only       []any
	take       map[string]string // field to name
}

// links are the tables that are asked for each page of a stream.
var links = map[string][]link{
	"contacts": {
		{"Email", "contact_id", primary, map[string]string{"email": "email"}},
		{"Phone", "contact_id", primary, map[string]string{"phone": "phone"}},
		{"Address", "contact_id", primary, map[string]string{
			"street_address": "address", "city": "city", "postal_code": "postal_code", "state_province_id:label": "state", "country_id:label": "country",
		}},
	},
	"cases": {
		{"CaseContact", "case_id", nil, map[string]string{"contact_id": "client_ids"}},
		{"Relationship", "case_id", []any{"is_active", "=", true}, map[string]string{"contact_id_b": "role_ids", "relationship_type_id.label_b_a": "roles"}},
	},
	"activities": {
		{"CaseActivity", "activity_id", nil, map[string]string{"case_id": "case_ids"}},
		{"ActivityContact", "activity_id", []any{"record_type_id", "=", 1}, map[string]string{"contact_id": "assignee_ids"}},
		{"ActivityContact", "activity_id", []any{"record_type_id", "=", 2}, map[string]string{"contact_id": "source_ids"}},
		{"ActivityContact", "activity_id", []any{"record_type_id", "=", 3}, map[string]string{"contact_id": "target_ids"}},
	},
}

var primary = []any{"is_primary", "=", true}

// Read asks for what stands beside the records of a page of a stream, whose table in
// the site's database is named.
func (r *Reader) Read(ctx context.Context, stream, table string, ids []int64) (*Page, error) {
	b := &Page{map[string]map[string][]string{}, map[string]map[string][]jsontree.Node{}, map[string][]adapters.Document{}, map[string][]string{}}
	for _, l := range links[stream] {
		if err := r.follow(ctx, l, ids, b); err != nil {
			return nil, err
		}
	}
	if stream == "contacts" {
		if err := r.merges(ctx, ids, b); err != nil {
			return nil, err
		}
	}
	if err := r.custom(ctx, stream, ids, b); err != nil {
		return nil, err
	}
	return b, r.documents(ctx, table, ids, b)
}

// follow asks for the rows of one table that belong to records.
func (r *Reader) follow(ctx context.Context, l link, ids []int64, b *Page) error {
	fields := []string{"id", l.by}
	for f := range l.take {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	where := []any{[]any{l.by, "IN", ids}}
	if l.only != nil {
		where = append(where, l.only)
	}
	return r.Client.All(ctx, api4.Query{Entity: l.entity, Select: fields, Where: where}, func(n jsontree.Node) error {
		for f, name := range l.take {
			b.add(n.Get(l.by).Text, name, n.Get(f).Text)
		}
		return nil
	})
}

// What activities a merge leaves: one on the contact that is gone, whose parent is on
// the one that was kept.
const (
	mergedAway = "Contact Deleted by Merge"
	mergedInto = "Contact Merged"
)

// merges finds which contacts of a page were merged into which, and what was merged
// into them.
func (r *Reader) merges(ctx context.Context, ids []int64, b *Page) error {
	gone, kept := map[string]string{}, map[string]string{} // activity on the kept contact to the contact
	target := []any{"record_type_id", "=", 3}
	where := []any{[]any{"contact_id", "IN", ids}, target, []any{"activity_id.activity_type_id:name", "IN", []string{mergedAway, mergedInto}}}
	fields := []string{"id", "contact_id", "activity_id", "activity_id.parent_id", "activity_id.activity_type_id:name"}
	err := r.Client.All(ctx, api4.Query{Entity: "ActivityContact", Select: fields, Where: where}, func(n jsontree.Node) error {
		if n.Get("activity_id.activity_type_id:name").Text == mergedAway {
			gone[n.Get("activity_id.parent_id").Text] = n.Get("contact_id").Text
		} else {
			kept[n.Get("activity_id").Text] = n.Get("contact_id").Text
		}
		return nil
	})
	if err == nil && len(gone) > 0 {
		err = r.Client.All(ctx, api4.Query{Entity: "ActivityContact", Select: []string{"id", "contact_id", "activity_id"}, Where: []any{[]any{"activity_id", "IN", numbers(gone)}, target}}, func(n jsontree.Node) error {
			from, to := gone[n.Get("activity_id").Text], n.Get("contact_id").Text
			if from != to {
				b.add(from, "merged_into", to)
			}
			return nil
		})
	}
	if err != nil || len(kept) == 0 {
		return err
	}
	where = []any{[]any{"activity_id.parent_id", "IN", numbers(kept)}, target, []any{"activity_id.activity_type_id:name", "=", mergedAway}}
	return r.Client.All(ctx, api4.Query{Entity: "ActivityContact", Select: []string{"id", "contact_id", "activity_id.parent_id"}, Where: where}, func(n jsontree.Node) error {
		to, from := kept[n.Get("activity_id.parent_id").Text], n.Get("contact_id").Text
		if to != "" && from != to && !slices.Contains(b.Also[to], from) {
			b.Also[to] = append(b.Also[to], from)
			slices.Sort(b.Also[to])
		}
		return nil
	})
}

// numbers are the keys of a map as numbers, in order.
func numbers(of map[string]string) []int64 {
	var all []int64
	for text := range of {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// group is a group of custom fields of which a record may have several.
type group struct{ name, stream string }

// extends are the streams that a custom group is for.
var extends = map[string]string{
	"Case": "cases", "Activity": "activities", "Relationship": "relationships",
	"Contact": "contacts", "Individual": "contacts", "Organization": "contacts", "Household": "contacts",
}

// custom asks for the groups of which a record may have several.
func (r *Reader) custom(ctx context.Context, stream string, ids []int64, b *Page) error {
	if r.groups == nil {
		r.groups = []group{}
		err := r.Client.All(ctx, api4.Query{
			Entity: "CustomGroup", Select: []string{"id", "name", "extends"}, Where: []any{[]any{"is_multiple", "=", true}, []any{"is_active", "=", true}},
		}, func(n jsontree.Node) error {
			if to := extends[n.Get("extends").Text]; to != "" && n.Get("name").Text != "" {
				r.groups = append(r.groups, group{n.Get("name").Text, to})
			}
			return nil
		})
		if err != nil {
			r.groups = nil
			return err
		}
	}
	for _, g := range r.groups {
		if g.stream != stream {
			continue
		}
		err := r.Client.All(ctx, api4.Query{Entity: "Custom_" + g.name, Select: []string{"*"}, Where: []any{[]any{"entity_id", "IN", ids}}}, func(n jsontree.Node) error {
			id := n.Get("entity_id").Text
			if b.Parts[id] == nil {
				b.Parts[id] = map[string][]jsontree.Node{}
			}
			b.Parts[id][strings.ReplaceAll(g.name, "/", "_")] = append(b.Parts[id][strings.ReplaceAll(g.name, "/", "_")], n)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// documents asks for the files that were put to records.
func (r *Reader) documents(ctx context.Context, table string, ids []int64, b *Page) error {
	if r.NoDocuments {
		return nil
	}
	where := []any{[]any{"entity_table", "=", table}, []any{"entity_id", "IN", ids}}
	fields := []string{"id", "entity_id", "file_id", "file_id.uri", "file_id.mime_type"}
	return r.Client.All(ctx, api4.Query{Entity: "EntityFile", Select: fields, Where: where}, func(n jsontree.Node) error {
		id, file := n.Get("entity_id").Text, n.Get("file_id").Text
		if id == "" || file == "" {
			return nil
		}
		name := original(n.Get("file_id.uri").Text)
		d := adapters.Document{Blob: adapters.Blob(file), Name: name, Type: n.Get("file_id.mime_type").Text, Size: -1}
		if name != "" {
			d.Column = "documents"
			b.add(id, d.Column, name)
		}
		b.Documents[id] = append(b.Documents[id], d)
		return nil
	})
}

// original takes the hash off a file's name: CiviCRM puts 32 digits before the ending.
func original(uri string) string {
	dot := strings.LastIndexByte(uri, '.')
	if dot < 33 || uri[dot-33] != '_' || strings.Trim(uri[dot-32:dot], "0123456789abcdef") != "" {
		return uri
	}
	return uri[:dot-33] + uri[dot:]
}
