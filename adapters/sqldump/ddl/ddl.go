// Package ddl reads what a dump says of its tables: their columns with types and remarks,
// their keys, what they inherit from and what they are a part of. Views and code are
// passed over.
package ddl

import (
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/tables"
)

// maxColumns is the most columns or foreign keys of a table.
const maxColumns = 4096

// Definition is what a statement says of a table.
type Definition struct {
	tables.Table
	// Inherits are tables whose columns stand before its own.
	Inherits []string
	// PartOf is the table that its rows belong to; "" for its own.
	PartOf string
}

// Told is told of tables; what is nil is not asked for.
type Told struct {
	Defined func(t *Definition)
	// Altered gets what is added to a table.
	Altered func(table string, t *Definition)
	// Viewed gets the names of views.
	Viewed func(name string)
}

// Reader reads statements behind their first word.
type Reader struct {
	*phrase.Phrases
	Told
}
