// Package join brings records together with the rows of their repeats, which stand in
// tables of their own. Rows of repeats are read along with the records where they stand
// in the same order, and held in memory, within a limit, where they do not. A row that
// belongs to no record is given all the same, with a problem.
//
// What the tables are is here, what one look at all rows says in facts.go, rows of
// repeats come by feed.go, and records leave by emit.go.
package join

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/export/book"
)

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

// Records are the records of a table with those of its repeats.
type Records struct {
	book   *book.Book
	stream string
	table  *Table
	facts  *facts
}

// New makes the records of a stream out of a table of a file. It does not read.
func New(b *book.Book, stream string, t *Table) *Records {
	return &Records{book: b, stream: stream, table: t}
}

// Each gives the records with their children, rows that are left out, and rows that
// belong to nothing, sealed and in the order of the table each time. It stops with the
// first error of give.
func (r *Records) Each(ctx context.Context, give func(adapters.Record) error) error {
	if r.facts == nil {
		f, err := look(ctx, r.book, r.table)
		if err != nil {
			return err
		}
		r.facts = f
	}
	all, err := feeds(ctx, r.book, r.table, r.facts)
	defer stopAll(all)
	if err != nil {
		return err
	}
	e := emitter{stream: r.stream, table: r.table, facts: r.facts, feeds: all, give: give}
	for rec, err := range r.book.Rows(ctx, r.table.Name) {
		if err == nil {
			err = e.row(rec)
		}
		if err != nil {
			return err
		}
	}
	return e.end()
}
