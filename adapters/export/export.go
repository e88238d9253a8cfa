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
// Tables are found by package book, and rows are brought together by package join; the
// source is in source.go, and what formats do to columns in shape.go.
package export

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/export/book"
	"casehub/adapters/export/join"
)

// Format is one system's way to write tables.
type Format interface {
	// Layout says how the tables of a file belong together.
	Layout(ctx context.Context, b *book.Book) (Layout, error)
}

// Layout is how the tables of a file belong together.
type Layout struct{ Streams []Stream }

// Stream is a table of records with those of its repeats.
type Stream struct {
	Name        string
	Table       *join.Table
	Notes       []string
	Instruments []adapters.Instrument
}
