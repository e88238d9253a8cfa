package layout

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/sheet"
)

// headerSearch is the number of rows among which a header is looked for.
const headerSearch = 30

// MaxHeaderRow is the last row that may be declared to be a header.
const MaxHeaderRow = headerSearch * 10

// Header reads to the rows of the header: those declared, 1 for the first, or else
// those found. It returns them, and the rows below that were read already. It fails
// with adapters.ErrHeaderRow or adapters.ErrHeader when they are not there.
func Header(raw sheet.Lines, declared []int) (levels, ahead []sheet.Line, err error) {
	if len(declared) > 0 {
		return declaredHeader(raw, declared)
	}
	var first []sheet.Line
	for len(first) < headerSearch {
		r, err := raw.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		first = append(first, r)
	}
	at := findHeader(first, widthOf(first))
	if at < 0 {
		return nil, nil, adapters.ErrHeader
	}
	from, to := levelsAround(first, at)
	return first[from:to], first[to:], nil
}

// declaredHeader reads to the last of the declared rows. Row numbers are those
// of the file, so a cell with line ends counts as the lines it takes.
func declaredHeader(raw sheet.Lines, at []int) (levels, ahead []sheet.Line, err error) {
	for len(levels) < len(at) {
		want := int64(at[len(levels)])
		r, err := raw.Next()
		if errors.Is(err, io.EOF) {
			return nil, nil, adapters.ErrHeaderRow.With("row", want)
		}
		if err != nil {
			return nil, nil, err
		}
		if r.No > want {
			return nil, nil, adapters.ErrHeaderRow.With("row", want)
		}
		if r.No == want {
			levels = append(levels, r)
		}
	}
	return levels, nil, nil
}

// findHeader returns the place among the first rows of the one that names the
// columns: the first in which at least 60 % of the cells are filled with
// distinct words, with a row of data after it. It returns -1 when there is none.
func findHeader(first []sheet.Line, width int) int {
	for i, r := range first {
		above := sheet.Line{}
		if i > 0 && groups(first[i-1], r) {
			above = first[i-1]
		}
		if i+1 < len(first) && isHeader(r, above, slices.Concat(first[:i], first[i+1:]), width) {
			return i
		}
	}
	if len(first) > 0 && isHeader(first[len(first)-1], sheet.Line{}, nil, width) {
		return len(first) - 1
	}
	return -1
}

// levelsAround returns the first row of a header and the one after its last, of
// which the row at a place is one. The row above belongs to it where it groups
// names that would else be alike or is made of merged cells; the row below where
// it names what the header leaves open.
func levelsAround(first []sheet.Line, at int) (from, to int) {
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
func groups(above, header sheet.Line) bool {
	seen, alike, merged := map[string]bool{}, false, false
	names := map[string]bool{}
	for i := range header.Cells {
		text := headerText(header, i)
		alike = alike || text != "" && names[text]
		names[text] = true
		over := headerText(above, i)
		if over == "" {
			continue
		}
		if above.Cells[i].Kind != adapters.Text || looksTyped(over) {
			return false
		}
		merged = merged || i > 0 && headerText(above, i-1) == over
		seen[over] = true
	}
	return len(seen) > 1 && (alike || merged)
}

// namesTheRest reports a row of words that fills every column that the header
// above leaves open, over columns that hold numbers and days.
func namesTheRest(header, below sheet.Line, rows []sheet.Line) bool {
	open, seen := 0, map[string]bool{}
	width := max(Filled(header), Filled(below))
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
		if below.Cells[i].Kind != adapters.Text || looksTyped(text) || seen[text] {
			return false
		}
		seen[text] = true
	}
	return open > 0 && overTyped(below, rows)
}

// overTyped reports whether one of the words stands over nothing but numbers,
// days and amounts.
func overTyped(words sheet.Line, rows []sheet.Line) bool {
	for i := range words.Cells {
		typed, other := 0, 0
		for _, r := range rows {
			switch text := headerText(r, i); {
			case text == "":
			case r.Cells[i].Kind != adapters.Text || looksTyped(text):
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
// tell them apart. Some of the words may be numbered, as P1 and P2 over other things
// than numbers of that kind.
func isHeader(r, above sheet.Line, others []sheet.Line, width int) bool {
	seen := map[string]bool{}
	group := ""
	for i, c := range r.Cells {
		if over := headerText(above, i); over != "" {
			group = over
		}
		text := strings.TrimSpace(c.Raw)
		if text == "" {
			continue
		}
		if c.Kind != adapters.Text || looksTyped(text) && !isNumbered(text, i, others) {
			return false
		}
		seen[strings.ToLower(group+"\x00"+text)] = true
	}
	return len(seen) > 0 && len(seen)*10 >= width*6
}

// isNumbered reports a name of letters and a number behind them in a column that
// holds none of that kind.
func isNumbered(name string, column int, others []sheet.Line) bool {
	prefix := beforeNumber(name)
	for _, r := range others {
		if prefix == "" || beforeNumber(headerText(r, column)) == prefix {
			return false
		}
	}
	return prefix != ""
}

// beforeNumber returns the letters before a number; "" where a text is anything else.
func beforeNumber(s string) string {
	letters := strings.TrimRightFunc(s, unicode.IsDigit)
	if len(letters) == len(s) || strings.ContainsFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' }) {
		return ""
	}
	return letters
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
func widthOf(first []sheet.Line) int {
	counts := map[int]int{}
	for _, r := range first {
		if n := Filled(r); n > 0 {
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
