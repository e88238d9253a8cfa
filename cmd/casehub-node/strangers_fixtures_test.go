package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// trueCounts reads how many records the files of the fixtures hold.
func trueCounts(t *testing.T, fixtures string) map[string]map[string]int64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtures, "EXPECTED.json"))
	if err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	var all map[string]map[string]int64
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWholeExportsComeInByTheShippedMappings: in each layout of an export every record
// that is there is read once, and taken, left out with a reason or held back.
func TestWholeExportsComeInByTheShippedMappings(t *testing.T) {
	fixtures := filepath.Join("..", "..", "..", "shared", "fixtures")
	counts := trueCounts(t, fixtures)
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(fixtures, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	koboDir, odkDir, commcareDir := "kobo/synthetic_legal_aid", "odk-central/synthetic_legal_aid", "commcare/synthetic"
	both := zipped(t, "client.csv", read(commcareDir+"/case_export_client.csv"), "legal_case.csv", read(commcareDir+"/case_export_legal_case.csv"))
	submissions := counts[koboDir]["submissions"]
	// The export has one of the clients twice, as it was changed while it was read.
	clients, cases := counts[commcareDir]["client"], counts[commcareDir]["legal_case"]
	for _, c := range []struct {
		name, mapping string
		at            place.Place
		read, created map[string]int64
	}{
		{"kobo csv", "kobo-intake", place.Bytes("a.csv", []byte(read(koboDir+"/export - _xml - all versions.csv"))), map[string]int64{"client": submissions, "case": submissions}, map[string]int64{"client": 48, "case": 48, "referral": 16}},
		{"kobo workbook", "kobo-intake", place.Bytes("a.xlsx", []byte(read(koboDir+"/export - _xml - all versions.xlsx"))), map[string]int64{"client": submissions, "case": submissions}, map[string]int64{"client": 48, "case": 48, "referral": 16}},
		{"kobo summary", "kobo-intake", place.Bytes("a.csv", []byte(read(koboDir+"/export - _xml summary.csv"))), map[string]int64{"client": submissions, "case": submissions}, map[string]int64{"client": 48, "case": 48, "referral": 16}},
		{"kobo survey", "kobo-survey", place.Bytes("a.xlsx", []byte(read(koboDir+"/export - _xml summary.xlsx"))), map[string]int64{"answer": submissions}, map[string]int64{"answer": submissions - 2}},
		{"odk zip", "odk-intake", place.Bytes("a.zip", []byte(read(odkDir+"/submissions.csv.zip"))), map[string]int64{"client": counts[odkDir]["Submissions"]}, map[string]int64{"client": 49, "case": 49, "referral": 16}},
		{"commcare", "commcare-intake", place.Bytes("a.zip", []byte(both)), map[string]int64{"client": clients + 1, "case": cases}, map[string]int64{"client": clients, "case": 30, "recovery": 21}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shipped, _ := imports.Shipped(c.mapping)
			records, _, _ := strings.Cut(string(shipped), "\n  document:") // no file of the fixtures has the documents
			m := mappingOf(t, records+"\n")
			report := bring(t, sqlitetest.Open(t, migrations.FS), m, func() adapters.Source { return sourceAt(t, m, c.at) })
			for stream, want := range c.read {
				if got := report.Stream(stream).Read; got != want {
					t.Errorf("%s: read %d, want %d", stream, got, want)
				}
			}
			for stream, want := range c.created {
				if got := report.Stream(stream).Created; got != want {
					t.Errorf("%s: created %d, want %d", stream, got, want)
				}
			}
		})
	}
}
