package imports_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// A row that is saved, and a page of rows, are all that is read of what is held back: one
// that nobody can read, on another page, stands in nobody's way.
func TestOnlyTheRowsThatAreAskedForAreRead(t *testing.T) {
	var text strings.Builder
	text.WriteString("Register of 2024;;;\nName;Matter;In;Note\n")
	for i := range 45 {
		fmt.Fprintf(&text, "Example%d;wage;01/02/2024;fine\n", i)
	}
	db, path := sqlitetest.Open(t, migrations.FS), write(t, text.String())
	s := service(t, db)
	j := jobsOver(t, s, imports.JobsOptions{Source: uploads(filepath.Dir(path))})
	startJob(t, j, accesstest.Director, imports.Job{Mapping: book, Upload: filepath.Base(path), Name: filepath.Base(path)})
	set(t, db, `UPDATE import_quarantine SET source_row = '{' WHERE source_row <> '' AND row_number = 25`)
	if _, err := s.SaveEdits(t.Context(), accesstest.Director, 1, "4", "", map[string]string{"/Matter": "wages"}); err != nil {
		t.Errorf("one row is saved: %v", err)
	}
	for page, marks := range map[int][2]string{1: {"3", "22"}, 3: {"43", "47"}, 4: {}} {
		on, _, err := s.EditsOn(t.Context(), accesstest.Director, 1, page, 20)
		if err != nil || on.Total != 45 || on.Edited != 1 || !on.OneTable {
			t.Fatalf("page %d: %+v, %v", page, on, err)
		}
		if marks[0] == "" && len(on.Rows) == 0 {
			continue
		}
		if on.Rows[0].Mark != marks[0] || on.Rows[len(on.Rows)-1].Mark != marks[1] {
			t.Errorf("page %d: from %s to %s", page, on.Rows[0].Mark, on.Rows[len(on.Rows)-1].Mark)
		}
	}
}
