package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/imports"
)

// draftOf runs discover on a file and checks that the draft can be read.
func draftOf(t *testing.T, path string, flags ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(t.Context(), append(append([]string{"discover"}, flags...), path), &out, &errs); status != 0 {
		t.Fatalf("status %d: %s", status, &errs)
	}
	if _, err := imports.SourceSettings(out.Bytes()); err != nil {
		t.Fatalf("%v in\n%s", err, &out)
	}
	return out.String()
}

// TestDraftsOfFilesWithoutRows: somebody tries the template of a register before
// anything is in it.
func TestDraftsOfFilesWithoutRows(t *testing.T) {
	header := tongues["es"].header
	for _, c := range []struct{ file, text string }{
		{"empty.csv", strings.Join(header[:], ";") + "\r\n"},
		{"nothing closed.csv", "Nº;Apellidos;Fecha de apertura;Fecha de cierre\r\n1;Paz;02/01/2024;\r\n2;Peña;13/01/2024;\r\n"},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if draft := draftOf(t, path); !strings.Contains(draft, "surname: Apellidos") || !strings.Contains(draft, "closed_on: Fecha de cierre") {
				t.Errorf("%s", draft)
			}
		})
	}
}
