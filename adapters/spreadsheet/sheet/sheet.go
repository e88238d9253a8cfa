// Package sheet is what every workbook comes down to, whatever program wrote it:
// sheets with rows of cells.
//
// A reader of a format gives a Book, whose sheets it feeds row by row as the file has
// them. Table turns one into lines in which every cell stands in its place; lines of
// text come in the same form. What a cell holds is made by the functions of value.go,
// so that a number or a day reads alike out of every format.
//
// Books, rows and lines are in sheet.go, ranges in area.go, values in value.go and
// days.go, and the way from a sheet to lines in table.go and cover.go.
package sheet

import (
	"casehub/adapters"
)

// Limits of a sheet.
const (
	MaxColumns = 4096
	MaxMerged  = 200_000 // merged cells
	MaxCell    = 1 << 20 // bytes of one cell
)

// ErrWide says that a row reaches beyond MaxColumns.
var ErrWide = adapters.ErrTooManyCells.With("rows", 500_000).With("columns", MaxColumns)

// Info is what a workbook says of one of its sheets.
type Info struct {
	Name   string
	Hidden bool
}

// Book is an open workbook.
type Book interface {
	// Sheets lists the sheets in the order of the file.
	Sheets() []Info
	// Open opens a sheet by its place in the list.
	Open(at int) (Feed, error)
	// Notes says what holds for the whole workbook.
	Notes() []string
	Close() error
}

// Feed gives the rows of a sheet that hold something or are hidden, from top to
// bottom.
type Feed interface {
	// Next returns io.EOF after the last row.
	Next() (Row, error)
	// Merged returns the merged cells that are known by now: at least those that
	// begin in the rows given. They are ordered by their top row.
	Merged() []Area
	Notes() []string
	Close() error
}

// Row is one row of a sheet, with the cells that hold something from left to right.
type Row struct {
	No     int // 1 is the first
	Hidden bool
	Cells  []Cell
}

// Put adds a cell at a column unless it is empty.
func (r *Row) Put(col int, c Cell) {
	if !c.Empty() {
		c.Col = col
		r.Cells = append(r.Cells, c)
	}
}

// Merged gathers merged cells.
type Merged []Area

// Add takes in a merged cell by its first place and the columns and rows that it is
// wide and high.
func (m *Merged) Add(row, col, wide, high int) {
	if wide > 0 && high > 0 && wide+high > 2 && len(*m) < MaxMerged {
		*m = append(*m, Area{row, col, row + high - 1, col + wide - 1})
	}
}

// Lines gives the lines of a table one by one, from the top of the file.
type Lines interface {
	// Next returns io.EOF after the last line.
	Next() (Line, error)
	// Notes says how the table is read.
	Notes() []string
	// Hidden reports a table that the file hides from its readers.
	Hidden() bool
	Close() error
}

// Line is one line of a table, while nobody knows yet which is the header.
type Line struct {
	No     int64 // 1 is the first line of the file or row of the sheet
	Cells  []adapters.Value
	Hidden bool
	Code   adapters.Code // what is wrong with the whole line
	Faults []Fault
	// Across are the places of cells that only repeat what stands to their left, because
	// they are merged with it: in a header that is meant, in data it is not.
	Across []int
}

// Fault is what is wrong with one cell of a line.
type Fault struct {
	At   int // 0 is the first
	Code adapters.Code
}
