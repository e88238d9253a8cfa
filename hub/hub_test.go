package hub_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/hub"
	"casehub/hub/ingest"
	"casehub/hub/migrations"
	"casehub/hub/registry"
	"casehub/hub/statistics"
	"casehub/internal/postgres/postgrestest"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	accepted  = releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED
	duplicate = releasev1.ReceiptStatus_RECEIPT_STATUS_DUPLICATE
	waiting   = releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING
)

// onAnyPort are settings of a hub in a folder that listens where there is room.
func onAnyPort(data, dsn string) hub.Config {
	return hub.Config{
		Data: data, Listen: "127.0.0.1:0", GRPC: "127.0.0.1:0", Timezone: "UTC",
		NATS: hub.NATSConfig{Listen: "127.0.0.1:0"}, Database: hub.DatabaseConfig{DSN: dsn},
	}
}

// start runs a hub until the test ends.
func start(t *testing.T, c hub.Config) *hub.Hub {
	t.Helper()
	h, err := hub.Start(t.Context(), c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Errorf("stopping the hub: %v", err)
		}
	})
	return h
}

// running starts a hub on the tests' database.
func running(t *testing.T) *hub.Hub {
	t.Helper()
	return start(t, onAnyPort(t.TempDir(), postgrestest.DSN(t, migrations.FS)))
}

func reach(h *hub.Hub) reachable {
	return reachable{nats: h.NATSURL(), grpc: h.GRPCAddr(), ca: h.CAFile(), receiptKey: h.ReceiptKey()}
}

func enrol(t *testing.T, h *hub.Hub, n uint32) *office {
	t.Helper()
	o := newOffice(t, n)
	if err := h.Enrol(t.Context(), o.registered(t)); err != nil {
		t.Fatal(err)
	}
	return o
}

func events(t *testing.T, h *hub.Hub) (n int) {
	t.Helper()
	totals, err := h.Statistics().Totals(t.Context(), statistics.Span{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range totals.Rows {
		n += int(r.Value)
	}
	return n
}

// Everything embedded, nothing set but the ports: the hub of a small
// association, stopped and started again.
func TestAHubWithEverythingEmbedded(t *testing.T) {
	data := filepath.Join(postgrestest.Dir(t), "data")
	h, err := hub.Start(t.Context(), onAnyPort(data, ""), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	o := enrol(t, h, 7)
	if err := o.send(t.Context(), reach(h), o.month(t, 5)); err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 1, accepted)
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, onAnyPort(data, ""))
	if err := o.send(t.Context(), reach(again), o.month(t, 5)); err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(again), 2, accepted)
	if n := events(t, again); n != o.events {
		t.Errorf("%d events at the hub, want %d", n, o.events)
	}
}

func TestARunningHubLetsANewOfficeIn(t *testing.T) {
	h := running(t)
	first := enrol(t, h, 1)
	if err := first.send(t.Context(), reach(h), first.month(t, 3)); err != nil {
		t.Fatal(err)
	}
	second := enrol(t, h, 2)
	if err := second.send(t.Context(), reach(h), second.month(t, 3)); err != nil {
		t.Fatal(err)
	}
	first.await(t, reach(h), 1, accepted)
	second.await(t, reach(h), 1, accepted)
}

// Another process, such as the command that adds offices, changes the register.
func TestAnOfficeAddedFromOutsideIsLetIn(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	h := start(t, onAnyPort(t.TempDir(), dsn))
	o := newOffice(t, 5)
	err := hub.WithRegistry(t.Context(), onAnyPort(t.TempDir(), dsn), slog.New(slog.DiscardHandler), func(ctx context.Context, r *hub.Register) error {
		return r.Enrol(ctx, o.registered(t))
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if err = o.send(t.Context(), reach(h), o.month(t, 1)); err == nil {
			break
		}
		o.sealed, o.head, o.events = nil, nil, 0
		time.Sleep(25 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 1, accepted)
}

func TestReceiptsAreForTheirOfficeAlone(t *testing.T) {
	h := running(t)
	o, other := enrol(t, h, 1), enrol(t, h, 2)
	if err := o.send(t.Context(), reach(h), o.month(t, 2)); err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 1, accepted)
	conn := dial(t, reach(h))
	forged := &office{orgUnit: 1, key: other.key, user: other.user}
	for name, c := range map[string]struct {
		ask  *hubv1.ReceiptsSinceRequest
		want codes.Code
	}{
		"another's key": {sign(t, forged, &hubv1.ReceiptsSinceRequest{OrgUnit: 1, KeyId: 1}), codes.Unauthenticated},
		"no signature":  {&hubv1.ReceiptsSinceRequest{OrgUnit: 1, KeyId: 1}, codes.Unauthenticated},
		"unknown key":   {sign(t, o, &hubv1.ReceiptsSinceRequest{OrgUnit: 1, KeyId: 9}), codes.Unauthenticated},
		"unknown":       {sign(t, o, &hubv1.ReceiptsSinceRequest{OrgUnit: 77, KeyId: 1}), codes.Unauthenticated},
		"no office":     {sign(t, o, &hubv1.ReceiptsSinceRequest{KeyId: 1}), codes.InvalidArgument},
		"out of range":  {sign(t, o, &hubv1.ReceiptsSinceRequest{OrgUnit: 1, KeyId: 1, AfterSequence: 10000}), codes.InvalidArgument},
		"altered":       {altered(sign(t, o, &hubv1.ReceiptsSinceRequest{OrgUnit: 1, KeyId: 1})), codes.Unauthenticated},
	} {
		_, err := hubv1.NewReceiptsClient(conn).Since(t.Context(), c.ask)
		if s := status.Convert(err); s.Code() != c.want || s.Message() != "" || len(s.Details()) > 0 {
			t.Errorf("%s: %v, want %v without text", name, err, c.want)
		}
	}
}

func altered(q *hubv1.ReceiptsSinceRequest) *hubv1.ReceiptsSinceRequest {
	q.AfterSequence++
	return q
}

func TestHealth(t *testing.T) {
	h := running(t)
	if code, body := get(t, h, "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("%d %q", code, body)
	}
}

func get(t *testing.T, h *hub.Hub, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+h.HTTPAddr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestSettingsAreReadStrictly(t *testing.T) {
	for name, text := range map[string]string{
		"listen":        `listen = "nowhere"`,
		"timezone":      `timezone = "Africa/Atlantis"`,
		"readers_token": `readers_token = "/nowhere"`,
		"nats.replicas": "[nats]\nreplicas = 3",
		"misspelt":      `misspelt = 1`,
	} {
		c, err := readConfig(t, text)
		if err == nil {
			_, err = hub.Start(t.Context(), c, slog.New(slog.DiscardHandler), time.Now)
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want an error that names it", text, err)
		}
	}
}

// What readers get by gRPC is what the releases add up to.
func TestFiguresByGRPC(t *testing.T) {
	h := running(t)
	o := enrol(t, h, 3)
	for range 3 {
		if err := o.send(t.Context(), reach(h), o.month(t, 4)); err != nil {
			t.Fatal(err)
		}
	}
	o.await(t, reach(h), 3, accepted)
	client := hubv1.NewStatisticsClient(dial(t, reach(h)))
	totals, err := client.Totals(t.Context(), &hubv1.TotalsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, r := range totals.GetTotals() {
		sum += int(r.GetValue())
	}
	if sum != o.events || totals.GetReleases() != 3 {
		t.Errorf("%d events in %d releases, want %d in 3", sum, totals.GetReleases(), o.events)
	}
	series, err := client.Series(t.Context(), &hubv1.SeriesRequest{DataSet: 1, FromPeriod: 200002, ToPeriod: 200003})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(series.GetPoints()); n != 8 {
		t.Errorf("%d points, want 4 codes in 2 months", n)
	}
	reporting, err := client.Reporting(t.Context(), &hubv1.ReportingRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if reporting.GetPeriod() != 200003 || reporting.GetActualReports() != 1 || reporting.GetOffices()[0].GetLastSequence() != 3 {
		t.Errorf("reporting %v", reporting)
	}
	_, err = client.Series(t.Context(), &hubv1.SeriesRequest{})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("a series of no measure: %v", err)
	}
	_, err = client.Totals(t.Context(), &hubv1.TotalsRequest{FromPeriod: 202699})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("totals of no month: %v", err)
	}
}

// Whoever watches the hub's metrics sees that an office is held.
func TestAForkIsSeenInTheMetrics(t *testing.T) {
	h := running(t)
	o := enrol(t, h, 4)
	twin := newOffice(t, 4)
	if err := o.send(t.Context(), reach(h), o.month(t, 4), twin.month(t, 3)); err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 1, releasev1.ReceiptStatus_RECEIPT_STATUS_FORK)
	var body string
	for range 400 {
		if _, body = get(t, h, "/metrics"); strings.Contains(body, `casehub_hub_offices{state="held"} 1`) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Errorf("the metrics do not say that an office is held:\n%s", body)
}

// A person looks, decides in another process, and the chain that counted goes on.
func TestAnOfficeThatWasHeldGoesOn(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	h := start(t, onAnyPort(t.TempDir(), dsn))
	o := enrol(t, h, 4)
	twin := newOffice(t, 4)
	if err := o.send(t.Context(), reach(h), o.month(t, 4), twin.month(t, 3), o.month(t, 4)); err != nil {
		t.Fatal(err)
	}
	if w := o.await(t, reach(h), 2, waiting); w.GetReasonCode() != releasev1.ReasonCode_REASON_CODE_OFFICE_HELD {
		t.Errorf("release 2 waits for %v", w.GetReasonCode())
	}
	if _, body := get(t, h, "/offices/4?lang=en"); !strings.Contains(body, "Release no. 1 came twice") {
		t.Error("the office's page does not say what came twice")
	}
	d := ingest.Decision{Who: "thandi", Reason: "the copy is switched off"}
	err := hub.WithRegistry(t.Context(), onAnyPort(t.TempDir(), dsn), slog.New(slog.DiscardHandler), func(ctx context.Context, r *hub.Register) error {
		if err := r.Resume(ctx, 99, d); !errors.Is(err, registry.ErrUnknown) {
			t.Errorf("an office that is not there: %v", err)
		}
		return r.Resume(ctx, 4, d)
	})
	if err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 2, accepted)
	if err := o.send(t.Context(), reach(h), o.month(t, 4)); err != nil {
		t.Fatal(err)
	}
	o.await(t, reach(h), 3, accepted)
	if n := events(t, h); n != o.events {
		t.Errorf("%d events at the hub, want the %d of the chain that counted first", n, o.events)
	}
	if _, body := get(t, h, "/offices/4?lang=en"); strings.Contains(body, "came twice") {
		t.Error("the office's page still shows an alarm")
	}
}
