package spreadsheet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters/place"
)

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
	book := make(make(0).Len()).String() + sheet.String()
	got := readBook(t, file(t, "registro.xls", book), Table{HeaderRows: []int{2, 3}})
	want := "4 \"1\" \"Paz\" \"Ana\" \"2010-01-04\"\n5 \"2\" \"Rey\" \"Ana\" \"2010-01-05\"\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	s, err := Open(place.On(file(t, "registro.xls", book)), Settings{Tables: map[string]Table{OnlyTable: {HeaderRows: []int{2, 3}}}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"No", "Persona / Apellido", "Persona / Nombre", "Fecha"}, recordsOf(t, s, OnlyTable)[0].Header.Names()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
