package sqldb

import "casehub/adapters/tables"

// tablesOf makes a table of a name and pairs of column and type; the first column
// is its key.
func tablesOf(name string, columns ...string) tables.Table {
	t := tables.Table{Name: name, Key: columns[:1]}
	for i := 0; i < len(columns); i += 2 {
		t.Columns = append(t.Columns, tables.Column{Name: columns[i], Type: columns[i+1]})
	}
	return t
}
