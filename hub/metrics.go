package hub

import (
	"net/http"
	"time"

	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc/codes"
)

// metrics is the closed list of what the hub measures about itself. No label
// tells an office, and there are no numbers of the Go runtime or the process.
type metrics struct {
	registry *prometheus.Registry
	messages *prometheus.CounterVec
	releases prometheus.Counter
	facts    prometheus.Counter
	commits  prometheus.Histogram
	pending  prometheus.Gauge
	offices  *prometheus.GaugeVec
	calls    *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "casehub_hub_messages_total", Help: "Messages by the hub's word on them and its reason.",
		}, []string{"status", "reason"}),
		releases: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "casehub_hub_releases_total", Help: "Releases committed.",
		}),
		facts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "casehub_hub_facts_total", Help: "Published groups committed.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "casehub_hub_commit_seconds", Help: "How long transactions took.",
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10},
		}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "casehub_hub_pending_messages", Help: "Messages in the stream that were not taken in.",
		}),
		offices: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "casehub_hub_offices", Help: "Offices enrolled, by whether they are held since a fork.",
		}, []string{"state"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "casehub_hub_calls_total", Help: "gRPC calls by method and code.",
		}, []string{"method", "code"}),
	}
	m.registry.MustRegister(m.messages, m.releases, m.facts, m.commits, m.pending, m.offices, m.calls)
	return m
}

// Message counts the hub's word on one message.
func (m *metrics) Message(s releasev1.ReceiptStatus, r releasev1.ReasonCode) {
	m.messages.WithLabelValues(s.String(), r.String()).Inc()
}

// Committed counts one transaction.
func (m *metrics) Committed(releases, facts int, took time.Duration) {
	m.releases.Add(float64(releases))
	m.facts.Add(float64(facts))
	m.commits.Observe(took.Seconds())
}

// Pending says how many messages wait in the stream.
func (m *metrics) Pending(n uint64) { m.pending.Set(float64(n)) }

// Call counts one gRPC call. The server knows only methods of its own services.
func (m *metrics) Call(method string, code codes.Code) {
	m.calls.WithLabelValues(method, code.String()).Inc()
}

// Offices says how many offices are enrolled and how many of them are held.
func (m *metrics) Offices(all, held int) {
	m.offices.WithLabelValues("in-order").Set(float64(all - held))
	m.offices.WithLabelValues("held").Set(float64(held))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError})
}
