// Package tables is what databases have in common, live or dumped: tables with
// declared columns and keys, and values by declared type.
//
// A database knows nothing of streams. What makes them stands on DB and need not know
// whether it is a server or a file: streams of each table alone, system of what puts
// several tables together. How bytes become texts is in charset.
package tables

import (
	"context"

	"casehub/adapters"
)

// DB gives the tables of a database, each in a fixed order.
type DB interface {
	// Name says where the tables are from, as a person knows it: a file without
	// its folder, or the name of a database.
	Name() string
	// Fingerprint is the SHA-256 of the content in hexadecimal where it is a file
	// and "" for one that changes.
	Fingerprint(ctx context.Context) (string, error)
	// Tables lists the tables by name.
	Tables(ctx context.Context) ([]Table, error)
	// Rows gives the rows of a query. It fails with adapters.ErrStream for a table
	// that is not there, and with the first error that fn returns.
	Rows(ctx context.Context, q Query, fn func(Row) error) error
}

// Table is what a database declares of a table.
type Table struct {
	Name    string
	Columns []Column
	// Key has the columns of the declared primary key.
	Key  []string
	Refs []Ref
	// Rows in the table; -1 when not known.
	Rows  int64
	Notes []string
	// Doubts say why rows may be missing, as those of adapters.Stream.
	Doubts []string
}

// Column is one column as declared.
type Column struct {
	Name string
	Type string // as declared, in small letters
	// Comment is what the database says that the column means.
	Comment string
}

// Ref is a declared foreign key.
type Ref struct {
	Columns []string
	Table   string
	To      []string // empty for the key of the other table
}

// Query asks for rows of one table.
type Query struct {
	Table string
	// Skip passes over so many rows at the beginning.
	Skip int64
	// Raw, when not nil, is told of the bytes of each document in a row, with the
	// place of its column.
	Raw func(column int, b []byte) error
}

// Row is one row.
type Row struct {
	// No counts the rows of a table from 1 where it has a fixed order.
	No int64
	// Values stand as the columns of the table. They are the receiver's to keep.
	Values []adapters.Value
	// Documents are those that stand in the row itself.
	Documents []adapters.Document
	// Problems name columns of the table.
	Problems []adapters.Problem
}

// Index returns the place of a column, or -1.
func (t *Table) Index(column string) int {
	for i, c := range t.Columns {
		if c.Name == column {
			return i
		}
	}
	return -1
}

// Names returns the names of the columns.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Find returns the table of a name, or nil.
func Find(all []Table, name string) *Table {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// Text returns the text of a value at a place, "" where there is none.
func (r *Row) Text(i int) string {
	if i < 0 || i >= len(r.Values) || r.Values[i].Null {
		return ""
	}
	return r.Values[i].Raw
}
