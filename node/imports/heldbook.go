package imports

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// heldBook writes a workbook with a sheet for each table. Its cells are texts: no
// program takes them for formulas.
type heldBook struct {
	out     *zip.Writer
	meaning func(key string) string
	tables  []string
	names   map[string][]string
	rows    map[string][][]string
}

// NewHeldBook begins a workbook (XLSX) of held rows on w.
func NewHeldBook(w io.Writer, meaning func(key string) string) HeldTable {
	return &heldBook{out: zip.NewWriter(w), meaning: meaning, names: map[string][]string{}, rows: map[string][][]string{}}
}

// Add adds a row to the sheet of its table.
func (b *heldBook) Add(h HeldRow) error {
	if _, met := b.names[h.Table]; !met {
		b.tables = append(b.tables, h.Table)
		b.names[h.Table] = h.Names
	}
	b.rows[h.Table] = append(b.rows[h.Table], cellsOf(h, b.names[h.Table], b.meaning))
	return nil
}

// Close writes the workbook. It leaves the writer below open.
func (b *heldBook) Close() error {
	if len(b.tables) == 0 {
		b.tables = []string{"empty"}
	}
	var types, sheets, links strings.Builder
	for i, table := range b.tables {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(sheetName(table, n)), n, n)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + links.String() + `</Relationships>`},
	} {
		if err := b.part(part[0], head+part[1]); err != nil {
			return err
		}
	}
	for i, table := range b.tables {
		if err := b.sheet(i+1, head, table); err != nil {
			return err
		}
	}
	return b.out.Close()
}

func (b *heldBook) part(name, text string) error {
	w, err := b.out.Create(name)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

func (b *heldBook) sheet(n int, head, table string) error {
	var s strings.Builder
	s.WriteString(head + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	rows := [][]string{append(append([]string(nil), b.names[table]...), codeColumn, errorColumn)}
	for i, cells := range append(rows, b.rows[table]...) {
		fmt.Fprintf(&s, `<row r="%d">`, i+1)
		for _, c := range cells {
			s.WriteString(`<c t="inlineStr"><is><t xml:space="preserve">` + escaped(c) + `</t></is></c>`)
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData></worksheet>`)
	return b.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", n), s.String())
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// sheetName makes a name that workbooks take: at most 31 characters, some left out.
func sheetName(table string, n int) string {
	name := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return '-'
		}
		return r
	}, table))
	if len(name) > 26 {
		name = append(name[:26], []rune(fmt.Sprintf("-%d", n))...)
	}
	return string(name)
}
