package retention

import (
	"testing"
	"time"

	"casehub/internal/civil"
)

// BenchmarkErasure measures what an erasure costs in an office of 20,000 clients
// with a case each: the erasure itself, and taking its traces out of the file.
func BenchmarkErasure(b *testing.B) {
	o := open(b)
	if _, err := o.db.Exec(b.Context(), `
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO clients (id, reference, surname, given_names, id_number, phones, address, notes, created_at, updated_at)
SELECT 'k' || i, 'K-' || i, 'Surname' || (i % 977), 'Given' || (i % 409), printf('80%011d', i), '082 555 ' || i, i || ' Main Road', hex(randomblob(400)), i, i FROM n`, nil); err != nil {
		b.Fatal(err)
	}
	if _, err := o.db.Exec(b.Context(), `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, closed_on, outcome, other_party, summary, created_at, updated_at)
SELECT 'c' || id, 'C' || reference, id, 1102, 'closed', '2020-01-01', '2020-02-01', 5201, 'Boss ' || id, hex(randomblob(600)), created_at, updated_at FROM clients`, nil); err != nil {
		b.Fatal(err)
	}
	o.clock = o.clock.AddDate(8, 0, 0)
	var approve, traces time.Duration
	n := 0
	for b.Loop() {
		n++
		p := o.comes("mark", 2, "2026-02-20")
		r := must[Request](b)(o.Ask(b.Context(), miriam, Request{ClientID: string(p.client), AskedOn: civil.On(o.clock)}))
		start := time.Now()
		o.clock = o.clock.AddDate(8, 0, 0)
		o.ok(o.Approve(b.Context(), o.sipho, r.ID))
		approve += time.Since(start)
		start = time.Now()
		o.ok(o.removeTraces(b.Context()))
		traces += time.Since(start)
	}
	b.ReportMetric(float64(approve.Milliseconds())/float64(n), "ms/erasure")
	b.ReportMetric(float64(traces.Milliseconds())/float64(n), "ms/traces")
	start := time.Now()
	if list := must[[]Lapsed](b)(o.Lapsed(b.Context(), miriam)); len(list) != lapsedMost {
		b.Errorf("%d are due", len(list))
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms/due-list")
}
