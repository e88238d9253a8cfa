package node

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/node/clients"
)

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func october() time.Time { return time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC) }

func openNode(t *testing.T, c Config) *Node {
	t.Helper()
	n, err := Open(t.Context(), c, quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestSettingsAreRefusedByName(t *testing.T) {
	dir := t.TempDir()
	for want, c := range map[string]Config{
		"setting listen":              {Listen: "0.0.0.0:8480"},
		"setting listen: must":        {Listen: "8480"},
		"setting office.org_unit":     {Office: OfficeConfig{OrgUnit: 1_000_000}},
		"setting office.first_period": {Office: OfficeConfig{FirstPeriod: 202613}},
		"setting currency":            {Currency: "RAND"},
		"setting timezone":            {Timezone: "Africa/Nowhere"},
		"setting hub.nats":            {Hub: HubConfig{GRPC: "x:1"}},
		"setting hub.ca_file":         {Hub: HubConfig{NATS: "x", GRPC: "x", CAFile: filepath.Join(dir, "none"), ReceiptKey: "00"}},
		"setting key_file":            {KeyFile: filepath.Join(dir, "no", "folder", "key")},
	} {
		c.Data = filepath.Join(dir, "data")
		n, err := Open(t.Context(), c, quiet(), october)
		if err == nil {
			_ = n.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one that names %s", err, want)
		}
	}
}

func TestAnOfficeRaisesItsThresholdsAndNeverLowersThem(t *testing.T) {
	for _, c := range []struct {
		office    OfficeConfig
		k, strict int64
	}{
		{OfficeConfig{}, 5, 10},
		{OfficeConfig{K: 1, KSensitive: 1}, 5, 10},
		{OfficeConfig{K: 8}, 8, 10},
		{OfficeConfig{K: 20}, 20, 20},
		{OfficeConfig{KSensitive: 30}, 5, 30},
	} {
		if l := c.office.limits(); l.K != c.k || l.KSensitive != c.strict {
			t.Errorf("%+v: %d and %d, want %d and %d", c.office, l.K, l.KSensitive, c.k, c.strict)
		}
	}
}

func TestMinorUnitsFollowTheCurrency(t *testing.T) {
	for code, want := range map[string]int64{"ZAR": 10_000, "PEN": 10_000, "RWF": 100, "TND": 100_000} {
		if got, err := minorPerHundred(code); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", code, got, err, want)
		}
	}
}

func TestKeyFileIsMadeOnceAndNeeded(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, Config{Data: dir})
	c, err := n.Clients.Create(t.Context(), actor.Node(), clients.Client{Surname: "Synthetic", ContactSafety: clients.SafetyUnknown})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "node.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Fatalf("key file: %v, %v, want one for its user alone", info, err)
	}
	again := openNode(t, Config{Data: dir})
	if _, err := again.Clients.ByID(t.Context(), c.ID); err != nil {
		t.Errorf("after opening again: %v", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Data: dir}, quiet(), october); err == nil || !strings.Contains(err.Error(), "key_file") {
		t.Errorf("without its key: %v, want an error that names key_file", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a new key was made for an old database")
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != 32 {
		t.Errorf("the key file does not hold 32 bytes: %v", err)
	}
}

func TestANodeWithoutANumberReleasesNothing(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir()})
	if _, err := n.Release(t.Context(), actor.Node()); err != ErrNoOffice {
		t.Errorf("error = %v, want ErrNoOffice", err)
	}
}

func TestReleaseMakesEveryMonthThatIsDue(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7, FirstPeriod: 202606}})
	made, err := n.Release(t.Context(), actor.Node())
	if err != nil || len(made) != 4 || made[0].Period != 202606 || made[3].Period != 202609 {
		t.Fatalf("made %+v, %v, want June to September", made, err)
	}
	if again, err := n.Release(t.Context(), actor.Node()); err != nil || len(again) != 0 {
		t.Errorf("made %+v again, %v", again, err)
	}
}

// TestMetricsAreAClosedList holds every name and label that a node shows. A new
// one has to be thought about here first: none may follow from a client.
func TestMetricsAreAClosedList(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Office: OfficeConfig{OrgUnit: 7, FirstPeriod: 202609}})
	if _, err := n.Release(t.Context(), actor.Node()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	n.metrics.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for _, line := range regexp.MustCompile(`(?m)^(casehub_[a-z_]+)(\{[^}]*\})? `).FindAllStringSubmatch(w.Body.String(), -1) {
		got = append(got, line[1]+line[2])
	}
	want := []string{
		`casehub_node_closes_total{verdict="failed"}`, `casehub_node_closes_total{verdict="refused"}`, `casehub_node_closes_total{verdict="sealed"}`,
		`casehub_node_outbox_releases`, `casehub_node_receipted_total`, `casehub_node_sent_total`,
		`casehub_node_syncs_total{result="done"}`, `casehub_node_syncs_total{result="failed"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("metrics:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range strings.Split(w.Body.String(), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") && !regexp.MustCompile(`^casehub_node_`).MatchString(line) {
			t.Errorf("a metric of another kind: %s", fmt.Sprintf("%.40s", line))
		}
	}
}
