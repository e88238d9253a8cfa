package spreadsheet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"casehub/adapters"
)

// sheetInfo is what a workbook says of a sheet.
type sheetInfo struct {
	name   string
	hidden bool
}

// bookFile is a file of sheets, whatever program wrote it.
type bookFile interface {
	sheets() []sheetInfo
	// open opens a sheet by its place.
	open(at int) (feed, error)
	// notes says what holds for the whole workbook.
	notes() []string
	Close() error
}

// feed gives the rows of a sheet that hold something or are hidden, from top to
// bottom.
type feed interface {
	// next returns io.EOF after the last row.
	next() (sheetRow, error)
	// merges returns the merged cells that are known by now: at least those that
	// begin in the rows given. They are ordered by their top row.
	merges() []area
	notes() []string
	Close() error
}

// sheetRow is one row of a sheet, with the cells that hold something from left
// to right.
type sheetRow struct {
	no     int // 1 is the first
	hidden bool
	cells  []sheetCell
}

type sheetCell struct {
	col  int // 1 is the first
	v    adapters.Value
	code adapters.Code
}

// sheetRows turns a feed into the rows of a table: rows and cells that the file
// left out stand in their places, a merged cell says the same in each place that
// it covers, what is outside the range is not there.
type sheetRows struct {
	book   bookFile
	feed   feed
	info   sheetInfo
	others []sheetInfo
	area   area

	at     int        // the last row given
	ready  *sheetRow  // the next one of the feed
	blank  []hideable // rows without content that are given if another follows
	covers []cover    // merged cells that reach into the rows to come
	known  int        // merges taken into covers
	ended  bool
}

type hideable struct {
	no     int
	hidden bool
}

// cover is a merged cell with what its first cell holds.
type cover struct {
	area
	first sheetCell
}

// maxGap is how many rows a file may leave out between two: more is a stray cell
// at the bottom of the sheet.
const maxGap = 20_000

// openSheet opens the sheet of a table: the one declared, or else the first that
// is not hidden. It fails with adapters.ErrSheet when there is no such sheet.
func openSheet(book bookFile, t Table) (*sheetRows, error) {
	at, err := findSheet(book.sheets(), t.Sheet)
	if err != nil {
		return nil, err
	}
	s := &sheetRows{book: book, info: book.sheets()[at]}
	if s.area, err = parseRange(t.Range); err != nil {
		return nil, err
	}
	for i, other := range book.sheets() {
		if i != at {
			s.others = append(s.others, other)
		}
	}
	s.feed, err = book.open(at)
	s.at = s.area.top - 1
	return s, err
}

// findSheet returns the place of a sheet by its name, blanks around it aside.
func findSheet(all []sheetInfo, name string) (int, error) {
	for i, s := range all {
		if name == "" && !s.hidden || name != "" && strings.EqualFold(strings.TrimSpace(s.name), strings.TrimSpace(name)) {
			return i, nil
		}
	}
	if name == "" {
		return 0, adapters.ErrUnreadable.With("expected", "XLSX")
	}
	return 0, adapters.ErrSheet.With("sheet", name)
}

func (s *sheetRows) notes() []string {
	notes := []string{"sheet " + strconv.Quote(s.info.name)}
	if s.info.hidden {
		notes = append(notes, "the sheet is hidden")
	}
	return append(append(notes, s.book.notes()...), s.feed.notes()...)
}

func (s *sheetRows) hidden() bool { return s.info.hidden }

func (s *sheetRows) Close() error { return errors.Join(s.feed.Close(), s.book.Close()) }

// next returns the next row inside the range.
func (s *sheetRows) next() (row, error) {
	for {
		if len(s.blank) > 0 && (s.ready != nil) {
			b := s.blank[0]
			s.blank = s.blank[1:]
			s.at = b.no
			return row{no: int64(b.no), hidden: b.hidden}, nil
		}
		if s.ready != nil {
			return s.give(), nil
		}
		if err := s.read(); err != nil {
			return row{}, err
		}
	}
}

// read takes rows of the feed until one has content.
func (s *sheetRows) read() error {
	if s.ended {
		return io.EOF
	}
	r, err := s.feed.next()
	if err != nil {
		s.ended = errors.Is(err, io.EOF)
		return err
	}
	if r.no > s.area.bottom {
		s.ended = true
		return io.EOF
	}
	s.fill(&r)
	if r.no < s.area.top {
		return nil
	}
	s.leaveOut(r.no)
	if len(r.cells) == 0 {
		s.blank = append(s.blank, hideable{r.no, r.hidden})
		return nil
	}
	s.ready = &r
	return nil
}

// leaveOut stands in for the rows that the file has not between the last one and
// this.
func (s *sheetRows) leaveOut(no int) {
	last := s.at
	if n := len(s.blank); n > 0 {
		last = s.blank[n-1].no
	}
	if no-last > maxGap {
		return
	}
	for last++; last < no; last++ {
		s.blank = append(s.blank, hideable{no: last})
	}
}

// fill puts the content of merged cells into every place of this row that they
// cover.
func (s *sheetRows) fill(r *sheetRow) {
	all := s.feed.merges()
	for ; s.known < len(all) && all[s.known].top <= r.no; s.known++ {
		m := all[s.known]
		c := cover{area: m}
		if m.top == r.no {
			for _, x := range r.cells {
				if x.col == m.left {
					c.first = x
				}
			}
		}
		if c.first.col != 0 {
			s.covers = append(s.covers, c)
		}
	}
	kept := s.covers[:0]
	for _, c := range s.covers {
		if c.bottom < r.no {
			continue
		}
		r.cells = c.into(r.cells)
		if kept = append(kept, c); len(kept) > maxColumns {
			break
		}
	}
	s.covers = kept
}

// into returns the cells with those that the merged cell covers.
func (c cover) into(cells []sheetCell) []sheetCell {
	out := make([]sheetCell, 0, len(cells)+c.right-c.left+1)
	i := 0
	for ; i < len(cells) && cells[i].col < c.left; i++ {
		out = append(out, cells[i])
	}
	for col := c.left; col <= min(c.right, maxColumns); col++ {
		x := c.first
		x.col = col
		out = append(out, x)
	}
	for ; i < len(cells) && cells[i].col <= c.right; i++ {
	}
	return append(out, cells[i:]...)
}

// give turns the row that is ready into cells in their places.
func (s *sheetRows) give() row {
	r := s.ready
	s.ready = nil
	s.at = r.no
	out := row{no: int64(r.no), hidden: r.hidden}
	for _, c := range r.cells {
		at := c.col - s.area.left
		if at < 0 || c.col > s.area.right {
			continue
		}
		for len(out.cells) < at {
			out.cells = append(out.cells, adapters.Value{Null: true})
		}
		out.cells = append(out.cells, c.v)
		if c.code != "" {
			out.cellAt = append(out.cellAt, cellProblem{at, c.code})
		}
	}
	return out
}

// area is a range of cells, its borders included.
type area struct{ top, left, bottom, right int }

// everywhere is the whole of a sheet.
var everywhere = area{1, 1, math.MaxInt32, maxColumns}

// parseRange reads a range such as "B60:D80", "B:D" or "60:80"; "" is everything.
func parseRange(s string) (area, error) {
	if s == "" {
		return everywhere, nil
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(s, "$", ""), ":")
	if !ok {
		to = from
	}
	a := everywhere
	top, left, ok1 := cellName(from)
	bottom, right, ok2 := cellName(to)
	if !ok1 || !ok2 || (top == 0) != (bottom == 0) || (left == 0) != (right == 0) || right < left || bottom < top {
		return area{}, fmt.Errorf("range %q is not like B60:D80", s)
	}
	if top > 0 {
		a.top, a.bottom = top, bottom
	}
	if left > 0 {
		a.left, a.right = left, right
	}
	return a, nil
}

// cellName reads a name such as B60; a row or a column alone leaves the other 0.
func cellName(s string) (row, col int, ok bool) {
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

// maxExact is where the numbers of a spreadsheet begin to lose digits.
const maxExact = 1e15

// numberValue returns a number as people see it: "8.001015009087E12" is
// 8001015009087, and the noise behind the fifteenth digit goes. A number that
// has more digits than a spreadsheet keeps was destroyed when it was typed.
func numberValue(text string, x float64) (adapters.Value, adapters.Code) {
	v := adapters.Value{Raw: text, Kind: adapters.Number}
	if strings.ContainsAny(text, "eE") || significant(text) > 15 {
		v.Raw = plainNumber(x)
	}
	if math.Abs(x) >= maxExact && x == math.Trunc(x) {
		return v, adapters.IDDestroyed
	}
	return v, ""
}

// plainNumber writes a number with at most fifteen digits and no exponent.
func plainNumber(x float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
	if err != nil || math.Abs(rounded) >= 1e21 || rounded != 0 && math.Abs(rounded) < 1e-12 {
		return strconv.FormatFloat(x, 'g', 15, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// significant counts the digits of a number from the first that is not 0.
func significant(text string) int {
	n := 0
	for _, c := range text {
		if c >= '1' && c <= '9' || c == '0' && n > 0 {
			n++
		}
	}
	return n
}
