// Package xmlss reads the workbooks that Excel 2003 and many reporting programs
// write as one XML file, which is mostly called .xls.
package xmlss

import (
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// book is a workbook, whose file is opened for each sheet.
type book struct {
	open func() (io.ReadCloser, error)
	list []sheet.Info
	days days
}

// days are the styles that show a number as a day, and how days are counted. Excel
// writes such cells as days, other programs as the number.
type days struct {
	sheet.Calendar
	styles map[string]bool
}

// named are the formats that have a name of their own, with those that show a day.
var named = map[string]bool{
	"General": false, "General Number": false, "General Date": true, "Long Date": true, "Medium Date": true, "Short Date": true, "Long Time": false, "Medium Time": false, "Short Time": false,
	"Currency": false, "Euro Currency": false, "Fixed": false, "Standard": false, "Percent": false, "Scientific": false, "Yes/No": false, "True/False": false, "On/Off": false,
}

func showsDay(format string) bool {
	day, known := named[format]
	return day || !known && sheet.ShowsDay(0, format)
}

// Open lists the sheets of a workbook; open opens its file at the beginning.
func Open(open func() (io.ReadCloser, error)) (sheet.Book, error) {
	b := &book{open: open, days: days{styles: map[string]bool{}}}
	style := ""
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	x := markup.New(r, "XML")
	return b, x.Each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "Style":
			style = markup.Attr(e, "ID")
		case "NumberFormat":
			if showsDay(markup.Attr(e, "Format")) {
				b.days.styles[style] = true
			}
		case "Date1904":
			b.days.From1904 = true
		case "Worksheet":
			b.list = append(b.list, sheet.Info{Name: markup.Attr(e, "Name")})
		case "Visible":
			text, err := x.Text()
			if err == nil && strings.Contains(text, "Hidden") && len(b.list) > 0 {
				b.list[len(b.list)-1].Hidden = true
			}
		}
		return nil
	})
}

func (b *book) Sheets() []sheet.Info { return b.list }

func (b *book) Notes() []string { return nil }

func (b *book) Close() error { return nil }

// Open goes to the beginning of a sheet.
func (b *book) Open(at int) (sheet.Feed, error) {
	r, err := b.open()
	if err != nil {
		return nil, err
	}
	f := &feed{file: r, x: markup.New(r, "XML"), days: b.days}
	if err := f.x.GoTo("Worksheet", at); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f.down = f.x.Depth
	return f, nil
}

// feed streams the rows of a sheet.
type feed struct {
	file   io.ReadCloser
	x      *markup.Reader
	down   int
	last   int
	merged sheet.Merged
	days   days
}

func (f *feed) Merged() []sheet.Area { return f.merged }

func (f *feed) Notes() []string { return nil }

func (f *feed) Close() error { return f.file.Close() }

func (f *feed) Next() (sheet.Row, error) {
	for {
		t, err := f.x.Next()
		if err != nil {
			return sheet.Row{}, err
		}
		if f.x.Depth < f.down {
			return sheet.Row{}, io.EOF
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Row" {
			return f.row(e)
		}
	}
}

// standing returns where an element stands: after the last, or where it says.
func standing(e xml.StartElement, last, most int) (int, error) {
	n, err := strconv.Atoi(markup.Attr(e, "Index"))
	switch {
	case markup.Attr(e, "Index") == "":
		n = last + 1
	case err != nil || n <= last:
		return 0, adapters.ErrUnreadable.With("expected", "XML")
	}
	if n > most {
		return 0, adapters.ErrTooManyCells.With("rows", most).With("columns", sheet.MaxColumns)
	}
	return n, nil
}

// row reads the row that has just begun.
func (f *feed) row(e xml.StartElement) (sheet.Row, error) {
	no, err := standing(e, f.last, 1<<24)
	if err != nil {
		return sheet.Row{}, err
	}
	r := sheet.Row{No: no, Hidden: markup.On(e, "Hidden")}
	style := markup.Attr(e, "StyleID")
	f.last = no
	col := 0
	err = f.x.Inside(func(e xml.StartElement) (err error) {
		if e.Name.Local != "Cell" {
			return nil
		}
		if col, err = standing(e, col, sheet.MaxColumns); err != nil {
			return err
		}
		right, _ := strconv.Atoi(markup.Attr(e, "MergeAcross"))
		down, _ := strconv.Atoi(markup.Attr(e, "MergeDown"))
		right, down = max(right, 0), max(down, 0)
		f.merged.Add(no, col, right+1, down+1)
		err = f.cell(&r, col, f.days.styles[cmp.Or(markup.Attr(e, "StyleID"), style)])
		col = min(col+right, sheet.MaxColumns)
		return err
	})
	return r, err
}

// cell reads the cell that has just begun; isDay is what its style says.
func (f *feed) cell(r *sheet.Row, col int, isDay bool) error {
	return f.x.Inside(func(e xml.StartElement) error {
		if e.Name.Local != "Data" {
			return nil
		}
		text, err := f.x.Text()
		r.Put(col, f.days.valueOf(markup.Attr(e, "Type"), text, isDay))
		return err
	})
}

// valueOf returns what a cell of a type holds.
func (d days) valueOf(kind, text string, isDay bool) sheet.Cell {
	switch kind {
	case "Number":
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return d.Number(text, x, isDay)
		}
	case "DateTime":
		return sheet.Day(text)
	case "Boolean":
		return sheet.Truth(text == "1")
	case "Error":
		return sheet.Failed(text)
	}
	return sheet.Text(text)
}
