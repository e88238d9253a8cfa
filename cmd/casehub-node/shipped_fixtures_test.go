package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheSystemsOfOthersComeIn runs the shipped mappings on whole files of the systems
// that they are for. Every row is taken, left out with a reason or held back with a
// code, and the second import finds nothing new.
func TestTheSystemsOfOthersComeIn(t *testing.T) {
	for _, c := range []struct {
		mapping, file string
		want          []string
	}{
		{"casebox", "casebox/synthetic_core_v2_mysqldump_utf8.sql", []string{"client                25        25", "case                  30        18", "referral               7         6", "document              19"}},
		{"kobo-intake", "kobo/synthetic_legal_aid/export - _xml - all versions.xlsx", []string{"client                60        48", "case                  60        48", "2 × duplicate_source_uuid in client"}},
		{"odk-intake", "odk-central/synthetic_legal_aid/submissions.csv.zip", []string{"client                59        49", "case                  59        49"}},
	} {
		t.Run(c.mapping, func(t *testing.T) {
			comesIn(t, c.mapping, c.file, c.want)
		})
	}
}

// comesIn imports a whole file of others by a shipped mapping, twice: the report is
// balanced and says what is wanted, and the second import finds nothing new.
func comesIn(t *testing.T, mapping, file string, want []string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "fixtures", file)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the file is not beside the repository")
	}
	o := newOffice(t)
	status, said, errs := o.run("--mapping", mapping, "--accept", path)
	if status != 0 && status != 3 || !strings.Contains(said, "balanced: true") {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	for _, want := range want {
		if !strings.Contains(said, want) {
			t.Errorf("the report has no %q:\n%s", want, said)
		}
	}
	if again, said, errs := o.run("--mapping", mapping, "--accept", path); again != status || strings.Contains(said, "created 1") {
		t.Errorf("the second import: status %d\n%s%s", again, said, errs)
	}
	if testing.Verbose() {
		t.Log(said)
	}
}
