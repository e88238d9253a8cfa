package spreadsheet

import (
	"context"
	"path"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/books"
	"casehub/adapters/spreadsheet/files"
)

// namedTable is a table with the name of its stream.
type namedTable struct {
	name string
	Table
	// found is true for a sheet that nobody declared and that may hold no table.
	found bool
}

// tables lists the tables that are declared, or else those that there are.
func (s *Source) tables(ctx context.Context) ([]namedTable, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if len(s.settings.Tables) > 0 {
		var all []namedTable
		for name, t := range s.settings.Tables {
			all = append(all, namedTable{name: name, Table: t})
		}
		slices.SortFunc(all, func(a, b namedTable) int { return strings.Compare(a.name, b.name) })
		return all, nil
	}
	if len(s.files) > 1 && !s.at.Pattern() {
		return tablesOfFiles(s.files), nil
	}
	return tablesOfSheets(s.files)
}

// tablesOfFiles makes a table of each file, named without its ending where that
// tells them apart.
func tablesOfFiles(in []*files.File) []namedTable {
	times := map[string]int{}
	for _, f := range in {
		times[shortName(f)]++
	}
	var all []namedTable
	for _, f := range in {
		name := shortName(f)
		if times[name] > 1 {
			name = f.FullName()
		}
		all = append(all, namedTable{name: name, Table: Table{File: f.Pattern()}})
	}
	return all
}

func shortName(f *files.File) string { return strings.TrimSuffix(f.Name, path.Ext(f.Name)) }

// tablesOfSheets makes a table of the first visible sheet and one of each other.
func tablesOfSheets(in []*files.File) ([]namedTable, error) {
	all := []namedTable{{name: OnlyTable}}
	if len(in) != 1 || in[0].Kind == files.Text {
		return all, nil
	}
	sheets, first, err := books.Default(in[0])
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{OnlyTable: true}
	for i, one := range sheets {
		if name := strings.TrimSpace(one.Name); i != first && name != "" && !seen[name] {
			seen[name] = true
			all = append(all, namedTable{name: name, Table: Table{Sheet: one.Name}, found: true})
		}
	}
	return all, nil
}

// table returns the settings of a table. It fails with adapters.ErrStream when
// there is none of that name.
func (s *Source) table(ctx context.Context, name string) (Table, error) {
	if t, ok := s.settings.Tables[name]; ok {
		return t, s.survey(ctx)
	}
	all, err := s.tables(ctx)
	if err != nil {
		return Table{}, err
	}
	for _, t := range all {
		if t.name == name {
			return t.Table, nil
		}
	}
	return Table{}, adapters.ErrStream.With("table", name)
}

// filesFor returns the files that a table is in.
func (s *Source) filesFor(t Table) ([]*files.File, error) {
	if t.File == "" {
		return s.files, nil
	}
	var all []*files.File
	for _, f := range s.files {
		if f.Fits(t.File) {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil, adapters.ErrNoFiles
	}
	return all, nil
}
