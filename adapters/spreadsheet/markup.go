package spreadsheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
)

// htmlBook reads the tables of a web page: what many programs write when they
// are asked for an Excel file. Each table that is in no other is a sheet.
type htmlBook struct {
	part *part
	enc  charset.Encoding
	why  string
	list []sheetInfo
}

func openHTML(p *part) (bookFile, error) {
	enc, why, err := charset.Choose("", "", p.facts)
	if err != nil {
		return nil, err
	}
	b := &htmlBook{part: p, enc: enc, why: why}
	f, err := b.feed()
	if err != nil {
		return nil, err
	}
	for f.nextTable() {
		b.list = append(b.list, sheetInfo{name: "table " + strconv.Itoa(len(b.list)+1)})
		if len(b.list) > maxColumns {
			break
		}
	}
	return b, f.Close()
}

func (b *htmlBook) sheets() []sheetInfo { return b.list }

func (b *htmlBook) notes() []string { return []string{"a web page", b.why} }

func (b *htmlBook) Close() error { return nil }

func (b *htmlBook) feed() (*htmlFeed, error) {
	r, err := b.part.open()
	if err != nil {
		return nil, err
	}
	z := html.NewTokenizer(b.enc.Reader(r))
	z.SetMaxBuf(maxRecordBytes)
	return &htmlFeed{file: r, z: z, enc: b.enc}, nil
}

func (b *htmlBook) open(at int) (feed, error) {
	f, err := b.feed()
	if err != nil {
		return nil, err
	}
	for range at + 1 {
		if !f.nextTable() {
			return nil, errors.Join(adapters.ErrUnreadable.With("expected", "HTML"), f.Close())
		}
	}
	return f, nil
}

// htmlFeed streams the rows of a table.
type htmlFeed struct {
	file   io.ReadCloser
	z      *html.Tokenizer
	enc    charset.Encoding
	deep   int // tables around
	last   int
	begun  bool // the row after the last one has begun
	merged []area
	taken  map[int]int // by column: the last row that a cell above covers
}

// nextTable goes to the beginning of the next table that is in no other.
func (f *htmlFeed) nextTable() bool {
	for {
		switch f.z.Next() {
		case html.ErrorToken:
			return false
		case html.StartTagToken:
			if name, _ := f.z.TagName(); string(name) == "table" {
				if f.deep++; f.deep == 1 {
					f.taken = map[int]int{}
					return true
				}
			}
		case html.EndTagToken:
			if name, _ := f.z.TagName(); string(name) == "table" && f.deep > 0 {
				f.deep--
			}
		}
	}
}

func (f *htmlFeed) merges() []area { return f.merged }

func (f *htmlFeed) notes() []string { return nil }

func (f *htmlFeed) Close() error { return f.file.Close() }

func (f *htmlFeed) next() (sheetRow, error) {
	var r *sheetRow
	var cell *strings.Builder
	if f.begun {
		r = f.begin()
	}
	col, wide, high := 0, 1, 1
	end := func() {
		if cell == nil {
			return
		}
		if text := oneBlank(cell.String()); text != "" && col <= maxColumns {
			r.cells = append(r.cells, sheetCell{col: col, v: adapters.Value{Raw: text}})
		}
		f.cover(r.no, col, wide, high)
		col += wide - 1
		cell = nil
	}
	for {
		switch kind := f.z.Next(); kind {
		case html.ErrorToken:
			if err := f.z.Err(); !errors.Is(err, io.EOF) {
				return sheetRow{}, adapters.ErrUnreadable.With("expected", "HTML")
			}
			if end(); r != nil {
				return *r, nil
			}
			return sheetRow{}, io.EOF
		case html.TextToken:
			if cell != nil && cell.Len() < maxRecordBytes {
				text, _ := f.enc.Text(f.z.Raw())
				cell.WriteString(strings.ReplaceAll(html.UnescapeString(text), "\n", " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, more := f.z.TagName()
			begins := kind != html.EndTagToken
			switch string(name) {
			case "table":
				if begins {
					f.deep++
				} else if f.deep--; f.deep <= 0 {
					f.deep = 0
					if end(); r != nil {
						return *r, nil
					}
					return sheetRow{}, io.EOF
				}
			case "tr":
				if f.deep != 1 {
					continue
				}
				if end(); r != nil {
					f.begun = begins
					return *r, nil
				}
				if begins {
					r = f.begin()
				}
			case "td", "th":
				if f.deep != 1 || r == nil {
					continue
				}
				if end(); begins {
					col = f.free(r.no, col+1)
					cell = &strings.Builder{}
					wide, high = f.spans(more)
				}
			case "br", "p", "div":
				if cell != nil && cell.Len() > 0 {
					cell.WriteByte('\n')
				}
			}
		}
	}
}

// begin begins the next row.
func (f *htmlFeed) begin() *sheetRow {
	f.begun = false
	f.last++
	return &sheetRow{no: f.last}
}

// oneBlank makes one blank of what a page shows as one; a hard blank stays.
func oneBlank(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(l, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' }), " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// spans reads how many columns and rows a cell covers.
func (f *htmlFeed) spans(more bool) (wide, high int) {
	wide, high = 1, 1
	for more {
		var key, val []byte
		key, val, more = f.z.TagAttr()
		n, err := strconv.Atoi(string(val))
		if err != nil || n < 1 || n > maxColumns {
			continue
		}
		switch string(key) {
		case "colspan":
			wide = n
		case "rowspan":
			high = n
		}
	}
	return wide, high
}

func (f *htmlFeed) cover(no, col, wide, high int) {
	if wide*high > 1 && len(f.merged) < maxMerged {
		f.merged = append(f.merged, area{no, col, no + high - 1, col + wide - 1})
	}
	if high > 1 {
		for i := range wide {
			f.taken[col+i] = no + high - 1
		}
	}
}

// free returns the first column from col on that no cell above covers.
func (f *htmlFeed) free(no, col int) int {
	for f.taken[col] >= no {
		col++
	}
	return col
}

// xml2003Book reads the workbooks that Excel 2003 and many reporting programs
// write as one XML file.
type xml2003Book struct {
	part *part
	list []sheetInfo
}

func openXML2003(p *part) (bookFile, error) {
	b := &xml2003Book{part: p}
	r, err := p.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	x := newXML(r, "XML")
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "Worksheet":
			b.list = append(b.list, sheetInfo{name: attr(e, "Name")})
		case "Visible":
			if text, err := (&xlsxFeed{x: x}).plain(); err == nil && strings.Contains(text, "Hidden") && len(b.list) > 0 {
				b.list[len(b.list)-1].hidden = true
			}
		}
	}
}

func (b *xml2003Book) sheets() []sheetInfo { return b.list }

func (b *xml2003Book) notes() []string { return nil }

func (b *xml2003Book) Close() error { return nil }

func (b *xml2003Book) open(at int) (feed, error) {
	r, err := b.part.open()
	if err != nil {
		return nil, err
	}
	f := &xml2003Feed{file: r, x: newXML(r, "XML")}
	for n := -1; n < at; {
		t, err := f.x.next()
		if err != nil {
			return nil, errors.Join(adapters.ErrUnreadable.With("expected", "XML"), r.Close())
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Worksheet" {
			n++
		}
	}
	f.down = f.x.depth
	return f, nil
}

// xml2003Feed streams the rows of a sheet.
type xml2003Feed struct {
	file   io.ReadCloser
	x      *xmlReader
	down   int
	last   int
	merged []area
}

func (f *xml2003Feed) merges() []area { return f.merged }

func (f *xml2003Feed) notes() []string { return nil }

func (f *xml2003Feed) Close() error { return f.file.Close() }

func (f *xml2003Feed) next() (sheetRow, error) {
	for {
		t, err := f.x.next()
		if err != nil {
			return sheetRow{}, f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if f.x.depth < f.down {
				return sheetRow{}, io.EOF
			}
		case xml.StartElement:
			if t.Name.Local == "Row" {
				return f.row(t)
			}
		}
	}
}

// standing returns where an element stands: after the last, or where it says.
func standing(e xml.StartElement, last, most int) (int, error) {
	n, err := strconv.Atoi(attr(e, "Index"))
	switch {
	case attr(e, "Index") == "":
		n = last + 1
	case err != nil || n <= last:
		return 0, adapters.ErrUnreadable.With("expected", "XML")
	}
	if n > most {
		return 0, adapters.ErrTooManyCells.With("rows", most).With("columns", maxColumns)
	}
	return n, nil
}

func (f *xml2003Feed) row(e xml.StartElement) (sheetRow, error) {
	no, err := standing(e, f.last, 1<<24)
	if err != nil {
		return sheetRow{}, err
	}
	r := sheetRow{no: no, hidden: isOn(attr(e, "Hidden"))}
	f.last = no
	col := 0
	for {
		t, err := f.x.next()
		if err != nil {
			return r, f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return r, nil
		case xml.StartElement:
			if t.Name.Local != "Cell" {
				if err := f.x.skip(); err != nil {
					return r, err
				}
				continue
			}
			if col, err = standing(t, col, maxColumns); err != nil {
				return r, err
			}
			wide, _ := strconv.Atoi(attr(t, "MergeAcross"))
			high, _ := strconv.Atoi(attr(t, "MergeDown"))
			wide, high = max(wide, 0), max(high, 0)
			if wide+high > 0 && len(f.merged) < maxMerged {
				f.merged = append(f.merged, area{no, col, no + high, col + wide})
			}
			if err := f.cell(&r, col); err != nil {
				return r, err
			}
			col = min(col+wide, maxColumns)
		}
	}
}

// cell reads the cell that has just begun.
func (f *xml2003Feed) cell(r *sheetRow, col int) error {
	for {
		t, err := f.x.next()
		if err != nil {
			return f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if t.Name.Local != "Data" {
				if err := f.x.skip(); err != nil {
					return err
				}
				continue
			}
			text, err := deepText(f.x)
			if err != nil {
				return err
			}
			if v, code, ok := xml2003Value(attr(t, "Type"), text); ok {
				r.cells = append(r.cells, sheetCell{col, v, code})
			}
		}
	}
}

// deepText returns all text inside the element that has just begun.
func deepText(x *xmlReader) (string, error) {
	var out strings.Builder
	for down := 1; down > 0; {
		t, err := x.next()
		if err != nil {
			return "", x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			down++
		case xml.EndElement:
			down--
		case xml.CharData:
			if out.Write(t); out.Len() > maxRecordBytes {
				return "", adapters.ErrTooLarge.With("megabytes", maxRecordBytes>>20)
			}
		}
	}
	return out.String(), nil
}

func xml2003Value(kind, text string) (adapters.Value, adapters.Code, bool) {
	switch kind {
	case "Number":
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return textCell(text)
		}
		v, code := numberValue(text, x)
		return v, code, true
	case "DateTime":
		return adapters.Value{Raw: isoDay(text), Kind: adapters.Date}, "", true
	case "Boolean":
		return adapters.Value{Raw: strconv.FormatBool(text == "1"), Kind: adapters.Bool}, "", true
	case "Error":
		return adapters.Value{Raw: text, Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
	}
	return textCell(text)
}
