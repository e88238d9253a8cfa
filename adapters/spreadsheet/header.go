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
		above := row{}
		if i > 0 && groups(first[i-1], r) {
			above = first[i-1]
		}
		if i+1 < len(first) && isHeader(r, above, width) {
			return i
		}
	}
	if len(first) > 0 && isHeader(first[len(first)-1], row{}, width) {
		return len(first) - 1
	}
	return -1
}

// levelsAround returns the first row of a header and the one after its last, of
// which the row at a place is one. The row above belongs to it where it groups
// names that would else be alike or is made of merged cells; the row below where
// it names what the header leaves open.
func levelsAround(first []row, at int) (from, to int) {
	from, to = at, at+1
	if to < len(first) && namesTheRest(first[at], first[to], first[to+1:]) {
		return from, to + 1
	}
	if at > 0 && groups(first[at-1], first[at]) {
		from--
	}
	return from, to
}

// groups reports a row whose names stand over several columns each.
func groups(above, header row) bool {
	seen, alike, merged := map[string]bool{}, false, false
	names := map[string]bool{}
	for i := range header.cells {
		text := headerText(header, i)
		alike = alike || text != "" && names[text]
		names[text] = true
		over := headerText(above, i)
		if over == "" {
			continue
		}
		if above.cells[i].Kind != adapters.Text || looksTyped(over) {
			return false
		}
		merged = merged || i > 0 && headerText(above, i-1) == over
		seen[over] = true
	}
	return len(seen) > 1 && (alike || merged)
}

// namesTheRest reports a row of words that fills every column that the header
// above leaves open, over columns that hold numbers and days.
func namesTheRest(header, below row, rows []row) bool {
	open, seen := 0, map[string]bool{}
	width := max(filledTo(header), filledTo(below))
	for i := range width {
		text, over := headerText(below, i), headerText(header, i)
		if over == "" || i > 0 && over == headerText(header, i-1) {
			if open++; text == "" {
				return false
			}
		}
		if text == "" {
			continue
		}
		if below.cells[i].Kind != adapters.Text || looksTyped(text) || seen[text] {
			return false
		}
		seen[text] = true
	}
	return open > 0 && overTyped(below, rows)
}

// overTyped reports whether one of the words stands over nothing but numbers,
// days and amounts.
func overTyped(words row, rows []row) bool {
	for i := range words.cells {
		typed, other := 0, 0
		for _, r := range rows {
			switch text := headerText(r, i); {
			case text == "":
			case r.cells[i].Kind != adapters.Text || looksTyped(text):
				typed++
			default:
				other++
			}
		}
		if headerText(words, i) != "" && typed > 0 && other == 0 {
			return true
		}
	}
	return false
}

// isHeader reports a row of distinct words; the row above, which groups them, may
// tell them apart.
func isHeader(r, above row, width int) bool {
	seen := map[string]bool{}
	group := ""
	for i, c := range r.cells {
		if over := headerText(above, i); over != "" {
			group = over
		}
		text := strings.TrimSpace(c.Raw)
		if text == "" {
			continue
		}
		if c.Kind != adapters.Text || looksTyped(text) {
			return false
		}
		seen[strings.ToLower(group+"\x00"+text)] = true
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
