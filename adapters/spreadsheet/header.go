package spreadsheet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"casehub/adapters"
)

// headerSearch is the number of rows among which a header is looked for.
const headerSearch = 30

// levelSeparator joins the names of a header of several rows.
const levelSeparator = " / "

// namesOf joins the rows of a header. A blank in an upper row goes on with the
// cell to its left, as a merged cell does, where a lower row says something.
// Blank names become "column 3", and the second "Name" becomes "Name#2".
func namesOf(levels []row) []string {
	width := 0
	for _, l := range levels {
		width = max(width, len(l.cells))
	}
	names := make([]string, width)
	for i := range names {
		names[i] = strings.Join(pathOf(levels, i), levelSeparator)
	}
	return distinct(trimNames(names))
}

// pathOf returns the names above a column, from the top row down.
func pathOf(levels []row, column int) []string {
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

func headerText(r row, column int) string {
	if column >= len(r.cells) {
		return ""
	}
	return strings.Join(strings.Fields(r.cells[column].Raw), " ")
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

// findHeader returns the place among the first rows of the one that names the
// columns: the first in which at least 60 % of the cells are filled with
// distinct words, with a row of data after it. It returns -1 when there is none.
func findHeader(first []row, width int) int {
	for i, r := range first {
		if i+1 < len(first) && isHeader(r, width) {
			return i
		}
	}
	if len(first) > 0 && isHeader(first[len(first)-1], width) {
		return len(first) - 1
	}
	return -1
}

func isHeader(r row, width int) bool {
	seen := map[string]bool{}
	for _, c := range r.cells {
		text := strings.TrimSpace(c.Raw)
		if text == "" {
			continue
		}
		if c.Kind != adapters.Text || looksTyped(text) {
			return false
		}
		seen[strings.ToLower(text)] = true
	}
	return len(seen) > 0 && len(seen)*10 >= width*6
}

// looksTyped reports text that is a number, a day or an amount rather than a
// name.
func looksTyped(s string) bool {
	digits, letters := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if digits > 0 && digits >= letters {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// widthOf returns the number of cells that most of the rows fill.
func widthOf(first []row) int {
	counts := map[int]int{}
	for _, r := range first {
		if n := filledTo(r); n > 0 {
			counts[n]++
		}
	}
	width, top := 0, 0
	for w, n := range counts {
		if n > top || n == top && w > width {
			width, top = w, n
		}
	}
	return width
}

// filledTo returns the place after the last filled cell.
func filledTo(r row) int {
	n := len(r.cells)
	for n > 0 && strings.TrimSpace(r.cells[n-1].Raw) == "" {
		n--
	}
	return n
}

// columnNames checks names that the settings declare.
func columnNames(names []string) ([]string, error) {
	for i, n := range names {
		if strings.TrimSpace(n) == "" {
			return nil, fmt.Errorf("column %d has no name", i+1)
		}
	}
	return distinct(names), nil
}
