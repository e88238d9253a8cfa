package spreadsheet

import (
	"errors"
	"io"
	"strings"

	"casehub/adapters"
)

// cells splits text into cells. It is fed line by line, because a quoted cell
// can hold line ends.
type cells struct {
	delim  byte
	lone   bool // a cell that is one quote and nothing else is that quote
	list   []string
	quoted strings.Builder
	open   bool
	bytes  int
}

// feed takes in one line and reports whether a quoted cell is still open.
func (c *cells) feed(s string) bool {
	c.bytes += len(s)
	at := 0
	if c.open {
		c.quoted.WriteByte('\n')
		if at = c.inQuotes(s, 0); at < 0 {
			return true
		}
		if at > len(s) {
			return false
		}
	}
	for {
		at = c.cell(s, at)
		if at < 0 {
			return true
		}
		if at > len(s) {
			return false
		}
	}
}

// cell takes one cell that begins at a place of s. It returns where the next
// one begins: past the end of s after the last, -1 inside an open quote.
func (c *cells) cell(s string, at int) int {
	start := at
	for start < len(s) && s[start] == ' ' && c.delim != ' ' {
		start++
	}
	if start < len(s) && s[start] == '"' && !(c.lone && (start+1 == len(s) || s[start+1] == c.delim)) {
		c.open = true
		return c.inQuotes(s, start+1)
	}
	end := strings.IndexByte(s[at:], c.delim)
	if end < 0 {
		c.list = append(c.list, s[at:])
		return len(s) + 1
	}
	c.list = append(c.list, s[at:at+end])
	return at + end + 1
}

// inQuotes goes on inside a quoted cell. A quote that no delimiter follows
// stands for itself: He said "go".
func (c *cells) inQuotes(s string, at int) int {
	for {
		q := strings.IndexByte(s[at:], '"')
		if q < 0 {
			c.quoted.WriteString(s[at:])
			return -1
		}
		c.quoted.WriteString(s[at : at+q])
		at += q + 1
		end := at
		for end < len(s) && s[end] == ' ' && c.delim != ' ' {
			end++
		}
		switch {
		case at < len(s) && s[at] == '"':
			c.quoted.WriteByte('"')
			at++
		case end == len(s) || s[end] == c.delim:
			c.close()
			return end + 1
		default:
			c.quoted.WriteByte('"')
		}
	}
}

func (c *cells) close() {
	c.list = append(c.list, c.quoted.String())
	c.quoted.Reset()
	c.open = false
}

// split splits lines into cells. A quote that is open at the end is taken for
// itself, and the delimiters behind it separate.
func split(delim byte, lone bool, lines ...string) []string {
	c := cells{delim: delim, lone: lone}
	for _, l := range lines {
		c.feed(l)
	}
	if !c.open {
		return c.list
	}
	rest := strings.Split(`"`+c.quoted.String(), string(delim))
	return append(c.list, rest...)
}

// splitter gives the rows of delimited text.
type splitter struct {
	lines *lineReader
	delim byte
	// width is the number of cells that a row should have; 0 while not known.
	width int
}

// textRow is one row of delimited text.
type textRow struct {
	no    int64
	cells []string
	code  adapters.Code
}

// next returns the next row, or io.EOF.
func (s *splitter) next() (textRow, error) {
	l, err := s.lines.next()
	if err != nil {
		return textRow{}, err
	}
	r := textRow{no: l.no, code: l.code}
	if strings.IndexByte(l.text, '"') < 0 {
		r.cells = plain(l.text, s.delim, s.width)
		return r, nil
	}
	c := &cells{delim: s.delim, list: make([]string, 0, s.width)}
	if c.feed(l.text) {
		return s.acrossLines(l, c)
	}
	r.cells = c.list
	if s.width > 0 && len(c.list) != s.width {
		if other := split(s.delim, true, l.text); len(other) == s.width {
			r.cells = other
		}
	}
	return r, nil
}

// plain splits a line without quotes.
func plain(s string, delim byte, width int) []string {
	list := make([]string, 0, width)
	for {
		at := strings.IndexByte(s, delim)
		if at < 0 || len(list) == maxColumns {
			return append(list, s)
		}
		list = append(list, s[:at])
		s = s[at+1:]
	}
}

// acrossLines reads on until the open quote closes. When it does not within the
// caps, or when every line is a whole row by itself, the quote was a stray one:
// the lines after the first are given back.
func (s *splitter) acrossLines(first line, c *cells) (textRow, error) {
	r := textRow{no: first.no}
	lines := []line{first}
	for c.open && len(lines) < maxRecordLines && c.bytes < maxRecordBytes {
		l, err := s.lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r, err
		}
		lines = append(lines, l)
		c.feed(l.text)
	}
	list, used, whole := s.settle(lines, c)
	if r.cells = list; whole {
		r.code = worst(lines[:used])
	} else {
		r.code = overflow
	}
	s.lines.giveBack(lines[used:])
	return r, nil
}

// settle decides which of the lines make the row: all of them when the quote
// closed where a row ends, or else the fewest that do. It returns the cells,
// the number of lines, and whether no text can be damaged.
func (s *splitter) settle(lines []line, c *cells) (list []string, used int, whole bool) {
	if s.rowsByThemselves(lines) {
		return split(s.delim, true, lines[0].text), 1, true
	}
	if !c.open && (s.width == 0 || len(c.list) == s.width) {
		return c.list, len(lines), true
	}
	list, used = s.recover(lines)
	if !c.open && len(list) != s.width {
		return c.list, len(lines), true
	}
	return list, used, s.alone(lines[0]) && used == 1
}

// worst returns what is wrong with one of the lines, if anything is.
func worst(lines []line) adapters.Code {
	for _, l := range lines {
		if l.code != "" {
			return l.code
		}
	}
	return ""
}

// rowsByThemselves reports whether each line is a whole row when a cell of
// nothing but a quote, as a ditto mark is, stands for that quote.
func (s *splitter) rowsByThemselves(lines []line) bool {
	if s.width < 2 {
		return false
	}
	for _, l := range lines {
		if !s.alone(l) {
			return false
		}
	}
	return true
}

// alone reports whether a line is a whole row by itself.
func (s *splitter) alone(l line) bool {
	c := cells{delim: s.delim, lone: true}
	return !c.feed(l.text) && len(c.list) == s.width
}

// recoverLines is over how many lines a damaged row is looked for.
const recoverLines = 4

// recover splits the fewest lines that make a row of the right width, with the
// quote that stays open standing for itself. It returns the cells and how many
// lines they took.
func (s *splitter) recover(lines []line) ([]string, int) {
	var texts []string
	for i, l := range lines[:min(len(lines), recoverLines)] {
		texts = append(texts, l.text)
		if list := split(s.delim, true, texts...); len(list) == s.width {
			return list, i + 1
		}
	}
	return split(s.delim, true, lines[0].text), 1
}
