package sheet

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Area is a range of cells, its borders included; 1 is the first row or column.
type Area struct{ Top, Left, Bottom, Right int }

// everywhere is the whole of a sheet.
var everywhere = Area{1, 1, math.MaxInt32, MaxColumns}

// ParseArea reads a range such as "B60:D80", "B:D" or "60:80"; "" is everything.
func ParseArea(s string) (Area, error) {
	if s == "" {
		return everywhere, nil
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(s, "$", ""), ":")
	if !ok {
		to = from
	}
	a := everywhere
	top, left, ok1 := CellName(from)
	bottom, right, ok2 := CellName(to)
	if !ok1 || !ok2 || (top == 0) != (bottom == 0) || (left == 0) != (right == 0) || right < left || bottom < top {
		return Area{}, fmt.Errorf("range %q is not like B60:D80", s)
	}
	if top > 0 {
		a.Top, a.Bottom = top, bottom
	}
	if left > 0 {
		a.Left, a.Right = left, right
	}
	return a, nil
}

// CellName reads a name such as B60; a row or a column alone leaves the other 0.
func CellName(s string) (row, col int, ok bool) {
	i := 0
	for ; i < len(s) && i < 4; i++ {
		c := s[i] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		col = col*26 + int(c-'a') + 1
	}
	if i == len(s) {
		return 0, col, i > 0 && i < 4
	}
	row, err := strconv.Atoi(s[i:])
	return row, col, err == nil && row > 0 && row <= 1<<24 && i < 4 && s[i] != '+'
}

// HiddenColumns gathers the columns that a sheet hides from its readers.
type HiddenColumns []string

// Add takes in columns from one to another; 1 is the first.
func (h *HiddenColumns) Add(from, to int) {
	if from > 0 && to >= from && len(*h) < 50 {
		*h = append(*h, rangeName(from, to))
	}
}

// Notes names the columns.
func (h HiddenColumns) Notes() []string {
	if len(h) == 0 {
		return nil
	}
	return []string{"hidden columns: " + strings.Join(h, ", ")}
}

// rangeName writes columns as C or C:F.
func rangeName(from, to int) string {
	if from == to {
		return columnName(from)
	}
	return columnName(from) + ":" + columnName(to)
}

func columnName(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
