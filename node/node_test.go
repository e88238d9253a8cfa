package node

import (
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
	"casehub/node/access/accesstest"
	"casehub/node/egress"
	"casehub/node/setup"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func october() time.Time { return time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC) }

// plan is what a first run asks for.
func plan() setup.Plan {
	return setup.Plan{
		Organisation: "Example Trust", Language: "en", Offices: []setup.Office{{Name: "Mountain View", Region: "East"}, {Name: "River"}},
		Director: setup.Director{Name: "N. Example", Login: "n.example", Password: "four words in a row"},
	}
}

// cheap lets passwords cost nothing.
func cheap(c Config) Config {
	c.vaultCost, c.vaultOptions = vaulttest.Params, []vault.Option{vault.AllowWeak()}
	return c
}

// openNode opens a node by a key file, and sets it up first where there is none.
func openNode(t *testing.T, c Config) *Node {
	t.Helper()
	c = cheap(c)
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.Data, "node.key")
	}
	if _, err := os.Stat(filepath.Join(c.Data, vaultName)); err != nil {
		if _, err := Create(t.Context(), c, plan(), october); err != nil {
			t.Fatal(err)
		}
	}
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
		"setting listen: must":        {Listen: "8480"},
		"setting listen: must begin":  {Listen: "office:8480"},
		"setting office.org_unit":     {Office: OfficeConfig{OrgUnit: 1_000_000}},
		"setting office.first_period": {Office: OfficeConfig{FirstPeriod: 202613}},
		"setting currency":            {Currency: "RAND"},
		"setting timezone":            {Timezone: "Africa/Nowhere"},
		"setting hub.nats":            {Hub: HubConfig{GRPC: "x:1"}},
		"setting hub.ca_file":         {Hub: HubConfig{NATS: "x", GRPC: "x", CAFile: filepath.Join(dir, "none"), ReceiptKey: "00"}},
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

func TestANodeWithoutANumberReleasesNothing(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir()})
	if _, err := n.Release(t.Context()); err != ErrNoOffice {
		t.Errorf("error = %v, want ErrNoOffice", err)
	}
}

// TestMetricsAreAClosedList holds every name and label that a node shows. A new
// one has to be thought about here first: none may follow from a client.
func TestMetricsAreAClosedList(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Office: OfficeConfig{OrgUnit: 7, FirstPeriod: 202609}})
	if _, err := n.Release(t.Context()); err != nil {
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
		`casehub_node_import_alerts{reason="failed"}`, `casehub_node_import_alerts{reason="held"}`, `casehub_node_import_alerts{reason="late"}`,
		`casehub_node_import_alerts{reason="refused"}`, `casehub_node_import_alerts{reason="right"}`,
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

// TestTheNumbersCountWhatPeopleApprove: a month that is sealed by two people on the
// page counts like one that the program seals, and so does what waits after a start.
func TestTheNumbersCountWhatPeopleApprove(t *testing.T) {
	n, _ := office(t)
	value := func(name string) string {
		t.Helper()
		w := httptest.NewRecorder()
		n.metrics.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (.*)$`).FindStringSubmatch(w.Body.String())
		if m == nil {
			t.Fatalf("no %s", name)
		}
		return m[1]
	}
	want := func(sealed, outbox string) {
		t.Helper()
		if s, o := value(`casehub_node_closes_total{verdict="sealed"}`), value("casehub_node_outbox_releases"); s != sealed || o != outbox {
			t.Errorf("sealed %s, in the outbox %s; want %s and %s", s, o, sealed, outbox)
		}
	}
	want("0", "0")
	accesstest.Hire(t, n.DB, "first", "")
	accesstest.Appoint(t, n.DB, "first", "director", "")
	accesstest.Hire(t, n.DB, "second", "")
	accesstest.Appoint(t, n.DB, "second", "director", "")
	person := func(id string) actor.Actor { return actor.Actor{Kind: actor.Person, ID: id} }
	d, err := n.Gate.Make(t.Context(), actor.Node(), egress.Wanted{Period: 202609})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Gate.Check(t.Context(), person("first"), d.ID, d.Digest); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Gate.Approve(t.Context(), person("first"), d.ID, d.Digest); err == nil {
		t.Fatal("one person alone")
	}
	want("0", "0")
	if _, err := n.Gate.Approve(t.Context(), person("second"), d.ID, d.Digest); err != nil {
		t.Fatal(err)
	}
	want("1", "1")
	n.metrics = newMetrics()
	if err := n.addGate(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("0", "1")
}
