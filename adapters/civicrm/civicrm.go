// Package civicrm reads sites of CiviCRM out of their database: the live one or a
// dump, whatever gives its tables.
//
// The streams are contacts, cases, activities, relationships, option_values and notes,
// which say by entity_table and entity_id what they are about. Each has the columns of
// its table, and beside them what the table only points to: labels of options as
// COLUMN.label, custom data as GROUP.FIELD, addresses, tags, the people of a case and of
// an activity, and documents. Lists that CiviCRM wraps
// in separators are lists. Of an activity only the current revision is taken; a
// contact that was merged into another is gone, and what points to it points to
// the one that was kept, which has the other's key beside its own.
//
// What describes the data is read by package site, what is put beside each record in
// join.go, and records are made in streams.go.
package civicrm

import (
	"context"
	"slices"

	"casehub/adapters"
	"casehub/adapters/civicrm/site"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

// Settings declares how a site is read. The keys are those of the mapping file. The
// type is "civicrm", or "civicrm-dump" for a file; the folder of documents is the one
// that is named custom.
type Settings struct {
	system.Settings `yaml:",inline"`
	// Language is the one that labels and titles are taken in where a site has several,
	// as es_ES; the site's first one when empty.
	Language string `yaml:"language" json:"language"`
}

// Source reads one site. It implements adapters.Source.
type Source struct{ *system.Source }

var _ adapters.Source = (*Source)(nil)

// New makes a source of the database of a site. It does not read it.
func New(db tables.DB, s Settings) (*Source, error) {
	if err := s.Check("civicrm", "civicrm-dump"); err != nil {
		return nil, err
	}
	read := func(ctx context.Context) (system.System, error) {
		x, err := site.Read(ctx, db, s.Language)
		return &described{x}, err
	}
	return &Source{system.New(db, read, s.FilesDir)}, nil
}

// described is a site as a system made of tables.
type described struct{ *site.Site }

// Print names the content of the site.
func (x *described) Print() string { return x.Site.Print }

// streamTables are the streams and the tables that they are made of.
var streamTables = map[string]string{
	"contacts": "civicrm_contact", "cases": "civicrm_case", "activities": "civicrm_activity", "relationships": "civicrm_relationship", "option_values": "civicrm_option_value",
	"notes": "civicrm_note",
}

// Streams lists the streams whose tables are there.
func (x *described) Streams() []string {
	var names []string
	for name, table := range streamTables {
		if tables.Find(x.Tables, table) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
