// Package export reads what survey and case systems let people download: one table
// of records, and one more for each repeat, as sheets of a workbook, as CSV files in
// a ZIP file, or as one CSV file. It brings each record together with the rows of its
// repeats.
//
// What the columns mean is a Format's matter: it looks at the tables and says which
// belong to which, by what, and what becomes of their columns. Rows of repeats are
// read along with the records where they stand in the same order, and held in memory,
// within a limit, where they do not. A row that belongs to no record is given all the
// same, with a problem.
//
// Tables are found in book.go, the source is in source.go, rows are joined in join.go.
package export

import (
	"context"

	"casehub/adapters"
)

// Format is one system's way to write tables.
type Format interface {
	// Layout says how the tables of a file belong together.
	Layout(ctx context.Context, b *Book) (Layout, error)
}

// Layout is how the tables of a file belong together.
type Layout struct {
	Streams []Stream
	// Media are documents that the file holds, by their names.
	Media map[string]bool
}

// Stream is a table of records with those of its repeats.
type Stream struct {
	Name        string
	Table       *Table
	Notes       []string
	Instruments []adapters.Instrument
}

// Table is one table of a file.
type Table struct {
	// Name in the file.
	Name string
	// Leaf is the name that the rows have among a record's children.
	Leaf string
	// Own is what rows of other tables call this row; Parent what this row calls the
	// row that it belongs to; Record what it calls the record that it is in. Parent
	// and Record are nil for a table of records.
	Own, Parent, Record func(*adapters.Record) string
	// Key is the source's key of a record; children get theirs by their place.
	Key func(*adapters.Record) string
	// Twice is the code of records that share what Once says; "" is not looked at.
	Once  func(*adapters.Record) string
	Twice adapters.Code
	// Older, where it is said, is why all but the last of such records are left out,
	// in place of the code.
	Older string
	// Same makes one record of rows with one key that stand one after the other:
	// every further row is handed over with the first, which takes it in.
	Same func(first, next *adapters.Record)
	// Shape makes the record's columns what they are to be, nil for as they are. It
	// is called once everything else was asked of the row.
	Shape    func(*adapters.Record)
	Children []*Table
}

// Column returns a function that reads the first of some columns that is filled.
func Column(names ...string) func(*adapters.Record) string {
	return func(r *adapters.Record) string {
		for _, n := range names {
			if v := r.Value(n); !v.Null && v.Raw != "" {
				return v.Raw
			}
		}
		return ""
	}
}
