package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node"
	"casehub/node/imports"
)

// office is a folder with the settings of a node.
type office struct {
	t      *testing.T
	dir    string
	config string
}

func newOffice(t *testing.T) office {
	t.Helper()
	o := office{t: t, dir: t.TempDir()}
	data, key := filepath.Join(o.dir, "data"), filepath.Join(o.dir, "node.key")
	o.config = o.file("node.toml", "data = '"+data+"'\nkey_file = '"+key+"'\n")
	if err := setUp(node.Config{Data: data, KeyFile: key}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o office) file(name, text string) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// run runs casehub-node import and returns its exit status and what it printed.
func (o office) run(args ...string) (status int, out, errs string) {
	o.t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(o.t.Context(), append([]string{"import", "--config", o.config}, args...), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

const visitMapping = `mapping: visits/1
instance: office
source: {type: spreadsheet}
defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}
limits: {failed_share: 0.6}
streams:
  client:
    to: client
    key: No
    fields: {surname: Name}
  case:
    to: case
    key: No
    fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: In}
`

func TestImportExitStatus(t *testing.T) {
	o := newOffice(t)
	mapping := o.file("visits.yaml", visitMapping)
	clean := o.file("clean.csv", "No;Name;In\n1;Example;01/02/2024\n2;Sample;02/02/2024\n")
	mixed := o.file("mixed.csv", "No;Name;In\n3;Example;01/02/2024\n4;Canary;31/02/2024\n")
	bad := o.file("bad.csv", "No;Name;In\n5;Canary;x\n6;Canary;y\n7;Canary;z\n")
	other := o.file("other.csv", "A;B\n1;2\n2;3\n")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		out    string
		errs   string
	}{
		{"dry run", []string{"--mapping", mapping, "--dry-run", clean}, 0, "Dry run of clean.csv by visits/1 into office", ""},
		{"clean", []string{"--mapping", mapping, clean}, 0, "balanced: true", "write 2 rows"},
		{"again", []string{"--mapping", mapping, clean}, 0, "case                   2         0         0         2", ""},
		{"with quarantine", []string{"--mapping", mapping, mixed}, 3, `mixed.csv:3 column "In": date_impossible case.opened_on`, ""},
		{"refused", []string{"--mapping", mapping, bad}, 1, "refused: too_many_failed; nothing was written", "Nothing was imported: too many rows are wrong"},
		{"another table", []string{"--mapping", mapping, other}, 1, "", "a column that the file does not have: No."},
		{"no file", []string{"--mapping", mapping, filepath.Join(o.dir, "none.csv")}, 1, "", "none.csv"},
		{"no mapping file", []string{"--mapping", "nothing", clean}, 1, "", "nothing"},
		{"a mapping that does not hold", []string{"--mapping", o.file("bad.yaml", strings.Replace(visitMapping, "to: client", "to: person", 1)), clean}, 1, "", "mapping line 8, column 9"},
		{"settings that do not hold", []string{"--mapping", o.file("set.yaml", strings.Replace(visitMapping, "{type: spreadsheet}", "{type: spreadsheet, tables: {data: {colour: red}}}", 1)), clean}, 1, "", "mapping line 3"},
		{"another source", []string{"--mapping", o.file("src.yaml", strings.Replace(visitMapping, "spreadsheet", "telepathy", 1)), clean}, 1, "", "telepathy"},
		{"no arguments", nil, 2, "", "usage: casehub-node import"},
		{"two files", []string{"--mapping", mapping, clean, mixed}, 2, "", "usage: casehub-node import"},
		{"unknown flag", []string{"--colour", "red", clean}, 2, "", "usage: casehub-node import"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := o.run(c.args...)
			if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
				t.Errorf("status %d, want %d\nstdout:\n%s\nstderr:\n%s", status, c.status, out, errs)
			}
			if strings.Contains(out+errs, "Canary") {
				t.Error("a value of the file shows")
			}
		})
	}
}

func TestImportWritesItsReport(t *testing.T) {
	o := newOffice(t)
	clean := o.file("clean.csv", "No;Name;In\n1;Canary;01/02/2024\n2;Sample;02/02/2024\n")
	path := filepath.Join(o.dir, "report.json")
	if status, out, errs := o.run("--mapping", o.file("visits.yaml", visitMapping), "--instance", "other", "--report", path, clean); status != 0 {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r imports.Report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if !r.Balanced || r.Instance != "other" || r.Stream("case").Created != 2 || len(r.Source.SHA256) != 64 || bytes.Contains(b, []byte("Canary")) {
		t.Errorf("%s", b)
	}
}

func TestImportKnowsTheShippedMappings(t *testing.T) {
	o := newOffice(t)
	claim := o.file("claim.csv", "OFFICE,account=1\nOUTCOME,UCN=1,CLIENT_SURNAME=Example,CLIENT_FORENAME=A,CLIENT_DATE_OF_BIRTH=01/01/1981,GENDER=F,CLIENT_POST_CODE=x,"+
		"CASE_REF_NUMBER=LH-1,CASE_START_DATE=01/01/2025,WORK_CONCLUDED_DATE=02/01/2025,OUTCOME_CODE=--,matterType=IMCE:IOUT\n")
	if status, out, errs := o.run("--mapping", "bulk-claim", claim); status != 0 || !strings.Contains(out, "bulk-claim/1") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

// TestReportsNameNoStrangeColumn: the name of a column that the mapping does not
// know is content of the file, as in a line that reads "Nomsa Dlamini owes=5".
func TestReportsNameNoStrangeColumn(t *testing.T) {
	o := newOffice(t)
	mapping := o.file("visits.yaml", visitMapping)
	visits := o.file("visits.csv", "No;Name;In;CANARY Nomsa Dlamini\n1;Example;01/02/2024;caf\xef\xbf\xbd\n")
	report := o.dir + "/report.json"
	_, out, errs := o.run("--mapping", mapping, "--report", report, visits)
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "encoding_invalid") {
		t.Fatalf("the report says nothing of the cell, so this shows nothing:\n%s", out)
	}
	if all := out + errs + string(b); strings.Contains(all, "CANARY") {
		t.Errorf("the report names a column that only the file knows:\n%s", all)
	}
}
