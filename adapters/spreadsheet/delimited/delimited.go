// Package delimited reads lines of cells, whatever the delimiter, the quotes and the
// ends of lines, as people and programs write them.
//
// A quote that never closes costs its own row, not the rest of the file: readings of
// a stray quote are compared by what makes whole rows, which needs the number of
// cells that rows have, so the beginning of a file is read before its rows are given.
//
// Physical lines are in lines.go, the cells of one in cells.go, rows over several
// lines in split.go, and the delimiter is settled in dialect.go.
package delimited

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/sheet"
)

// Limits of a row.
const (
	maxLine        = 1 << 20 // bytes of one physical line
	maxRecordLines = 64      // physical lines of one record
	maxRecordBytes = 1 << 20
)

// File is a file of delimited text.
type File struct {
	Open  func() (io.ReadCloser, error) // at the beginning, unpacked
	Facts *charset.Facts
}

// Settings are what is known of a file; what is not is guessed.
type Settings struct {
	Encoding  string
	Language  string // that most words are in, ISO 639-1
	Delimiter byte   // 0 is not known
	Width     int    // cells of a row; 0 is not known
	Loose     bool   // rows differ in their number of cells by nature
}

// rows gives the rows of a file.
type rows struct {
	file  io.Closer
	split *splitter
	about []string
}

// Open settles the encoding and the dialect of a file and opens it at its first row.
func Open(file File, s Settings) (sheet.Lines, error) {
	enc, why, err := charset.Choose(s.Encoding, s.Language, file.Facts)
	if err != nil {
		return nil, err
	}
	o := &opener{file: file, enc: enc}
	d, err := o.dialect(s)
	if err != nil {
		return nil, err
	}
	lines, f, err := o.open()
	if err != nil {
		return nil, err
	}
	if d.said {
		if _, err := lines.next(); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	about := []string{why, fmt.Sprintf("delimiter %q", d.delim)}
	if o.whole {
		about = append(about, "each line is quoted as a whole")
	}
	return &rows{file: f, split: &splitter{lines: lines, delim: d.delim, width: d.width}, about: about}, nil
}

// Next returns the next row, whose number is that of its first line.
func (t *rows) Next() (sheet.Line, error) {
	r, err := t.split.next()
	if err != nil {
		return sheet.Line{}, err
	}
	values := make([]adapters.Value, len(r.cells))
	for i, c := range r.cells {
		values[i].Raw = c
	}
	out := sheet.Line{No: r.no, Cells: values, Code: r.code}
	if r.code == adapters.EncodingInvalid || r.code == adapters.MojibakeSuspected {
		out.Code = ""
		out.Faults = strangeCells(r.cells, r.code)
	}
	return out, nil
}

// strangeCells blames the cells with characters beyond ASCII: only they can
// have been read in a wrong encoding.
func strangeCells(cells []string, code adapters.Code) []sheet.Fault {
	var all []sheet.Fault
	for i, c := range cells {
		if strings.ContainsFunc(c, func(r rune) bool { return r > unicode.MaxASCII }) {
			all = append(all, sheet.Fault{At: i, Code: code})
		}
	}
	return all
}

func (t *rows) Notes() []string { return t.about }

func (t *rows) Hidden() bool { return false }

func (t *rows) Close() error { return t.file.Close() }
