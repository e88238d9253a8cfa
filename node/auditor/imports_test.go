package auditor_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// common is what the auditor and the ledger may both stand on: how a database is
// opened, what a month is, the registry, and the messages. What these stand on
// themselves is common too.
var common = []string{
	"casehub/internal/civil",
	"casehub/internal/codelist",
	"casehub/internal/sqlite",
	"casehub/proto/casehub/release/v1",
}

// TestAuditorSharesNoCodeWithTheLedger compares what both stand on, all the way
// down, as far as it is of this project.
func TestAuditorSharesNoCodeWithTheLedger(t *testing.T) {
	allowed := map[string]bool{}
	for _, pkg := range common {
		for _, below := range standsOn(t, pkg) {
			allowed[below] = true
		}
	}
	ledger, auditor := standsOn(t, "casehub/node/ledger"), standsOn(t, "casehub/node/auditor")
	if len(ledger) < 5 || len(auditor) < 5 {
		t.Fatalf("ledger stands on %v, auditor on %v: too few, so that this shows nothing", ledger, auditor)
	}
	if slices.Contains(ledger, "casehub/node/auditor") {
		t.Error("the ledger stands on the auditor")
	}
	var shared []string
	for _, pkg := range auditor {
		if strings.HasPrefix(pkg, "casehub/node/") && pkg != "casehub/node/auditor" {
			t.Errorf("the auditor stands on %s", pkg)
		}
		if !slices.Contains(ledger, pkg) {
			continue
		}
		shared = append(shared, pkg)
		if !allowed[pkg] {
			t.Errorf("the auditor shares %s with the ledger", pkg)
		}
	}
	if len(shared) == 0 {
		t.Error("nothing is shared, not even the database: this looked at the wrong packages")
	}
	t.Logf("shared: %v", shared)
}

// standsOn lists the packages of this module that a package is made of, itself
// included.
func standsOn(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("listing what %s stands on: %v", pkg, err)
	}
	var ours []string
	for _, p := range strings.Fields(string(out)) {
		if strings.HasPrefix(p, "casehub/") {
			ours = append(ours, p)
		}
	}
	return ours
}
