package ods

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// feed streams the rows of a sheet.
type feed struct {
	file   io.ReadCloser
	x      *markup.Reader
	down   int // depth inside the sheet
	last   int
	again  int // how many times the row is given once more
	row    sheet.Row
	merged sheet.Merged
	styles styles
}

// maxRepeated is how often a row or a cell with content may be repeated: more is
// a file that grows out of nothing.
const maxRepeated = 10_000

func (f *feed) Merged() []sheet.Area { return f.merged }

func (f *feed) Notes() []string { return nil }

func (f *feed) Close() error { return f.file.Close() }

func (f *feed) Next() (sheet.Row, error) {
	if f.again > 0 {
		f.again--
		f.last++
		r := f.row
		r.No = f.last
		return r, nil
	}
	for {
		t, err := f.x.Next()
		if err != nil {
			return sheet.Row{}, err
		}
		if f.x.Depth < f.down {
			return sheet.Row{}, io.EOF
		}
		e, ok := t.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "table-row":
			if given, err := f.take(e); given || err != nil {
				return f.row, err
			}
		case ok && e.Name.Local == "table": // a table inside a cell
			if err := f.x.Skip(); err != nil {
				return sheet.Row{}, err
			}
		}
	}
}

// take reads the row that has just begun and reports whether it is to be given.
func (f *feed) take(e xml.StartElement) (bool, error) {
	repeat := repeated(e, "number-rows-repeated")
	v := markup.Attr(e, "visibility")
	f.row = sheet.Row{No: f.last + 1, Hidden: v == "collapse" || v == "filter"}
	if err := f.cells(); err != nil {
		return false, err
	}
	if len(f.row.Cells) == 0 {
		f.last += repeat
		return false, nil
	}
	if repeat > maxRepeated {
		return false, adapters.ErrBomb
	}
	f.last++
	f.again = repeat - 1
	return true, nil
}

// repeated returns how often an element stands, at least once.
func repeated(e xml.StartElement, name string) int {
	n, err := strconv.Atoi(markup.Attr(e, name))
	if err != nil || n < 1 || n > 1<<24 {
		return 1
	}
	return n
}

func (f *feed) cells() error {
	col := 1
	return f.x.Inside(func(e xml.StartElement) error {
		if e.Name.Local != "table-cell" && e.Name.Local != "covered-table-cell" {
			return nil
		}
		repeat := repeated(e, "number-columns-repeated")
		err := f.cell(e, col, repeat)
		col = min(col+repeat, 1<<24)
		return err
	})
}

// cell reads the cell that has just begun.
func (f *feed) cell(e xml.StartElement, col, repeat int) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	f.merged.Add(f.row.No, col, repeated(e, "number-columns-spanned"), repeated(e, "number-rows-spanned"))
	c := valueOf(e, text, f.styles)
	if c.Empty() || e.Name.Local == "covered-table-cell" {
		return nil
	}
	if col+repeat-1 > sheet.MaxColumns {
		return sheet.ErrWide
	}
	for i := range repeat {
		f.row.Put(col+i, c)
	}
	return nil
}

// passed are elements in a cell that it does not show as its own text.
var passed = map[string]bool{"annotation": true, "frame": true, "shape": true, "table": true, "custom-shape": true, "control": true}

// text returns what a cell shows: its paragraphs, without notes and drawings.
func (f *feed) text() (string, error) {
	var out strings.Builder
	paragraphs, in := 0, 0
	for outer := f.x.Depth; f.x.Depth >= outer; {
		t, err := f.x.Next()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch name := t.Name.Local; {
			case passed[name]:
				if err := f.x.Skip(); err != nil {
					return "", err
				}
			case name == "p" || name == "h":
				if paragraphs++; paragraphs > 1 {
					out.WriteByte('\n')
				}
				in++
			default:
				out.WriteString(blankOf(t))
			}
		case xml.EndElement:
			if t.Name.Local == "p" || t.Name.Local == "h" {
				in--
			}
		case xml.CharData:
			if in > 0 {
				out.Write(t)
			}
		}
		if out.Len() > sheet.MaxCell {
			return "", adapters.ErrTooLarge.With("megabytes", sheet.MaxCell>>20)
		}
	}
	return out.String(), nil
}

// blankOf returns what an element stands for that is a blank of some kind.
func blankOf(e xml.StartElement) string {
	switch e.Name.Local {
	case "s":
		return strings.Repeat(" ", min(repeated(e, "c"), 1000))
	case "tab":
		return "\t"
	case "line-break":
		return "\n"
	}
	return ""
}
