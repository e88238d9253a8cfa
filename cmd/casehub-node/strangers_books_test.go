package main

import (
	"os"
	"path/filepath"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/errs"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

// strangeBook is a workbook of testdata/strangers as LibreOffice or SheetJS wrote it.
// They all hold the six rows of the tongue "es".
type strangeBook struct {
	file, settings string
	columns        [10]string // "" is the name in the header of "es"
}

func strangeBooks() []strangeBook {
	two := [10]string{"", "Cliente / Apellidos", "Cliente / Nombres", "Contacto / Teléfono", "Persona / Sexo", "Persona / Nacimiento", "Caso / Tipo", "Caso / Apertura", "Caso / Cierre", "Resultado / Monto"}
	three := [10]string{
		"", "Datos del cliente / Nombre / Apellidos", "Datos del cliente / Nombre / Nombres", "Datos del cliente / Contacto / Teléfono", "Datos del cliente / Otros / Sexo",
		"Datos del cliente / Otros / Nacimiento", "Datos del caso / Tipo", "Datos del caso / Fechas / Apertura", "Datos del caso / Fechas / Cierre", "Datos del caso / Monto / Bs.",
	}
	return []strangeBook{
		{file: "sheetjs.xls"},
		{file: "sheetjs-1904.xls"},
		{file: "sheetjs-1904.xlsx"},
		{file: "sheetjs-xml.xls"}, // days are numbers in the style of days
		{file: "months.xlsx", settings: ", tables: {data: {sheet: \"*\"}}"}, // a sheet a month
		{file: "sheetjs-page.xls"}, // a web page
		{file: "libreoffice.ods"},
		{file: "libreoffice.fods"},
		{file: "libreoffice.xls"},
		{file: "libreoffice.xlsx"},
		{file: "libreoffice-page.xls"},
		{file: "offset.xlsx"},       // begins at C5
		{file: "mixed-dates.xlsx"},  // days and texts in one column
		{file: "times.xlsx"},        // the opening day has a time
		{file: "numbers.xlsx"},      // phones are numbers and have lost their zero
		{file: "side-by-side.xlsx"}, // another table stands to the right
		{file: "duplicates.xlsx"},   // two columns are called Fecha, one has no name
		{file: "empty-first.xlsx"},  // behind two sheets with nothing in them
		{file: "sections.xlsx"},     // rows merged across name the office of those below
		{file: "wide.xlsx"},         // columns P0 to P289 stand behind
		{file: "two-level.xlsx", columns: two},
		{file: "three-level.xlsx", columns: three, settings: ", tables: {data: {header_rows: [4, 5, 6]}}"},
		{file: "cover.xlsx", settings: ", tables: {data: {sheet: Registro}}"}, // behind a cover and lists
	}
}

func strangeFile(name string) string { return filepath.Join("testdata", "strangers", name) }

func TestWorkbooksOfStrangersProgramsComeInWhole(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	l := tongues["es"]
	for i, c := range strangeBooks() {
		t.Run(c.file, func(t *testing.T) {
			columns := l.header
			for k, name := range c.columns {
				if name != "" {
					columns[k] = name
				}
			}
			name := "book-" + string(rune('a'+i))
			m := mappingOf(t, registerMapping(name, "{type: spreadsheet"+c.settings+"}", "", "date_order: dmy, currency: BOB, locale: es-BO", l, columns))
			report := bring(t, db, m, func() adapters.Source { return sourceAt(t, m, place.On(strangeFile(c.file))) })
			for _, s := range report.Streams {
				if s.Quarantined != 0 {
					t.Errorf("%s: %d rows are held back", s.Stream, s.Quarantined)
				}
			}
			checkCame(t, db, name, visitsOf(l))
		})
	}
}

// TestFilesThatNobodyReadsAreRefusedWithTheReason: what the person is told names the
// program or the password, and never a damaged file where it is another one.
func TestFilesThatNobodyReadsAreRefusedWithTheReason(t *testing.T) {
	text := func(s string) []byte { return []byte(s) }
	stored := func(name string) []byte {
		b, err := os.ReadFile(strangeFile(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name, file string
		content    []byte
		want       *errs.Error
		program    string
	}{
		{"password of a workbook", "a.xls", stored("password.xls"), adapters.ErrEncrypted, ""},
		{"password of an archive", "a.zip", stored("password.zip"), adapters.ErrEncrypted, ""},
		{"binary workbook", "a.xlsb", stored("sheetjs.xlsb"), adapters.ErrOtherProgram, "XLSB"},
		{"Excel 2", "a.xls", stored("excel2.xls"), adapters.ErrOtherProgram, "Excel 2-4"},
		{"cut in the middle", "a.xlsx", stored("offset.xlsx")[:6000], adapters.ErrUnreadable, ""},
		{"cut in the middle of an old one", "a.xls", stored("libreoffice.xls")[:3000], adapters.ErrUnreadable, ""},
		{"SYLK", "a.slk", stored("sylk.slk"), adapters.ErrOtherProgram, "SYLK"},
		{"dBase", "a.dbf", stored("dbase.dbf"), adapters.ErrOtherProgram, "dBase"},
		{"DIF", "a.dif", text("TABLE\r\n0,1\r\n\"EXCEL\"\r\nVECTORS\r\n0,2\r\n\"\"\r\n"), adapters.ErrOtherProgram, "DIF"},
		{"PDF called CSV", "a.csv", text("%PDF-1.4\n1 0 obj\n"), adapters.ErrOtherProgram, "PDF"},
		{"picture called XLSX", "a.xlsx", text("\x89PNG\r\n\x1a\n\x00\x01\x02"), adapters.ErrOtherProgram, "PNG"},
		{"Access called XLS", "a.xls", text("\x00\x01\x00\x00Standard Jet DB\x00"), adapters.ErrOtherProgram, "Access"},
		{"nothing", "a.csv", nil, nil, ""},
		{"numbers alone", "a.csv", text("1;2;3\n4;5;6\n"), adapters.ErrHeader, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, err := spreadsheet.Open(place.Bytes(c.file, c.content), spreadsheet.Settings{})
			if err == nil {
				err = src.Check(t.Context())
			}
			e := errs.As(err)
			if e == nil || c.want != nil && e.Key() != c.want.Key() || e.Args()["file"] != c.file {
				t.Fatalf("%v", err)
			}
			if c.program != "" && e.Args()["program"] != c.program {
				t.Errorf("%v names %v", err, e.Args()["program"])
			}
		})
	}
}

// TestWhatAFormulaDidNotSaveIsTold: an amount that the file does not have, and one that
// is an error, hold their rows back. They are no rows without an amount.
func TestWhatAFormulaDidNotSaveIsTold(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	l := tongues["es"]
	m := mappingOf(t, registerMapping("formulas", "{type: spreadsheet}", "", "date_order: dmy, currency: BOB, locale: es-BO", l, l.header))
	report := bring(t, db, m, func() adapters.Source { return sourceAt(t, m, place.On(strangeFile("formulas.xlsx"))) })
	if got := report.Stream("recovery"); got.Created != 2 || got.Quarantined != 2 || got.Skipped["no_amount"] != 2 {
		t.Errorf("%+v", got)
	}
}
