package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/locale"
	"casehub/node/imports"
	messages "casehub/node/locale"
)

// manyBad is a register with 70 days that are none, the first of them a formula.
func manyBad() string {
	var b strings.Builder
	b.WriteString("No;Name;In\n")
	for i := range 100 {
		day := "01/02/2024"
		switch {
		case i == 0:
			day = "=CANARY(1)"
		case i < 70:
			day = fmt.Sprintf("CANARY %d", i)
		}
		fmt.Fprintf(&b, "%d;Example;%s\n", i, day)
	}
	return b.String()
}

// heldRows reads a file of quarantined rows.
func heldRows(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v: others can read personal data", path, info.Mode().Perm())
	}
	return rows
}

func TestQuarantineCanBeRead(t *testing.T) {
	o := newOffice(t)
	mapping := o.file("visits.yaml", strings.Replace(visitMapping, "failed_share: 0.6", "failed_share: 0.8", 1))
	bad, first, later := o.file("bad.csv", manyBad()), filepath.Join(o.dir, "first.csv"), o.file("later.csv", "from before")
	if err := os.Chmod(later, 0o644); err != nil {
		t.Fatal(err)
	}
	status, said, errs := o.run("--mapping", mapping, "--out", first, bad)
	if status != 3 || !strings.Contains(said, "and 20 more") || !strings.Contains(said, "casehub-node import --quarantine 1 --out FILE") {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	status, out, errs2 := o.run("--quarantine", "latest", "--out", later)
	if status != 0 || !strings.Contains(errs2, "70 entries") || !strings.Contains(errs2, "personal data") {
		t.Fatalf("status %d\n%s%s", status, out, errs2)
	}
	if all := said + errs + out + errs2; strings.Contains(all, "CANARY") {
		t.Errorf("a value shows outside the file:\n%s", all)
	}
	for _, path := range []string{first, later} {
		rows := heldRows(t, path)
		if len(rows) != 71 {
			t.Fatalf("%s has %d rows, want 70 and a header", path, len(rows))
		}
		want := []string{"bad.csv", "", "2", "In", "case", "opened_on", "type_date", "This is not a date.", "record-held-back", "'=CANARY(1)"}
		if strings.Join(rows[1], "|") != strings.Join(want, "|") || rows[70][9] != "CANARY 69" {
			t.Errorf("%s begins with %q, want %q, and ends with %q", path, rows[1], want, rows[70])
		}
	}
	if left, err := filepath.Glob(filepath.Join(o.dir, ".quarantine-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if status, out, _ := o.run("--quarantine", "1", "--out", "-"); status != 0 || strings.Count(out, "type_date") != 70 {
		t.Errorf("on the screen: status %d\n%s", status, out)
	}
}

// What a later import has mended is in quarantine no more; what another file of
// the same source holds is not of this run.
func TestQuarantineIsOfOneRun(t *testing.T) {
	o := newOffice(t)
	mapping, out := o.file("visits.yaml", visitMapping), filepath.Join(o.dir, "out.csv")
	march := "No;Name;In\n1;Example;x\n2;Example;y\n3;Sample;02/02/2024\n4;Sample;02/02/2024\n"
	for _, text := range []string{march, strings.Replace(march, ";y", ";01/02/2024", 1)} {
		if status, said, errs := o.run("--mapping", mapping, o.file("march.csv", text)); status != 3 {
			t.Fatalf("status %d\n%s%s", status, said, errs)
		}
	}
	if status, said, errs := o.run("--mapping", mapping, o.file("april.csv", "No;Name;In\n8;Example;z\n9;Sample;02/02/2024\n")); status != 3 {
		t.Fatalf("status %d\n%s%s", status, said, errs)
	}
	for run, value := range map[string]string{"1": "x", "2": "x", "3": "z", "latest": "z"} {
		if status, said, errs := o.run("--quarantine", run, "--out", out); status != 0 {
			t.Fatalf("run %s: status %d\n%s%s", run, status, said, errs)
		}
		if rows := heldRows(t, out); len(rows) != 2 || rows[1][9] != value {
			t.Errorf("run %s holds %q, want the value %s alone", run, rows, value)
		}
	}
}

// What wrote nothing leaves nothing in quarantine, but says it all the same when
// it is asked for.
func TestWhatADryRunWouldHoldCanBeRead(t *testing.T) {
	o := newOffice(t)
	mapping, bad, path := o.file("visits.yaml", visitMapping), o.file("bad.csv", manyBad()), filepath.Join(o.dir, "held.csv")
	for name, args := range map[string][]string{"dry": {"--dry-run"}, "refused": nil} {
		status, said, errs := o.run(append(args, "--mapping", mapping, "--out", path, bad)...)
		if status != 1 || !strings.Contains(said, "the same command with --out FILE") || len(heldRows(t, path)) != 71 {
			t.Errorf("%s: status %d\n%s%s", name, status, said, errs)
		}
	}
	if status, _, errs := o.run("--quarantine", "latest", "--out", path); status != 1 || !strings.Contains(errs, "Nothing was imported into this office yet.") {
		t.Errorf("status %d\n%s", status, errs)
	}
}

func TestQuarantineUsage(t *testing.T) {
	o := newOffice(t)
	mapping, clean := o.file("visits.yaml", visitMapping), o.file("clean.csv", "No;Name;In\n1;Example;01/02/2024\n")
	for _, args := range [][]string{
		{"--quarantine", "latest"},
		{"--quarantine", "last", "--out", "-"},
		{"--quarantine", "0", "--out", "-"},
		{"--quarantine", "1", "--out", "-", clean},
		{"--quarantine", "1", "--out", "-", "--mapping", mapping},
		{"--mapping", mapping, "--out", "-", clean},
	} {
		if status, _, errs := o.run(args...); status != 2 || !strings.Contains(errs, "usage") {
			t.Errorf("%v: status %d\n%s", args, status, errs)
		}
	}
}

// Each code of the closed list has a sentence of its own in each language.
func TestEveryCodeHasAMeaning(t *testing.T) {
	c, err := locale.Load(messages.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range c.Languages() {
		meanings := map[string]adapters.Code{}
		for _, code := range adapters.Codes() {
			key := imports.CodeKey(code)
			if !c.HasKey(lang, key) {
				t.Errorf("%s has no message in %q", key, lang)
				continue
			}
			if other, twice := meanings[c.Text(lang, key)]; twice {
				t.Errorf("%s and %s mean the same in %q", code, other, lang)
			}
			meanings[c.Text(lang, key)] = code
		}
		if len(meanings) < 20 {
			t.Fatalf("%d codes have a meaning in %q: the list was not looked at", len(meanings), lang)
		}
	}
}
