package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/imports"
)

// TestShippedMappingsBringWholeSystemsOfOthers runs what is shipped on whole files of
// CiviCRM, Primero and Uwazi. Where the file has other names than the mapping, no more is
// changed than an office would change. The counts were taken from the files by other means.
func TestShippedMappingsBringWholeSystemsOfOthers(t *testing.T) {
	fixtures := filepath.Join("..", "..", "..", "shared", "fixtures")
	for _, c := range []struct {
		name, mapping, file string
		change              func(string) string
		report              []string
		counts              map[string]string
	}{
		{
			name: "civicrm", mapping: "civicrm", file: "civicrm/civicrm_generated.mysql",
			change: func(s string) string { head, _, _ := strings.Cut(s, "  case:\n    from: cases"); return head }, // a site without CiviCase
			report: []string{"client               101        75         0         0        26           0", "26 no_person"},
			counts: map[string]string{"c.sex <> ''": "75", "c.surname = 'Adams'": "7", "c.sex = 'female'": "36", "c.birth_date IS NULL": "0", "c.phones <> ''": "42", "c.address <> ''": "60"},
		},
		{
			name: "primero workbook", mapping: "primero", file: "primero/cases_open_synthetic_exporter_layout.xlsx",
			change: func(s string) string {
				head, _, _ := strings.Cut(s, "  referral:\n") // its services hold no agency
				return strings.NewReplacer("source:\n  type: primero-export\n  consent: {fields: [consent_for_services], missing: skip}", "source: {type: primero-export}",
					"[name_last, name]", "[Basic Identity/Name]",
					"      given_names: {cols: [name_first, name_middle], join: \" \", fn: [collapse_space]}\n", "",
					"birth_date: date_of_birth", "birth_date: Basic Identity/Date of Birth", "sex: {col: sex,", "sex: {col: Basic Identity/Sex,",
					"      phones: {col: telephone_current, fn: [{split: \"[/;]\"}, phone]}\n      address: address_current\n", "",
					"{cols: [case_id_display, short_id], take: first}", "ID",
					"col: protection_concerns", "col: Basic Identity/Protection Concerns", "{cols: [registration_date, created_at]}", "{const: 2021-02-01}",
					"      closed_on: date_closure\n      outcome: {const: 5201}\n      summary: notes_section\n", "", "unaccompanied:", "disability: 1801\n          unaccompanied:").Replace(head)
			},
			report: []string{"client                25        25"},
			counts: map[string]string{"c.sex <> ''": "25", "c.birth_date IS NULL": "9", "c.surname <> ''": "10"},
		},
		{
			name: "primero registry", mapping: "primero", file: "primero/registry_sample.csv",
			change: func(s string) string {
				head, _, _ := strings.Cut(s, "  case:\n")
				return strings.NewReplacer("  consent: {fields: [consent_for_services], missing: skip}\n", "", "key: \"@key\"", "key: registry_no",
					"[name_last, name]", "[name]", "      given_names: {cols: [name_first, name_middle], join: \" \", fn: [collapse_space]}\n", "",
					"      birth_date: date_of_birth\n", "", "      address: address_current\n", "").Replace(head)
			},
			report: []string{"client                 7         7"},
			counts: map[string]string{"c.sex = 'female'": "2", "c.surname = 'Farmer 3'": "1", "c.phones = '5555551003'": "1"},
		},
		{
			name: "uwazi", mapping: "uwazi", file: "uwazi/test.csv",
			change: func(s string) string {
				head, _, _ := strings.Cut(s, "  document:\n")
				return strings.NewReplacer("key: [title]", "key: [Title]", "legacy_number: title", "legacy_number: Title", "col: victim,", "col: text label,", "col: violation\n", "col: select_label\n",
					"{eviction: 1601,", "{thesauri1: 1601, thesauri2: 1101,", "opened_on: date", "opened_on: Date label",
					"      other_party: {col: perpetrator, fn: [{replace: {find: \"\\n\", with: \", \"}}]}\n", "", "{col: description, fn: [html_text]}", "{col: Multi Select Label, fn: [collapse_space]}").Replace(head)
			},
			report: []string{"client                 4         3         0         0         1           0", "case                   4         3", "skipped in client: 1 blank"}, // its second line is empty
			counts: map[string]string{"c.surname LIKE 'text value _'": "3"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(fixtures, c.file)
			if _, err := os.Stat(path); err != nil {
				t.Skip("the file is not beside the repository")
			}
			text, ok := imports.Shipped(c.mapping)
			if !ok {
				t.Fatal("no such mapping")
			}
			o := newOffice(t)
			status, said, errs := o.run("--mapping", o.file("m.yaml", c.change(string(text))), "--accept", path)
			if status != 0 && status != 3 || !strings.Contains(said, "balanced: true") {
				t.Fatalf("status %d\n%s%s", status, said, errs)
			}
			for _, want := range c.report {
				if !strings.Contains(said, want) {
					t.Errorf("the report has no %q:\n%s", want, said)
				}
			}
			for where, want := range c.counts {
				if got := strings.Join(o.lines("", `SELECT '' || count(*) FROM clients c WHERE @instance = '' AND `+where), ""); got != want {
					t.Errorf("%s clients with %s, want %s", got, where, want)
				}
			}
			if testing.Verbose() {
				t.Log(said)
			}
		})
	}
}
