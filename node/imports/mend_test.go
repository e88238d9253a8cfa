package imports_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// book is a register without a key, in which some rows are wrong.
const book = `mapping: book/1
instance: book
source: {type: spreadsheet, tables: {book: {encoding: windows-1252, delimiter: ";", header_rows: [2]}}}
defaults: {date_order: dmy}
limits: {failed_share: 1}
complete: true
streams:
  client: {to: client, key: content, fields: {surname: Name}}
  case: {to: case, key: content, fields: {client: {ref: client}, case_type: {col: Matter, codes: {wages: 1102}, unknown: quarantine}, opened_on: In, summary: Note}}
`

const bookText = "Register of 2024;;;\nName;Matter;In;Note\nMu\xf1oz;wages;01/02/2024;fine\nSample;wage;31/02/2024;=1+1\nExample;wages;02/02/2024;fine\n;rent;03/02/2024;'x\n"

func TestTheQuarantineIsMendedUntilItIsEmpty(t *testing.T) {
	for _, kind := range []string{"csv", "xlsx"} {
		t.Run(kind, func(t *testing.T) {
			db := sqlitetest.Open(t, migrations.FS)
			m, file := parse(t, book), write(t, bookText)
			report := run(t, db, m, file, imports.Options{Name: "register.csv"})
			check(t, report, "case", 4, want{created: 2, quarantined: 2})
			rows := heldTable(t, service(t, db))
			if got := strings.Split(rows, "\r\n"); !strings.HasPrefix(rows, "\ufeffName,Matter,In,Note,_error_code,_error\n") || !strings.Contains(rows, "Sample,wage,31/02/2024,'=1+1,code_unknown date_impossible,4 | ") {
				t.Errorf("the layout of the source: %q", got)
			}
			for _, step := range []struct {
				mend map[string]string
				left int64
			}{{map[string]string{"Sample,wage,": "Sample,wages,"}, 2}, {map[string]string{"31/02/2024": "29/02/2024"}, 1}, {map[string]string{",rent,": ",wages,"}, 0}} {
				mendedFile := filepath.Join(t.TempDir(), "held."+kind)
				text := heldTable(t, service(t, db))
				for a, b := range step.mend {
					text = strings.ReplaceAll(text, a, b)
				}
				if kind == "csv" {
					// A spreadsheet program writes other separators back.
					text = semicolons(t, text)
					if err := os.WriteFile(mendedFile, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				} else {
					bookOf(t, mendedFile, text)
				}
				fixed, err := spreadsheet.Open(place.On(mendedFile), spreadsheet.Settings{})
				if err != nil {
					t.Fatal(err)
				}
				src, err := service(t, db).Mended(t.Context(), importer, 0, fixed, source(t, m, file))
				if err != nil {
					t.Fatal(err)
				}
				report := runSource(t, db, m, src, imports.Options{Name: "register.csv"})
				if got := report.Stream("case").Quarantined; got != step.left {
					t.Errorf("after %v: %d rows are held, want %d", step.mend, got, step.left)
				}
			}
			if rows := heldTable(t, service(t, db)); rows != "" {
				t.Errorf("the quarantine is not empty: %q", rows)
			}
			if n := count(t, db, `SELECT count(*) FROM cases`); n != 4 {
				t.Errorf("%d cases", n)
			}
			if n := count(t, db, `SELECT count(*) FROM cases WHERE summary IN ('=1+1', '''x')`); n != 2 {
				t.Errorf("%d summaries as they stood", n)
			}
		})
	}
}

// heldTable returns what is held back as a CSV table, "" for nothing.
func heldTable(t *testing.T, s *imports.Service) string {
	t.Helper()
	var b bytes.Buffer
	w := imports.NewHeldCSV(&b, func(key string) string { return key })
	if _, err := s.HeldRows(t.Context(), importer, 0, w.Add); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func semicolons(t *testing.T, text string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bookOf writes a workbook with what a CSV table holds.
func bookOf(t *testing.T, path, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := imports.NewHeldBook(&b, func(key string) string { return key })
	for _, cells := range rows[1:] {
		mark, _, _ := strings.Cut(cells[len(cells)-1], " | ")
		if err := w.Add(imports.HeldRow{Mark: mark, Table: "book", Names: rows[0][:len(cells)-2], Cells: cells[:len(cells)-2]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
