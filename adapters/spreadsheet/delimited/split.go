package delimited

import (
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/sheet"
)

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
		if at < 0 || len(list) == sheet.MaxColumns {
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
		r.code = adapters.RowTooLong
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
