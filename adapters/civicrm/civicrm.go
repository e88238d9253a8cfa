// Package civicrm reads sites of CiviCRM out of their database: the live one or a
// dump, whatever gives its tables.
//
// The streams are contacts, cases, activities, relationships and option_values.
// Each has the columns of its table, and beside them what the table only points
// to: labels of options as COLUMN.label, custom data as GROUP.FIELD, addresses,
// the people of a case and of an activity, and documents. Lists that CiviCRM wraps
// in separators are lists. Of an activity only the current revision is taken; a
// contact that was merged into another is gone, and what points to it points to
// the one that was kept, which has the other's key beside its own.
//
// site.go reads what describes the data, join.go what is put beside each record,
// and streams.go makes the records.
package civicrm

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/tables"
	"casehub/adapters/tables/system"
)

// Settings declares how a site is read. The keys are those of the mapping file. The
// type is "civicrm", or "civicrm-dump" for a file; the folder of documents is the one
// that is named custom.
type Settings struct {
	system.Settings `yaml:",inline"`
}

// Source reads one site. It implements adapters.Source.
type Source struct{ *system.Source }

var _ adapters.Source = (*Source)(nil)

// New makes a source of the database of a site. It does not read it.
func New(db tables.DB, s Settings) (*Source, error) {
	if err := s.Check("civicrm", "civicrm-dump"); err != nil {
		return nil, err
	}
	read := func(ctx context.Context) (system.System, error) { return readSite(ctx, db) }
	return &Source{system.New(read, s.FilesDir)}, nil
}
