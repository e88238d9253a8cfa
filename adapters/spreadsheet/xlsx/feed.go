package xlsx

import (
	"encoding/xml"
	"io"
	"strconv"

	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// feed streams the rows of a sheet.
type feed struct {
	book    *book
	file    io.ReadCloser
	x       *markup.Reader
	merged  []sheet.Area
	last    int
	columns sheet.HiddenColumns
}

func (f *feed) Merged() []sheet.Area { return f.merged }

func (f *feed) Notes() []string { return f.columns.Notes() }

func (f *feed) Close() error { return f.file.Close() }

func (f *feed) Next() (sheet.Row, error) {
	for {
		t, err := f.x.Next()
		if err != nil {
			return sheet.Row{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "col":
				f.column(t)
			case "row":
				return f.row(t)
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return sheet.Row{}, io.EOF
			}
		}
	}
}

func (f *feed) column(e xml.StartElement) {
	if markup.On(e, "hidden") {
		from, _ := strconv.Atoi(markup.Attr(e, "min"))
		to, _ := strconv.Atoi(markup.Attr(e, "max"))
		f.columns.Add(from, to)
	}
}

// row reads the row that has just begun.
func (f *feed) row(e xml.StartElement) (sheet.Row, error) {
	r := sheet.Row{No: f.last + 1, Hidden: markup.On(e, "hidden")}
	if no := markup.Attr(e, "r"); no != "" {
		n, err := strconv.Atoi(no)
		if err != nil || n <= f.last || n > 1<<24 {
			return r, f.book.pack.Broken()
		}
		r.No = n
	}
	f.last = r.No
	col := 0
	err := f.x.Inside(func(e xml.StartElement) (err error) {
		if e.Name.Local != "c" {
			return nil
		}
		if col, err = f.place(e, col); err != nil {
			return err
		}
		c, err := f.cell(e)
		r.Put(col, f.book.value(c))
		return err
	})
	return r, err
}

// place returns the column of a cell, which may say nothing and then stands to
// the right of the last.
func (f *feed) place(e xml.StartElement, last int) (int, error) {
	col := last + 1
	if name := markup.Attr(e, "r"); name != "" {
		_, c, ok := sheet.CellName(name)
		if !ok || c <= last {
			return 0, f.book.pack.Broken()
		}
		col = c
	}
	if col > sheet.MaxColumns {
		return 0, sheet.ErrWide
	}
	return col, nil
}

// cell reads the cell that has just begun.
func (f *feed) cell(e xml.StartElement) (saved, error) {
	c := saved{kind: markup.Attr(e, "t"), style: markup.Attr(e, "s")}
	err := f.x.Inside(func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "f":
			c.formula = true
		case "v":
			c.has = true
			c.text, err = f.x.Text()
		case "is":
			c.has = true
			c.text, err = richText(f.x)
		}
		return err
	})
	return c, err
}
