package spreadsheet

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/layout"
	"casehub/adapters/spreadsheet/sheet"
)

// OnlyTable is the name of the table where no table is declared.
const OnlyTable = "data"

// Formats of a table.
const (
	Delimited = "csv"      // lines of cells, whatever the delimiter
	KeyValue  = "keyvalue" // the first cell names the type of the row, the rest are KEY=value
	XLSX      = "xlsx"     // a workbook; so do the two others, the bytes say which it is
	XLS       = "xls"
	ODS       = "ods"
)

// Settings declares how a file is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "spreadsheet", or "keyvalue" for files that are nothing else: it says
	// which source the settings are for.
	Type string `yaml:"type"`
	// Tables by name. Without any there is one table, named "data": the whole
	// file, or the first visible sheet. The other sheets of the workbook are tables
	// by their names; so are the files of a folder or a ZIP file, without their
	// endings.
	Tables map[string]Table `yaml:"tables"`
}

// Table declares one table of a file. Everything may be left out.
type Table struct {
	Format string `yaml:"format"`
	// File is the name of the files that the table is in, where the source is a
	// folder or a ZIP file, as "register*.csv". Several files make one table, in the
	// order of their names.
	File string `yaml:"file"`
	// Encoding by its usual name, as "windows-1252"; guessed when empty.
	Encoding string `yaml:"encoding"`
	// Language that most words are in (ISO 639-1), which helps the guess.
	Language string `yaml:"language"`
	// Delimiter is one character, or "tab"; guessed when empty.
	Delimiter string `yaml:"delimiter"`
	// HeaderRows are the rows, 1 for the first, whose cells together name the
	// columns; found when empty.
	HeaderRows []int `yaml:"header_rows"`
	// Columns names the columns of a table that has no header.
	Columns []string `yaml:"columns"`
	// Sheet of a workbook, and Range in it such as "B60:D80". A pattern, as "20*" or "*",
	// makes one table of several sheets, in their order; those that are hidden or empty
	// are none of it.
	Sheet string `yaml:"sheet"`
	Range string `yaml:"range"`
	// Ditto lists the columns in which a mark stands for the value above.
	Ditto []string `yaml:"ditto"`
	// Nulls are texts that stand for no value, as "NULL" or "n/a".
	Nulls []string `yaml:"nulls"`
	// Drop says which rows are no data; for the reasons of package layout; all of
	// them when absent.
	Drop []string `yaml:"drop"`
	// Record is the type of the rows that are records of a keyvalue file, and
	// Inherit the types of the rows above that they take values from.
	Record  string   `yaml:"record"`
	Inherit []string `yaml:"inherit"`
}

func (s Settings) check() error {
	if !slices.Contains([]string{"", "spreadsheet", "keyvalue"}, s.Type) {
		return fmt.Errorf("source type %q is not spreadsheet", s.Type)
	}
	for name, t := range s.Tables {
		if err := t.check(); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
	}
	return nil
}

func (t Table) check() error {
	if !slices.Contains([]string{"", Delimited, KeyValue, XLSX, XLS, ODS}, t.Format) {
		return fmt.Errorf("there is no format %q", t.Format)
	}
	if t.Encoding != "" {
		if _, err := charset.Named(t.Encoding); err != nil {
			return err
		}
	}
	if _, err := t.delimiter(); err != nil {
		return err
	}
	for i, n := range t.HeaderRows {
		if n < 1 || n > layout.MaxHeaderRow || i > 0 && n <= t.HeaderRows[i-1] {
			return fmt.Errorf("header_rows must ascend from 1 to %d", layout.MaxHeaderRow)
		}
	}
	if len(t.HeaderRows) > 0 && len(t.Columns) > 0 {
		return fmt.Errorf("header_rows and columns exclude each other")
	}
	for _, d := range t.Drop {
		if !slices.Contains(layout.Reasons(), d) {
			return fmt.Errorf("drop has no reason %q", d)
		}
	}
	if (t.Format == KeyValue) != (t.Record != "") {
		return fmt.Errorf("record goes with the format keyvalue")
	}
	if _, err := path.Match(t.File, "x"); err != nil {
		return fmt.Errorf("file is not like register*.csv")
	}
	if _, err := path.Match(t.Sheet, "x"); err != nil && strings.ContainsAny(t.Sheet, "*?") {
		return fmt.Errorf("sheet is not like 20*")
	}
	if _, err := sheet.ParseArea(t.Range); err != nil {
		return err
	}
	return nil
}

// delimiter returns the declared delimiter, or 0.
func (t Table) delimiter() (byte, error) {
	switch {
	case t.Delimiter == "":
		return 0, nil
	case t.Delimiter == "tab":
		return '\t', nil
	case len(t.Delimiter) == 1 && t.Delimiter[0] < 0x80 && !strings.Contains("\"\r\n", t.Delimiter):
		return t.Delimiter[0], nil
	}
	return 0, fmt.Errorf("the delimiter must be one ASCII character or \"tab\"")
}
