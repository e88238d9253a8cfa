package node

import (
	"errors"
	"net/http"

	"casehub/node/egress"
	"casehub/node/imports"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the node's numbers for its operator, served on the loopback. The
// list of names and labels is closed: a test holds it, so that nothing about a
// client can become a metric unseen.
type metrics struct {
	registry *prometheus.Registry
	closes   *prometheus.CounterVec
	syncs    *prometheus.CounterVec
	outbox   prometheus.Gauge
	sent     prometheus.Counter
	receipts prometheus.Counter
	alerts   *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		closes:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "casehub_node_closes_total", Help: "Months closed, by verdict of the gate."}, []string{"verdict"}),
		syncs:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "casehub_node_syncs_total", Help: "Exchanges with the hub, by result."}, []string{"result"}),
		outbox:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "casehub_node_outbox_releases", Help: "Releases without a receipt that counts."}),
		sent:     prometheus.NewCounter(prometheus.CounterOpts{Name: "casehub_node_sent_total", Help: "Releases that the broker took, repetitions included."}),
		receipts: prometheus.NewCounter(prometheus.CounterOpts{Name: "casehub_node_receipted_total", Help: "Releases that left the outbox."}),
		alerts:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "casehub_node_import_alerts", Help: "Scheduled imports that need a person, by the reason."}, []string{"reason"}),
	}
	m.registry.MustRegister(m.closes, m.syncs, m.outbox, m.sent, m.receipts, m.alerts)
	for _, v := range []string{"sealed", "refused", "failed"} {
		m.closes.WithLabelValues(v)
	}
	for _, r := range []string{"done", "failed"} {
		m.syncs.WithLabelValues(r)
	}
	for _, k := range imports.AlertKinds() {
		m.alerts.WithLabelValues(string(k))
	}
	return m
}

// alerted hears how many scheduled imports need a person.
func (m *metrics) alerted(counts map[imports.AlertKind]int) {
	for k, n := range counts {
		m.alerts.WithLabelValues(string(k)).Set(float64(n))
	}
}

// closed hears how an attempt to close a month ended.
func (m *metrics) closed(err error) {
	verdict := "sealed"
	switch {
	case errors.Is(err, egress.ErrRefused):
		verdict = "refused"
	case err != nil:
		verdict = "failed"
	}
	m.closes.WithLabelValues(verdict).Inc()
	if err == nil {
		m.outbox.Inc()
	}
}

func (m *metrics) synced(s egress.Synced, err error) {
	if errors.Is(err, egress.ErrNoHub) {
		return
	}
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.syncs.WithLabelValues(result).Inc()
	m.sent.Add(float64(s.Sent))
	m.receipts.Add(float64(s.Receipted))
	if err == nil {
		m.outbox.Set(float64(s.Left))
	}
}

// handler serves the numbers in Prometheus' text format.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
