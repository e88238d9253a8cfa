// Package layout tells of the rows of a table which are its header, how the columns
// are named by it, and which rows are no data.
//
// The header is looked for in header.go and its names are made in names.go; rows to
// be left out are in drop.go.
package layout

import (
	"strings"

	"casehub/adapters/spreadsheet/sheet"
)

// Filled returns the place after the last filled cell.
func Filled(r sheet.Line) int {
	n := len(r.Cells)
	for n > 0 && strings.TrimSpace(r.Cells[n-1].Raw) == "" {
		n--
	}
	return n
}
