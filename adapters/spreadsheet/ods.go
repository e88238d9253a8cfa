package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"casehub/adapters"
)

// odsBook reads a workbook in OpenDocument: one XML file with all sheets, read
// from its beginning for each. Values are those that the file saved beside the
// texts it shows.
type odsBook struct {
	pack *pack
	list []sheetInfo
}

// checkODS tells a spreadsheet from other documents and from a protected one.
func checkODS(z *zip.Reader) error {
	for _, f := range z.File {
		limit := int64(256)
		if f.Name == "META-INF/manifest.xml" {
			limit = 1 << 20
		} else if f.Name != "mimetype" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return adapters.ErrUnreadable.With("expected", "ODS")
		}
		b, err := io.ReadAll(io.LimitReader(r, limit))
		if err = errors.Join(err, r.Close()); err != nil {
			return adapters.ErrUnreadable.With("expected", "ODS")
		}
		switch text := string(b); {
		case f.Name == "mimetype" && !strings.Contains(text, "opendocument.spreadsheet"):
			return adapters.ErrOtherProgram.With("program", "OpenDocument")
		case f.Name != "mimetype" && strings.Contains(text, "encryption-data"):
			return adapters.ErrEncrypted
		}
	}
	return nil
}

func openODS(p *part) (bookFile, error) {
	k, err := openPack(p, "ODS")
	if err != nil {
		return nil, err
	}
	b := &odsBook{pack: k}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return b, nil
}

// load lists the sheets. Whether one is hidden is in the style that it names,
// and styles stand before it.
func (b *odsBook) load() error {
	r, err := b.pack.open("content.xml")
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXML(r, "ODS")
	style, hidden := "", map[string]bool{}
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "style":
			style = attr(e, "name")
		case "table-properties":
			if attr(e, "display") == "false" {
				hidden[style] = true
			}
		case "table":
			b.list = append(b.list, sheetInfo{name: attr(e, "name"), hidden: hidden[attr(e, "style-name")]})
			if len(b.list) > maxColumns {
				return b.pack.broken()
			}
		}
	}
}

func (b *odsBook) sheets() []sheetInfo { return b.list }

func (b *odsBook) notes() []string { return nil }

func (b *odsBook) Close() error { return b.pack.Close() }

func (b *odsBook) open(at int) (feed, error) {
	r, err := b.pack.open("content.xml")
	if err != nil {
		return nil, err
	}
	f := &odsFeed{file: r, x: newXML(r, "ODS")}
	for n := -1; n < at; {
		t, err := f.x.next()
		if err != nil {
			return nil, errors.Join(b.pack.broken(), r.Close())
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "table" {
			n++
		}
	}
	f.down = f.x.depth
	return f, nil
}

// odsFeed streams the rows of a sheet.
type odsFeed struct {
	file   io.ReadCloser
	x      *xmlReader
	down   int // depth inside the sheet
	last   int
	again  int // how many times the row is given once more
	row    sheetRow
	merged []area
}

// maxRepeated is how often a row or a cell with content may be repeated: more is
// a file that grows out of nothing.
const maxRepeated = 10_000

func (f *odsFeed) merges() []area { return f.merged }

func (f *odsFeed) notes() []string { return nil }

func (f *odsFeed) Close() error { return f.file.Close() }

func (f *odsFeed) next() (sheetRow, error) {
	if f.again > 0 {
		f.again--
		f.last++
		r := f.row
		r.no = f.last
		return r, nil
	}
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
			switch t.Name.Local {
			case "table-row":
				if ok, err := f.take(t); ok || err != nil {
					return f.row, err
				}
			case "table": // a table inside a cell
				if err := f.x.skip(); err != nil {
					return sheetRow{}, err
				}
			}
		}
	}
}

// take reads the row that has just begun and reports whether it is to be given.
func (f *odsFeed) take(e xml.StartElement) (bool, error) {
	repeat := repeated(e, "number-rows-repeated")
	v := attr(e, "visibility")
	f.row = sheetRow{no: f.last + 1, hidden: v == "collapse" || v == "filter"}
	if err := f.cells(); err != nil {
		return false, err
	}
	if len(f.row.cells) == 0 {
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
	n, err := strconv.Atoi(attr(e, name))
	if err != nil || n < 1 || n > 1<<24 {
		return 1
	}
	return n
}

func (f *odsFeed) cells() error {
	col := 1
	for {
		t, err := f.x.next()
		if err != nil {
			return f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			repeat := repeated(t, "number-columns-repeated")
			switch t.Name.Local {
			case "table-cell", "covered-table-cell":
				if err := f.cell(t, col, repeat); err != nil {
					return err
				}
			default:
				repeat = 0
				if err := f.x.skip(); err != nil {
					return err
				}
			}
			col = min(col+repeat, 1<<24)
		}
	}
}

// cell reads the cell that has just begun.
func (f *odsFeed) cell(e xml.StartElement, col, repeat int) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	f.merge(e, col)
	v, code, ok := odsValue(e, text)
	if !ok || e.Name.Local == "covered-table-cell" {
		return nil
	}
	if col+repeat-1 > maxColumns {
		return adapters.ErrTooManyCells.With("rows", maxSheetRows).With("columns", maxColumns)
	}
	for i := range repeat {
		f.row.cells = append(f.row.cells, sheetCell{col + i, v, code})
	}
	return nil
}

// merge notes a cell that covers others.
func (f *odsFeed) merge(e xml.StartElement, col int) {
	wide, high := repeated(e, "number-columns-spanned"), repeated(e, "number-rows-spanned")
	if (wide > 1 || high > 1) && len(f.merged) < maxMerged {
		no := f.row.no
		f.merged = append(f.merged, area{no, col, no + high - 1, col + wide - 1})
	}
}

// text returns what a cell shows: its paragraphs, without notes and drawings.
func (f *odsFeed) text() (string, error) {
	var out strings.Builder
	paragraphs := 0
	in := 0 // inside a paragraph
	for down := 1; down > 0; {
		t, err := f.x.next()
		if err != nil {
			return "", f.x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "annotation", "frame", "shape", "table", "custom-shape", "control":
				if err := f.x.skip(); err != nil {
					return "", err
				}
				continue
			case "p", "h":
				if paragraphs++; paragraphs > 1 {
					out.WriteByte('\n')
				}
				in++
			case "s":
				out.WriteString(strings.Repeat(" ", min(repeated(t, "c"), 1000)))
			case "tab":
				out.WriteByte('\t')
			case "line-break":
				out.WriteByte('\n')
			}
			down++
		case xml.EndElement:
			down--
			if t.Name.Local == "p" || t.Name.Local == "h" {
				in--
			}
		case xml.CharData:
			if in > 0 {
				out.Write(t)
			}
		}
		if out.Len() > maxRecordBytes {
			return "", adapters.ErrTooLarge.With("megabytes", maxRecordBytes>>20)
		}
	}
	return out.String(), nil
}

// odsValue returns what a cell holds, and whether it holds anything.
func odsValue(e xml.StartElement, text string) (adapters.Value, adapters.Code, bool) {
	formula := attr(e, "formula") != ""
	switch attrNS(e, "office", "value-type") {
	case "float", "currency", "percentage":
		raw := attr(e, "value")
		x, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return adapters.Value{Raw: text, Kind: adapters.Bad}, adapters.NoFormulaValue, true
		}
		v, code := numberValue(raw, x)
		return v, code, true
	case "date":
		return adapters.Value{Raw: isoDay(cutFraction(attr(e, "date-value"))), Kind: adapters.Date}, "", true
	case "time":
		return adapters.Value{Raw: odsTime(attr(e, "time-value"), text)}, "", true
	case "boolean":
		return adapters.Value{Raw: attr(e, "boolean-value"), Kind: adapters.Bool}, "", true
	case "string":
		if formula && isErrorText(text) {
			return adapters.Value{Raw: text, Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
		}
		if s := attr(e, "string-value"); text == "" && s != "" {
			text = s
		}
		return textCell(text)
	case "":
		if formula && text == "" {
			return adapters.Value{Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, true
		}
	}
	return textCell(text)
}

// attrNS returns an attribute by its prefix and name: LibreOffice writes a second
// value-type of its own beside the first.
func attrNS(e xml.StartElement, prefix, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == prefix {
			return a.Value
		}
	}
	return attr(e, name)
}

// cutFraction leaves parts of a second out.
func cutFraction(s string) string {
	if i := strings.IndexByte(s, '.'); i > 0 {
		return s[:i]
	}
	return s
}

// isErrorText reports what a formula shows that has no result.
func isErrorText(s string) bool {
	return strings.HasPrefix(s, "#") && (strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || s == "#N/A") || strings.HasPrefix(s, "Err:")
}

// odsTime turns PT10H30M00S into 10:30:00; what is no such time is given as it
// is shown.
func odsTime(s, shown string) string {
	rest, ok := strings.CutPrefix(cutFraction(strings.TrimSuffix(s, "S")), "PT")
	h, rest, ok1 := strings.Cut(rest, "H")
	m, sec, ok2 := strings.Cut(rest, "M")
	if !ok || !ok1 || !ok2 || len(h) < 2 || len(m) != 2 || len(sec) != 2 {
		return shown
	}
	return h + ":" + m + ":" + sec
}
