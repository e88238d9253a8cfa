package xls

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/sheet"
)

// biff makes records of BIFF 8.
type biff struct{ bytes.Buffer }

func (b *biff) rec(id int, parts ...any) *biff {
	var body bytes.Buffer
	for _, p := range parts {
		if s, ok := p.(string); ok {
			body.WriteString(s)
		} else if err := binary.Write(&body, binary.LittleEndian, p); err != nil {
			panic(err)
		}
	}
	_ = binary.Write(b, binary.LittleEndian, []uint16{uint16(id), uint16(body.Len())})
	_, _ = b.Write(body.Bytes())
	return b
}

type u16 = uint16

// oldBook is a bare stream of records with two sheets, the second one hidden.
func oldBook(before func(*biff)) string {
	var globals, sheet biff
	sheet.rec(recBOF, u16(0x600), u16(0x10), uint64(0), uint32(0))
	sheet.rec(recLabel, u16(0), u16(0), u16(0), u16(4), "\x00Name").rec(recLabel, u16(0), u16(1), u16(0), u16(4), "\x00Born").rec(recLabel, u16(0), u16(2), u16(0), u16(3), "\x00Sum")
	sheet.rec(recRow, u16(1), u16(0), u16(3), u16(255), u16(0), u16(0), u16(0x20), u16(0))
	sheet.rec(recLabelSST, u16(1), u16(0), u16(0), uint32(0)).rec(recNumber, u16(1), u16(1), u16(1), 42665.0)
	sheet.rec(recMulRK, u16(1), u16(2), u16(0), uint32(120050<<2|3), u16(0), uint32(7<<2|2), u16(3))
	sheet.rec(recLabelSST, u16(2), u16(0), u16(0), uint32(1)).rec(recBoolErr, u16(2), u16(1), u16(0), uint8(0x2A), uint8(1))
	sheet.rec(recFormula, u16(2), u16(2), u16(0), "\x00\x00\x00\x00\x00\x00\xff\xff", u16(0), uint32(0), u16(0)).rec(recString, u16(2), "\x01o\x00k\x00")
	sheet.rec(recBOF, u16(0x600), u16(0x20)).rec(recNumber, u16(9), u16(9), u16(0), 1.0).rec(recEOF) // a chart
	sheet.rec(recFormula, u16(3), u16(2), u16(0), math.Float64bits(2.5), u16(0), uint32(0), u16(0)).rec(recLabel, u16(3), u16(0), u16(0), u16(1), "\x00m")
	sheet.rec(recMerged, u16(1), u16(3), u16(4), u16(0), u16(0)).rec(recNumber, u16(4), u16(2), u16(0), math.NaN()).rec(recNumber, u16(4), u16(2), u16(0), 3.0)
	sheet.rec(recEOF)
	make := func(at int) *biff {
		globals = biff{}
		globals.rec(recBOF, u16(0x600), u16(5), uint64(0), uint32(0))
		if before != nil {
			before(&globals)
		}
		globals.rec(recFormat, u16(164), u16(8), "\x00dd/mm/yy").rec(recXF, u16(0), u16(0), uint64(0)).rec(recXF, u16(0), u16(164), uint64(0))
		globals.rec(recBoundSheet, uint32(at), uint8(0), uint8(0), uint8(5), "\x00Cases").rec(recBoundSheet, uint32(at), uint8(1), uint8(0), uint8(3), "\x00Old")
		// The second text is divided by a border, behind which it is written wide.
		globals.rec(recSST, uint32(2), uint32(2), u16(3), "\x01Z\x00o\x00\xeb\x00", u16(6), "\x00Mu").rec(recContinue, "\x01\xf1\x00o\x00z\x00!\x00")
		return globals.rec(recEOF)
	}
	at := make(0).Len()
	return make(at).String() + sheet.String()
}

func openBook(t testing.TB, content string) sheet.Book {
	t.Helper()
	b, err := Open(booktest.File(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOldWorkbooksAreRead(t *testing.T) {
	want := `1 "Name" "Born" "Sum"
2 hidden "Zoë" "2016-10-22" "1200.5" "7"
3 "Muñoz!" -!formula_without_value "ok"
4 "m" - "2.5"
5 "m" - "NaN"
`
	for name, content := range map[string]string{"a bare stream": oldBook(nil), "a compound file": booktest.Compound("Book", oldBook(nil))} {
		b := openBook(t, content)
		if d := cmp.Diff([]sheet.Info{{Name: "Cases"}, {Name: "Old", Hidden: true}}, b.Sheets()); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
		if d := cmp.Diff(want, booktest.Shown(t, b, "")); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// A workbook of Excel for the Macintosh: days from 1904, a title, and a header in two
// rows whose upper cells are merged.
func TestAnOldWorkbookOfAMacintoshIsRead(t *testing.T) {
	label := func(row, column int, text string) []any {
		return []any{u16(row), u16(column), u16(0), u16(len(text)), "\x00" + text}
	}
	var sheet biff
	sheet.rec(recBOF, u16(0x600), u16(0x10), uint64(0), uint32(0))
	sheet.rec(recLabel, label(0, 0, "REGISTRO 2010")...)
	sheet.rec(recLabel, label(1, 0, "No")...).rec(recLabel, label(1, 1, "Persona")...).rec(recLabel, label(1, 3, "Fecha")...)
	sheet.rec(recLabel, label(2, 1, "Apellido")...).rec(recLabel, label(2, 2, "Nombre")...)
	for i, name := range []string{"Paz", "Rey"} {
		sheet.rec(recNumber, u16(3+i), u16(0), u16(0), float64(i+1)).rec(recLabel, label(3+i, 1, name)...).rec(recLabel, label(3+i, 2, "Ana")...)
		sheet.rec(recNumber, u16(3+i), u16(3), u16(1), 38720.0+float64(i))
	}
	sheet.rec(recMerged, u16(2), u16(0), u16(0), u16(0), u16(3), u16(1), u16(1), u16(1), u16(2)).rec(recEOF)
	make := func(at int) *biff {
		globals := &biff{}
		globals.rec(recBOF, u16(0x600), u16(5), uint64(0), uint32(0)).rec(recDateMode, u16(1))
		globals.rec(recFormat, u16(164), u16(8), "\x00dd/mm/yy").rec(recXF, u16(0), u16(0), uint64(0)).rec(recXF, u16(0), u16(164), uint64(0))
		return globals.rec(recBoundSheet, uint32(at), uint8(0), uint8(0), uint8(4), "\x00Hoja").rec(recEOF)
	}
	want := `1 "REGISTRO 2010" "REGISTRO 2010" "REGISTRO 2010" "REGISTRO 2010"
2 "No" "Persona" "Persona" "Fecha"
3 - "Apellido" "Nombre"
4 "1" "Paz" "Ana" "2010-01-04"
5 "2" "Rey" "Ana" "2010-01-05"
`
	b := openBook(t, make(make(0).Len()).String()+sheet.String())
	if d := cmp.Diff(want, booktest.Shown(t, b, "Hoja")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if notes := b.Notes(); len(notes) != 1 {
		t.Errorf("notes %q", notes)
	}
}

// Texts of Excel 5 are in the code page that the workbook says.
func TestCodePages(t *testing.T) {
	for page, want := range map[int]string{1252: "Mu\u00f1oz", 437: "Mu\u00b1oz", 850: "Mu\u00b1oz", 1251: "Mu\u0441oz", 10000: "Mu\u00d2oz", 65001: "Mu\u00f1oz"} {
		var book biff
		book.rec(recBOF, u16(0x500), u16(5)).rec(recCodePage, u16(page))
		at := book.Len() + 4 + 9 + 4
		book.rec(recBoundSheet, uint32(at), uint8(0), uint8(0), uint8(2), "S1").rec(recEOF)
		book.rec(recBOF, u16(0x500), u16(0x10)).rec(recLabel, u16(0), u16(0), u16(0), u16(5), "Mu\xf1oz").rec(recEOF)
		if got := booktest.Shown(t, openBook(t, book.String()), "S1"); got != "1 \""+want+"\"\n" {
			t.Errorf("code page %d: %s", page, got)
		}
	}
}

func TestWhatIsNoWorkbookIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          error
	}{
		{"a workbook", booktest.Compound("Workbook", oldBook(nil)), nil},
		{"a new one with a password", booktest.Compound("EncryptedPackage", "x"), adapters.ErrEncrypted},
		{"a letter", booktest.Compound("WordDocument", "x"), adapters.ErrOtherProgram},
		{"something", booktest.Compound("Something", "x"), adapters.ErrUnreadable},
	} {
		if err := Check(strings.NewReader(c.content), int64(len(c.content))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"with a password": {oldBook(func(b *biff) { b.rec(recFilePass, u16(1), u16(1), u16(1)) }), adapters.ErrEncrypted},
		"of Excel 4":      {"\x09\x04\x06\x00\x00\x04\x10\x00\x00\x00", adapters.ErrOtherProgram},
		"cut short":       {oldBook(nil)[:30], adapters.ErrUnreadable},
	} {
		if _, err := Open(booktest.File(t, c.content)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// FuzzOldWorkbook reads any records as a workbook.
func FuzzOldWorkbook(f *testing.F) {
	f.Add([]byte(oldBook(nil)))
	f.Add([]byte(booktest.Compound("Workbook", oldBook(nil))))
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := Open(booktest.File(t, string(content)))
		if err != nil {
			return
		}
		for i := range b.Sheets() {
			rows, err := b.Open(i)
			for n := 0; err == nil && n < 1000; n++ { // a damaged sheet ends with an error
				_, err = rows.Next()
			}
		}
	})
}
