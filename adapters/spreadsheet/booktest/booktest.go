// Package booktest makes small workbooks for tests, and shows what is read of one.
package booktest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/sheet"
)

// File opens content as a file that lies nowhere.
func File(t testing.TB, content string) place.File {
	t.Helper()
	f, err := place.Bytes("book", []byte(content)).Open()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Opener opens content again and again.
func Opener(content string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
}

// Shown reads a sheet as a table from its first row on: the number of each row with
// "hidden" where it is, and its cells, with what is wrong with them, "-" for nothing.
func Shown(t testing.TB, book sheet.Book, name string) string {
	t.Helper()
	all, err := sheet.ParseArea("")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sheet.Table(book, name, all)
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	var b strings.Builder
	for {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, Line(l))
	}
}

// Line writes one line of a table.
func Line(l sheet.Line) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", l.No)
	if l.Hidden {
		b.WriteString(" hidden")
	}
	if l.Code != "" {
		fmt.Fprintf(&b, " %s", l.Code)
	}
	codes := map[int]adapters.Code{}
	for _, f := range l.Faults {
		codes[f.At] = f.Code
	}
	for i, v := range l.Cells {
		text := "-"
		if !v.Null {
			text = fmt.Sprintf("%q", v.Raw)
		}
		if codes[i] != "" {
			text += "!" + string(codes[i])
		}
		b.WriteString(" " + text)
	}
	return b.String()
}

// Zip packs files by name, in order.
func Zip(t testing.TB, files ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		x, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Gzip packs content.
func Gzip(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ODSType is what a spreadsheet in OpenDocument says that it is.
const ODSType = "application/vnd.oasis.opendocument.spreadsheet"

// ODS makes a workbook in OpenDocument with the rows of a sheet, or of several where
// rows closes one and opens the next. The style ta2 hides a sheet.
func ODS(t testing.TB, rows string) string {
	t.Helper()
	return Zip(t, [2]string{"mimetype", ODSType}, [2]string{"content.xml", `<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:calcext="c"><office:automatic-styles>
<style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Cases" table:style-name="ta1">` + rows +
		`</table:table></office:spreadsheet></office:body></office:document-content>`})
}

// ODSCell is a cell of such a workbook that holds a text.
func ODSCell(s string) string {
	return `<table:table-cell office:value-type="string"><text:p>` + s + `</text:p></table:table-cell>`
}

// Compound makes a compound file with one entry of two sectors beside the root.
func Compound(name string, content string) string {
	const sector, end = 512, 0xFFFFFFFE
	put := binary.LittleEndian.PutUint32
	head := make([]byte, sector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(head[30:], 9)
	put(head[44:], 1)
	put(head[48:], 1) // directory
	put(head[56:], 64)
	put(head[60:], end)
	put(head[68:], end)
	for i := 76; i < sector; i += 4 {
		put(head[i:], 0xFFFFFFFF)
	}
	put(head[76:], 0) // table of chains
	sectors := (len(content) + sector - 1) / sector
	fat := bytes.Repeat([]byte{0xff}, sector)
	put(fat, 0xFFFFFFFD)
	put(fat[4:], end)
	for i := range sectors {
		put(fat[4*(i+2):], uint32(i+3))
	}
	put(fat[4*(sectors+1):], end)
	dir := make([]byte, sector)
	for i, e := range []string{"Root Entry", name} {
		d := dir[i*128:]
		for k, c := range e {
			binary.LittleEndian.PutUint16(d[k*2:], uint16(c))
		}
		binary.LittleEndian.PutUint16(d[64:], uint16(len(e)+1)*2)
		d[66] = []byte{5, 2}[i]
		put(d[116:], end)
	}
	put(dir[128+116:], 2)
	put(dir[128+120:], uint32(len(content)))
	padded := content + strings.Repeat("\x00", sectors*sector-len(content))
	return string(head) + string(fat) + string(dir) + padded
}
