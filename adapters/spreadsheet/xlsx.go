package spreadsheet

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
)

// xlsxBook reads a workbook in Office Open XML. Sheets are streamed: only the
// shared texts are held in memory. The cell type and the number format decide
// what a value is, never the text that is shown.
type xlsxBook struct {
	pack     *pack
	list     []sheetInfo
	files    []string // of the sheets, by place
	date1904 bool
	shared   []string
	days     []bool // by style: whether it shows a day
}

// maxShared is the memory that the shared texts of a workbook may take.
const maxShared = 96 << 20

func openXLSX(p *part) (bookFile, error) {
	k, err := openPack(p, "XLSX")
	if err != nil {
		return nil, err
	}
	b := &xlsxBook{pack: k}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return b, nil
}

func (b *xlsxBook) load() error {
	_, byType, err := b.pack.relations("")
	if err != nil {
		return err
	}
	name := byType["officeDocument"]
	if name == "" {
		name = "xl/workbook.xml"
	}
	byID, byType, err := b.pack.relations(name)
	if err != nil {
		return err
	}
	if err := b.loadBook(name, byID); err != nil {
		return err
	}
	if styles := byType["styles"]; b.pack.has(styles) {
		if err := b.loadStyles(styles); err != nil {
			return err
		}
	}
	if shared := byType["sharedStrings"]; b.pack.has(shared) {
		return b.loadShared(shared)
	}
	return nil
}

// each calls fn for the beginning of each element of a file of the pack.
func (b *xlsxBook) each(name string, fn func(*xmlReader, xml.StartElement) error) error {
	r, err := b.pack.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXML(r, b.pack.what)
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := fn(x, e); err != nil {
				return err
			}
		}
	}
}

func (b *xlsxBook) loadBook(name string, byID map[string]string) error {
	return b.each(name, func(_ *xmlReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			b.date1904 = isOn(attr(e, "date1904"))
		case "sheet":
			file := byID[relationID(e)]
			if !b.pack.has(file) || !strings.Contains(strings.ToLower(file), "sheet") || strings.Contains(strings.ToLower(file), "chartsheets/") {
				return nil
			}
			state := attr(e, "state")
			b.list = append(b.list, sheetInfo{name: attr(e, "name"), hidden: state == "hidden" || state == "veryHidden"})
			b.files = append(b.files, file)
		}
		return nil
	})
}

// relationID returns the attribute r:id, whatever its prefix.
func relationID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func (b *xlsxBook) loadStyles(name string) error {
	formats := map[int]string{}
	in := false
	return b.each(name, func(_ *xmlReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil {
				formats[id] = attr(e, "formatCode")
			}
		case "cellXfs":
			in = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			in = false
		case "xf":
			if in {
				id, _ := strconv.Atoi(attr(e, "numFmtId"))
				b.days = append(b.days, showsDay(id, formats[id]))
			}
		}
		return nil
	})
}

// showsDay reports whether a number format shows a day: by its own text, or by
// the number of one that every program knows.
func showsDay(id int, format string) bool {
	if format != "" {
		return dayFormat(format)
	}
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

func (b *xlsxBook) loadShared(name string) error {
	size := 0
	return b.each(name, func(x *xmlReader, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := richText(x)
		if err != nil {
			return err
		}
		if size += len(text) + 16; size > maxShared {
			return adapters.ErrTooLarge.With("megabytes", maxShared>>20)
		}
		b.shared = append(b.shared, text)
		return nil
	})
}

// richText returns the text of the element that has just begun, the runs of its
// formats joined and phonetic hints left out.
func richText(x *xmlReader) (string, error) {
	var text strings.Builder
	in := 0
	for down := 1; down > 0; {
		t, err := x.next()
		if err != nil {
			return "", x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" {
				if err := x.skip(); err != nil {
					return "", err
				}
				continue
			}
			down++
			if t.Name.Local == "t" {
				in++
			}
		case xml.EndElement:
			down--
			if t.Name.Local == "t" {
				in--
			}
		case xml.CharData:
			if in > 0 {
				text.Write(t)
			}
		}
	}
	return unescape(text.String()), nil
}

// unescape reads the signs that XML cannot hold and that are written as _x000D_.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			break
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		out.WriteString(s[:i])
		if n >= 0x20 || n == '\t' || n == '\n' {
			out.WriteRune(rune(n))
		}
		s = s[i+7:]
	}
	return out.String() + s
}

func (b *xlsxBook) sheets() []sheetInfo { return b.list }

func (b *xlsxBook) notes() []string {
	if b.date1904 {
		return []string{"days are counted from 1904"}
	}
	return nil
}

func (b *xlsxBook) Close() error { return b.pack.Close() }

func (b *xlsxBook) open(at int) (feed, error) {
	merged, err := b.loadMerged(b.files[at])
	if err != nil {
		return nil, err
	}
	r, err := b.pack.open(b.files[at])
	if err != nil {
		return nil, err
	}
	return &xlsxFeed{book: b, file: r, x: newXML(r, b.pack.what), merged: merged}, nil
}

// maxMerged is the number of merged cells that a sheet may have.
const maxMerged = 200_000

// loadMerged reads the merged cells, which stand behind the rows. It looks for
// their bytes, because reading all rows for them would double the time.
func (b *xlsxBook) loadMerged(name string) ([]area, error) {
	r, err := b.pack.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []area
	err = findTags(r, "mergeCell", func(tag string) error {
		_, ref, ok := strings.Cut(tag, `ref="`)
		if !ok {
			_, ref, ok = strings.Cut(tag, `ref='`)
		}
		if !ok {
			return nil
		}
		a, err := parseRange(ref[:max(strings.IndexAny(ref, `"'`), 0)])
		if err != nil || len(all) == maxMerged {
			return b.pack.broken()
		}
		all = append(all, a)
		return nil
	})
	slices.SortStableFunc(all, func(x, y area) int { return x.top - y.top })
	return all, err
}

// findTags calls fn with the attributes of each tag of a name.
func findTags(r io.Reader, name string, fn func(string) error) error {
	buf := make([]byte, 0, 128<<10)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		text := string(buf)
		for {
			i := strings.Index(text, name+" ")
			if i < 0 {
				text = text[max(0, len(text)-len(name)):]
				break
			}
			end := strings.IndexByte(text[i:], '>')
			if end < 0 {
				text = text[i:]
				break
			}
			if err := fn(text[i : i+end]); err != nil {
				return err
			}
			text = text[i+end:]
		}
		if len(text) > cap(buf)/2 {
			text = ""
		}
		buf = append(buf[:0], text...)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// xlsxFeed streams the rows of a sheet.
type xlsxFeed struct {
	book    *xlsxBook
	file    io.ReadCloser
	x       *xmlReader
	merged  []area
	last    int
	columns []string // hidden ones
}

func (f *xlsxFeed) merges() []area { return f.merged }

func (f *xlsxFeed) notes() []string {
	if len(f.columns) == 0 {
		return nil
	}
	return []string{"hidden columns: " + strings.Join(f.columns, ", ")}
}

func (f *xlsxFeed) Close() error { return f.file.Close() }

func (f *xlsxFeed) next() (sheetRow, error) {
	for {
		t, err := f.x.next()
		if err != nil {
			return sheetRow{}, err
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
				return sheetRow{}, io.EOF
			}
		}
	}
}

func (f *xlsxFeed) column(e xml.StartElement) {
	from, _ := strconv.Atoi(attr(e, "min"))
	to, _ := strconv.Atoi(attr(e, "max"))
	if isOn(attr(e, "hidden")) && from > 0 && to >= from && len(f.columns) < 50 {
		f.columns = append(f.columns, rangeName(from, to))
	}
}

// rangeName writes columns as C or C:F.
func rangeName(from, to int) string {
	if from == to {
		return columnName(from)
	}
	return columnName(from) + ":" + columnName(to)
}

func columnName(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// row reads the row that has just begun.
func (f *xlsxFeed) row(e xml.StartElement) (sheetRow, error) {
	r := sheetRow{no: f.last + 1, hidden: isOn(attr(e, "hidden"))}
	if no := attr(e, "r"); no != "" {
		n, err := strconv.Atoi(no)
		if err != nil || n <= f.last || n > 1<<24 {
			return r, f.book.pack.broken()
		}
		r.no = n
	}
	f.last = r.no
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
			if t.Name.Local != "c" {
				if err := f.x.skip(); err != nil {
					return r, err
				}
				continue
			}
			if col, err = f.place(t, col); err != nil {
				return r, err
			}
			if err := f.cell(&r, t, col); err != nil {
				return r, err
			}
		}
	}
}

// place returns the column of a cell, which may say nothing and then stands to
// the right of the last.
func (f *xlsxFeed) place(e xml.StartElement, last int) (int, error) {
	col := last + 1
	if name := attr(e, "r"); name != "" {
		_, c, ok := cellName(name)
		if !ok || c <= last {
			return 0, f.book.pack.broken()
		}
		col = c
	}
	if col > maxColumns {
		return 0, adapters.ErrTooManyCells.With("rows", maxSheetRows).With("columns", maxColumns)
	}
	return col, nil
}

// cell reads the cell that has just begun.
func (f *xlsxFeed) cell(r *sheetRow, e xml.StartElement, col int) error {
	c := xlsxCell{kind: attr(e, "t"), style: attr(e, "s")}
	for {
		t, err := f.x.next()
		if err != nil {
			return f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			v, code, ok := f.book.value(c)
			if ok {
				r.cells = append(r.cells, sheetCell{col, v, code})
			}
			return nil
		case xml.StartElement:
			if err := f.inside(&c, t); err != nil {
				return err
			}
		}
	}
}

// xlsxCell is a cell as the file has it.
type xlsxCell struct {
	kind, style string
	text        string
	saved       bool // there is a value
	formula     bool
}

func (f *xlsxFeed) inside(c *xlsxCell, e xml.StartElement) (err error) {
	switch e.Name.Local {
	case "f":
		c.formula = true
		return f.x.skip()
	case "v":
		c.saved = true
		c.text, err = f.plain()
		return err
	case "is":
		c.saved = true
		c.text, err = richText(f.x)
		return err
	}
	return f.x.skip()
}

// plain returns the text of the element that has just begun.
func (f *xlsxFeed) plain() (string, error) {
	text := ""
	for {
		t, err := f.x.next()
		if err != nil {
			return "", f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.CharData:
			text += string(t)
			if len(text) > maxRecordBytes {
				return "", adapters.ErrTooLarge.With("megabytes", maxRecordBytes>>20)
			}
		case xml.StartElement:
			if err := f.x.skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return text, nil
		}
	}
}

// value returns what a cell holds, and whether it holds anything.
func (b *xlsxBook) value(c xlsxCell) (adapters.Value, adapters.Code, bool) {
	if !c.saved || c.text == "" && c.kind != "str" && c.kind != "inlineStr" {
		if c.formula {
			return adapters.Value{Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
		}
		return adapters.Value{}, "", false
	}
	text := strings.TrimSpace(c.text)
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(b.shared) {
			return adapters.Value{Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
		}
		return textCell(b.shared[i])
	case "str":
		return textCell(unescape(c.text))
	case "inlineStr":
		return textCell(c.text)
	case "b":
		return adapters.Value{Raw: strconv.FormatBool(text == "1" || strings.EqualFold(text, "true")), Kind: adapters.Bool}, "", true
	case "e":
		return adapters.Value{Raw: text, Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
	case "d":
		return adapters.Value{Raw: isoDay(text), Kind: adapters.Date}, "", true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return textCell(c.text)
	}
	style, _ := strconv.Atoi(c.style)
	v, code := number(text, x, style >= 0 && style < len(b.days) && b.days[style], b.date1904)
	return v, code, true
}

// textCell returns a text; an empty one is nothing.
func textCell(s string) (adapters.Value, adapters.Code, bool) {
	return adapters.Value{Raw: s}, "", s != ""
}

// isoDay cuts the time off a day at midnight.
func isoDay(s string) string {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "Z"), ".000")
	return strings.TrimSuffix(s, "T00:00:00")
}

// number returns a number, or the day that its format shows.
func number(text string, x float64, isDay, from1904 bool) (adapters.Value, adapters.Code) {
	if !isDay {
		return numberValue(text, x)
	}
	day, ok := serialDay(x, from1904)
	if !ok {
		return adapters.Value{Raw: text, Kind: adapters.Bad}, adapters.DateImpossible
	}
	return adapters.Value{Raw: day, Kind: adapters.Date}, ""
}
