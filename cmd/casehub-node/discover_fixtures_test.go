package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/imports"
)

// Of whole files of each system discover writes a draft that can be read as YAML, with
// guesses that hold.
func TestDraftsOfWholeFilesGuessWell(t *testing.T) {
	for _, c := range []struct {
		kind, file string
		want, not  []string
	}{
		{"kobo-export", "kobo/synthetic_legal_aid/export - _xml - all versions.xlsx", []string{"key: \"@key\"", "surname: last_name", "birth_date: dob", "opened_on: intake_date", "legacy_number: case_no"}, []string{"col: _id", "_notes\n"}},
		{"kobo-export", "kobo/synthetic_legal_aid/export - labels Español (es).xlsx", []string{"given_names: Cliente.Nombre(s)", "birth_date: Cliente.Fecha de nacimiento", "opened_on: Oficina.Fecha de ingreso", "\"Femenino\": female"}, []string{"col: _id"}},
		{"odk-export", "odk-central/synthetic_legal_aid/submissions.csv.zip", []string{"key: \"@key\"", "given_names: client-first_name", "opened_on: office-intake_date", "col: problem-ptype"}, nil},
		{"commcare-export", "commcare/synthetic/case_export_legal_case.csv", []string{"opened_on: opened_date", "closed_on: closed_date", "amount: amount_recovered", "col: problem"}, []string{"closed_on: closed\n"}},
		{"commcare-export", "commcare/synthetic/case_export_client.csv", []string{"birth_date: dob", "col: phone"}, []string{"opened_by_username\n"}},
		{"primero-export", "primero/cases_open_synthetic_exporter_layout.xlsx", []string{"surname: Basic Identity/Name", "birth_date: Basic Identity/Date of Birth"}, []string{"col: ID,"}},
		{"uwazi-export", "uwazi/test.csv", []string{"from: entities"}, nil},
		{"civicrm-dump", "civicrm/civicrm_generated.mysql", []string{"col: gender_id.label", "\"Female\": female", "surname: last_name", "table activities: 31 columns, nothing guessed"}, []string{"contact_id_a, fn"}},
		{"casebox-dump", "casebox/synthetic_core_v2_mysqldump_utf8.sql", []string{"from: Contact", "opened_on: _date_start", "amount: amount_recovered", "table task: 27 columns, nothing guessed", "table users: ", "from: files/@documents\n    to: document\n    key: \"@key\"\n    fields: {case: {ref: {stream: case-2, columns: [^case_id]}}, name: name, blob: blob}"}, []string{"children.Contact, fn", "col: children.Referral", "from: files\n"}},
	} {
		t.Run(c.kind+" "+filepath.Base(c.file), func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", "fixtures", c.file)
			if _, err := os.Stat(path); err != nil {
				t.Skip("the file is not beside the repository")
			}
			var out, errs bytes.Buffer
			if status := run(t.Context(), []string{"discover", "--type", c.kind, path}, &out, &errs); status != 0 {
				t.Fatalf("status %d: %s", status, &errs)
			}
			if _, err := imports.SourceSettings(out.Bytes()); err != nil {
				t.Fatalf("%v in\n%s", err, &out)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the draft has no %q", want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("the draft has %q", not)
				}
			}
		})
	}
}
