package webpage

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/sheet"
)

// feed streams the rows of a table. Ends of rows and cells may be left out in a page:
// the next one that begins ends the one before.
type feed struct {
	file   io.ReadCloser
	z      *html.Tokenizer
	enc    charset.Encoding
	deep   int // tables around
	last   int
	row    *sheet.Row // the one that has begun
	done   *sheet.Row // the one before, to be given
	ended  bool
	cell   cell
	merged sheet.Merged
	taken  map[int]int // by column: the last row that a cell above covers
}

// cell is the last cell of the row that has begun.
type cell struct {
	text *strings.Builder // nil once it has ended
	col  int
	wide int
	high int
}

// nextTable goes to the beginning of the next table that is in no other.
func (f *feed) nextTable() bool {
	for {
		kind := f.z.Next()
		if kind == html.ErrorToken {
			return false
		}
		if kind != html.StartTagToken && kind != html.EndTagToken {
			continue
		}
		switch name, _ := f.z.TagName(); {
		case string(name) != "table":
		case kind == html.EndTagToken:
			f.deep = max(f.deep-1, 0)
		default:
			if f.deep++; f.deep == 1 {
				f.taken = map[int]int{}
				return true
			}
		}
	}
}

func (f *feed) Merged() []sheet.Area { return f.merged }

func (f *feed) Notes() []string { return nil }

func (f *feed) Close() error { return f.file.Close() }

func (f *feed) Next() (sheet.Row, error) {
	for f.done == nil {
		if f.ended {
			return sheet.Row{}, io.EOF
		}
		if err := f.take(); err != nil {
			return sheet.Row{}, err
		}
	}
	r := *f.done
	f.done = nil
	return r, nil
}

// take takes in one tag or text.
func (f *feed) take() error {
	switch kind := f.z.Next(); kind {
	case html.ErrorToken:
		if !errors.Is(f.z.Err(), io.EOF) {
			return adapters.ErrUnreadable.With("expected", "HTML")
		}
		f.endTable()
	case html.TextToken:
		if f.cell.text != nil && f.cell.text.Len() < sheet.MaxCell {
			text, _ := f.enc.Text(f.z.Raw())
			f.cell.text.WriteString(strings.ReplaceAll(html.UnescapeString(text), "\n", " "))
		}
	case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
		name, more := f.z.TagName()
		f.tag(string(name), kind != html.EndTagToken, more)
	}
	return nil
}

// tag takes in the beginning or the end of an element; attrs is true where it has
// attributes.
func (f *feed) tag(name string, begins, attrs bool) {
	switch name {
	case "table":
		if begins {
			f.deep++
		} else if f.deep--; f.deep <= 0 {
			f.endTable()
		}
	case "tr":
		if f.deep == 1 {
			f.endRow()
			if begins {
				f.last++
				f.row = &sheet.Row{No: f.last}
			}
		}
	case "td", "th":
		if f.deep == 1 && f.row != nil {
			f.endCell()
			if begins {
				f.beginCell(attrs)
			}
		}
	case "br", "p", "div":
		if f.cell.text != nil && f.cell.text.Len() > 0 {
			f.cell.text.WriteByte('\n')
		}
	}
}

func (f *feed) endTable() {
	f.endRow()
	f.ended = true
}

// endRow gives the row that had begun, if one had.
func (f *feed) endRow() {
	f.endCell()
	f.done, f.row = f.row, nil
	f.cell = cell{}
}

// beginCell begins a cell in the first column that no cell above covers.
func (f *feed) beginCell(attrs bool) {
	col := f.cell.col + 1
	for f.taken[col] >= f.row.No {
		col++
	}
	f.cell = cell{text: &strings.Builder{}, col: col, wide: 1, high: 1}
	for attrs {
		var key, val []byte
		key, val, attrs = f.z.TagAttr()
		n, err := strconv.Atoi(string(val))
		if err != nil || n < 1 || n > sheet.MaxColumns {
			continue
		}
		switch string(key) {
		case "colspan":
			f.cell.wide = n
		case "rowspan":
			f.cell.high = n
		}
	}
}

// endCell puts the cell that had begun into its row, if one had.
func (f *feed) endCell() {
	c := &f.cell
	if c.text == nil {
		return
	}
	if c.col <= sheet.MaxColumns {
		f.row.Put(c.col, sheet.Text(oneBlank(c.text.String())))
		f.merged.Add(f.row.No, c.col, c.wide, c.high)
	}
	last := min(c.col+c.wide-1, sheet.MaxColumns)
	if c.high > 1 {
		for col := c.col; col <= last; col++ {
			f.taken[col] = f.row.No + c.high - 1
		}
	}
	c.col = last // cells behind the last column are all in one place
	c.text = nil
}

// oneBlank makes one blank of what a page shows as one; a hard blank stays.
func oneBlank(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(l, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' }), " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
