package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casehub/adapters"
)

// keyLike is what a person should never meet: the key of a message, or a value
// that a sentence lacks.
var keyLike = regexp.MustCompile(`\b(adapters|imports)\.[a-z-]+|<no value>|map\[`)

// TestFaultsOfASourceAreSentences: what is wrong with a file or with how the
// mapping declares it is told in English, with the names that a person needs to
// mend it.
func TestFaultsOfASourceAreSentences(t *testing.T) {
	o := newOffice(t)
	clean := o.file("clean.csv", "No;Name;In\n1;Example;01/02/2024\n2;Sample;02/02/2024\n")
	book := filepath.Join("..", "casehub-demo", "samples", "casebook.xlsx")
	wide := o.file("wide.csv", strings.Repeat("a;", 5000)+"\n"+strings.Repeat("1;", 5000)+"\n")
	for name, c := range map[string]struct{ table, file, want string }{
		"an empty file":    {"{}", o.file("empty.csv", ""), "empty.csv is empty. Export it again."},
		"no header":        {"{}", o.file("blank.csv", ";;\n;;\n"), "The table visits of blank.csv has no row that could be its header."},
		"header too low":   {"{header_rows: [9]}", clean, "The table visits of clean.csv has nothing in row 9, which header_rows in the mapping names"},
		"ditto of nothing": {"{ditto: [Client]}", clean, "The setting ditto names a column that the table visits of clean.csv does not have: Client."},
		"header too wide":  {"{header_rows: [1]}", wide, "wide.csv has more than 4,096 columns. Check the delimiter"},
		"no such sheet":    {"{sheet: Nowhere}", book, "The workbook casebook.xlsx has no sheet with the name Nowhere. Correct the sheet of the table visits"},
		"no workbook":      {"{format: xlsx}", clean, "clean.csv is no XLSX file, or it is damaged"},
		"a broken book":    {"{}", o.file("book.xlsx", "PK\x03\x04 and no more"), "book.xlsx is no XLSX/ODS/ZIP file, or it is damaged"},
		"another table":    {"{}", o.file("other.csv", "A;B\n1;2\n2;3\n"), "The mapping names a column that the file does not have: No."},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(visitMapping, "{type: spreadsheet}", "{type: spreadsheet, tables: {visits: "+c.table+"}}", 1)
			status, out, errs := o.run("--mapping", o.file("faulty.yaml", text), c.file)
			if status != 1 || !strings.Contains(errs, c.want) || keyLike.MatchString(errs) {
				t.Errorf("status %d, want 1 and %q\nstdout:\n%s\nstderr:\n%s", status, c.want, out, errs)
			}
		})
	}
	if !keyLike.MatchString(adapters.ErrHeader.Error()) {
		t.Fatal("a key is not seen as one")
	}
}

// TestADumpThatIsCutOffIsRefusedForThat: no row of it is wrong, rows are missing.
func TestADumpThatIsCutOffIsRefusedForThat(t *testing.T) {
	o := newOffice(t)
	text := strings.NewReplacer("{type: spreadsheet}", "{type: sqldump}", "to: client\n    key: No\n", "from: visits\n    to: client\n    key: No\n", "to: case\n    key: No\n", "from: visits\n    to: case\n    key: No\n").Replace(visitMapping)
	mapping := o.file("dump.yaml", text)
	cut := o.file("cut.sql", "-- MySQL dump 10.13\nCREATE TABLE `visits` (`No` int, `Name` varchar(40), `In` varchar(10));\nINSERT INTO `visits` VALUES (1,'Canary','01/02/2024');\n")
	status, out, errs := o.run("--mapping", mapping, cut)
	if status != 1 || !strings.Contains(out, "refused: incomplete; nothing was written") || !strings.Contains(errs, "rows may be missing from the source") || !strings.Contains(errs, "--accept") || strings.Contains(errs, "wrong") || strings.Contains(errs, "Canary") {
		t.Errorf("status %d, want 1 and why\nstdout:\n%s\nstderr:\n%s", status, out, errs)
	}
	if status, out, errs = o.run("--mapping", mapping, "--accept", cut); status != 0 || !strings.Contains(out, "may be missing from the source") {
		t.Errorf("status %d, want 0 and a warning\nstdout:\n%s\nstderr:\n%s", status, out, errs)
	}
}
