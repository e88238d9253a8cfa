package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHeldRowsAreMendedAndARunIsTakenBack(t *testing.T) {
	o := newOffice(t)
	mapping, file := o.file("visits.yaml", visitMapping), o.file("march.csv", "No;Name;In\n1;Example;31/02/2024\n2;Sample;02/02/2024\n3;Sample;03/02/2024\n")
	held, page := filepath.Join(o.dir, "held.csv"), filepath.Join(o.dir, "report.html")
	if status, said, errs := o.run("--mapping", mapping, "--html", page, "--language", "es", file); status != 3 {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), "Ese día no existe") || strings.Contains(string(b), "31/02") {
		t.Errorf("the page: %v\n%s", err, b)
	}
	if status, said, errs := o.run("--quarantine", "latest", "--layout", "source", "--out", held); status != 0 || !strings.Contains(errs, "1 rows") {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	rows := heldRows(t, held)
	if len(rows) != 2 || strings.Join(rows[0], "|") != "No|Name|In|_error_code|_error" || rows[1][3] != "date_impossible" {
		t.Fatalf("%q", rows)
	}
	b, err := os.ReadFile(held)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(held, bytes.Replace(b, []byte("31/02"), []byte("29/02"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said, errs := o.run("--mapping", mapping, "--mend", held, file); status != 0 {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	if status, said, errs := o.run("--undo", "1"); status != 1 || !strings.Contains(said+errs, "cannot be taken back") {
		t.Errorf("a client of run 1 has a case of run 2: status %d\n%s%s", status, said, errs)
	}
	for _, run := range []string{"latest", "1"} {
		if status, said, errs := o.run("--undo", run); status != 0 || !strings.Contains(said, "taken back") {
			t.Errorf("status %d\n%s%s", status, said, errs)
		}
	}
}

func TestDiscoverDraftsAMapping(t *testing.T) {
	path := filepath.Join(t.TempDir(), "march.csv")
	if err := os.WriteFile(path, []byte("Case no;Surname;Date opened\n1;Example;29/02/2024\n2;Sample;02/02/2024\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"discover", path}, &out, &errs); status != 0 || !strings.Contains(out.String(), "surname: Surname") || strings.Contains(out.String(), "Example") {
		t.Errorf("status %d\n%s%s", status, &out, &errs)
	}
	if status := run(t.Context(), []string{"discover"}, &out, &errs); status != 2 {
		t.Errorf("without a source: status %d", status)
	}
}
