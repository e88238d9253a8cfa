package layout

import (
	"fmt"
	"strconv"
	"strings"

	"casehub/adapters/spreadsheet/sheet"
)

// levelSeparator joins the names of a header of several rows.
const levelSeparator = " / "

// Names joins the rows of a header. A blank in an upper row goes on with the
// cell to its left, as a merged cell does, where a lower row says something.
// Blank names become "column 3", and the second "Name" becomes "Name#2".
func Names(levels []sheet.Line) []string {
	width := 0
	for _, l := range levels {
		width = max(width, len(l.Cells))
	}
	names := make([]string, width)
	for i := range names {
		names[i] = strings.Join(pathOf(levels, i), levelSeparator)
	}
	return distinct(trimNames(names))
}

// pathOf returns the names above a column, from the top row down.
func pathOf(levels []sheet.Line, column int) []string {
	var path []string
	for k, l := range levels {
		text := headerText(l, column)
		if text == "" && k < len(levels)-1 && headerText(levels[len(levels)-1], column) != "" {
			for left := column - 1; left >= 0 && text == ""; left-- {
				text = headerText(l, left)
			}
		}
		if text != "" && (len(path) == 0 || path[len(path)-1] != text) {
			path = append(path, text)
		}
	}
	return path
}

func headerText(r sheet.Line, column int) string {
	if column >= len(r.Cells) {
		return ""
	}
	return strings.Join(strings.Fields(r.Cells[column].Raw), " ")
}

// trimNames cuts the nameless columns at the end.
func trimNames(names []string) []string {
	n := len(names)
	for n > 0 && names[n-1] == "" {
		n--
	}
	return names[:n]
}

func distinct(names []string) []string {
	seen := map[string]int{}
	out := make([]string, len(names))
	for i, n := range names {
		if n == "" {
			n = "column " + strconv.Itoa(i+1)
		}
		out[i] = n
		for seen[out[i]] > 0 {
			seen[n]++
			out[i] = n + "#" + strconv.Itoa(seen[n])
		}
		seen[out[i]]++
	}
	return out
}

// Declared checks names that the settings declare, and tells those apart that are
// alike.
func Declared(names []string) ([]string, error) {
	for i, n := range names {
		if strings.TrimSpace(n) == "" {
			return nil, fmt.Errorf("column %d has no name", i+1)
		}
	}
	return distinct(names), nil
}
